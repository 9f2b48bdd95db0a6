"""A portrait that speaks: a still, and a voice or a face that moves it, made into a clip."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from booth.audio.loudness import gated, judge, normalised
from booth.audio.soundfile import Sound, read_sound
from booth.audio.voice import Voice
from booth.characters import load_character
from booth.errors import UsageError
from booth.pose import Pose
from booth.products.clip import KINDS, check_target, write_clip
from booth.products.driving import follow
from booth.products.rigging import Rigger, best_view, borrow, is_drawing
from booth.products.stickers import write_stickers
from booth.products.still import Portrait, Studio, load_photo
from booth.puppet.mimic import mimic_clip
from booth.puppet.moods import Mood, load_mood
from booth.puppet.motion import speak
from booth.puppet.puppet import Puppet
from booth.puppet.rig import Rig, load_rig, save_rig
from booth.settings import Engine

RATE = 30.0
MOST_S = 60.0
"""Longest clip of the command line: a message, not a lecture."""
MOST_STILLS = 16
AHEAD = 8
"""Pictures drawn ahead of the encoder."""


@dataclass(frozen=True, eq=False, slots=True)
class Actor:
    """A still (H, W, 3) uint8 RGB with its rig."""

    still: np.ndarray
    rig: Rig


@dataclass(frozen=True, eq=False, slots=True)
class Performance:
    """Poses, ``rate`` a second, and what is heard with them. ``notes``: what somebody should know, in plain lines."""

    poses: tuple[Pose, ...]
    rate: float
    sound: Sound | None
    notes: tuple[str, ...] = ()


class Dubber:
    """Gives stills a voice. What it needs is loaded once, when it is first needed. Owned by one thread."""

    def __init__(self, engine: Engine = "auto", studio: Studio | None = None) -> None:
        self._engine, self._studio, self._own = engine, studio, studio is None
        self._rigger: Rigger | None = None
        self._voice: Voice | None = None

    def actor(self, portrait: Portrait) -> Actor:
        """Of a visitor's portrait, whose face is known. Raises ``UsageError``."""
        return Actor(portrait.image, self._riggers().rig(portrait.image, portrait.points))

    def cast(self, paths: Sequence[Path], style: str | None, styles: Path | None = None) -> tuple[Actor, tuple[str, ...]]:
        """The actor of one to sixteen stills of a character, and notes. Photos are drawn first, in ``style`` (``romance`` when None);
        drawings stay as they are unless a style is named. Raises ``UsageError``."""
        if not 1 <= len(paths) <= MOST_STILLS:
            raise UsageError(f"one to {MOST_STILLS} stills of one character, not {len(paths)}")
        actors, notes = [], []
        for path in paths:
            picture = load_photo(path)
            if style is None and is_drawing(picture):
                actor = Actor(picture, self._riggers().rig(picture))
                if self._riggers().faces > 1:
                    notes.append(f"{path.name} shows {self._riggers().faces} faces; the largest one talks")
            else:
                actor = self.actor(self._studios().portrait(picture, load_character(style or "romance", styles)))
            actors.append(actor)
        rigs = [actor.rig for actor in actors]
        best = best_view(rigs)
        return Actor(actors[best].still, borrow(rigs)), tuple(notes)

    def say(self, sound: Sound, mood: Mood, seed: int) -> Performance:
        """The portrait speaks ``sound``, made as loud as everybody's."""
        loud = normalised(gated(sound))
        if self._voice is None:
            self._voice = Voice()
        speech = self._voice.hear(loud.samples, loud.rate)
        poses = speak(speech, mood, seed, RATE)
        return Performance(tuple(poses), RATE, loud)

    def copy(self, video: Path, progress: Callable[[float], None] = lambda seconds: None) -> Performance:
        """The portrait does what the face in ``video`` does; the video's sound stays with it. Raises ``UsageError``."""
        driven = follow(video, MOST_S, progress)
        notes = (f"only the first {MOST_S:.0f} s of {video.name} are used",) if driven.cut else ()
        return Performance(tuple(mimic_clip(driven.points, driven.rate, driven.size)), driven.rate, _sound_of(video, driven.seconds), notes)

    def close(self) -> None:
        if self._rigger is not None:
            self._rigger.close()
        if self._studio is not None and self._own:
            self._studio.close()

    def _riggers(self) -> Rigger:
        if self._rigger is None:
            self._rigger = Rigger(self._engine)
        return self._rigger

    def _studios(self) -> Studio:
        if self._studio is None:
            self._studio = Studio(self._engine)
        return self._studio


