"""The steps of the lessons that come before the samples: Muon for the layers' matrices, AdamW for all else.

A process beside the one that learns makes the batches (`made_ahead`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, IterableDataset

_RATE, _MATRIX_RATE = 2e-3, 0.02
_DECAY, _MATRIX_DECAY = 0.05, 0.1  # with a fifth of that the tower takes twice as many unseen figures for others
_WARM_UP = 0.05  # of all steps
_LONGEST = 1.0  # of the gradient, before it is cut


class Learning:
    """Trains named parameters in so many steps, the rate going up and down over them.

    Muon (https://kellerjordan.github.io/posts/muon) takes a third of AdamW's steps here.
    """

    def __init__(self, named: Sequence[tuple[str, torch.nn.Parameter]], steps: int) -> None:
        self._all = [one for _, one in named]
        matrices, others = list[torch.nn.Parameter](), list[torch.nn.Parameter]()
        for name, one in named:
            (matrices if ".layers." in f".{name}" and one.ndim == 2 else others).append(one)
        optimizers = (
            (torch.optim.AdamW(others, lr=_RATE, weight_decay=_DECAY, betas=(0.9, 0.98)), _RATE),
            (torch.optim.Muon(matrices, lr=_MATRIX_RATE, weight_decay=_MATRIX_DECAY), _MATRIX_RATE),
        )
        self._optimizers = [one for one, _ in optimizers]
        self._schedules = [
            OneCycleLR(one, rate, total_steps=steps + 1, pct_start=_WARM_UP, cycle_momentum=False)
            for one, rate in optimizers
        ]

    def step(self, loss: torch.Tensor) -> None:
        """One step down the gradient of a loss."""
        for optimizer in self._optimizers:
            optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._all, _LONGEST)
        for one in (*self._optimizers, *self._schedules):
            one.step()


class _Batches(IterableDataset[Any]):
    """What a function makes, as torch's loader takes it."""

    def __init__(self, make: Callable[[], Iterator[Any]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[Any]:
        return self._make()


def made_ahead(make: Callable[[], Iterator[Any]]) -> DataLoader[Any]:
    """The batches that `make` begins to make when it is called in another process, a few ahead of those taken."""
    return DataLoader(_Batches(make), batch_size=None, num_workers=1)
