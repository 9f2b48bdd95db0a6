"""Makes a visitor's portrait talk: the voice is recorded in memory, the clip is made, shown, and kept only when the visitor says so.

Everything here is called by the windows' thread, except what ``Maker`` runs in its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from booth.audio.loudness import judge
from booth.audio.microphone import Microphone
from booth.audio.soundfile import Sound
from booth.audio.sounds import Sounds
from booth.errors import BoothError, SessionUnknown, UsageError
from booth.frame import Take
from booth.host.maker import Maker
from booth.products.clip import clip_bytes
from booth.products.still import Studio
from booth.products.talking import Actor, Dubber, pictures
from booth.puppet.moods import load_mood
from booth.session import Animated, AnimatingFailed, Event, Progress, Recorded, Recording, RecordingFailed
from booth.sinks.store import Store

log = logging.getLogger(__name__)

CLIP_PX = 512
MOOD = "lively"
TOLD_S = 0.08
"""How often the meter is told."""
WARN_AFTER_S = 1.5
"""So long a voice may be too quiet before it is said."""
LOOK_S, AGAIN_S = 0.5, 5.0
"""How often a microphone that is away is looked for."""
DRAWN = 0.6
"""Share of the work that is drawing; encoding and sending are the rest."""


@dataclass
class _Clip:
    """One try. ``over``: nothing of it is wanted any more."""

    ask: int
    sound: Sound | None = None
    actor: Actor | None = None
    pictures: tuple[np.ndarray, ...] = ()
    rate: float = 30.0
    mp4: bytes = b""
    over: bool = False


class Talker:
    """One visit at a time. ``answer`` may be called by any thread."""

    def __init__(self, microphone: Microphone, maker: Maker, store: Store, sounds: Sounds | None, answer: Callable[[Event], None]) -> None:
        self._microphone, self._maker, self._store, self._sounds, self._answer = microphone, maker, store, sounds, answer
        self._dubber: Dubber | None = None
        self._clip: _Clip | None = None
        self._listening = False
        self._told = self._began = 0.0
        self._played_at: float | None = None

    @property
    def available(self) -> bool:
        """Whether talking clips can be offered."""
        return self._microphone.available

    @property
    def why(self) -> str | None:
        return self._microphone.why

    def record(self, ask: int, now: float) -> None:
        """Answers Recording many times, and at the end Recorded or RecordingFailed."""
        self.discard()
        self._clip = _Clip(ask)
        if not self._microphone.available:
            self._answer(RecordingFailed(self._microphone.why or "no microphone", ask))
            return
        self._microphone.start()
        self._listening, self._told, self._began = True, now, now

    def prepare(self, take: Take | None) -> None:
        """While somebody speaks their portrait is drawn and rigged, so that the clip is ready sooner."""
        clip = self._clip
        if clip is not None and take is not None:
            self._maker.work(lambda studio: self._cast(clip, studio, take), None)

    def tick(self, now: float) -> None:
        clip = self._clip
        if not self._listening or clip is None:
            return
        microphone = self._microphone
        if microphone.full:
            self.stop()
        elif not microphone.available:
            self._listening = False
            microphone.stop()
            self._answer(RecordingFailed(microphone.why or "the microphone went away", clip.ask))
        elif now - self._told >= TOLD_S:
            self._told = now
            level = microphone.level
            quiet = level.silent and now - self._began > WARN_AFTER_S
            self._answer(Recording(level.shown, "loud" if level.clipped else "quiet" if quiet else None, clip.ask))

    def stop(self) -> None:
        """The recording is whole; heard twice, once counts."""
        clip = self._clip
        if not self._listening or clip is None:
            return
        self._listening = False
        clip.sound = self._microphone.stop()
        if "silent" in judge(clip.sound):
            self._answer(RecordingFailed("nothing was heard", clip.ask))
        else:
            self._answer(Recorded(clip.sound.seconds, clip.ask))

    def animate(self, take: Take | None, ask: int) -> None:
        """Answers Progress, then Animated or AnimatingFailed; may be asked again."""
        clip = self._clip
        failed = lambda why: AnimatingFailed(why, ask)
        if clip is None or clip.sound is None or take is None:
            self._answer(failed("there is no recording, or no picture to animate"))
            return
        self._maker.work(lambda studio: self._animate(clip, studio, take, ask), failed)

    def _cast(self, clip: _Clip, studio: Studio, take: Take) -> Actor:
        if clip.actor is None:
            if self._dubber is None:
                self._dubber = Dubber(studio=studio)
            clip.actor = self._dubber.actor(studio.portrait_again(take))
        return clip.actor

    def _animate(self, clip: _Clip, studio: Studio, take: Take, ask: int) -> None:
        if clip.over or clip.sound is None:
            return
        actor = self._cast(clip, studio, take)
        self._answer(Progress(0.1, ask))
        assert self._dubber is not None
        done = self._dubber.say(clip.sound, load_mood(MOOD), seed=ask)
        count = max(1, len(done.poses))
        drawn = []
        for picture in pictures(actor, done, CLIP_PX):
            if clip.over:
                return
            drawn.append(picture)
            if len(drawn) % 15 == 0:
                self._answer(Progress(0.1 + DRAWN * len(drawn) / count, ask))
        clip.mp4 = clip_bytes(iter(drawn), done.rate, done.sound, ".mp4")
        clip.pictures, clip.rate, clip.sound = tuple(drawn), done.rate, done.sound
        self._answer(Animated(ask))

    def play(self, now: float) -> None:
        self._played_at = now
        self._say()

    def picture(self, now: float) -> np.ndarray | None:
        """(H, W, 3) uint8 of the clip that is played; from the beginning again after its end."""
        clip = self._clip
        if clip is None or not clip.pictures or self._played_at is None:
            return None
        at = int((now - self._played_at) * clip.rate)
        if at >= len(clip.pictures):
            self._played_at, at = now, 0
            self._say()
        return clip.pictures[max(0, at)]

    def _say(self) -> None:
        if self._sounds is not None and self._clip is not None and self._clip.sound is not None:
            self._sounds.say(self._clip.sound.samples)

    def hush(self) -> None:
        self._played_at = None
        if self._sounds is not None:
            self._sounds.hush()

    def keep(self, session_id: str) -> None:
        """The clip goes into the session. Raises ``BoothError`` when it does not."""
        clip = self._clip
        if clip is None or not clip.mp4:
            raise UsageError("there is no clip to keep")
        self._store.add(session_id, self._name(session_id), clip.mp4, "clip")
        self.discard()

    def _name(self, session_id: str) -> str:
        taken = {file.name for file in self._store.get(session_id).manifest.files}
        return next(name for n in range(1, 100) if (name := f"talk{n}.mp4") not in taken)

    def discard(self) -> None:
        """Nothing of the recording and the clip stays; work on it stops."""
        if self._listening:
            self._listening = False
            self._microphone.stop()
        self._microphone.forget()
        self.hush()
        if self._clip is not None:
            self._clip.over = True
            self._clip = None

    def close(self) -> None:
        self.discard()
        if self._dubber is not None:
            self._dubber.close()


class MicrophoneTask:
    """Keeps the microphone switched on, also when it was away for a while."""

    name = "microphone"

    def __init__(self, microphone: Microphone) -> None:
        self._microphone = microphone
        self._tried = 0.0

    def setup(self) -> None:
        self._try()

    def step(self) -> None:
        time.sleep(LOOK_S)
        if not self._microphone.available and not self._microphone.recording and time.monotonic() - self._tried > AGAIN_S:
            self._try()

    def _try(self) -> None:
        self._microphone.open()
        self._tried = time.monotonic()

    def teardown(self) -> None:
        self._microphone.close()


def consent_voice(store: Store, session_id: str) -> None:
    """A session deleted meanwhile needs no consent."""
    with suppress(SessionUnknown):
        store.consent_voice(session_id)


def kept(talker: Talker, session_id: str) -> str | None:
    """Keep the clip; why it could not be kept, if so."""
    try:
        talker.keep(session_id)
    except BoothError as error:
        log.warning("the clip was not kept: %s", error)
        return str(error)
    return None
