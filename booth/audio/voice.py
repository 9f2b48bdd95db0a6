"""Speech heard: mouth shapes of recorded or live sound, by the exported network.

A step's answer needs the sound up to 72.5 ms after it (six steps and half a window): live sound is that late, recorded sound is not.
Both go the same way and give the same numbers.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from pathlib import Path

# see booth.translators.cpu: a booth tells nobody anything
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import av
import numpy as np
import openvino as ov
from pydantic import BaseModel, ConfigDict, ValidationError

from booth import resources
from booth.audio.features import BANDS, HOP, RATE, WINDOW, LogMel
from booth.errors import UsageError, WeightsError
from booth.pose import MOUTH, SPEECH_RATE, VISEMES, Speech

LONGEST_S = 600.0
SPEAKS = 0.5
"""Of ``Speech.voice``: from here on somebody speaks."""
QUIET_DB = -62.0
"""Below this level nobody speaks, whatever the network says."""
CLOSES_FROM, SHUT_FROM = 3, 13
"""Steps of silence after which the mouth begins to close, and after which it is shut: 130 ms, 20 before anybody may see it move."""
WAKES = 0.25
"""By so much a step it may open again."""
SURE = 0.25
"""Of p, b, m: from here on the lips are pressed. Below 0.5, for a missed closure is seen and a needless one hardly: chosen on voices that were
trained on, where it closes 92 % of p, b, m (89 % at 0.5) and no open vowel (of 293)."""
LEAST_CLOSED = 4
"""Steps: a closure of 40 ms is on one picture of 25 a second."""
_CHUNK = 256
_JAW, _PRESS, _TEETH = (MOUTH.index(name) for name in ("jaw", "press", "teeth"))
_PP = VISEMES.index("PP")


class _Manifest(BaseModel):
    """The section ``[voice]`` of the manifest. ``before``, ``ahead``: steps of features that a step's answer needs around it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    onnx: str
    onnx_sha256: str
    safetensors: str
    safetensors_sha256: str
    before: int
    ahead: int
    parameters: int
    input: str
    output: str
    trained_on: str
    licence: str


