"""Heads painted in a process of their own: a head is some hundred small strokes, and Python lets one thread at a time set one.
Measured on two cores with four visitors, half of the drawing was waiting for that.

What the other process knows already (layers, people, characters) is not sent again; drawn heads come back through shared memory.
"""

from __future__ import annotations

import logging
import multiprocessing as mp
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np

from booth.frame import Adapted, Appearance, Face, Stylized
from booth.render.painter import Head, Painter
from booth.render.style import AnyStyle

log = logging.getLogger(__name__)

SHARED_BYTES = 32 * 2**20
"""Room for the heads of one picture; a head of 1080 pixels takes five of these MiB. What does not fit goes the slower way."""
PATIENCE_S = 5.0
"""A painter that has not answered for so long is replaced …"""
START_S = 60.0
"""… and one that has not started for so long. Until then heads are painted here."""
KEPT = 64

Wish = tuple[Adapted, AnyStyle]


@dataclass(frozen=True, eq=False, slots=True)
class _Sent:
    """What the painter was told last about a visitor."""

    areas: np.ndarray
    person: Appearance
    style: AnyStyle


@dataclass(frozen=True, eq=False, slots=True)
class _Order:
    """One head. None: as in this visitor's last order."""

    face: Face
    affine: np.ndarray
    stylized: Stylized | None
    person: Appearance | None
    style: AnyStyle | None


class PainterHere:
    """Paints in the caller's thread."""

    def __init__(self) -> None:
        self._painter = Painter()

    def begin(self, size: tuple[int, int], orders: list[Wish], scale: float) -> Callable[[], list[Head]]:
        """Start to paint heads for a canvas of ``size`` (width, height); what is returned waits for them. Those that lie
        outside the canvas are left out. The heads are valid until the next ``begin``."""
        heads = [self._painter.paint(size, adapted, style, scale) for adapted, style in orders]
        return lambda: [head for head in heads if head is not None]

    def close(self) -> None:
        pass


class PainterApart:
    """Paints in a process of its own. When that dies or hangs, this picture is painted here and another process is started."""

    def __init__(self) -> None:
        self._here = PainterHere()
        self._shared = SharedMemory(create=True, size=SHARED_BYTES)
        self._start()

    def _start(self) -> None:
        context = mp.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_paint, args=(theirs, self._shared.name), name="painter", daemon=True)
        self._process.start()
        theirs.close()
        self._started, self._ready = time.monotonic(), False
        self._known: dict[int, _Sent] = {}

    def begin(self, size: tuple[int, int], orders: list[Wish], scale: float) -> Callable[[], list[Head]]:
        """Like ``PainterHere.begin``."""
        try:
            if not self._awake():
                return self._here.begin(size, orders, scale)
            self._ours.send((size, scale, [self._news(adapted, style) for adapted, style in orders]))
        except (EOFError, OSError):
            return self._instead(size, orders, scale)
        return lambda: self._collect(size, orders, scale)

    def _awake(self) -> bool:
        """Whether the other process has started. Raises ``EOFError`` or ``OSError`` when it has ended or will not start."""
        if not self._ready and self._ours.poll():
            self._ours.recv()
            self._ready = True
        if not self._ready and (time.monotonic() - self._started > START_S or not self._process.is_alive()):
            raise EOFError("the painter's process did not start")
        return self._ready

    def wait(self, timeout: float = START_S) -> bool:
        """Wait until heads are painted apart; whether they are."""
        return self._ready or (self._ours.poll(timeout) and self._awake())

    def _news(self, adapted: Adapted, style: AnyStyle) -> _Order:
        """The order without what is known: layers, person and character where they have not changed."""
        stylized, known = adapted.stylized, self._known.pop(adapted.face.track_id, None)
        self._known[adapted.face.track_id] = _Sent(stylized.areas, adapted.person, style)
        while len(self._known) > KEPT:
            self._known.pop(next(iter(self._known)))
        if known is None:
            return _Order(adapted.face, stylized.affine, stylized, adapted.person, style)
        return _Order(adapted.face, stylized.affine, None if known.areas is stylized.areas else stylized,
                      None if known.person is adapted.person else adapted.person, None if known.style is style else style)

    def _collect(self, size: tuple[int, int], orders: list[Wish], scale: float) -> list[Head]:
        try:
            answers = self._ours.recv() if self._ours.poll(PATIENCE_S) else None
        except (EOFError, OSError):
            answers = None
        if answers is None:
            return self._instead(size, orders, scale)()
        heads = []
        for (adapted, _), answer in zip(orders, answers, strict=True):
            if answer is not None:
                corner, *picture = answer
                image, alpha = picture if len(picture) == 2 else _views(self._shared, *picture)
                heads.append(Head(adapted.face, corner, image, alpha))
        return heads

    def _instead(self, size: tuple[int, int], orders: list[Wish], scale: float) -> Callable[[], list[Head]]:
        log.error("the painter's process is gone; another one is started")
        self._end()
        self._start()
        return self._here.begin(size, orders, scale)

    def _end(self) -> None:
        self._ours.close()
        self._process.join(0.5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()

    def close(self) -> None:
        self._end()
        self._shared.close()
        self._shared.unlink()


def _paint(orders: Connection, shared: str) -> None:
    """The other process: paints until nobody orders any more."""
    import signal

    import cv2

    signal.signal(signal.SIGINT, signal.SIG_IGN)                  # who started it says when it ends
    cv2.setNumThreads(1)
    memory, painter = SharedMemory(shared), Painter()
    known: dict[int, tuple[Any, Any, Any]] = {}                   # by visitor: layers, person, character
    try:
        orders.send(None)                                         # awake
        while True:
            size, scale, news = orders.recv()
            at, answers = 0, []
            for order in news:
                stylized, person, style = known.pop(order.face.track_id, (None, None, None))
                stylized, person, style = order.stylized or stylized, order.person or person, order.style or style
                known[order.face.track_id] = stylized, person, style
                while len(known) > KEPT:
                    known.pop(next(iter(known)))
                head = painter.paint(size, Adapted(replace(stylized, affine=order.affine), order.face, person), style, scale)
                answer, at = _hand_over(head, memory, at)
                answers.append(answer)
            orders.send(answers)
    except (EOFError, OSError):
        return
    finally:
        memory.close()


def _views(memory: SharedMemory, height: int, width: int, at: int) -> tuple[np.ndarray, np.ndarray]:
    """Image (height, width, 3) and alpha (height, width) that lie in ``memory`` from ``at`` on."""
    return (np.ndarray((height, width, 3), np.uint8, memory.buf, at), np.ndarray((height, width), np.uint8, memory.buf, at + 3 * height * width))


def _hand_over(head: Head | None, memory: SharedMemory, at: int) -> tuple[Any, int]:
    """The answer for a drawn head, and where the next one goes: its place in shared memory, or itself when that is full."""
    if head is None:
        return None, at
    height, width = head.alpha.shape
    if at + 4 * height * width > memory.size:
        return (head.corner, head.image, head.alpha), at
    image, alpha = _views(memory, height, width, at)
    image[:], alpha[:] = head.image, head.alpha
    return (head.corner, height, width, at), at + 4 * height * width
