"""A page as it is seen: drawn where, and only where, something about its text is doubtful.

For the call that draws (see ``drawing``); to read a page needs none of this.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from robasync.model import Box

from .asking import How, Spot
from .covers import UNLIKE
from .library import pymupdf

LIKE = 90
"""A pixel this near to the text's colour in every channel may be its ink; edges are blends."""

GROUND_SHARE = 0.25
"""Letters fill at most about half of their box: text of a colour that does not stand out from this
part of the pixels around it is not seen."""

INK_SHARE = 0.004
ZOOM = 2.0
INSET = 0.12
"""Part of a box's height that is left out at its edges, where neighbours and rules are."""

FEW_LOOKS = 8
"""Boxes that are drawn on their own; from then on drawing the page once costs less."""

MOST_PIXELS = 8_000_000

Channels = tuple[bytes, bytes, bytes]


class Ground:
    """What one page looks like: its ``area``, and its display list, of which only parts are drawn."""

    def __init__(self, area: Any, drawing: Any) -> None:
        self._area = area
        self._drawing = drawing
        self._looks = 0

    def is_so(self, spot: Spot) -> bool:
        """Whether it is so at the spot; not for what text recognition tells."""
        if spot.how is How.INK:
            return self._has_ink(spot.box, spot.color)

        return (
            self._stands_out(spot.box, spot.color) if spot.how is How.UNLIKE else not self._is_blank(spot.box)
        )

    def _stands_out(self, box: Box, color: int) -> bool:
        """Whether what is seen at ``box`` is unlike the colour, so that its letters would show."""
        channels = self._channels(box)
        return _unlike(channels, color, by=UNLIKE) > GROUND_SHARE * len(channels[0])

    def _has_ink(self, box: Box, color: int) -> bool:
        """Whether something of about the colour is seen at ``box``, and something else too."""
        channels = self._channels(box)
        like = len(channels[0]) - _unlike(channels, color, by=LIKE)
        return INK_SHARE * len(channels[0]) < like < (1 - INK_SHARE) * len(channels[0])

    def _is_blank(self, box: Box) -> bool:
        """Whether nothing is seen at ``box`` but one colour."""
        return all(
            max(channel, default=0) - min(channel, default=0) <= UNLIKE for channel in self._channels(box)
        )

    def _channels(self, box: Box) -> Channels:
        """Return the red, green and blue of the pixels at ``box``, a byte each."""
        inset = INSET * min(box[2] - box[0], box[3] - box[1])
        inner = box[0] + inset, box[1] + inset, box[2] - inset, box[3] - inset
        self._looks += 1
        if self._looks <= FEW_LOOKS:
            return _channels(self._draw(inner, zoom=ZOOM).samples)

        return self._cut(inner)

    def _cut(self, box: Box) -> Channels:
        width, height, zoom, channels = self._whole
        left, top, right, bottom = (round(edge * zoom) for edge in box)
        rows = range(max(top, 0), min(max(bottom, top + 1), height))
        left, right = max(left, 0), min(max(right, left + 1), width)
        red, green, blue = (
            b"".join([channel[row * width + left : row * width + right] for row in rows])
            for channel in channels
        )
        return red, green, blue

    @cached_property
    def _whole(self) -> tuple[int, int, float, Channels]:
        area = self._area
        zoom = min(ZOOM, (MOST_PIXELS / max(abs(area), 1.0)) ** 0.5)
        pixels = self._draw(tuple(area), zoom=zoom)
        return pixels.width, pixels.height, zoom, _channels(pixels.samples)

    def _draw(self, box: Box, *, zoom: float) -> Any:
        library = pymupdf()
        return self._drawing.get_pixmap(
            matrix=library.Matrix(zoom, zoom), clip=library.Rect(box), colorspace=library.csRGB, alpha=0
        )


def _channels(samples: bytes) -> Channels:
    return samples[0::3], samples[1::3], samples[2::3]


def _unlike(channels: Channels, color: int, *, by: int) -> int:
    """Return the number of pixels that differ from the colour by more than that in a channel."""
    differ = 0
    for channel, own in zip(channels, (color >> 16, color >> 8 & 0xFF, color & 0xFF), strict=True):
        table = bytes(abs(value - own) > by for value in range(256))
        differ |= int.from_bytes(channel.translate(table), "big")

    return differ.bit_count()
