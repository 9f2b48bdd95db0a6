"""A visitor's voice: recorded, shown with their drawing, and on disk only when they say so."""

import io
import time
import wave
from contextlib import closing

import av
import numpy as np
import pytest

from booth.audio.microphone import Microphone, file_microphone
from booth.audio.sources import FileSource
from booth.host.talker import Talker
from booth.session import Recorded, RecordingFailed
from tests.host.test_host import QUICK, Scene, composite, wait  # noqa: F401  a fixture

SPOKEN = QUICK.model_copy(update={"most_voice_s": 2})


def speech(seconds):
    """Buzzing syllables, (N,) at 48 kHz: loud enough to be a voice."""
    t = np.arange(round(seconds * 48000)) / 48000
    buzz = sum(np.sin(2 * np.pi * 130 * k * t) / k for k in range(1, 20))
    return (0.25 * buzz / np.abs(buzz).max() * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * t))).astype(np.float32)


def saved(folder, samples):
    path = folder / "voice.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture
def talking(tmp_path, composite):  # noqa: F811
    """A scene at its result with a microphone into which somebody speaks."""
    microphone = file_microphone(saved(tmp_path, np.tile(speech(4), 40)), speed=2)
    with closing(Scene(tmp_path, composite, settings=SPOKEN, microphone=microphone)) as scene:
        scene.host._maker._move = lambda *a: None                      # half of a visit's time; tested with the host
        session = scene.strip()
        assert "talk" not in scene.screen.actions
        microphone.open()
        scene.run(0.1)
        wait(lambda: len(scene.store.get(session).manifest.files) == 6)
        scene.session = session
        yield scene
    microphone.close()


def to_preview(scene):
    scene.press("talk")
    if scene.screen.name == "voice":
        scene.press("agree_voice")
    scene.to("preview")


def test_a_clip_is_thrown_away_without_a_trace_or_kept_with_its_consent(talking):
    assert "talk" in talking.screen.actions
    to_preview(talking)
    first = talking.host.clip_picture(talking.now)
    later = talking.host.clip_picture(talking.now + 1.0)
    assert first.shape == later.shape == (512, 512, 3)
    assert not np.array_equal(first, later)
    talking.press("discard_clip")
    talking.run(0.2)
    assert talking.screen.name == "result"
    manifest = talking.store.get(talking.session).manifest
    assert not manifest.consent.voice
    assert not any(e.kind == "clip" for e in manifest.files)
    assert talking.host._talker._clip is None
    assert talking.host._talker._microphone.seconds == 0
    assert talking.host.clip_picture(talking.now) is None
    to_preview(talking)
    talking.press("keep_clip")
    talking.run(0.2)
    assert talking.screen.name == "result"
    manifest = talking.store.get(talking.session).manifest
    assert manifest.consent.voice
    assert [e.name for e in manifest.files if e.kind == "clip"] == ["talk1.mp4"]
    with av.open(io.BytesIO((talking.store.get(talking.session).folder / "talk1.mp4").read_bytes())) as film:
        assert film.streams.video[0].width == 512
        heard = np.concatenate([frame.to_ndarray().ravel() for frame in film.decode(audio=0)])
    assert np.abs(heard).max() > 0.1
    talking.press("done")
    talking.run(4.0)
    assert not talking.host._takes                                      # no camera picture outlives its visit


def heard_by(microphone, during=lambda talker: None):
    """The answers of a recording, until it has ended."""
    answers = []
    talker = Talker(microphone, None, None, None, answers.append)
    microphone.open()
    talker.record(7, time.monotonic())
    deadline = time.monotonic() + 20
    while not any(isinstance(answer, Recorded | RecordingFailed) for answer in answers):
        during(talker)
        time.sleep(0.02)
        talker.tick(time.monotonic())
        assert time.monotonic() < deadline
    microphone.close()
    assert all(answer.ask == 7 for answer in answers)
    return answers


def test_a_microphone_that_goes_away_is_an_answer(tmp_path):
    microphone = Microphone(source=FileSource(saved(tmp_path, speech(20)), 1.0, lost_after_s=None))
    started = time.monotonic()
    *levels, last = heard_by(microphone, lambda talker: microphone.close() if time.monotonic() - started > 1.0 else None)
    assert isinstance(last, RecordingFailed)
    assert any(answer.level > 0.1 for answer in levels)


def test_silence_is_an_answer_and_speech_another(tmp_path):
    silent = heard_by(file_microphone(saved(tmp_path, np.zeros(48000 * 20, np.float32)), speed=4, most_s=1.0))
    assert isinstance(silent[-1], RecordingFailed)
    spoken = heard_by(file_microphone(saved(tmp_path, speech(20)), speed=4, most_s=1.0))
    assert isinstance(spoken[-1], Recorded)
    assert spoken[-1].seconds == pytest.approx(1.0, abs=0.05)
