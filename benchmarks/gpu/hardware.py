"""What a device can compute at most, by its maker's sheet and measured, and what a model's run costs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

# Dense half-precision products with 32-bit sums, FLOP/s, by the makers' data sheets; the first name found counts.
_STATED = {
    "H100 PCIe": 756e12,
    "H100 NVL": 835e12,
    "H100": 989e12,
    "H200": 989e12,
    "B200": 2250e12,
    "A100": 312e12,
    "L40S": 362e12,
    "L4": 121e12,
    "A10": 125e12,
    "RTX 4090": 165e12,
    "RTX 3090": 71e12,
    "T4": 65e12,
}


def synchronize() -> None:
    """Wait for the GPU, where there is one."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes, the GPU's part included."""
    synchronize()
    began = time.perf_counter()
    work()
    synchronize()
    return time.perf_counter() - began


def described() -> dict[str, Any]:
    """The device, its memory and the libraries: what a figure is worth nothing without."""
    cuda = torch.cuda.is_available()
    here = torch.cuda.get_device_properties(0) if cuda else None
    return {
        "device": here.name if here else f"cpu, {torch.get_num_threads()} of {os.cpu_count()} threads",
        "memory_gb": here.total_memory / 1e9 if here else None,
        "torch": torch.__version__,
        "load": os.getloadavg()[0],
    }


def stated_peak(name: str) -> float | None:
    """The FLOP/s that a device's maker states for dense half precision; None for one that isn't in the table."""
    return next((peak for part, peak in _STATED.items() if part in name), None)


def measured_peak(device: torch.device, dtype: torch.dtype) -> float:
    """The FLOP/s of one large square product of random numbers, the best of five."""
    side = 8192 if device.type == "cuda" else 1024
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    torch.matmul(a, b)
    return 2 * side**3 / min(seconds(lambda: torch.matmul(a, b)) for _ in range(5))


def flops(work: Callable[[], object]) -> int:
    """The floating-point operations of a run with gradients on: a multiplication and an addition count as two.

    With gradients, because torch's fused inference path for attention isn't counted.
    """
    with torch.enable_grad(), FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops())
