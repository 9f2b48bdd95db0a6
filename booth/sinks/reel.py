"""The event's highlights: a card to open with, then moments cut out of the recordings, each with its title, joined into one film."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from booth.audio.clock import RATE as SOUND_RATE
from booth.errors import UsageError
from booth.files import appear
from booth.sinks.programme import PER_TICK, RATE, Programme, planes_of
from booth.sinks.recording import Recording, recordings

TITLE_S, FADE_S = 3.0, 0.35
"""A title is there so long, as is the card, and comes and goes in so long."""
EDGE_S = 0.03
"""Sound swells and fades at each cut: a cut through a wave clicks."""
LEAST_S = 0.5
"""Shorter moments are left out."""
PAPER, INK, GREY = 235, 20, 128
"""Luma of a title's box and letters, and the chroma of both."""
TITLE, HEAD, BELOW = 0.05, 0.13, 0.055
"""Heights of letters over the picture's: a title's, the card's first line and those below it."""
FAINT = 0.6
"""So much paper lies over the picture behind the card."""

Letter = Callable[[str, int, int], np.ndarray]
"""Words, and a box's width and height in pixels → how much of each pixel is ink, (height, width) uint8; begins at the left."""


@dataclass(frozen=True, slots=True)
class Moment:
    """From ``start`` to ``end``, wall clock, seconds since 1970. ``title`` may be empty · ``sound``: it may be heard."""

    start: float
    end: float
    title: str = ""
    sound: bool = True


