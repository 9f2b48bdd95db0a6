"""flite as a second synthesiser: its voices awb, rms and slt were made from recordings of people (CMU Arctic), English only.

The lab alone uses it, as a command (Debian's package ``flite``).
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

from booth.errors import UsageError
from models.talking.espeak import Spoken
from models.talking.phones import BREATH, PAUSE, Phone, flite_names, parts

VOICES = ("awb", "rms", "kal16")
HELD_OUT = ("slt",)
LONGEST_S = 20


def available() -> bool:
    return shutil.which("flite") is not None


def say(text: str, voice: str, stretch: float = 1.0, pitch: float | None = None) -> tuple[Spoken, list[Phone]]:
    """``stretch`` > 1 is slower; ``pitch`` mean Hz. Raises ``UsageError`` without flite, and for what it cannot say."""
    if not available():
        raise UsageError("flite is missing; apt-get install flite")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        extra = ["--setf", f"duration_stretch={stretch:.3f}"] + (["--setf", f"int_f0_target_mean={pitch:.1f}"] if pitch else [])
        done = subprocess.run(["flite", "-voice", voice, *extra, "-psdur", "-t", text, "-o", str(path)], capture_output=True, text=True,
                              timeout=LONGEST_S, check=False)
        if done.returncode or not path.exists():
            raise UsageError(f"flite cannot say {text!r} as {voice}: {done.stderr.strip() or 'no reason given'}")
        with wave.open(str(path), "rb") as file:
            rate = file.getframerate()
            sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    return Spoken(sound, rate, ()), _phones(done.stdout, len(sound) / rate)


def _phones(listing: str, seconds: float) -> list[Phone]:
    """flite's ``name:end`` pairs; a stop's phone has its closure in it."""
    phones: list[Phone] = []
    begin = 0.0
    for pair in listing.split():
        name, _, end_text = pair.partition(":")
        if name not in flite_names():
            raise UsageError(f"no sound for flite's {name!r}; add it to models/talking/phones.toml")
        end = min(float(end_text), seconds)
        symbols = parts(flite_names()[name]) or (PAUSE,)
        edges = np.linspace(begin, max(begin, end), len(symbols) + 1)
        phones += [Phone(BREATH if name == "hh" else s, float(a), float(b)) for s, a, b in zip(symbols, edges[:-1], edges[1:], strict=True) if b > a]
        begin = max(begin, end)
    if begin < seconds:
        phones.append(Phone(PAUSE, begin, seconds))
    merged: list[Phone] = []
    for phone in phones:
        if merged and merged[-1].symbol == phone.symbol == PAUSE:
            merged[-1] = Phone(PAUSE, merged[-1].begin, phone.end)
        else:
            merged.append(phone)
    return merged
