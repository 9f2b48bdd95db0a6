"""The whole picture: drawn room, drawn heads from far to near, and a drawn placeholder over every face that is not yet
a character. A camera pixel never gets into the result."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from booth.frame import Adapted, Composite, Frame, frozen
from booth.geometry import ellipse, f32, spline, taper
from booth.render.apart import PainterApart, PainterHere
from booth.render.backdrop import WORK_WIDTH, Backdrop
from booth.render.ink import Pen
from booth.render.painter import Head
from booth.render.style import Named
from booth.render.wardrobe import Wardrobe

LEAST_HEIGHT = 720
"""Smaller camera pictures are drawn larger, so that ink stays fine."""


def canvas_scale(height: int) -> int:
    return max(1, math.ceil(LEAST_HEIGHT / height))


class Compositor:
    """Owned by one thread. ``wardrobe`` may be replaced between two pictures. ``painter`` stays the caller's to close."""

    def __init__(self, wardrobe: Wardrobe, painter: PainterHere | PainterApart | None = None) -> None:
        self.wardrobe = wardrobe
        self._painter = painter or PainterHere()
        self._backdrop = Backdrop()
        self._spare: list[np.ndarray] = []
        self.people = np.zeros((1, 1), np.uint8)

    def backdrop(self, frame: Frame, people: np.ndarray, work_px: int = WORK_WIDTH) -> np.ndarray:
        """The drawn room and bodies (``people`` (h, w) uint8 says where) of ``frame``, without heads: the canvas that
        ``compose`` goes on with. ``work_px``: width at which it is flattened."""
        height, width = frame.image.shape[:2]
        scale = canvas_scale(height)
        return self._backdrop.draw(frame.image, people, (width * scale, height * scale), self.wardrobe.style, work_px)

    def room(self, frame: Frame, people: Callable[[Frame], np.ndarray], work_px: int, every: int) -> np.ndarray:
        """``backdrop``, of every ``every``-th picture; between them the last one again."""
        if self._spare and self._spare[0].shape[:2] == tuple(n * canvas_scale(frame.image.shape[0]) for n in frame.image.shape[:2]):
            return self._spare.pop()
        self.people = people(frame)
        canvas = self.backdrop(frame, self.people, work_px)
        self._spare = [canvas.copy() for _ in range(every - 1)]
        return canvas

    def moment(self, frame: Frame) -> Composite:
        """The calm picture instead of ``frame``."""
        height, width = frame.image.shape[:2]
        scale = canvas_scale(height)
        return Composite(frozen(draw_moment(width * scale, height * scale, self.wardrobe.style)), frame.seq, frame.captured_at, calm=True)

    def heads(self, frame: Frame, adapted: list[Adapted]) -> list[Head]:
        """All heads drawn, far ones first."""
        return self.begin_heads(frame, adapted)()

    def begin_heads(self, frame: Frame, adapted: list[Adapted]) -> Callable[[], list[Head]]:
        """``heads``, perhaps begun elsewhere; what is returned waits for them."""
        height, width = frame.image.shape[:2]
        scale = canvas_scale(height)
        orders = [(one, self.wardrobe.of(one.face.track_id)) for one in adapted]
        painted = self._painter.begin((width * scale, height * scale), orders, scale)
        return lambda: sorted(painted(), key=lambda head: float(head.face.box[3] - head.face.box[1]))

    def compose(self, frame: Frame, canvas: np.ndarray, heads: list[Head], covered: list[np.ndarray],
                stages_ms: dict[str, float]) -> Composite:
        """Placeholders and heads on ``canvas``. ``covered``: face boxes (4,) in frame pixels that must stay hidden."""
        scale = canvas_scale(frame.image.shape[0])
        for box in covered:
            draw_placeholder(canvas, box * scale, self.wardrobe.style)
        for head in heads:
            head.put_on(canvas)
        return Composite(frozen(canvas), frame.seq, frame.captured_at, tuple(h.face.track_id for h in heads), len(covered),
                         stages_ms=stages_ms)


CHEEK = f32([255, 120, 105])


def draw_placeholder(canvas: np.ndarray, box: np.ndarray, style: Named) -> None:
    """A friendly blank head that covers a face box and the hair around it, in place."""
    centre = (box[:2] + box[2:]) / 2 + [0, -0.08 * (box[3] - box[1])]
    w, h = float(box[2] - box[0]), float(box[3] - box[1])
    pen = Pen(canvas)
    tint, ink = f32(style.room.tint), f32(style.line.colour)
    skin, dark = tint * np.float32(0.93), ink
    pen.fill(ellipse(centre, 0.92 * w, 1.06 * h, count=48), dark)
    pen.fill(ellipse(centre, 0.92 * w - 0.03 * h, 1.03 * h, count=48), skin)
    for side in (-1, 1):
        pen.fill(ellipse(centre + [side * 0.26 * w, 0.05 * h], 0.055 * w, 0.075 * h), dark)
        pen.fill(ellipse(centre + [side * 0.43 * w, 0.24 * h], 0.13 * w, 0.07 * h), 0.72 * skin + 0.28 * CHEEK)
    smile = spline(centre + np.array([[-0.2 * w, 0.36 * h], [0, 0.46 * h], [0.2 * w, 0.36 * h]]), 20)
    pen.stroke(smile, 0.05 * h * taper(20, .4, .4, .2), dark)


def draw_moment(width: int, height: int, style: Named) -> np.ndarray:
    """A calm drawn picture without any camera in it, for when there is nothing better to show. (H, W, 3) uint8."""
    tint = f32(style.room.tint)
    ramp = np.linspace(1.0, 0.9, height, dtype=np.float32)[:, None, None]
    canvas = (tint * ramp * np.ones((1, width, 1), np.float32)).clip(0, 255).astype(np.uint8)
    size = min(0.16 * height, 0.15 * width)                         # all three fit on an upright screen too
    for k, x in enumerate((-2.1, 0.0, 2.1)):
        box = np.array([width / 2 + (x - .5) * size, height * .42 - .5 * size, width / 2 + (x + .5) * size, height * .42 + .7 * size])
        draw_placeholder(canvas, box + [0, (k == 1) * -0.2 * size] * 2, style)
    return canvas
