"""Visitors' screens: four shots of the demo camera and a strip of them, then each kind of screen in each language and shape."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from booth.bench.screens.sheet import Album
from booth.bench.screens.visit import Pictures, Visit
from booth.cameras.demo import Demo
from booth.house.pin import Pin
from booth.products.layout import load_layout
from booth.products.still import Studio
from booth.products.strip import Words, compose
from booth.render.style import load_style
from booth.session import Screen
from booth.ui.panel.pin import PinDialog
from booth.ui.signage import Signage

WIDE, TALL = (1920, 1080), (1080, 1920)
EVENT, DATE = "봄 축제 2026", "2026. 4. 3."
MOMENTS_S = (1.0, 2.2, 9.0, 10.5)
"""Of the demo camera: when the shots are taken; the first one also stands behind the screens."""


def kiosk(album: Album, languages: Sequence[str]) -> list[str]:
    """Returns what is cut off, or lies on something else."""
    wrong: list[str] = []
    kept = _shots()
    with tempfile.TemporaryDirectory() as folder:
        visit = Visit(Demo(), Path(folder), WIDE, live=False, behind=kept.shots[1], name=EVENT)
        try:
            for shape, size, columns in (("wide", WIDE, 5), ("tall", TALL, 9)):
                visit.signage.resize(*size)
                for language in languages:
                    wrong += _screens(visit, album, kept, language, shape)
                    album.sheet(f"sheet_{shape}_{language}", columns, 400 if shape == "wide" else 220)
            _exit(visit, album, Path(folder))
            visit.standing.show(None)
            visit.until(lambda: visit.signage.calm)
            _calm(visit, album, languages)
            album.sheet("sheet_calm", 4, 480)
        finally:
            visit.close()
    return wrong


def _shots() -> Pictures:
    demo, studio, style = Demo(), Studio("cpu"), load_style("romance")
    demo.open()
    drawn = {number: studio.draw(demo.picture_at(t), style) for number, t in enumerate(MOMENTS_S, 1)}
    studio.close()
    strip = compose(load_layout("street"), list(drawn.values()), Words(EVENT, DATE), 0.5)
    return Pictures({number: np.ascontiguousarray(one.image) for number, one in drawn.items()}, drawn, strip)


def _screens(visit: Visit, album: Album, kept: Pictures, language: str, shape: str) -> list[str]:
    wrong = []
    for number, screen in enumerate(visit.every_screen(language, tuple(kept.shots))):
        visit.pretend(screen, kept)
        name = f"{shape}_{language}_{number:02d}_{screen.name}"
        album.take(name, visit.signage)
        wrong += [f"{name}: {what}" for what in visit.overlaps()]
    return wrong


def _exit(visit: Visit, album: Album, folder: Path) -> None:
    """The hidden way out of a kiosk: before there is a PIN, and with one."""
    visit.signage.resize(*WIDE)
    for name, digits in (("pin_choose", ""), ("pin_unlock", "2468")):
        pin = Pin(folder / f"{name}.json")
        if digits:
            pin.set(digits)
        dialog = PinDialog(pin, visit.signage)
        dialog.show()
        for digit in "24":
            dialog.pad.press(digit)
        QApplication.processEvents()
        album.take(name, visit.signage, dialog)
        dialog.close()


def _calm(visit: Visit, album: Album, languages: Sequence[str]) -> None:
    """Without a picture from the camera: with sessions and without, wide and upright."""
    for language in languages:
        for screen in visit.every_screen(language):
            if screen.name in ("attract", "paused"):
                _calm_screen(visit, album, screen)
    bare = Signage(visit.booth)
    for shape, size in (("wide", WIDE), ("tall", TALL)):
        bare.resize(*size)
        bare.show()
        QApplication.processEvents()
        album.take(f"calm_{shape}_no_sessions", bare)
    bare.close()


def _calm_screen(visit: Visit, album: Album, screen: Screen) -> None:
    for shape, size in (("wide", WIDE), ("tall", TALL)):
        visit.signage.resize(*size)
        visit.pretend(screen, Pictures())
        album.take(f"calm_{shape}_{screen.language}_{screen.name}", visit.signage)
