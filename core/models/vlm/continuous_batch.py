"""Continuous batching: completions are decoded together, a token each a step; they join and leave in between.

transformers' own continuous batching (`generate_batch`, 5.23) takes token ids alone, no pictures, and
`generate` lets nobody join: whoever asks a second later would wait for the longest completion under way.
So the loop is ours, the model's `forward` and its cache are the library's. Rows are padded on the
left; a row that leaves takes its keys and values along (they are kept for the next question of its
conversation), and columns that no row uses are removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from core.models.vlm.completion import Completion
from core.models.vlm.loading import Loaded
from core.models.vlm.prefix_cache import Prefix, PrefixCache

_CACHEABLE = {"input_ids", "attention_mask", "pixel_values"}


class ContinuousBatch:
    """The completions under way in one model, row by row.

    One thread's own, in inference mode; every method blocks. One that fails leaves it unusable until `reset`.
    """

    def __init__(self, loaded: Loaded, *, temperature: float, kept_tokens: int = 0) -> None:
        self._model, self._temperature = loaded.model, temperature
        self._end_tokens = loaded.end_tokens
        self._padding = loaded.tokenizer.pad_token_id or 0
        # Qwen-VL's kind: positions in three dimensions, and fewer of them than tokens where there are pictures
        self._has_rope_deltas = hasattr(getattr(self._model, "model", None), "rope_deltas")
        self._suppressed = torch.tensor(loaded.suppressed_tokens, device=self._model.device)
        layers = DynamicCache(config=self._model.config).layers
        self.joins = all(type(layer) is DynamicLayer for layer in layers)
        self._picture = int(getattr(self._model.config, "image_token_id", None) or -1)
        self.prefixes = PrefixCache(kept_tokens if self.joins else 0, self._picture)
        self.reset()

    def reset(self) -> list[Completion]:
        """Remove all rows; returns the completions that were under way, to be admitted again."""
        left = getattr(self, "rows", [])
        self.rows: list[Completion] = []
        self._cache: Any = None
        self._width = 0  # columns of the cache
        empty = torch.zeros(0, 1, dtype=torch.long, device=self._model.device)
        self._lengths = self._positions = self._last = empty  # tokens in the cache, next position, newest token
        return left

    def admit(self, completions: Sequence[Completion]) -> None:
        """Compute the prompts (and the tokens so far, of a completion that begins anew), and add them as rows.

        One that continues a cached prefix comes alone, and only what is new in it is computed. Where `joins` is false
        the cache can't take rows in: only when there are none.
        """
        inputs = self._collated(completions)
        mask = inputs["attention_mask"]
        width, lengths = mask.shape[1], mask.sum(-1, keepdim=True)
        if not self._has_rope_deltas:
            inputs["position_ids"] = (mask.cumsum(-1) - 1).clamp(min=0)  # padding on the left takes no position
        else:  # with pictures, which take fewer positions than tokens, the model counts by itself
            self._model.model.rope_deltas = None  # of the last prompt
            if not any(name.endswith("grid_thw") for name in inputs):
                inputs["position_ids"] = (mask.cumsum(-1) - 1).clamp(min=0).expand(3, -1, -1)
        cache = DynamicCache(config=self._model.config)
        known = self.prefixes.find(completions[0].prompt) if len(completions) == 1 else None
        if known is not None:
            layers, cached = known
            for number, (keys, values) in enumerate(layers):
                cache.update(keys, values, number)
            inputs = self._beyond(inputs, cached)
        output = self._model(**inputs, past_key_values=cache, use_cache=True, logits_to_keep=1)
        deltas = self._model.model.rope_deltas if self._has_rope_deltas else None  # next position minus length
        next_positions = lengths if deltas is None else lengths + deltas.to(lengths).view_as(lengths)
        self._join(cache, width)
        self._lengths = torch.cat([self._lengths, lengths])
        self._positions = torch.cat([self._positions, next_positions])
        last = self._sampled(output.logits[:, -1])
        self._last = torch.cat([self._last, last])
        self.rows += completions
        self._append(completions, last)

    def step(self) -> None:
        """Decode one more token for each row."""
        columns = torch.arange(self._width + 1, device=self._lengths.device)
        mask = columns >= self._width - self._lengths
        output = self._model(
            input_ids=self._last,
            attention_mask=mask.long(),
            position_ids=self._positions.expand(3, -1, -1) if self._has_rope_deltas else self._positions,
            past_key_values=self._cache,
            use_cache=True,
        )
        self._width += 1
        self._lengths, self._positions = self._lengths + 1, self._positions + 1
        self._last = self._sampled(output.logits[:, -1])
        self._append(self.rows, self._last)

    def release(self) -> list[Completion]:
        """Remove the rows whose completion is over, keep what they computed as prefixes, and return them."""
        for row in self.rows:
            row.check_finished()
        over = [row for row in self.rows if row.finish_reason]
        if not over:
            return []
        for number, row in enumerate(self.rows):
            # Only where tokens and pictures are all that the model reads, each at its own position.
            cacheable = row.cacheable and not self._has_rope_deltas and row.prompt.inputs.keys() <= _CACHEABLE
            if row.finish_reason and cacheable:
                length = row.length - 1  # the newest token isn't in the cache
                tokens = torch.cat([row.prompt.inputs["input_ids"][0], torch.tensor(row.tokens)])[:length]
                layers = [
                    (layer.keys[number : number + 1, :, -length:], layer.values[number : number + 1, :, -length:])
                    for layer in self._cache.layers
                ]
                self.prefixes.keep(Prefix(tokens, row.prompt.pictures, layers))
        stay = [number for number, row in enumerate(self.rows) if not row.finish_reason]
        if not stay:
            self.reset()
            return over
        chosen = torch.tensor(stay, device=self._lengths.device)
        self.rows = [self.rows[number] for number in stay]
        self._lengths, self._positions = self._lengths[chosen], self._positions[chosen]
        self._last = self._last[chosen]
        unused = self._width - int(self._lengths.max()) if self.joins else 0  # columns of the rows that left
        for layer in self._cache.layers:  # which may be spread over several devices
            layer.batch_select_indices(chosen.to(layer.keys.device))
            if unused > 0:
                layer.keys = layer.keys[:, :, unused:].contiguous()
                layer.values = layer.values[:, :, unused:].contiguous()
        self._width -= max(0, unused)
        return over

    # ── the model's inputs and outputs ────────────────────────────────────────────────────────────

    def _collated(self, completions: Sequence[Completion]) -> dict[str, Any]:
        """One batch of all inputs: what runs along the text is padded on its left, the rest is stacked."""
        longest = max(one.length for one in completions)
        batch: dict[str, Any] = {}
        for name in completions[0].prompt.inputs:
            rows = []
            for one in completions:
                tensor: torch.Tensor = one.prompt.inputs[name]
                if tensor.shape == (1, one.prompt.length):
                    so_far = torch.tensor([one.tokens], dtype=tensor.dtype)
                    if name != "input_ids":
                        so_far = torch.full_like(so_far, int(name == "attention_mask"))
                    padding = self._padding if name == "input_ids" else 0
                    tensor = functional.pad(torch.cat([tensor, so_far], -1), (longest - one.length, 0), value=padding)
                rows.append(tensor)
            stacked = torch.cat(rows).to(self._model.device, non_blocking=True)
            batch[name] = stacked.to(self._model.dtype) if stacked.is_floating_point() else stacked
        return batch

    def _beyond(self, inputs: dict[str, Any], cached: int) -> dict[str, Any]:
        """The inputs without the tokens that are in the cache, and without their pictures."""
        tokens = inputs["input_ids"]
        rest = {"input_ids": tokens[:, cached:], "attention_mask": inputs["attention_mask"]}
        if "position_ids" in inputs:
            rest["position_ids"] = inputs["position_ids"][..., cached:]
        left, all_of_them = (int((part == self._picture).sum()) for part in (tokens[:, cached:], tokens))
        if left:
            pictures = inputs["pixel_values"]
            rest["pixel_values"] = pictures[len(pictures) - len(pictures) * left // all_of_them :]
        return rest

    def _sampled(self, logits: torch.Tensor) -> torch.Tensor:
        """The next token of each row (rows, 1): the likeliest, or drawn where there is a temperature."""
        logits = logits.to(self._last.device).float().index_fill(-1, self._suppressed, float("-inf"))
        if self._temperature == 0:
            return logits.argmax(-1, keepdim=True)
        return torch.multinomial((logits / self._temperature).softmax(-1), 1)

    def _append(self, completions: Sequence[Completion], tokens: torch.Tensor) -> None:
        for completion, token in zip(completions, tokens.flatten().tolist(), strict=True):
            completion.append(token, self._end_tokens)

    # ── the cache ─────────────────────────────────────────────────────────────────────────────────

    def _join(self, cache: Any, width: int) -> None:
        """Append the new rows' keys and values to the others', layer by layer so that memory suffices."""
        if self._cache is None:
            self._cache, self._width = cache, width
            return
        ours, theirs = max(0, width - self._width), max(0, self._width - width)
        for layer, other in zip(self._cache.layers, cache.layers, strict=True):
            layer.keys = torch.cat([_wider(layer.keys, ours), _wider(other.keys, theirs)])
            layer.values = torch.cat([_wider(layer.values, ours), _wider(other.values, theirs)])
            other.keys = other.values = None
        self._width += ours


def _wider(tensor: torch.Tensor, columns: int) -> torch.Tensor:
    """With empty columns on the left, which the mask hides."""
    return functional.pad(tensor, (0, 0, columns, 0)) if columns else tensor
