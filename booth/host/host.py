"""The host of a visit: tells the machine who is there and what was pressed, and does what it asks for.

Everything here runs in the windows' thread, many times a second; what takes time is done by ``Maker`` and the printer's worker.
"""

from __future__ import annotations

import logging
import queue
import random
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np

from booth.audio.microphone import Microphone
from booth.audio.sounds import Sounds
from booth.errors import BoothError
from booth.frame import Composite, Drawn, Take, frozen
from booth.host.maker import CLIP_RATE, Maker, printed_file
from booth.host.talker import Talker, consent_voice, kept
from booth.house.health import Gate
from booth.session import (
    Animate,
    AnimatingFailed,
    Announce,
    Begin,
    ConsentVoice,
    Discard,
    DiscardClip,
    Dress,
    DropShot,
    Effect,
    Event,
    Keep,
    KeepClip,
    KeepingFailed,
    Machine,
    Make,
    Missed,
    Offers,
    Play,
    PlayClip,
    Presence,
    Print,
    Record,
    RecordingFailed,
    Refused,
    Screen,
    SessionSettings,
    SetLanguage,
    Shoot,
    StopClip,
    StopRecording,
    Taken,
)
from booth.session.screens import Result
from booth.sinks.index import About, Consent
from booth.sinks.printer import PrinterTask
from booth.sinks.store import Store

log = logging.getLogger(__name__)

CLIP_S = 1.0
CLIP_WIDTH = 640
KEPT_PICTURES = 16
OVER = ("attract", "noticed", "thanks", "paused")
"""Screens on which no visit is."""
EDGE = 0.015
"""A face that comes so near to the picture's left, right or lower border, in its height, is cut by it."""


class Host:
    """``dress(style, mix_with, mix)`` changes everybody's character; no style: back to the booth's own."""

    def __init__(self, settings: SessionSettings, styles: Sequence[str], layouts: Sequence[str], maker: Callable[[Callable[[Event], None]], Maker],
                 store: Store, dress: Callable[[str | None, str | None, float], None], sounds: Sounds | None = None,
                 printer: PrinterTask | None = None, chance: random.Random | None = None, microphone: Microphone | None = None) -> None:
        self._machine = Machine(settings, styles, layouts, chance or random.Random())
        self._answers: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._maker = maker(self._answers.put)
        self._talker = Talker(microphone, self._maker, store, sounds, self._answers.put) if microphone is not None else None
        self._takes: dict[int, Take] = {}
        self._store, self._dress, self._sounds, self._printer = store, dress, sounds, printer
        self._shown: Composite | None = None
        self._presence = Presence()
        self._clip: deque[tuple[float, Drawn]] = deque(maxlen=round(CLIP_S * CLIP_RATE))
        self._pictures: OrderedDict[int, tuple[np.ndarray, Drawn]] = OrderedDict()
        self._offers: Offers | None = None
        self.gate = Gate(True, True, True, True, True)
        self._wearing: tuple[str | None, str | None, float] = (None, None, 0.0)

    @property
    def screen(self) -> Screen:
        return self._machine.screen

    def picture(self, seq: int) -> np.ndarray | None:
        """The drawing with that number, as visitors saw it; of the last few shots only."""
        found = self._pictures.get(seq)
        return None if found is None else found[0]

    def small(self, seq: int) -> Drawn | None:
        """The same, small, with its faces."""
        found = self._pictures.get(seq)
        return None if found is None else found[1]

    def strip(self) -> np.ndarray | None:
        """(H, W, 3) uint8 RGB: the finished strip while its result is on the screen."""
        screen = self._machine.screen
        if not isinstance(screen, Result):
            return None
        try:
            file = self._store.get(screen.session_id).folder / "strip.png"
        except BoothError:                                              # deleted by the visitor's phone meanwhile
            return None
        picture = cv2.imread(str(file))
        return None if picture is None else cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)

    def show(self, composite: Composite) -> None:
        """This picture is on the screen now: a shot takes what visitors see."""
        self._shown = composite
        if self._machine.screen.name == "countdown" and composite.take is not None and \
                (not self._clip or composite.captured_at - self._clip[-1][0] > 0.9 / CLIP_RATE):
            self._clip.append((composite.captured_at, _small(composite)))

    def hear(self, event: Event, now: float) -> None:
        self._do(self._machine.handle(event, now), now)

    def tick(self, now: float, faces: Composite | None) -> None:
        """``faces``: the newest drawing, or None while there is none: nobody is there then."""
        if self._talker is not None:
            self._talker.tick(now)
        while not self._answers.empty():
            self.hear(self._answers.get_nowait(), now)
        self._offer(now)
        self._presence = _presence(faces, self._presence, now)
        self._do(self._machine.tick(now, self._presence), now)
        if (self._takes or self._pictures) and self._machine.screen.name in OVER:     # pictures stay no longer than who is in them
            self._takes.clear()
            self._pictures.clear()

    def clip_picture(self, now: float) -> np.ndarray | None:
        """(H, W, 3) uint8 RGB of the talking clip while it is played."""
        return None if self._talker is None else self._talker.picture(now)

    def close(self) -> None:
        if self._talker is not None:
            self._talker.close()
        self._maker.close()

    def _offer(self, now: float) -> None:
        state = self._printer.state if self._printer is not None else None
        ready = state is not None and state.ready and self.gate.print
        copies = min(99 if n is None else n for n in (state.left, state.allowed)) if state is not None and ready else 0
        offers = Offers(copies, talk=self.gate.talk and self._talker is not None and self._talker.available)
        if offers != self._offers:
            self._offers = offers
            self.hear(offers, now)

    def _do(self, effects: list[Effect], now: float) -> None:
        for effect in effects:
            _DOES[type(effect)](self, effect, now)

    def _begin(self, effect: Begin, now: float) -> None:
        self._maker.begin(effect.ask) if self.gate.sessions else self._answers.put(Refused(self.gate.why, effect.ask))

    def _play(self, effect: Play, now: float) -> None:
        if self._sounds is not None:
            self._sounds.play(effect.sound)  # type: ignore[arg-type]

    def _dressed(self, effect: Dress, now: float) -> None:
        self._wearing = effect.style, effect.mix_with, effect.mix
        try:
            self._dress(*self._wearing)
        except BoothError as error:                                     # its file has a mistake since this morning
            log.warning("%s", error)

    def _shoot(self, effect: Shoot, now: float) -> None:
        shown = self._shown
        if shown is None or shown.take is None or not shown.faces:
            self.hear(Missed(effect.index, "nobody is on the screen", effect.ask), now)
            return
        small = _small(shown)
        self._pictures[shown.seq] = shown.image, small
        while len(self._pictures) > KEPT_PICTURES:
            self._pictures.popitem(last=False)
        clip = [drawn for _, drawn in self._clip] or [small]
        self._clip.clear()
        self._takes[effect.index] = shown.take
        self._maker.shoot(effect.index, shown.take, clip)
        self.hear(Taken(effect.index, shown.seq, effect.ask), now)

    def _make(self, effect: Make, now: float) -> None:
        style, mix_with, mix = self._wearing
        names = tuple(name for name in (style, mix_with) if name is not None)
        language: Any = self._machine.screen.language
        self._maker.make(effect, About(characters=names or ("own",), mix=mix, layout=effect.layout,
                                       consent=Consent(photo=True), language=language))

    def _discard(self, effect: Discard, now: float) -> None:
        self._pictures.clear()
        self._takes.clear()
        self._maker.discard()

    def _drop(self, effect: DropShot, now: float) -> None:
        self._pictures.pop(effect.seq, None)

    def _record(self, effect: Record, now: float) -> None:
        if self._talker is None:
            self.hear(RecordingFailed("there is no microphone", effect.ask), now)
            return
        self._talker.record(effect.ask, now)
        self._talker.prepare(self._takes.get(effect.index))

    def _animate(self, effect: Animate, now: float) -> None:
        if self._talker is None:
            self.hear(AnimatingFailed("there is no microphone", effect.ask), now)
        else:
            self._talker.animate(self._takes.get(effect.index), effect.ask)

    def _keep_clip(self, effect: KeepClip, now: float) -> None:
        why = "there is no clip" if self._talker is None else kept(self._talker, effect.session_id)
        if why is not None:
            self.hear(KeepingFailed(why, effect.ask), now)

    def _with_talker(self, do: Callable[[Talker], None]) -> None:
        if self._talker is not None:
            do(self._talker)

    def _print(self, effect: Print, now: float) -> None:
        assert self._printer is not None
        try:
            folder = self._store.get(effect.session_id).folder
            self._printer.ask(effect.press, printed_file(folder), effect.copies, effect.session_id)
        except BoothError as error:
            log.warning("not printed: %s", error)


