"""Continuous batching: answers are written together, a token each a step; they join and leave in between.

transformers' own continuous batching (`generate_batch`, 5.23) takes token ids alone, no pictures, and
`generate` lets nobody join: whoever asks a second later would wait for the longest answer under way.
So the loop is ours, the model's `forward` and its cache are the library's. Rows are padded on the
left; a row that leaves takes its keys and values along (they are kept for the next question of its
conversation), and columns that nobody uses go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from core.models.vlm.answers import Answer
from core.models.vlm.loading import Loaded
from core.models.vlm.prefixes import Prefix, Prefixes

_PLAIN = {"input_ids", "attention_mask", "pixel_values"}


class Decoding:
    """The answers under way in one model, row by row.

    One thread's own, in inference mode; every method blocks. One that fails leaves it
    unusable until `reset`.
    """

    def __init__(self, loaded: Loaded, *, temperature: float, kept_tokens: int = 0) -> None:
        self._model, self._temperature = loaded.model, temperature
        self._ends = loaded.ends
        self._padding = loaded.tokenizer.pad_token_id or 0
        # Qwen-VL's kind: places in three dimensions, and fewer of them than tokens where there are pictures
        self._counts_places = hasattr(getattr(self._model, "model", None), "rope_deltas")
        self._unspeakable = torch.tensor(loaded.unspeakable, device=self._model.device)
        layers = DynamicCache(config=self._model.config).layers
        self.joins = all(type(layer) is DynamicLayer for layer in layers)
        self._picture = int(getattr(self._model.config, "image_token_id", None) or -1)
        self.prefixes = Prefixes(kept_tokens if self.joins else 0, self._picture)
        self.reset()

    def reset(self) -> list[Answer]:
        """Begin anew with nobody; the answers that were under way, to be admitted again."""
        left = getattr(self, "rows", [])
        self.rows: list[Answer] = []
        self._cache: Any = None
        self._width = 0  # columns of the cache
        nobody = torch.zeros(0, 1, dtype=torch.long, device=self._model.device)
        self._lengths = self._places = self._last = nobody  # tokens in the cache, next place, newest token
        return left

    def admit(self, answers: Sequence[Answer]) -> None:
        """Read the questions (and what is said already, of an answer that begins anew), and join them.

        One that goes on where a conversation ended comes alone, and only what is new in it is read. Where
        `joins` is false the cache can't take rows in: only when there are none.
        """
        inputs = self._collated(answers)
        mask = inputs["attention_mask"]
        cache, read = self._begun(answers)
        positions = self._positions(inputs)
        seen = self._model(
            **self._unread(inputs, read),
            **{name: places[..., read:] for name, places in positions.items()},
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        lengths = mask.sum(-1, keepdim=True)
        places = lengths + self._rope_deltas(lengths)
        self._join(cache, mask.shape[1])
        self._lengths = torch.cat([self._lengths, lengths])
        self._places = torch.cat([self._places, places])
        last = self._picked(seen.logits[:, -1])
        self._last = torch.cat([self._last, last])
        self.rows += answers
        self._tell(answers, last)

    def step(self) -> None:
        """One token more for each row."""
        columns = torch.arange(self._width + 1, device=self._lengths.device)
        mask = columns >= self._width - self._lengths
        places = self._places.expand(3, -1, -1) if self._counts_places else self._places
        seen = self._model(
            input_ids=self._last,
            attention_mask=mask.long(),
            position_ids=places,
            past_key_values=self._cache,
            use_cache=True,
        )
        self._width += 1
        self._lengths, self._places = self._lengths + 1, self._places + 1
        self._last = self._picked(seen.logits[:, -1])
        self._tell(self.rows, self._last)

    def release(self) -> list[Answer]:
        """Let those go whose answer is over, and return them."""
        for row in self.rows:
            row.look_up()
        over = [row for row in self.rows if row.end]
        if not over:
            return []
        self._keep()
        stay = [place for place, row in enumerate(self.rows) if not row.end]
        if not stay:
            self.reset()
            return over
        chosen = torch.tensor(stay, device=self._lengths.device)
        self.rows = [self.rows[place] for place in stay]
        self._lengths, self._places = self._lengths[chosen], self._places[chosen]
        self._last = self._last[chosen]
        for layer in self._cache.layers:  # which may be spread over several devices
            layer.batch_select_indices(chosen.to(layer.keys.device))
        self._trim()
        return over

    # ── the model's inputs and outputs ────────────────────────────────────────────────────────────

    def _collated(self, answers: Sequence[Answer]) -> dict[str, Any]:
        """One batch of all inputs: what runs along the text is padded on its left, the rest is stacked."""
        longest = max(answer.length for answer in answers)
        batch: dict[str, Any] = {}
        for name in answers[0].question.inputs:
            rows = [self._input(answer, name, longest) for answer in answers]
            tensor = torch.cat(rows).to(self._model.device, non_blocking=True)
            batch[name] = tensor.to(self._model.dtype) if tensor.is_floating_point() else tensor
        return batch

    def _input(self, answer: Answer, name: str, longest: int) -> torch.Tensor:
        question = answer.question
        tensor: torch.Tensor = question.inputs[name]
        if tensor.shape != (1, question.length):
            return tensor
        said = torch.tensor([answer.tokens], dtype=tensor.dtype)
        if name != "input_ids":
            said = torch.full_like(said, int(name == "attention_mask"))
        padding = self._padding if name == "input_ids" else 0
        return functional.pad(torch.cat([tensor, said], -1), (longest - answer.length, 0), value=padding)

    def _positions(self, inputs: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Left padding takes no place. Where pictures take fewer places than tokens, the model counts."""
        if not self._counts_places:
            return {"position_ids": _places_of(inputs["attention_mask"])}
        self._model.model.rope_deltas = None  # the last question's
        if any(name.endswith("grid_thw") for name in inputs):
            return {}
        return {"position_ids": _places_of(inputs["attention_mask"]).expand(3, -1, -1)}

    def _rope_deltas(self, lengths: torch.Tensor) -> torch.Tensor:
        """By how much each row's next place differs from its length."""
        deltas = self._model.model.rope_deltas if self._counts_places else None
        return torch.zeros_like(lengths) if deltas is None else deltas.to(lengths).view_as(lengths)

    def _picked(self, logits: torch.Tensor) -> torch.Tensor:
        """The next token of each row (rows, 1): the likeliest, or drawn where there is a temperature."""
        logits = logits.to(self._last.device).float().index_fill(-1, self._unspeakable, float("-inf"))
        if self._temperature == 0:
            return logits.argmax(-1, keepdim=True)
        return torch.multinomial((logits / self._temperature).softmax(-1), 1)

    def _tell(self, answers: Sequence[Answer], tokens: torch.Tensor) -> None:
        for answer, token in zip(answers, tokens.flatten().tolist(), strict=True):
            answer.hear(token, self._ends)

    # ── what has been read ────────────────────────────────────────────────────────────────────────

    def _begun(self, answers: Sequence[Answer]) -> tuple[Any, int]:
        """A cache to go on with, and how many tokens of the question it has read."""
        cache = DynamicCache(config=self._model.config)
        known = self.prefixes.find(answers[0].question) if len(answers) == 1 else None
        if known is None:
            return cache, 0
        layers, length = known
        for number, (keys, values) in enumerate(layers):
            cache.update(keys, values, number)
        return cache, length

    def _unread(self, inputs: dict[str, Any], read: int) -> dict[str, Any]:
        """The inputs without the tokens that are in the cache, and without their pictures."""
        if not read:
            return inputs
        tokens = inputs["input_ids"]
        rest = {"input_ids": tokens[:, read:], "attention_mask": inputs["attention_mask"]}
        left, all_of_them = (int((part == self._picture).sum()) for part in (tokens[:, read:], tokens))
        if left:
            pictures = inputs["pixel_values"]
            rest["pixel_values"] = pictures[len(pictures) - len(pictures) * left // all_of_them :]
        return rest

    def _keep(self) -> None:
        """Keep what the rows that are over have read and written; their newest token isn't in the cache."""
        for place, row in enumerate(self.rows):
            if row.end and self._can_go_on(row):
                length = row.length - 1
                tokens = torch.cat([row.question.inputs["input_ids"][0], torch.tensor(row.tokens)])[:length]
                layers = [
                    (layer.keys[place : place + 1, :, -length:], layer.values[place : place + 1, :, -length:])
                    for layer in self._cache.layers
                ]
                self.prefixes.keep(Prefix(tokens, row.question.pictures, layers))

    def _can_go_on(self, row: Answer) -> bool:
        """Whether tokens and pictures are all that the model reads, each in its own place."""
        return not self._counts_places and row.question.inputs.keys() <= _PLAIN

    # ── the cache ─────────────────────────────────────────────────────────────────────────────────

    def _join(self, cache: Any, width: int) -> None:
        """Set the new rows' keys and values under the others', layer by layer so that memory holds."""
        if self._cache is None:
            self._cache, self._width = cache, width
            return
        ours, theirs = max(0, width - self._width), max(0, self._width - width)
        for layer, other in zip(self._cache.layers, cache.layers, strict=True):
            layer.keys = torch.cat([_wider(layer.keys, ours), _wider(other.keys, theirs)])
            layer.values = torch.cat([_wider(layer.values, ours), _wider(other.values, theirs)])
            other.keys = other.values = None
        self._width += ours

    def _trim(self) -> None:
        """Take away the columns that only the rows which left have used."""
        unused = self._width - int(self._lengths.max())
        if unused <= 0 or not self.joins:
            return
        for layer in self._cache.layers:
            layer.keys = layer.keys[:, :, unused:].contiguous()
            layer.values = layer.values[:, :, unused:].contiguous()
        self._width -= unused


def _places_of(mask: torch.Tensor) -> torch.Tensor:
    return (mask.cumsum(-1) - 1).clamp(min=0)


def _wider(tensor: torch.Tensor, columns: int) -> torch.Tensor:
    """With empty columns on the left, which the mask hides."""
    return functional.pad(tensor, (0, 0, columns, 0)) if columns else tensor
