"""The bot's sentences in other languages: one gettext catalogue for each."""
