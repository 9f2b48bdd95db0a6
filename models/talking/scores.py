"""How well mouths are heard: on synthetic speech whose sounds are known, and on films of people who speak."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from booth.audio.features import RATE
from booth.audio.soundfile import read_sound
from booth.audio.voice import Voice
from booth.errors import UsageError
from booth.facemap import mouth_openness
from booth.frame import Frame
from booth.geometry import face_height
from booth.pose import MOUTH, SPEECH_RATE, VISEMES, Speech
from booth.vision.detector import Detector
from booth.vision.mesh import FaceMesh
from models.talking import augment
from models.talking.data import Utterance
from models.talking.phones import CLOSED, OPEN, PAUSE, Phone

JAW, PRESS = MOUTH.index("jaw"), MOUTH.index("press")
FPS = 25
PRESSED, NARROW = 0.5, 0.05
"""A mouth is closed when its lips are pressed so much, or its jaw is open less."""
LATEST_S = 0.15
"""Sound and picture of a film may lie so far apart: encoders' delays are often left in."""
TIGHT = 0.025
"""Inner lip gap over mouth width under which the face mesh sees a mouth closed."""


def opening(speech: Speech) -> np.ndarray:
    """(T,) how wide the mouth is drawn open, 0 … 1."""
    return speech.mouth[:, JAW] * (1 - speech.mouth[:, PRESS])


def viseme_scores(truth: np.ndarray, guess: np.ndarray) -> dict[str, float]:
    """``accuracy`` and ``macro_f1`` (over the visemes that occur) of (T, 15) rows."""
    true, said = truth.argmax(axis=1), guess.argmax(axis=1)
    counts = np.zeros((len(VISEMES), len(VISEMES)))
    np.add.at(counts, (true, said), 1)
    occurs = counts.sum(axis=1) > 0
    f1 = 2 * np.diag(counts) / np.maximum(counts.sum(axis=0) + counts.sum(axis=1), 1)
    return {"accuracy": float(np.diag(counts).sum() / max(counts.sum(), 1)), "macro_f1": float(f1[occurs].mean())}


@dataclass(frozen=True, slots=True)
class Closures:
    """Lips of p, b, m between other sounds, and open vowels away from them: how many there were, how many were drawn closed."""

    labials: int = 0
    closed: int = 0
    vowels: int = 0
    wrong: int = 0

    def __add__(self, other: Closures) -> Closures:
        return Closures(self.labials + other.labials, self.closed + other.closed, self.vowels + other.vowels, self.wrong + other.wrong)

    @property
    def recall(self) -> float:
        return self.closed / max(self.labials, 1)

    @property
    def false(self) -> float:
        return self.wrong / max(self.vowels, 1)


def closures(phones: list[Phone], speech: Speech, fps: int = FPS) -> Closures:
    """A labial counts as closed when a picture of it (or the one nearest to its middle) is; a vowel as wrong when one of its middle half is.

    Those beside pauses are left out: there a mouth is closed anyway.
    """
    shown = np.round(np.arange(0, speech.seconds, 1 / fps) * SPEECH_RATE).astype(int)
    shown = shown[shown < len(speech.voice)]
    shut = (speech.mouth[shown, PRESS] >= PRESSED) | (speech.mouth[shown, JAW] < NARROW)
    at, found = shown / SPEECH_RATE, Closures()
    if not len(at):
        return found
    for before, phone, after in zip(phones, phones[1:], phones[2:]):
        beside = {before.symbol, after.symbol}
        if phone.symbol in CLOSED and PAUSE not in beside:
            inside = (at >= phone.begin) & (at <= phone.end)
            inside[np.abs(at - (phone.begin + phone.end) / 2).argmin()] = True
            found += Closures(labials=1, closed=int(shut[inside].any()))
        elif phone.symbol in OPEN and not beside & (CLOSED | {PAUSE}) and phone.end - phone.begin >= 0.06:
            quarter = (phone.end - phone.begin) / 4
            inside = (at >= phone.begin + quarter) & (at <= phone.end - quarter)
            found += Closures(vowels=1, wrong=int(shut[inside].any()))
    return found


def noisy(sound: np.ndarray, snr_db: float, rng: np.random.Generator) -> np.ndarray:
    """``sound`` with coloured noise, ``snr_db`` below the power of its speech."""
    power = np.sqrt((sound[np.abs(sound) > 0.01] ** 2).mean()) if (np.abs(sound) > 0.01).any() else 0.1
    return (sound + augment.noise(len(sound), rng) * power * augment.db(-snr_db)).astype(np.float32)


def set_scores(voice: Voice, utterances: list[Utterance], snr_db: float | None = None) -> dict[str, float]:
    """All scores of one set of utterances together, as the booth would draw them."""
    rng = np.random.default_rng(9)
    truths, guesses, found, jaws, true_jaws, voices = [], [], Closures(), [], [], []
    for one in utterances:
        sound = 0.3 * one.sound / max(np.abs(one.sound).max(), 1e-3)
        speech = voice.hear(sound if snr_db is None else noisy(sound, snr_db, rng), RATE)
        n = min(len(speech.voice), len(one.voice))
        truths.append(one.visemes[:n])
        guesses.append(speech.visemes[:n])
        jaws.append(opening(speech)[:n])
        true_jaws.append((one.mouth[:, JAW] * (1 - one.mouth[:, PRESS]))[:n])
        voices.append((speech.voice[:n] >= 0.5) == (one.voice[:n] >= 0.5))
        found += closures(one.phones, speech)
    scores = viseme_scores(np.concatenate(truths), np.concatenate(guesses))
    scores |= {"voice": float(np.concatenate(voices).mean()), "jaw_r": pearson(np.concatenate(jaws), np.concatenate(true_jaws)),
               "closure_recall": found.recall, "closure_false": found.false, "labials": found.labials, "vowels": found.vowels}
    return {name: round(value, 4) for name, value in scores.items()}