class Network:
    """The network in OpenVINO, one thread. Raises ``WeightsError`` when its file is missing, altered or unreadable."""

    def __init__(self, folder: Path | None = None) -> None:
        root = folder or resources.weights()
        try:
            entry = _Manifest(**tomllib.loads((root / "manifest.toml").read_text(encoding="utf-8"))["voice"])
            content = (root / entry.onnx).read_bytes()
        except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValidationError) as error:
            raise WeightsError(f"the network of speech in {root} cannot be used ({error.__class__.__name__}); install Toonbooth again") from error
        if hashlib.sha256(content).hexdigest() != entry.onnx_sha256:
            raise WeightsError(f"the network {root / entry.onnx} was altered (its checksum is wrong); install Toonbooth again")
        self.before, self.ahead = entry.before, entry.ahead
        core = ov.Core()
        config = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
        try:
            self._request = core.compile_model(core.read_model(content), "CPU", config).create_infer_request()
        except RuntimeError as error:
            raise WeightsError(f"{entry.onnx} cannot be read by OpenVINO; install Toonbooth again") from error

    def answer(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(before + T + ahead, 40) float32 → visemes (T, 15), voice (T,), mouth (T, 6), float32."""
        self._request.infer([features[None]])
        visemes, voice, mouth = (self._request.get_output_tensor(i).data[0].copy() for i in range(3))
        return visemes, voice, mouth


class LiveVoice:
    """One stream of sound of ``rate`` samples a second; owned by one thread. Answers come ``delay_s`` after their sound.

    Raises ``UsageError`` for a rate that no microphone has.
    """

    def __init__(self, rate: int = RATE, network: Network | None = None) -> None:
        if not 4_000 <= rate <= 400_000:
            raise UsageError(f"{rate} samples a second is no rate of speech; record at 16,000 to 48,000")
        self._network = network or Network()
        self._rate = rate
        self._resampler = None if rate == RATE else av.AudioResampler("fltp", "mono", RATE)
        self._log_mel = LogMel()
        self._features = np.zeros((0, BANDS), np.float32)
        self._level = np.zeros(0, np.float32)
        self._heard = self._answered = 0
        self._lips = _Lips()
        self._take(np.zeros(self._network.before * HOP, np.float32))       # before the first sound there was silence

    @property
    def delay_s(self) -> float:
        """Between a sound and the step that answers it."""
        return self._network.ahead / SPEECH_RATE + WINDOW / 2 / RATE

    def push(self, block: np.ndarray) -> Speech:
        """The steps that ``block``, (N,) float32 −1 … 1, makes complete; often none. Raises ``UsageError`` for another shape."""
        if block.ndim != 1:
            raise UsageError(f"speech is one row of samples, not {block.shape}; mix its channels first")
        sound = self._at_16k(np.clip(np.nan_to_num(block, nan=0.0), -1, 1).astype(np.float32))
        self._heard += len(sound)
        self._take(sound)
        return self._answers()

    def finish(self) -> Speech:
        """The last steps: after them the stream is over."""
        rest = self._at_16k(None)
        self._heard += len(rest)
        self._take(rest)
        self._take(np.zeros(self._network.ahead * HOP + WINDOW, np.float32))
        return self._answers(most=round(self._heard / HOP) - self._answered)

    def _at_16k(self, block: np.ndarray | None) -> np.ndarray:
        if self._resampler is None or (block is not None and not len(block)):
            return np.zeros(0, np.float32) if block is None else block
        frame = None
        if block is not None:
            frame = av.AudioFrame.from_ndarray(block[None], format="fltp", layout="mono")
            frame.sample_rate = self._rate
        done = [part.to_ndarray()[0] for part in self._resampler.resample(frame)]
        return np.concatenate(done) if done else np.zeros(0, np.float32)

    def _take(self, sound: np.ndarray) -> None:
        features, level = self._log_mel.push(sound)
        self._features = np.concatenate([self._features, features])
        self._level = np.concatenate([self._level, level])

    def _answers(self, most: int | None = None) -> Speech:
        before, ahead = self._network.before, self._network.ahead
        count = len(self._features) - before - ahead
        count = max(0, count if most is None else min(count, most))
        visemes, voice = np.zeros((count, len(VISEMES)), np.float32), np.zeros(count, np.float32)
        mouth = np.zeros((count, len(MOUTH)), np.float32)
        for i in range(0, count, _CHUNK):
            n = min(_CHUNK, count - i)
            visemes[i:i + n], voice[i:i + n], mouth[i:i + n] = self._network.answer(self._features[i:i + n + before + ahead])
        level = self._level[before:before + count]
        # the sound of the next steps is known already: a mouth opens before it is heard
        around = np.lib.stride_tricks.sliding_window_view(self._level[before:before + count + ahead], ahead + 1).max(axis=1) if count else level
        mouth = self._lips.settled(mouth, visemes[:, _PP], (voice >= SPEAKS) & (around >= QUIET_DB))
        self._features, self._level = self._features[count:], self._level[count:]
        self._answered += count
        return Speech(visemes, voice, mouth, np.minimum(level, 0))


class _Lips:
    """What must hold whatever the network is unsure of: silence shuts the mouth, p, b and m close it for long enough to be seen."""

    def __init__(self) -> None:
        self._silent, self._awake, self._closed = SHUT_FROM, 0.0, 0

    def settled(self, mouth: np.ndarray, labial: np.ndarray, speaks: np.ndarray) -> np.ndarray:
        """``mouth`` (T, 6) with these promises kept; ``labial`` (T,) 0 … 1, ``speaks`` (T,) bool."""
        mouth = mouth.copy()
        for row, sure, loud in zip(mouth, labial, speaks, strict=True):
            self._silent = 0 if loud else self._silent + 1
            most = np.clip((SHUT_FROM - self._silent) / (SHUT_FROM - CLOSES_FROM), 0, 1)
            self._awake = float(min(most, self._awake + WAKES))
            self._closed = self._closed + 1 if (sure >= SURE and loud) or 0 < self._closed < LEAST_CLOSED else 0
            if self._closed:
                row[_PRESS], row[_JAW], row[_TEETH] = 1, 0, 0
            row *= self._awake
        return mouth


class Voice:
    """Hears recordings. Owned by one thread; loads the network once. Raises ``WeightsError``."""

    def __init__(self, folder: Path | None = None) -> None:
        self._network = Network(folder)

    def hear(self, sound: np.ndarray, rate: int) -> Speech:
        """What is said in ``sound``, (N,) float32 −1 … 1 of ``rate`` samples a second: one step per 10 ms, nothing late.

        Silence shuts the mouth: exactly 0 from 150 ms on. Raises ``UsageError`` for another shape, and for more than ten minutes.
        """
        if len(sound) > LONGEST_S * rate:
            raise UsageError(f"{len(sound) / rate:.0f} s of sound is more than a clip can have; cut it to {LONGEST_S:.0f} s")
        live = LiveVoice(rate, self._network)
        begin, end = live.push(sound), live.finish()
        join = lambda a, b: np.concatenate([a, b])
        return Speech(join(begin.visemes, end.visemes), join(begin.voice, end.voice), join(begin.mouth, end.mouth), join(begin.level, end.level))