@dataclass(frozen=True, slots=True)
class Reel:
    """What was made: ``shown`` moments, ``missed`` ones that no recording holds, and how long it is."""

    path: Path
    seconds: float
    shown: tuple[Moment, ...]
    missed: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Part of a recording, in seconds from its beginning."""

    path: Path
    start: float
    end: float


def make_reel(folder: Path, moments: Sequence[Moment], target: Path, letter: Letter, card: Sequence[str] = (),
              progress: Callable[[float], None] = lambda share: None) -> Reel:
    """Join ``moments``, by time, into the new MP4 ``target``. Where two overlap the later one begins when the earlier one ends.

    ``folder``: of the recordings · ``letter`` draws words · ``card``: lines to open with · ``progress`` is told how far it is, 0 … 1, and
    what it raises ends the making; with 1 all is there but the name. Raises ``UsageError`` when no recording holds any of the moments,
    and for a target that is there already. Needs no memory for the film, only for one moment's sound.
    """
    if target.suffix.lower() != ".mp4" or target.exists() or not target.parent.is_dir():
        raise UsageError(f"cannot write {target}: give the name of a new .mp4 in a folder that is there")
    plan = list(_plan(moments, recordings(folder)))
    shown = [(moment, pieces) for moment, pieces in plan if pieces]
    if not shown:
        raise UsageError(f"{folder} holds no recording of these moments; name the folder that was recorded into then")
    half = target.with_name(f".{target.name}.half")
    try:
        ticks = _write(half, shown, letter, card, progress)
        with half.open("rb") as file:
            os.fsync(file.fileno())
        progress(1.0)
        appear(half, target)
    except (av.FFmpegError, OSError) as error:
        raise UsageError(f"the reel {target} cannot be made ({error}); look at the disk, and at the recordings in {folder}") from error
    finally:
        half.unlink(missing_ok=True)
    return Reel(target, ticks / RATE, tuple(moment for moment, _ in shown), tuple(moment for moment, pieces in plan if not pieces))


def _plan(moments: Sequence[Moment], films: list[Recording]) -> Iterator[tuple[Moment, list[_Piece]]]:
    """What of which recording each moment is made of; nothing, when too little of it was recorded."""
    until = -float("inf")
    for moment in sorted(moments, key=lambda moment: moment.start):
        cut = replace(moment, start=max(moment.start, until))
        pieces = [_Piece(film.path, max(0.0, cut.start - film.started), min(film.seconds, cut.end - film.started))
                  for film in films if film.started < cut.end and film.ended > cut.start]
        if sum(piece.end - piece.start for piece in pieces) < LEAST_S:
            pieces = []
        else:
            until = cut.end
        yield moment, pieces


def _write(target: Path, plan: list[tuple[Moment, list[_Piece]]], letter: Letter, card: Sequence[str], progress: Callable[[float], None]) -> int:
    """Returns the number of pictures."""
    with av.open(str(plan[0][1][0].path)) as first:
        width, height = first.streams.video[0].width, first.streams.video[0].height
    whole = sum(_ticks(piece) for _, pieces in plan for piece in pieces) + (round(TITLE_S * RATE) if any(card) else 0)
    programme = Programme(av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}), width, height, sound=True, fine=True)
    try:
        if any(card):
            _open_with(programme, card, next(_pictures(plan[0][1][0], width, height)), letter)
        for moment, pieces in plan:
            title = _Title([moment.title], (TITLE,), width, height, letter) if moment.title.strip() else None
            sounds = [_sound(piece) * moment.sound for piece in pieces]
            _soften(sounds)
            number = itertools.count()
            for piece, sound in zip(pieces, sounds, strict=True):
                for tick, planes in enumerate(_pictures(piece, width, height)):
                    at = next(number) / RATE
                    programme.show(title.over(planes, at) if title and at < TITLE_S else planes)
                    programme.hear(sound[tick * PER_TICK:(tick + 1) * PER_TICK])
                    if tick % RATE == 0:
                        progress(min(0.99, programme.ticks / whole))
    finally:
        programme.close()
    return programme.ticks


def _open_with(programme: Programme, card: Sequence[str], planes: np.ndarray, letter: Letter) -> None:
    """The card over the faint first picture, without a sound."""
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    title = _Title(card, (HEAD, *[BELOW] * len(card)), width, height, letter, card=True)
    behind = planes.copy()
    _blend(behind[:height], PAPER, FAINT)
    _blend(behind[height:], GREY, FAINT)
    for tick in range(round(TITLE_S * RATE)):
        programme.show(title.over(behind, tick / RATE))
        programme.hear(np.zeros(PER_TICK, np.float32))


def _ticks(piece: _Piece) -> int:
    return max(0, round((piece.end - piece.start) * RATE))


def _pictures(piece: _Piece, width: int, height: int) -> Iterator[np.ndarray]:
    """I420 planes, (height · 3/2, width) uint8, one for each tick; the last is repeated where the recording ends early."""
    left, planes = _ticks(piece), None
    with av.open(str(piece.path)) as container:
        video = container.streams.video[0]
        container.seek(int(piece.start / (video.time_base or 1)), stream=video)
        for frame in container.decode(video):
            if not left:
                return
            if frame.time is None or frame.time < piece.start - 0.5 / RATE:
                continue
            same = (frame.width, frame.height, frame.format.name) == (width, height, "yuv420p")
            planes = frame.to_ndarray() if same else planes_of(frame.to_ndarray(format="rgb24"), width, height)
            left -= 1
            yield planes
    if planes is not None:
        yield from itertools.repeat(planes, left)


def _sound(piece: _Piece) -> np.ndarray:
    """Samples for all ticks of a piece, (N,) float32, 48 kHz; silence where it has none."""
    sound = np.zeros(_ticks(piece) * PER_TICK, np.float32)
    with av.open(str(piece.path)) as container:
        if not container.streams.audio:
            return sound
        audio = container.streams.audio[0]
        container.seek(int(max(0.0, piece.start - 0.1) / (audio.time_base or 1)), stream=audio)
        mono = av.AudioResampler(format="fltp", layout="mono", rate=SOUND_RATE)
        for frame in container.decode(audio):
            if frame.time is None:
                continue
            at = round((frame.time - piece.start) * SOUND_RATE)
            if at >= len(sound):
                break
            samples = np.concatenate([part.to_ndarray()[0] for part in mono.resample(frame)])
            samples = samples[max(0, -at):][:len(sound) - max(0, at)]
            sound[max(0, at):max(0, at) + len(samples)] = samples
    return sound


def _soften(sounds: list[np.ndarray]) -> None:
    """The first piece's beginning and the last one's end, in place."""
    n = round(EDGE_S * SOUND_RATE)
    slope = np.linspace(0, 1, n, dtype=np.float32)
    sounds[0][:n] *= slope[:len(sounds[0])]
    sounds[-1][-n:] *= slope[::-1][-len(sounds[-1]):]


class _Title:
    """A white box with black letters as in a webtoon, at the lower left, or the card; laid over I420 planes."""

    def __init__(self, lines: Sequence[str], sizes: Sequence[float], width: int, height: int, letter: Letter, card: bool = False) -> None:
        """``sizes``: of the letters of each line, over the picture's height."""
        inks = [_trimmed(letter(line, round(width * 0.8), round(height * size * 1.7))) for line, size in zip(lines, sizes)]
        pad, border = round(height * 0.022), max(2, round(height / 200))
        w = min(width, (max(ink.shape[1] for ink in inks) + 4 * pad + 1) // 2 * 2)
        h = (sum(ink.shape[0] for ink in inks) + 2 * pad + 1) // 2 * 2
        luma = np.full((h, w), INK, np.float32)
        luma[border:-border, border:-border] = PAPER
        y = pad
        for ink in inks:
            x = (w - ink.shape[1]) // 2
            box = luma[y:y + ink.shape[0], x:x + ink.shape[1]]
            box += (INK - box) * (ink.astype(np.float32) / 255)
            y += ink.shape[0]
        self._luma, self._height = luma, height
        corner = ((width - w) / 2, height * 0.72 - h / 2) if card else (width * 0.05, height * 0.93 - h)
        self._x, self._y = (round(at) // 2 * 2 for at in corner)

    def over(self, planes: np.ndarray, at: float) -> np.ndarray:
        """A copy with the title, ``at`` seconds into its time."""
        alpha = float(np.clip(min(at, TITLE_S - at) / FADE_S, 0, 1))
        planes = planes.copy()
        h, w = self._luma.shape
        _blend(planes[self._y:self._y + h, self._x:self._x + w], self._luma, alpha)
        width = planes.shape[1]
        for plane in planes[self._height:].reshape(2, self._height // 2, width // 2):
            _blend(plane[self._y // 2:(self._y + h) // 2, self._x // 2:(self._x + w) // 2], GREY, alpha)
        return planes


def _trimmed(ink: np.ndarray) -> np.ndarray:
    """(H, W) → without the columns at both sides that have no ink."""
    columns = np.flatnonzero(ink.any(axis=0))
    return ink[:, columns[0]:columns[-1] + 1] if len(columns) else ink[:, :1]


def _blend(part: Any, value: Any, alpha: float) -> None:
    part[:] = cv2.addWeighted(part.astype(np.float32), 1 - alpha, np.broadcast_to(value, part.shape).astype(np.float32), alpha, 0).round()