def pearson(a: np.ndarray, b: np.ndarray) -> float:
    """0 when one of them never changes."""
    a, b = a - a.mean(), b - b.mean()
    return float((a @ b) / (np.sqrt((a @ a) * (b @ b)) + 1e-12))


@dataclass(frozen=True, eq=False, slots=True)
class Filmed:
    """A filmed face by picture: ``seconds`` (N,), inner lip ``gap`` (N,) over mouth width and ``gap_of_face`` (N,) over face height."""

    seconds: np.ndarray
    gap: np.ndarray
    gap_of_face: np.ndarray


def filmed(video: Path) -> Filmed:
    """The mouth of the film's best face. Raises ``UsageError`` without pictures or without a face in half of them."""
    rows, count = [], 0
    box = points = None
    try:
        with av.open(str(video)) as container:
            if not container.streams.video:
                raise UsageError(f"{video} has no pictures; give a film of somebody who speaks")
            mesh, detector = FaceMesh(), Detector()
            for frame in container.decode(video=0):
                image = frame.to_ndarray(format="rgb24")
                count += 1
                if points is None:
                    found = detector.look(Frame(image, count, 0.0))
                    box = found[0].box if found else None
                if box is None:
                    continue
                points = mesh.find(image, box)
                if points is not None:
                    box = np.concatenate([points[:, :2].min(axis=0), points[:, :2].max(axis=0)])
                    gap = float(np.linalg.norm(points[13, :2] - points[14, :2]))
                    rows.append((float(frame.time), mouth_openness(points), gap / face_height(points)))
    except (av.FFmpegError, OSError) as error:
        raise UsageError(f"{video} is not a film that can be read ({error.strerror})") from error
    if not rows or len(rows) < count / 2:
        raise UsageError(f"a face was found in {len(rows)} of {count} pictures of {video}; too few to score")
    return Filmed(*np.array(rows).T)


def film_scores(video: Path, voice: Voice | None = None, face: Filmed | None = None) -> dict[str, float]:
    """``opening_r`` Pearson at lag 0 of the drawn opening and the filmed one (``_face``: over face height), ``energy_r`` that of mere
    loudness; ``closed_recall``, ``closed_precision`` of the moments at which the filmed lips meet while the voice is heard.

    ``lag_ms``: by so much the film's sound is late where the correlation is best, and the scores there, ``…_at_lag``.
    """
    face = face or filmed(video)
    sound = read_sound(video, None)
    speech = (voice or Voice()).hear(sound.samples, sound.rate)
    if len(speech.voice) < SPEECH_RATE:
        raise UsageError(f"{video} has less than a second of sound; too little to score")
    most = round(LATEST_S * SPEECH_RATE)
    late = max(range(-most, most + 1, 2), key=lambda steps: _at_lag(speech, face, steps)["opening_r"])
    scores = _at_lag(speech, face, 0) | {f"{name}_at_lag": value for name, value in _at_lag(speech, face, late).items()}
    return {"lag_ms": 1000 * late // SPEECH_RATE} | {name: round(value, 4) for name, value in scores.items()}


def _at_lag(speech: Speech, face: Filmed, steps: int) -> dict[str, float]:
    at = np.clip(np.round(face.seconds * SPEECH_RATE).astype(int) + steps, 0, len(speech.voice) - 1)
    drawn = opening(speech)[at]
    loudness = np.array([np.sqrt((10 ** (speech.level[max(0, i - 2):i + 3] / 10)).mean()) for i in at])
    recall, precision = _meetings(face.gap, (speech.mouth[at, PRESS] >= PRESSED) | (speech.mouth[at, JAW] < NARROW), speech.voice[at] >= 0.5)
    return {"opening_r": pearson(drawn, face.gap), "opening_r_face": pearson(drawn, face.gap_of_face), "energy_r": pearson(loudness, face.gap),
            "closed_recall": recall, "closed_precision": precision}


def _meetings(gap: np.ndarray, shut: np.ndarray, speaks: np.ndarray) -> tuple[float, float]:
    """Of the filmed closures while somebody speaks, how many are drawn within a picture; and of the drawn ones, how many were filmed."""
    near = lambda flags: np.convolve(flags, [1, 1, 1], "same") > 0
    filmed_shut, drawn_shut = _runs((gap < TIGHT) & speaks), _runs(shut & speaks)
    hit = lambda runs, flags: sum(bool(flags[a:b].any()) for a, b in runs) / max(len(runs), 1)
    return hit(filmed_shut, near(shut)), hit(drawn_shut, near(gap < TIGHT))


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist()))


def opening_r(video: Path) -> float:
    """Pearson at lag 0 between the mouth drawn from a film's sound and the mouth seen in its pictures."""
    return film_scores(video)["opening_r"]
