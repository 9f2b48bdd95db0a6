"""A visit's screens over the live picture: one panel, as a webtoon has them, and what is large (countdown, shots, strip) above.

Nothing is decided here: the screen's own fields say what is drawn, and every press goes to the host.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QIcon, QImage, QKeyEvent, QMouseEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from booth.brand import Brand, css, sized
from booth.frame import Composite, Drawn
from booth.host.host import Host
from booth.render.style import style_files
from booth.session import Press, Screen, Slide, Source, Typed
from booth.session.screens import Animating, Character, Consent, Layout, Listening, Making, Preview, Result, Review, Shooting, Voice
from booth.sinks.qr import qr_image
from booth.texts import session_texts
from booth.ui.burst import Burst
from booth.ui.paper import ACCENT, Sheet, frame, label, sheet
from booth.ui.picture import to_image
from booth.ui.talking_view import ClipView, LevelMeter

TICK_MS = 40
UNBRANDED, SHEET = Brand(), (255, 250, 240)
"""Without anything of the event's own · the paper that its logo lies on."""
BRANDED = ("attract", "noticed", "character", "thanks", "paused")
"""Screens with the event's logo …"""
LOGO = (360, 84)
"""… at most so large, in pixels of a 1080-line picture."""
UNSEEN = {"deadline", "share", "mix", "words", "progress"}
"""Fields that change while a screen stays as it is …"""
HEARD = {"number", "level", "hint"}
"""… and those that change many times a second while a voice is recorded."""
ICON_PX = 84
"""A character's picture on its button, of a 1080-line picture."""
BURST_PX = 400
MARGIN_PX = 36
MOST_COPIES = 4
SHORT = ("character", "review", "layout")
"""Screens that hold much and say little: what must be said now stands beside it."""
TELLING = ("attract", "noticed", "consent")
"""Before anybody begins or agrees they read what is recorded of them."""
HEROES = ("attract", "noticed", "thanks", "paused")
"""Screens that are read from afar."""
DOWN = QBoxLayout.Direction.TopToBottom
NARROW = ("countdown", "shot", "shown", "ready")
"""Screens on which the picture is what matters."""
LEAVING = ("cancel", "back", "discard_clip")
"""Actions that stand apart, at the left."""
PLAIN = {"language", "style", "mix_with", "photo", "voice", "retake", "best", "layout", "bubbles", "print", *LEAVING}
"""Actions that are not plain buttons in the lowest row: they have their own place, or a value."""

KEYS = {Qt.Key.Key_Space: "default", Qt.Key.Key_Return: "default", Qt.Key.Key_Enter: "default", Qt.Key.Key_PageDown: "default",
        Qt.Key.Key_Right: "default", Qt.Key.Key_PageUp: "cancel", Qt.Key.Key_Left: "cancel", Qt.Key.Key_Backspace: "cancel"}
REMOTE = {Qt.Key.Key_PageDown, Qt.Key.Key_PageUp}
"""What presenter remotes send."""


def face_files(styles: Path | None) -> dict[str, Path]:
    """Of each character the picture beside its ``style.toml``; not all have one. ``styles``: a folder of further characters."""
    return {name: file.with_name("face.webp") for name, file in style_files(styles).items()}


class Picture(QLabel):
    """``press``: what a finger on it does."""

    def __init__(self, press: Callable[[], None] | None, framed: bool) -> None:
        super().__init__(alignment=Qt.AlignmentFlag.AlignCenter, objectName="chosen_picture" if framed else "picture")
        self._press = press

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._press is None:
            event.ignore()
        else:
            self._press()


