"""What of a chat may be used to train a model: who agrees to that, and what they have taught."""
