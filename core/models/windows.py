"""Square windows at several scales over a rectangle of feature cells (R-MAC's regions)."""

from __future__ import annotations

from core.concepts import Box

_SPACING = 0.6  # of a window's side: neighbours overlap by at least 40 % (Tolias et al. 2016)


def windows(cells: Box, levels: tuple[int, ...]) -> tuple[Box, ...]:
    """The windows of a rectangle of cells, the largest first: level l's side is 2/(l + 1) of the shorter one.

    Level 1 is the whole rectangle. Windows that coincide come once.
    """
    found = [cells] if 1 in levels else []
    width, height = cells.x1 - cells.x0, cells.y1 - cells.y0
    for level in levels:
        if level > 1:
            side = max(1, 2 * min(width, height) // (level + 1))
            found += [
                Box(cells.x0 + x, cells.y0 + y, cells.x0 + x + side, cells.y0 + y + side)
                for y in _starts(height, side)
                for x in _starts(width, side)
            ]
    return tuple(dict.fromkeys(found))


def _starts(length: int, side: int) -> list[int]:
    room = length - side
    steps = -(-room // max(1, int(side * _SPACING)))
    return [round(room * step / steps) for step in range(steps + 1)] if steps else [0]
