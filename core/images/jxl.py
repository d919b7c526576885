"""JPEG XL, whose reader decodes all of a picture as soon as it opens it: here its size is known before."""

from __future__ import annotations

from typing import IO, Any, cast

from pillow_jxl import JpegXLImagePlugin

JpegXLImagePlugin.DECODE_THREADS = 0  # in the thread that asks: a process's bounds are for one photo

_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))  # width : height
_SIZES = (9, 13, 18, 30)  # bits


class JxlFile(JpegXLImagePlugin.JXLImageFile):
    """A JPEG XL picture, whose own orientation counts and not that in its EXIF (ISO/IEC 18181-1 §E.2)."""

    def _open(self) -> None:
        self._size = stated_size(cast("IO[bytes]", self.fp).read())
        self._mode, self._decoded = "RGB", False

    def load(self) -> Any:
        """Decode the picture."""
        if not self._decoded:
            self._decoded = True
            cast("IO[bytes]", self.fp).seek(0)
            super()._open()  # type: ignore[no-untyped-call] # it has no types
            if not self.jpeg:  # else it is an old JPEG, packed
                self.info.pop("exif", None)
        return super().load()  # type: ignore[no-untyped-call]


def stated_size(data: bytes) -> tuple[int, int]:
    """Width and height as the header has them (ISO/IEC 18181-1 §D.2). Raises `ValueError` where it has none."""
    start = 0  # of the picture itself, which may lie in a file of boxes (ISO/IEC 18181-2 §9)
    while not data.startswith(b"\xff\x0a", start):
        size, kind = int.from_bytes(data[start : start + 4]), data[start + 4 : start + 8]
        if kind in (b"jxlc", b"jxlp"):
            start += (16 if size == 1 else 8) + (4 if kind == b"jxlp" else 0)
            break
        if 1 < size < 8 or size == 0 or len(kind) < 4:
            raise ValueError("no picture")
        start += int.from_bytes(data[start + 8 : start + 16]) if size == 1 else size
    bits = _Bits(data[start + 2 : start + 18])
    small = bits.take(1)
    height = 8 * (bits.take(5) + 1) if small else bits.take(_SIZES[bits.take(2)]) + 1
    if ratio := bits.take(3):
        across, down = _RATIOS[ratio - 1]
        return height * across // down, height
    return (8 * (bits.take(5) + 1) if small else bits.take(_SIZES[bits.take(2)]) + 1), height


class _Bits:
    """Bits from the lowest of the first byte on."""

    def __init__(self, data: bytes) -> None:
        self._left, self._count = int.from_bytes(data, "little"), 8 * len(data)

    def take(self, count: int) -> int:
        """The number that the next bits are."""
        if count > self._count:
            raise ValueError("no size")
        taken = self._left & ((1 << count) - 1)
        self._left, self._count = self._left >> count, self._count - count
        return taken