def talk_files(stills: Sequence[Path], audio: Path | None, drive: Path | None, target: Path, style: str | None = None, styles: Path | None = None,
               mood: str = "calm", seed: int = 1, size: int = 512, rig: Path | None = None) -> tuple[str, ...]:
    """A clip of ``stills`` (one to sixteen of one character) into ``target``: .mp4, .webp, .gif, or .zip for a pack of stickers. Either
    ``audio`` is spoken or the face in ``drive`` is copied. ``rig``: a file with the rig, made when it is not there; one mended by hand stays.
    Returns plain lines about what a person should know. Raises ``UsageError``, before the long work where that can be known."""
    check_target(target, (*KINDS, ".zip"))
    feeling = load_mood(mood)
    sound = read_sound(audio, MOST_S) if audio is not None else None
    dubber = Dubber()
    try:
        actor, notes = dubber.cast(stills, style, styles)
        actor = _with_rig(actor, rig)
        with tqdm(unit="s", bar_format="{desc}: {n:.0f} s [{elapsed}]", desc="following the face", disable=drive is None) as bar:
            done = dubber.say(sound, feeling, seed) if sound is not None else dubber.copy(_given(drive), lambda at: _to(bar, at))
    finally:
        dubber.close()
    if sound is not None:
        notes += tuple(_SAID[fault] for fault in judge(sound))
        if sound.cut:
            notes += (f"only the first {MOST_S:.0f} s of {_given(audio).name} are used",)
    with tqdm(total=len(done.poses), unit="picture", desc="drawing", mininterval=0.5) as bar:
        count = lambda n: _to(bar, n)
        if target.suffix.lower() == ".zip":
            notes += write_stickers(cut_outs(actor, done, size, count), done.rate, done.sound, target)
        else:
            notes += write_clip(pictures(actor, done, size, count), done.rate, done.sound, target)
    return (*notes, *done.notes)


_SAID = {
    "silent": "nothing is heard in this recording: the mouth stays shut",
    "clipped": "the recording is too loud and distorted; record it again from further away",
    "quiet": "the recording is very quiet; it was made louder",
    "short": "the recording is shorter than a word",
}


def _given(path: Path | None) -> Path:
    if path is None:
        raise UsageError("a sound (--audio) or a video (--drive) is needed")
    return path


def _to(bar: tqdm, value: float) -> None:
    bar.update(value - bar.n)


def _with_rig(actor: Actor, path: Path | None) -> Actor:
    """The rig in ``path`` instead of the found one, which is written there when there is none."""
    if path is None:
        return actor
    if not path.exists():
        save_rig(actor.rig, path)
        return actor
    rig = load_rig(path)
    if (rig.height, rig.width) != actor.still.shape[:2]:
        raise UsageError(f"{path} is the rig of a {rig.width}×{rig.height} still, this one is {actor.still.shape[1]}×{actor.still.shape[0]}; "
                         "name another file")
    return Actor(actor.still, rig)


def _sound_of(video: Path, seconds: float) -> Sound | None:
    """None where there is no sound, or none that can be read: then the clip is silent, as the video is."""
    try:
        return read_sound(video, seconds)
    except UsageError:
        return None


def pictures(actor: Actor, performance: Performance, size: int, progress: Callable[[int], None] = lambda count: None) -> Iterator[np.ndarray]:
    """(size, size, 3) uint8 of every pose, drawn in a thread of its own ahead of whoever takes them."""
    puppet = Puppet(actor.still, actor.rig, size)
    return ahead(_counted((puppet.draw(pose) for pose in performance.poses), progress))


def cut_outs(actor: Actor, performance: Performance, size: int, progress: Callable[[int], None] = lambda count: None) -> Iterator[np.ndarray]:
    """(size, size, 4) uint8 RGBA of every pose, without a background."""
    puppet = Puppet(actor.still, actor.rig, size)
    return ahead(_counted((puppet.cut_out(pose) for pose in performance.poses), progress))


def _counted(pictures: Iterable[np.ndarray], progress: Callable[[int], None]) -> Iterator[np.ndarray]:
    for count, picture in enumerate(pictures, 1):
        progress(count)
        yield picture


def ahead(pictures: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """The same, at most ``AHEAD`` of them made in another thread before they are taken; what fails there is raised here."""
    waiting: queue.Queue[np.ndarray | BaseException | None] = queue.Queue(AHEAD)
    stop = threading.Event()

    def put(item: np.ndarray | BaseException | None) -> bool:
        while not stop.is_set():
            try:
                waiting.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def make() -> None:
        try:
            for picture in pictures:
                if not put(picture):
                    return
            put(None)
        except Exception as error:  # noqa: BLE001  it is raised where the pictures are taken
            put(error)

    thread = threading.Thread(target=make, name="puppet")
    thread.start()
    try:
        while (item := waiting.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()
