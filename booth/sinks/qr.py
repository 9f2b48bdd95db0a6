"""A QR code as a picture."""

from __future__ import annotations

import numpy as np
import segno

from booth.errors import UsageError

QUIET = 4
"""Modules of white around the code, as the standard asks."""


def qr_image(text: str, side_px: int) -> np.ndarray:
    """(side_px, side_px, 3) uint8 RGB, black on white, modules of a whole number of pixels, quiet zone included.

    Raises ``UsageError`` when ``side_px`` is too small or ``text`` too long.
    """
    try:
        code = segno.make(text, error="m", micro=False)
    except ValueError as error:
        raise UsageError(f"{len(text)} letters are too many for a QR code; shorten the text") from error
    modules = np.array([list(row) for row in code.matrix], np.uint8)
    scale = side_px // (len(modules) + 2 * QUIET)
    if scale < 1:
        raise UsageError(f"a QR code of {side_px} pixels is too small for this text; ask for {len(modules) + 2 * QUIET} or more")
    black = np.kron(modules, np.ones((scale, scale), np.uint8))
    picture = np.full((side_px, side_px, 3), 255, np.uint8)
    start = (side_px - len(black)) // 2
    picture[start:start + len(black), start:start + len(black)][black == 1] = 0
    return picture