class VisitorView(QWidget):
    """Lies over the signage and passes on what is pressed. ``titles``: of characters and layouts, by name and language;
    ``preview(layout, shots)``: (H, W, 3) uint8 of a layout with the visit's shots, small · ``brand``: the event's, asked for again and
    again · ``faces``: a small square picture of each character that has one, by name."""

    def __init__(self, parent: QWidget, host: Host, styles: dict[str, dict[str, str]], layouts: dict[str, dict[str, str]],
                 preview: Callable[[str, list[Drawn]], np.ndarray] | None = None, brand: Callable[[], Brand] = lambda: UNBRANDED,
                 faces: Mapping[str, Path] | None = None) -> None:
        super().__init__(parent)
        self._ask_brand, self._brand = brand, brand()
        self._icons = {name: QIcon(str(file)) for name, file in (faces or {}).items() if file.exists()}
        self._host, self._styles, self._layouts, self._preview = host, styles, layouts, preview
        self._drawn: dict[str, Any] = {}
        self._panel, self._centre = Sheet(self, 1.0), frame(self, "centre")
        self._bar: QProgressBar | None = None
        self._voice: tuple[LevelMeter, QLabel, QLabel] | None = None
        self._shots: tuple[int, ...] = ()
        self._previews: dict[tuple[str, tuple[int, ...]], np.ndarray] = {}
        self.faces: Callable[[], Any] = lambda: None
        """The newest composite, for who is there."""
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def tick(self) -> None:
        self._host.tick(time.monotonic(), self.faces())
        self.draw()

    def show_picture(self, composite: Composite) -> None:
        """This drawing is on the screen now."""
        self._host.show(composite)

    def key(self, event: QKeyEvent) -> bool:
        """Presenter remotes, USB buttons and keyboards; whether the key means anything here."""
        action = KEYS.get(event.key())
        if action is None:
            return False
        self.press(action, source=Source.REMOTE if event.key() in REMOTE else Source.KEYBOARD, repeat=event.isAutoRepeat())
        return True

    def press(self, action: str, value: str | int | None = None, source: Source = Source.MOUSE, repeat: bool = False) -> None:
        self._host.hear(Press(action, source, value, repeat), time.monotonic())
        self.draw()

    def draw(self) -> None:
        """Build the screen anew when anything on it has changed."""
        screen = self._host.screen
        unseen = UNSEEN | HEARD if isinstance(screen, Listening) else UNSEEN
        seen = {k: v for k, v in asdict(screen).items() if k not in unseen}
        if isinstance(screen, Making) and self._bar is not None:
            self._bar.setValue(round(100 * screen.share))
        if isinstance(screen, Listening):
            self._hear(screen)
        if self._ask_brand() is not self._brand:
            self._brand = self._ask_brand()
            self.forget_previews()
        if seen == self._drawn:
            return
        self._drawn = seen
        self._build(screen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._drawn = {}
        self.draw()

    @property
    def unit(self) -> float:
        """What a pixel of a 1080-line picture is here."""
        return max(0.3, min(self.width() / 1080, self.height() / 1080, max(self.width(), self.height()) / 1920))

    @property
    def _across(self) -> QBoxLayout.Direction:
        """Things that stand side by side on a wide screen, and below each other on an upright one."""
        return DOWN if self.tall else QBoxLayout.Direction.LeftToRight

    @property
    def tall(self) -> bool:
        return self.height() > self.width()

    def text(self, screen: Screen, key: str) -> str:
        words = session_texts().get(key)
        return "" if words is None else words[screen.language].format(**asdict(screen))

    def _build(self, screen: Screen) -> None:
        for old in (self._panel, self._centre):
            old.hide()
            old.deleteLater()
        self._bar = self._voice = None
        self._panel, self._centre = Sheet(self, self.unit), frame(self, "centre")
        self.setStyleSheet(sheet(self.unit, screen.language, self._brand.accent))
        column = QVBoxLayout(self._panel)
        edge, below = round(28 * self.unit), self._panel.shadow
        column.setContentsMargins(edge, edge, edge + below, edge + below)
        column.setSpacing(round(16 * self.unit))
        content = CONTENT.get(type(screen))
        if content is not None or self.tall or screen.name in NARROW:
            column.addLayout(self._words(screen, self._languages(screen)))
        if content is not None:
            content(self, screen, column)
        if column.count():
            column.addLayout(self._buttons(screen))
        else:
            column.addLayout(self._beside(screen))
        self._place(screen)

    def _beside(self, screen: Screen) -> QBoxLayout:
        """A screen that has only words and buttons: these beside those, so that more of the picture is seen."""
        row, right = QHBoxLayout(), QVBoxLayout()
        row.setSpacing(round(28 * self.unit))
        words = self._words(screen, [])
        words.insertStretch(0, 1)
        words.addStretch(1)
        row.addLayout(words, 1)
        if languages := self._languages(screen):
            line = QHBoxLayout()
            line.setSpacing(round(10 * self.unit))
            line.addStretch(1)
            for button in languages:
                line.addWidget(button)
            right.addLayout(line)
        right.addStretch(1)
        right.addLayout(self._buttons(screen))
        row.addLayout(right)
        return row

    def _words(self, screen: Screen, beside: list[QPushButton]) -> QBoxLayout:
        """Title, what it means, and what must be said now; ``beside`` the title: further buttons."""
        column, top = QVBoxLayout(), QHBoxLayout()
        column.setSpacing(round(12 * self.unit))
        top.setSpacing(round(10 * self.unit))
        if self._brand.logo is not None and screen.name in BRANDED:
            self._logo(self._brand.logo, top)
        if self.tall and (beside or top.count()):                      # the title needs a line of its own
            top.addStretch(1)
            column.addLayout(top)
            for button in beside:
                top.addWidget(button)
            top, beside = QHBoxLayout(), []
        top.addWidget(label(self.text(screen, screen.title), "hero" if screen.name in HEROES else "title"), 1)
        for button in beside:
            top.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(top)
        if not isinstance(screen, Listening):
            line = QBoxLayout(self._across if screen.name in SHORT else DOWN)
            line.setSpacing(round(24 * self.unit))
            for key, name in ((screen.body, "body"), (screen.hint, "hint")):
                if key is not None and self.text(screen, key):
                    line.addWidget(label(self.text(screen, key), name))
            column.addLayout(line)
        if screen.name in TELLING and screen.filmed != "no":
            column.addWidget(label(self.text(screen, f"filmed_{screen.filmed}"), "fine"))
        return column

    def _logo(self, logo: Image.Image, row: QHBoxLayout) -> None:
        tile = sized(logo, LOGO[0] * self.unit, LOGO[1] * self.unit, SHEET)
        image = QImage(tile.tobytes(), tile.width, tile.height, 4 * tile.width, QImage.Format.Format_RGBA8888)
        shown = QLabel(objectName="logo")
        shown.setPixmap(QPixmap.fromImage(image))
        row.addWidget(shown, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addSpacing(round(20 * self.unit))

    def _languages(self, screen: Screen) -> list[QPushButton]:
        return self._in_languages(screen, "language", screen.language) if "language" in screen.actions else []

    def _in_languages(self, screen: Screen, action: str, chosen: str) -> list[QPushButton]:
        made = []
        for language in screen.languages:
            button = self._button(self.text(screen, f"language_{language}"), action, language)
            button.setProperty("chosen", language == chosen)
            button.setProperty("small", True)
            made.append(button)
        return made

    def _buttons(self, screen: Screen) -> QBoxLayout:
        """Leaving at the left, the likely one at the right; a slider has its place between them."""
        row = QHBoxLayout()
        row.setSpacing(round(20 * self.unit))
        for action in (action for action in LEAVING if action in screen.actions):
            leave = self._button(self.text(screen, f"button_{action}"), action)
            leave.setProperty("quiet", True)
            row.addWidget(leave)
        slider = self._slider(screen) if isinstance(screen, Character) and not self.tall else None
        if slider is not None:
            row.addWidget(slider, 1)
        else:
            row.addStretch(1)
        likely = (screen.default, "agree", "agree_voice")
        for action in sorted(screen.actions, key=lambda action: action in likely):      # the likely one is outermost
            if action not in PLAIN:
                button = self._button(self.text(screen, f"button_{action}"), action)
                button.setProperty("main", action in likely)
                row.addWidget(button)
        return row

    def _button(self, words: str, action: str, value: str | int | None = None) -> QPushButton:
        button = QPushButton(words.replace("&", "&&"), objectName=f"{action}_{value}" if value is not None else action)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)                  # the space bar is the remote's
        button.clicked.connect(lambda: self.press(action, value))
        return button

    def _chips(self, screen: Screen, action: str, names: dict[str, str], chosen: str | None) -> QBoxLayout:
        """One button for each of ``names`` (value → words)."""
        rows = QVBoxLayout()
        rows.setSpacing(round(10 * self.unit))
        row = QHBoxLayout()
        for i, (value, words) in enumerate(names.items()):
            if self.tall and i and i % 3 == 0:
                rows.addLayout(row)
                row = QHBoxLayout()
            button = self._button(words, action, value or None)
            button.setObjectName(f"{action}_{value}")
            button.setProperty("chosen", (value or None) == chosen)
            button.setProperty("small", True)
            if action == "style" and value in self._icons:
                button.setIcon(self._icons[value])
                button.setText(f"  {button.text()}")
                button.setIconSize(QSize(round(ICON_PX * self.unit), round(ICON_PX * self.unit)))
            row.addWidget(button)
        rows.addLayout(row)
        return rows

    def _character(self, screen: Character, column: QVBoxLayout) -> None:
        titles = {name: self._styles.get(name, {}).get(screen.language, name) for name in screen.styles}
        column.addLayout(self._chips(screen, "style", titles, screen.style))
        if "mix_with" in screen.actions:
            line = QBoxLayout(self._across)
            line.setSpacing(round(20 * self.unit))
            line.addWidget(label(self.text(screen, "character_mix"), "body"))
            others = {"": self.text(screen, "character_unmixed"), **{n: t for n, t in titles.items() if n != screen.style}}
            line.addLayout(self._chips(screen, "mix_with", others, screen.mix_with), 1)
            column.addLayout(line)
            slider = self._slider(screen) if self.tall else None
            if slider is not None:
                column.addWidget(slider)

    def _slider(self, screen: Character) -> QSlider | None:
        """How far the second character goes into the first; none while there is only one."""
        if screen.mix_with is None or "mix_with" not in screen.actions:
            return None
        slider = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=100, value=round(100 * screen.mix), objectName="mix")
        slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        slider.valueChanged.connect(lambda value: self._host.hear(Slide(value / 100), time.monotonic()))
        return slider

    def _consent(self, screen: Consent, column: QVBoxLayout) -> None:
        for name in ("photo", "voice"):
            if name in screen.actions:
                row = QHBoxLayout()
                button = self._button(("✓  " if getattr(screen, name) else "") + self.text(screen, f"button_{name}"), name)
                button.setProperty("chosen", getattr(screen, name))
                row.addWidget(button)
                row.addWidget(label(self.text(screen, f"consent_{name}"), "body"), 1)
                column.addLayout(row)

    def _large_shooting(self, screen: Shooting, room: int) -> None:
        centre = QVBoxLayout(self._centre)
        if screen.name == "countdown":
            centre.addWidget(Burst(str(screen.number), round(min(BURST_PX * self.unit, room))))
        elif screen.name == "shown":
            self._picture(centre, self._host.picture(screen.shots[screen.cut - 1]), (0.86 * self.width(), 0.92 * room))

    def _review(self, screen: Review, column: QVBoxLayout) -> None:
        self._shots = screen.shots
        grid = QGridLayout()
        grid.setSpacing(round(12 * self.unit))
        columns = 2 if self.tall else len(screen.shots)
        for i, seq in enumerate(screen.shots):
            cell = QVBoxLayout()
            self._picture(cell, self._host.picture(seq), (0.8 * self.width() / columns, 0.22 * self.height()), framed=i == screen.best,
                          press=partial(self.press, "best", i))
            best = self._button(("♥ " if i == screen.best else "") + self.text(screen, "button_best"), "best", i)
            best.setProperty("chosen", i == screen.best)
            best.setProperty("small", True)
            cell.addWidget(best)
            if "retake" in screen.actions:
                again = self._button(self.text(screen, "button_retake"), "retake", i)
                again.setProperty("small", True)
                cell.addWidget(again)
            grid.addLayout(cell, i // columns, i % columns)
        column.addLayout(grid)

    def _layout(self, screen: Layout, column: QVBoxLayout) -> None:
        grid = QGridLayout()
        grid.setSpacing(round(12 * self.unit))
        columns = 4 if self.tall else max(4, len(screen.layouts))
        for i, name in enumerate(screen.layouts):
            cell = QVBoxLayout()
            self._picture(cell, self._seen_in(name), (0.8 * self.width() / columns, (0.15 if self.tall else 0.3) * self.height()),
                          framed=name == screen.layout, press=partial(self.press, "layout", name))
            button = self._button(self._layouts.get(name, {}).get(screen.language, name), "layout", name)
            button.setProperty("chosen", name == screen.layout)
            button.setProperty("small", True)
            cell.addWidget(button)
            grid.addLayout(cell, i // columns, i % columns)
        column.addLayout(grid)
        line = QBoxLayout(self._across)
        edit = QLineEdit(screen.words, placeholderText=self.text(screen, "layout_words"), maxLength=screen.most_letters, objectName="words")
        edit.textChanged.connect(lambda words: self._host.hear(Typed(words), time.monotonic()))
        line.addWidget(edit, 1)
        if "bubbles" in screen.actions:
            bubbles = QHBoxLayout()
            bubbles.addWidget(label(self.text(screen, "layout_bubbles"), "body"))
            for button in self._in_languages(screen, "bubbles", screen.bubbles):
                bubbles.addWidget(button)
            line.addLayout(bubbles)
        column.addLayout(line)

    def forget_previews(self) -> None:
        """A layout was saved: it is drawn again."""
        self._previews, self._drawn = {}, {}

    def _seen_in(self, layout: str) -> np.ndarray | None:
        """The visit's shots in a layout, small; drawn once."""
        key = layout, self._shots
        if key not in self._previews and self._preview is not None:
            self._previews = {k: v for k, v in self._previews.items() if k[1] == self._shots}
            self._previews[key] = self._preview(layout, [small for seq in self._shots if (small := self._host.small(seq)) is not None])
        return self._previews.get(key)

    def _making(self, screen: Making, column: QVBoxLayout) -> None:
        self._bar = QProgressBar(minimum=0, maximum=100, value=round(100 * screen.share), textVisible=False)
        column.addWidget(self._bar)

    def _result(self, screen: Result, column: QVBoxLayout) -> None:
        if not self.tall:
            self._code(column, screen, 420 * self.unit)
        if "print" in screen.actions:
            row = QHBoxLayout()
            row.addWidget(label(self.text(screen, "result_copies"), "body"), 1)
            for copies in range(1, min(screen.copies, MOST_COPIES) + 1):
                words = f"{self.text(screen, 'button_print')} ×{copies}" if copies == 1 else f"×{copies}"
                button = self._button(words, "print", copies)
                button.setProperty("small", True)
                row.addWidget(button)
            column.addLayout(row)

    def _large_result(self, screen: Result, room: int) -> None:
        """The strip; upright with the way to the phone below it, else that is beside, on the panel."""
        centre = QVBoxLayout(self._centre)
        centre.setSpacing(round(24 * self.unit))
        if not self.tall:
            self._picture(centre, self._host.strip(), (0.44 * self.width(), self.height() - 2 * round(MARGIN_PX * self.unit)))
            return
        side = min(380 * self.unit, 0.4 * room) if screen.url is not None else 0
        self._picture(centre, self._host.strip(), (0.7 * self.width(), 0.94 * room - side - (70 * self.unit if side else 0)))
        self._code(centre, screen, side)

    def _code(self, into: QBoxLayout, screen: Result, side: float) -> None:
        if screen.url is not None:
            self._picture(into, qr_image(screen.url, round(side)), (side, side))

    def _listening(self, screen: Listening, column: QVBoxLayout) -> None:
        """The meter, the seconds left, and one line for what is wrong with the voice; its place stays when nothing is."""
        row = QHBoxLayout()
        row.setSpacing(round(24 * self.unit))
        colour = ACCENT if self._brand.accent is None else css(self._brand.accent)
        self._voice = meter, seconds, warning = LevelMeter(self.unit, colour), label("", "seconds"), label("", "hint")
        keeps = warning.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        warning.setSizePolicy(keeps)
        row.addWidget(meter, 1)
        row.addWidget(seconds)
        column.addLayout(row)
        column.addWidget(warning)
        self._hear(screen)

    def _hear(self, screen: Listening) -> None:
        if self._voice is not None:
            meter, seconds, warning = self._voice
            meter.hear(screen.level)
            seconds.setText(self.text(screen, screen.body))
            warning.setText(self.text(screen, screen.hint or "hint_too_quiet"))
            warning.setVisible(screen.hint is not None)

    def _large_voice(self, screen: Voice | Animating, room: int) -> None:
        """Who will talk, or the countdown to the recording."""
        centre = QVBoxLayout(self._centre)
        if isinstance(screen, Voice) and screen.name == "ready":
            centre.addWidget(Burst(str(screen.number), round(min(BURST_PX * self.unit, room))))
        elif screen.shot is not None:
            self._picture(centre, self._host.picture(screen.shot), (0.86 * self.width(), 0.92 * room))

    def _large_preview(self, screen: Preview, room: int) -> None:
        QVBoxLayout(self._centre).addWidget(ClipView(self._host.clip_picture, (0.86 * self.width(), 0.92 * room), self.unit))

    def _picture(self, into: QBoxLayout, picture: np.ndarray | None, most: tuple[float, float], framed: bool = False,
                 press: Callable[[], None] | None = None) -> None:
        """A picture (H, W, 3) in its shape, ``most`` (width, height) large. ``press``: what a finger on it does."""
        if picture is None:
            return
        label = Picture(press, framed)
        pixmap = QPixmap.fromImage(to_image(np.ascontiguousarray(picture), False))
        edge = 28 * self.unit                                          # border and padding
        label.setPixmap(pixmap.scaled(round(max(most[0] - edge, 8)), round(max(most[1] - edge, 8)), Qt.AspectRatioMode.KeepAspectRatio,
                                      Qt.TransformationMode.SmoothTransformation))
        into.addWidget(label, 0, Qt.AlignmentFlag.AlignCenter)

    def _place(self, screen: Screen) -> None:
        """The panel along the lower edge, what is large in the middle of the rest."""
        margin = round(MARGIN_PX * self.unit)
        width = self.width() - 2 * margin
        beside = isinstance(screen, Result) and not self.tall          # the strip has the left half, and all of the height
        if screen.name in NARROW:
            width = min(width, round(900 * self.unit))
        elif beside:
            width = self.width() // 2 - margin
        self._panel.setFixedWidth(width)
        self._panel.ensurePolished()
        column = self._panel.layout()
        assert column is not None
        self._panel.resize(width, column.totalHeightForWidth(width) if column.hasHeightForWidth() else column.totalSizeHint().height())
        left = self.width() - width - margin if beside else (self.width() - width) // 2
        self._panel.move(left, self.height() - self._panel.height() - margin)
        self._panel.show()
        room = self._panel.y() - margin
        large = LARGE.get(type(screen))
        if large is not None:
            large(self, screen, room)
        if self._centre.layout() is not None:
            self._centre.adjustSize()
            left, top = (self.width() - self._centre.width()) // 2, max(margin, (room - self._centre.height()) // 2)
            if beside:
                left, top = (self.width() // 2 - self._centre.width()) // 2, (self.height() - self._centre.height()) // 2
            elif screen.name in ("countdown", "ready"):                # faces are in the middle
                left = top = margin // 2
            self._centre.move(left, top)
            self._centre.show()


CONTENT: dict[type[Screen], Callable[[VisitorView, Any, QVBoxLayout], None]] = {
    Character: VisitorView._character, Consent: VisitorView._consent, Review: VisitorView._review, Layout: VisitorView._layout,
    Making: VisitorView._making, Animating: VisitorView._making, Listening: VisitorView._listening, Result: VisitorView._result}
"""What the panel holds beside words and buttons."""
LARGE: dict[type[Screen], Callable[[VisitorView, Any, int], None]] = {
    Shooting: VisitorView._large_shooting, Result: VisitorView._large_result, Voice: VisitorView._large_voice, Animating: VisitorView._large_voice,
    Preview: VisitorView._large_preview}
"""What is shown above the panel; ``room`` pixels are left there."""
