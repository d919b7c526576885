"""Which pixels of a box are its subject: GrabCut, with a test of whether its answer can be trusted.

Source: Rother, Kolmogorov and Blake 2004, "GrabCut: interactive foreground extraction using iterated graph cuts". What
is outside the box is background; two mixtures of Gaussians tell the colours of subject and background apart, a minimum
cut puts the border where neighbours differ. A guided filter (He, Sun and Tang 2010) refines the edge at full size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from bot.data.steps import Refused
from core.concepts import Box
from core.images.decoding import Image, Pixels, resized

Mask = NDArray[np.bool_]
Alpha = NDArray[np.float32]

_SIDE = 96  # pixels of the longer side at which the cut is made
_MARGIN = 0.15  # of the box's longer side: the background that is looked at around it
_COLOURS = 5  # Gaussians of each mixture, and
_ROUNDS = 4  # of assigning, fitting and cutting, as in the paper
_STRENGTH = 50.0  # of the border's price; the paper's gamma
_UNIT = 64  # capacities are whole numbers
_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))  # to a pixel's neighbours; the other four are their backs


@dataclass(frozen=True, slots=True)
class Trust:
    """What a mask must be to be used; shares are of the box, or of the mask."""

    least: float = 0.2  # of the box
    most: float = 0.95
    whole: float = 0.9  # of the mask: its largest piece
    reach: float = 0.12  # how far from a side of the box it may end
    stable: float = 0.85  # overlap with the mask of a box that is a little larger
    background: float = 0.06  # of what is looked at, outside the box


TRUST = Trust()


def subject_mask(image: Image, box: Box, trust: Trust = TRUST) -> Alpha:
    """How much of each pixel is the subject: (height, width), 0…1, zero outside the box.

    Raises `Refused` where the box leaves no background to compare with or the mask can't be trusted.
    """
    around = _grown(box, _MARGIN).within(image.box)
    if 1 - box.area / max(1, around.area) < trust.background:
        raise Refused("no background around the box")
    factor = min(1.0, _SIDE / max(around.x1 - around.x0, around.y1 - around.y0))
    small, inner = _part(image, around, box, factor)
    first = _cut(small, inner)
    _, wider = _part(image, around, _grown(box, 0.04).within(around), factor)
    check(first, _cut(small, wider), inner, trust)
    return refined(image, box, around, ndimage.binary_fill_holes(first))


def _grown(box: Box, margin: float) -> Box:
    by = max(1, round(margin * max(box.x1 - box.x0, box.y1 - box.y0)))
    return Box(box.x0 - by, box.y0 - by, box.x1 + by, box.y1 + by)


def _part(image: Image, around: Box, box: Box, factor: float) -> tuple[NDArray[np.float64], Box]:
    """The part of a photo at the size of the cut, and where the box is in it."""
    part = Image(image.pixels[around.y0 : around.y1, around.x0 : around.x1])
    size = max(8, round(part.width * factor)), max(8, round(part.height * factor))
    across, down = size[0] / part.width, size[1] / part.height
    inner = Box(
        round((box.x0 - around.x0) * across),
        round((box.y0 - around.y0) * down),
        round((box.x1 - around.x0) * across),
        round((box.y1 - around.y0) * down),
    )
    return resized(part, size).pixels.astype(np.float64), inner


def _cut(pixels: NDArray[np.float64], box: Box) -> Mask:
    """GrabCut's mask of the pixels (h, w, 3): true for the subject, within the box only."""
    inside = np.zeros(pixels.shape[:2], bool)
    inside[box.y0 : box.y1, box.x0 : box.x1] = True
    colours = pixels.reshape(-1, 3)
    edges = neighbours(pixels)
    mask = inside.ravel().copy()
    for _ in range(_ROUNDS):
        if mask.sum() < 4 * _COLOURS or (~mask).sum() < 4 * _COLOURS:
            break
        ours, theirs = _surprise(colours, colours[mask]), _surprise(colours, colours[~mask])
        ours[~inside.ravel()] = 1e4  # outside of the box nothing is the subject
        cut = minimum_cut(ours, theirs, edges)
        if (cut == mask).all():
            break
        mask = cut
    return mask.reshape(inside.shape)


def _surprise(colours: NDArray[np.float64], sample: NDArray[np.float64]) -> NDArray[np.float64]:
    """The negative log-likelihood of colours (n, 3) under a mixture of Gaussians fitted to a sample (m, 3).

    As in the paper, each colour belongs to one Gaussian only; they begin as the parts of the sample that Orchard and
    Bouman's splitting along the direction of largest variance gives.
    """
    parts = [sample]
    while len(parts) < _COLOURS:
        spreads = [float(np.linalg.eigvalsh(np.cov(one.T))[-1]) * len(one) if len(one) > 8 else 0.0 for one in parts]
        widest = parts.pop(int(np.argmax(spreads)))
        direction = np.linalg.eigh(np.cov(widest.T))[1][:, -1]
        along = (widest - widest.mean(0)) @ direction
        parts += [one for one in (widest[along <= 0], widest[along > 0]) if len(one)]
        if max(spreads) <= 1e-6 * len(sample):
            break
    prices = []
    for one in parts:
        spread = (np.cov(one.T) if len(one) > 1 else np.zeros((3, 3))) + 4.0 * np.eye(3)  # a sensor's noise at least
        away = colours - one.mean(0)
        distance = np.einsum("ij,jk,ik->i", away, np.linalg.inv(spread), away)
        prices.append(0.5 * (distance + np.linalg.slogdet(spread)[1]) - np.log(len(one) / len(sample)))
    return np.asarray(np.min(prices, axis=0))


