"""A generator behind any OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, or a paid service.

`OpenAIGenerator` imports the openai library when it is first used, not before.
"""

from core.models.openai.generator import OpenAIGenerator

__all__ = ["OpenAIGenerator"]
