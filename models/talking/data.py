"""Speech with known mouths: made once, kept as a pool, mixed and roughened anew for every step.

    python -m models.talking.data --out runs/talking/pool --hours 6

Voices of ``HELD_OUT`` and languages of ``sentences.toml``'s ``held_out`` are left out; ``held_out_sets`` makes the tests from them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np
from tqdm import tqdm

from booth.audio.features import RATE, LogMel
from booth.errors import UsageError
from booth.pose import MOUTH, SPEECH_RATE, VISEMES
from models.talking import flite, mouths
from models.talking.espeak import Spoken, espeak
from models.talking.phones import Phone, timed
from models.talking.texts import languages, text

VARIANTS = ("", "f1", "f2", "f5", "m1", "m2", "m3", "m5", "m7", "m8", "Alex", "Andrea", "Andy", "Annie", "Denis", "Diogo", "Gene", "Henrique",
            "Hugo", "Jacky", "Lee", "Marco", "Michael", "Mike", "Nguyen", "Reed", "Storm", "adam", "anika", "antonio", "aunty", "belinda",
            "benjamin", "boris", "caleb", "david", "ed", "edward", "grandma", "grandpa", "gustave", "ian", "iven", "john", "kaukovalta", "klatt2",
            "klatt4", "klatt6", "linda", "max", "miguel", "norbert", "pablo", "paul", "pedro", "quincy", "rob", "sandro", "shelby", "steph",
            "travis", "victor", "zac", "whisper")
HELD_OUT = ("f3", "f4", "m4", "m6", "Alicia", "Mario", "klatt3", "robert", "steph3")
FLITE_SHARE = 0.35
_PITCH_HZ = {"awb": 120.0, "rms": 105.0, "kal16": 105.0, "slt": 175.0}


@dataclass(frozen=True, eq=False, slots=True)
class Utterance:
    """``sound`` (N,) float32 at 16 kHz; ``visemes``, ``voice``, ``mouth`` as in ``mouths.targets``; ``phones`` with their times."""

    sound: np.ndarray
    visemes: np.ndarray
    voice: np.ndarray
    mouth: np.ndarray
    phones: list[Phone]
    language: str
    speaker: str


def at_16k(sound: np.ndarray, rate: int) -> np.ndarray:
    """(N,) float32 of ``rate`` a second at 16 kHz."""
    if rate == RATE or not len(sound):
        return sound.astype(np.float32)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound, np.float32)[None], format="fltp", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler("fltp", "mono", RATE)
    return np.concatenate([done.to_ndarray()[0] for done in (*resampler.resample(frame), *resampler.resample(None))])


def labelled(spoken: Spoken, phones: list[Phone], language: str, speaker: str, speed: float = 1.0) -> Utterance:
    """The network's targets for what was spoken, 0.1 s of silence at its end; ``speed`` > 1 plays faster and higher (a smaller head)."""
    sound = np.concatenate([at_16k(spoken.sound, round(spoken.rate * speed)), np.zeros(RATE // 10, np.float32)])
    seconds = len(sound) / RATE
    phones = [Phone(p.symbol, p.begin / speed, p.end / speed) for p in phones]
    phones.append(Phone("", phones[-1].end, seconds))
    level = LogMel().push(np.concatenate([sound, np.zeros(RATE // 10, np.float32)]))[1]
    return Utterance(sound, *mouths.targets(phones, seconds, level), phones, language, speaker)


def by_espeak(language: str, variant: str, rng: np.random.Generator) -> Utterance:
    voice = str(rng.choice(languages()[language].voices))
    pitch, span = int(rng.integers(10, 95)), int(rng.integers(20, 95))
    words = int(rng.integers(110, 260))
    spoken = espeak().say(text(language, rng), f"{voice}+{variant}" if variant else voice, words, pitch, span)
    return labelled(spoken, timed(spoken), language, f"espeak {variant}", float(np.exp(rng.uniform(-0.16, 0.16))))


def by_flite(voice: str, rng: np.random.Generator) -> Utterance:
    spoken, phones = flite.say(text("en", rng), voice, float(rng.uniform(0.8, 1.3)), _PITCH_HZ[voice] * float(np.exp(rng.uniform(-0.35, 0.45))))
    return labelled(spoken, phones, "en", f"flite {voice}", float(np.exp(rng.uniform(-0.16, 0.16))))


def utterances(rng: np.random.Generator) -> Iterator[Utterance]:
    """Endless, of everything that may be trained on."""
    known = [one for one in languages().values() if not one.held_out]
    shares = np.array([one.share for one in known], float)
    while True:
        if flite.available() and rng.random() < FLITE_SHARE:
            yield by_flite(str(rng.choice(flite.VOICES)), rng)
        else:
            yield by_espeak(known[rng.choice(len(known), p=shares / shares.sum())].name, str(rng.choice(VARIANTS)), rng)


@cache
def held_out_sets(count: int = 20) -> dict[str, list[Utterance]]:
    """Tests by name: each language by voices never heard, languages never heard by them, and flite's slt."""
    sets = {}
    for name in languages():
        rng = np.random.default_rng([11, *name.encode()])
        sets[name] = [by_espeak(name, HELD_OUT[i % len(HELD_OUT)], rng) for i in range(count)]
    if flite.available():
        rng = np.random.default_rng(12)
        sets["flite slt"] = [by_flite("slt", rng) for _ in range(count)]
    return sets


class Pool:
    """A folder of parts; each has utterances end to end.

    ``sound.npy`` (160 T,) int16 at 16 kHz, ``targets.npy`` (T, 22) float16, ``index.npy`` (U, 2) steps at which each begins and ends.
    """

    def __init__(self, folder: Path) -> None:
        self._parts = [tuple(np.load(part.parent / f"{name}.npy", mmap_mode="r") for name in ("sound", "targets", "index"))
                       for part in sorted(folder.glob("*/index.npy"))]
        if not self._parts:
            raise UsageError(f"no pool of speech in {folder}; run python -m models.talking.data --out {folder}")
        self._first = np.cumsum([0, *(len(index) for _, _, index in self._parts)])

    def __len__(self) -> int:
        return int(self._first[-1])

    def get(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        """(160 T,) float32 sound and (T, 22) float32 targets: 15 visemes, voice, 6 of the mouth."""
        part = int(np.searchsorted(self._first, i, "right")) - 1
        sound, targets, index = self._parts[part]
        begin, end = (int(v) for v in index[i - self._first[part]])
        hop = RATE // SPEECH_RATE
        return sound[begin * hop:end * hop].astype(np.float32) / 32768, targets[begin:end].astype(np.float32)


def make_part(folder: Path, hours: float, seed: int) -> None:
    """A pool of its own in ``folder``."""
    rng, steps, wanted = np.random.default_rng(seed), 0, int(hours * 3600 * SPEECH_RATE)
    sounds, rows, index = [], [], []
    hop = RATE // SPEECH_RATE
    for one in utterances(rng):
        length = min(len(one.voice), len(one.sound) // hop)
        rows.append(np.concatenate([one.visemes, one.voice[:, None], one.mouth], axis=1)[:length].astype(np.float16))
        loud = 0.5 / max(np.abs(one.sound).max(), 1e-3)
        sounds.append(np.round(np.clip(one.sound[:length * hop] * loud, -1, 1) * 32767).astype(np.int16))
        index.append((steps, steps + length))
        steps += length
        if steps >= wanted:
            break
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in (("sound", np.concatenate(sounds)), ("targets", np.concatenate(rows)), ("index", np.array(index))):
        np.save(folder / f"{name}.npy", value)


def make_pool(folder: Path, hours: float, seed: int, part_h: float = 0.25) -> int:
    """Parts made by processes of their own, for espeak-ng now and then divides by zero and takes its process with it; how many did so.

    Parts that are there are not made again.
    """
    wanted, crashed = round(hours / part_h), 0
    for part in tqdm(range(wanted), unit="part"):
        while not (folder / f"{part:03d}" / "index.npy").is_file():
            command = [sys.executable, "-m", "models.talking.data", "--part", "--out", str(folder / f"{part:03d}"), "--hours", str(part_h),
                       "--seed", str(seed)]
            crashed += subprocess.run(command, check=False).returncode != 0
            seed += 1
            if crashed > 2 * wanted + 3:
                raise UsageError(f"{crashed} parts of the pool failed; run {' '.join(command)} and look why")
    return crashed


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.talking.data", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--hours", type=float, default=6.0)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--part", action="store_true", help="in this process, one part only")
    args = parser.parse_args(argv)
    if args.part:
        make_part(args.out, args.hours, args.seed)
    else:
        print(f"{args.out}: {args.hours} h of speech, {make_pool(args.out, args.hours, args.seed)} parts made again")
    return 0


COLUMNS = len(VISEMES) + 1 + len(MOUTH)

if __name__ == "__main__":
    sys.exit(main())
