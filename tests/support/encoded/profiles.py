"""Colour profiles (ICC.1:2010) as small as they may be, for pictures that are in other colours than sRGB."""

from __future__ import annotations

import struct

_WHITE = (0.9642, 1.0, 0.8249)  # D50
_P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))  # Display P3's, adapted to D50


def display_p3() -> bytes:
    """The colours of an iPhone's screen, with a plain gamma of 2.2."""
    curve = _curve(2.2)
    colours = {f"{one}XYZ": _xyz(*value) for one, value in zip("rgb", _P3, strict=True)}
    return _profile("RGB ", "XYZ ", "mntr", "P3", colours | {f"{one}TRC": curve for one in "rgb"})


def grey(gamma: float) -> bytes:
    """Grey of a gamma of its own."""
    return _profile("GRAY", "XYZ ", "mntr", "grey", {"kTRC": _curve(gamma)})


def odd_inks() -> bytes:
    """Four inks, of which the first prints red and not cyan; the others darken."""
    paper, red, black = (255, 128, 128), (136, 208, 195), (0, 128, 128)  # Lab in eight bits
    inks = [paper if ink == 0 else red if ink == 8 else black for ink in range(16)]
    straight = bytes(range(256))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0])
    table += struct.pack(">9i", *(65536 if place % 4 == 0 else 0 for place in range(9)))
    table += straight * 4 + bytes(value for ink in inks for value in ink) + straight * 3
    return _profile("CMYK", "Lab ", "prtr", "inks", {"A2B0": table})


def _curve(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)


def _xyz(*value: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(one * 65536) for one in value))


def _profile(space: str, pcs: str, device: str, name: str, tags: dict[str, bytes]) -> bytes:
    described = name.encode() + b"\0"
    text = b"desc" + bytes(4) + struct.pack(">I", len(described)) + described + bytes(78)
    tags = {"desc": text, "wtpt": _xyz(*_WHITE), "cprt": b"text" + bytes(4) + b"none\0"} | tags
    at, table, body = 132 + 12 * len(tags), b"", b""
    for tag, data in tags.items():
        table += tag.encode() + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s", at + len(body), b"none", 0x02400000, device.encode(), space.encode(), pcs.encode()
    )
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += struct.pack(">3i", *(round(one * 65536) for one in _WHITE))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body
