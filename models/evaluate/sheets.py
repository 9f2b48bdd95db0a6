"""Contact sheets: photo and drawing side by side, to be looked at by people. They show faces: keep them out of repositories."""

from __future__ import annotations

import cv2
import numpy as np

from booth import facemap as fm
from booth.geometry import f32, face_height

TILE = 200
"""Side in pixels of one picture of a pair."""
SPAN = 2.4
"""Face heights across a tile."""
MOST_BYTES = 400_000
PAPER = 245


def pair(photo: np.ndarray, picture: np.ndarray | None, points: np.ndarray | None) -> np.ndarray:
    """(TILE, 2·TILE, 3) uint8: the head in ``photo`` (H, W, 3) and in its drawing (any multiple of that size).

    ``points`` (478, ≥2) in photo pixels; without them, or without a drawing, the whole photo beside an empty tile.
    """
    if picture is None or points is None:
        return np.hstack([_cut(photo, np.array(photo.shape[1::-1]) / 2, max(photo.shape[:2])), np.full((TILE, TILE, 3), PAPER, np.uint8)])
    centre, side = points[[fm.FOREHEAD, fm.CHIN], :2].mean(0), SPAN * face_height(points)
    zoom = picture.shape[1] / photo.shape[1]
    return np.hstack([_cut(photo, centre, side), _cut(picture, centre * zoom, side * zoom)])


def _cut(image: np.ndarray, centre: np.ndarray, side: float) -> np.ndarray:
    """The square of ``side`` pixels about ``centre`` as a tile, averaged down where it is larger."""
    fine = TILE * max(1, round(side / TILE))
    scale = fine / side
    affine = f32([[scale, 0, fine / 2 - scale * centre[0]], [0, scale, fine / 2 - scale * centre[1]]])
    cut = cv2.warpAffine(image, affine, (fine, fine), flags=cv2.INTER_LINEAR, borderValue=(PAPER,) * 3)
    return cv2.resize(cut, (TILE, TILE), interpolation=cv2.INTER_AREA)


def labelled(tile: np.ndarray, text: str) -> np.ndarray:
    """A tile with a short ASCII ``text`` in its lower left corner."""
    out = tile.copy()
    for colour, width in (((255, 255, 255), 4), ((30, 30, 30), 1)):
        cv2.putText(out, text, (6, out.shape[0] - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, width, cv2.LINE_AA)
    return out


def sheet(tiles: list[np.ndarray], columns: int = 4) -> np.ndarray:
    """Tiles of one size in rows of ``columns``; the last row is filled up with paper."""
    blank = np.full_like(tiles[0], PAPER)
    columns = min(columns, len(tiles))
    filled = tiles + [blank] * (-len(tiles) % columns)
    return np.vstack([np.hstack(filled[i:i + columns]) for i in range(0, len(filled), columns)])


def encoded(picture: np.ndarray) -> bytes:
    """JPEG of at most ``MOST_BYTES``, in the best of a few qualities; smaller when even the lowest is too large."""
    while True:
        for quality in (88, 80, 70, 60):
            data = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
            if len(data) <= MOST_BYTES:
                return data.tobytes()
        picture = cv2.resize(picture, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
