"""CLIP's words on ONNX Runtime: a text tower as transformers.js exports it, and its tokenizer.json."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import numpy as np

from core.concepts import Vectors
from core.errors import ConfigError, ModelError
from core.models.onnx.sessions import Session
from core.models.weights.fingerprint import read_checked

_CONTEXT = 77  # tokens
_OUTPUT = "text_embeds"


class OnnxTexts:
    """Words → unit rows; a `core.models.texts.EncodeTexts`."""

    def __init__(
        self, graph: Path, tokenizer: Path, *, threads: int = 0, digest: str = "", tokenizer_digest: str = ""
    ) -> None:
        """`digest` is the graph's, as `Session`'s, and `tokenizer_digest` likewise.

        Raises `core.errors.ModelError`, or `ConfigError` when the tokenizers library isn't there.
        """
        try:
            tokenizers = import_module("tokenizers")
        except ImportError:
            raise ConfigError(
                "This needs tokenizers, which isn't installed. My host can run: pip install '.[standard]'"
            ) from None
        try:
            data = read_checked(tokenizer, tokenizer_digest) if tokenizer_digest else tokenizer.read_bytes()
            self._tokenizer = tokenizers.Tokenizer.from_buffer(data)
        except ModelError:
            raise
        except Exception as error:  # the library raises nothing more special
            raise ModelError(f"The tokenizer {tokenizer} can't be read: {error}") from error
        self._tokenizer.enable_truncation(_CONTEXT)
        end = self._tokenizer.token_to_id("<|endoftext|>")
        self._tokenizer.enable_padding(length=_CONTEXT, pad_id=end, pad_token="<|endoftext|>")  # noqa: S106
        self._session = Session(graph, threads=threads, digest=digest)

    def __call__(self, words: Sequence[str]) -> Vectors:
        """(n, d) unit rows. Raises `core.errors.ModelError`."""
        encodings = self._tokenizer.encode_batch(list(words))
        inputs = {
            "input_ids": np.array([one.ids for one in encodings], np.int64),
            "attention_mask": np.array([one.attention_mask for one in encodings], np.int64),
        }
        wanted = {name: rows for name, rows in inputs.items() if name in self._session.inputs}
        (rows,) = self._session.run(wanted, [_OUTPUT])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