def _nothing(host: Host, effect: Effect, now: float) -> None:
    """Drawn from the screen itself, or not offered."""


_DOES: dict[type, Callable[[Host, Any, float], None]] = {
    Play: Host._play, Dress: Host._dressed, Shoot: Host._shoot, Make: Host._make, Print: Host._print,
    Begin: Host._begin,
    Keep: lambda host, effect, now: host._maker.keep(), Discard: Host._discard, DropShot: Host._drop,
    Record: Host._record, Animate: Host._animate, KeepClip: Host._keep_clip,
    StopRecording: lambda host, effect, now: host._with_talker(Talker.stop),
    PlayClip: lambda host, effect, now: host._with_talker(lambda talker: talker.play(now)),
    StopClip: lambda host, effect, now: host._with_talker(Talker.hush),
    DiscardClip: lambda host, effect, now: host._with_talker(Talker.discard),
    ConsentVoice: lambda host, effect, now: consent_voice(host._store, effect.session_id),
    SetLanguage: _nothing, Announce: _nothing,
}


def _small(composite: Composite) -> Drawn:
    """A picture of the loop before a shot."""
    take = composite.take
    assert take is not None
    height, width = composite.image.shape[:2]
    scale = CLIP_WIDTH / width
    size = CLIP_WIDTH, round(height * scale)
    boxes = np.array([a.face.box for a in take.adapted], np.float32).reshape(-1, 4) * np.float32(width / take.frame.image.shape[1] * scale)
    return Drawn(frozen(cv2.resize(composite.image, size, interpolation=cv2.INTER_AREA)), boxes,
                 frozen(cv2.resize(take.people, size, interpolation=cv2.INTER_LINEAR)))


def _presence(newest: Composite | None, before: Presence, now: float) -> Presence:
    take = newest.take if newest is not None else None
    ids = frozenset(a.face.track_id for a in take.adapted) if take is not None else frozenset()
    since = before.since if bool(before.faces) == bool(ids) else now
    return Presence(len(ids), since, ids, take is not None and any(_cut_off(a.face.box, take.frame.image.shape) for a in take.adapted))


def _cut_off(box: np.ndarray, shape: tuple[int, ...]) -> bool:
    height, width = shape[:2]
    edge = EDGE * height
    return bool(box[0] < edge or box[2] > width - edge or box[3] > height - edge)
