"""`python -m bot train`: fine-tuning a vision-language model on RAP's samples, as the bot is going to ask it.

It imports torch, transformers and peft; only `profiles` doesn't, so that help is quick.
"""