def neighbours(pixels: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Each pair of neighbours (pixel, pixel), and the price of a border between them."""
    height, width = pixels.shape[:2]
    number = np.arange(height * width).reshape(height, width)
    found = []
    for down, right in _STEPS:
        rows, left, end = slice(down, height), max(0, right), width + min(0, right)
        here = number[: height - down, max(0, -right) : width - max(0, right)].ravel()
        there = number[rows, left:end].ravel()
        away = ((pixels.reshape(-1, 3)[here] - pixels.reshape(-1, 3)[there]) ** 2).sum(1)
        found.append((here, there, away, np.hypot(down, right)))
    usual = np.concatenate([away for _, _, away, _ in found]).mean()
    prices = [_STRENGTH * np.exp(-away / max(2 * usual, 1e-6)) / far for _, _, away, far in found]
    here, there = (np.concatenate([one[side] for one in found]) for side in (0, 1))
    return here, there, np.concatenate(prices)


def minimum_cut(
    ours: NDArray[np.float64],
    theirs: NDArray[np.float64],
    borders: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
) -> Mask:
    """The labelling with the least sum of prices: `ours` (n,) for the subject, `theirs` for the background."""
    here, there, price = borders
    count = len(ours)
    pixels, source, sink = np.arange(count), count, count + 1
    # Only the difference of a pixel's two prices counts; the cheaper one is no edge at all.
    less = np.minimum(ours, theirs)
    rows = np.concatenate([here, there, np.full(count, source), pixels])
    columns = np.concatenate([there, here, pixels, np.full(count, sink)])
    capacity = np.concatenate([price, price, theirs - less, ours - less])
    edges = (np.minimum(capacity, 1e5) * _UNIT).astype(np.int32)
    graph = sparse.csr_matrix((edges, (rows, columns)), shape=(count + 2, count + 2))
    flow = csgraph.maximum_flow(graph, source, sink).flow
    rest = graph - flow
    rest.data[rest.data < 0] = 0
    rest.eliminate_zeros()
    reached = csgraph.breadth_first_order(rest, source, return_predecessors=False)
    mask = np.zeros(count + 2, bool)
    mask[reached] = True
    return mask[:count]


def check(mask: Mask, wider: Mask, box: Box, trust: Trust) -> None:
    """Raise `Refused` for a mask (h, w) of a box that can't be trusted; `wider` is that of a larger box."""
    size = int(mask.sum())
    share = size / max(1, box.area)
    if not trust.least <= share <= trust.most:
        raise Refused("the mask is no shape", f"It has {share:.0%} of the box.")
    pieces, _ = ndimage.label(mask)
    whole = np.bincount(pieces.ravel())[1:].max() / size
    if whole < trust.whole:
        raise Refused("the mask is in pieces", f"The largest has {whole:.0%} of it.")
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    gaps = (columns[0] - box.x0, box.x1 - 1 - columns[-1], rows[0] - box.y0, box.y1 - 1 - rows[-1])
    longest = max(box.x1 - box.x0, box.y1 - box.y0)
    if max(gaps) > trust.reach * longest:
        raise Refused("the mask misses a side of the box", f"By {max(gaps) / longest:.0%} of it.")
    stable = (mask & wider).sum() / max(1, (mask | wider).sum())
    if stable < trust.stable:
        raise Refused("the mask hangs on the box", f"A slightly larger one changes {1 - stable:.0%} of it.")


def refined(image: Image, box: Box, around: Box, mask: Mask) -> Alpha:
    """The mask at the photo's size, its edge along the photo's own."""
    part = image.pixels[around.y0 : around.y1, around.x0 : around.x1]
    large = resized(Image(np.repeat(mask[:, :, None], 3, 2).astype(np.uint8) * 255), (part.shape[1], part.shape[0]))
    rough = np.asarray(large.pixels[:, :, 0] / 255, np.float32)
    radius = max(1, round(max(part.shape[:2]) / _SIDE))
    alpha = np.zeros(image.pixels.shape[:2], np.float32)
    alpha[around.y0 : around.y1, around.x0 : around.x1] = guided(part, rough, 2 * radius + 1)
    outside = np.ones_like(alpha, bool)
    outside[box.y0 : box.y1, box.x0 : box.x1] = False
    alpha[outside] = 0
    return alpha


def guided(guide: Pixels, values: Alpha, side: int, smooth: float = 1e-3) -> Alpha:
    """The guided filter of values (h, w) by a photo's light, over windows of `side` pixels; 0…1."""
    light = np.asarray(guide.mean(2) / 255, np.float32)

    def mean(one: Alpha) -> Alpha:
        return np.asarray(ndimage.uniform_filter(one, side, mode="nearest"), np.float32)

    m, v = mean(light), mean(values)
    slope = np.asarray((mean(light * values) - m * v) / (mean(light * light) - m * m + smooth), np.float32)
    filtered = mean(slope) * light + mean(v - slope * m)
    return np.asarray(np.clip(filtered, 0, 1), np.float32)
