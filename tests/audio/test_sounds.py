import os
import subprocess
import sys
import wave

import numpy as np
import pytest

from booth import resources
from booth.audio.sounds import NAMES, Mixer, Sounds, load
from booth.errors import UsageError
from models.art import sounds as art


def spectrum_peak(sound: np.ndarray) -> float:
    """Hz of the strongest tone."""
    size = 1 << 17
    return float(np.argmax(np.abs(np.fft.rfft(sound, size))) * 48_000 / size)


def test_the_files_are_what_the_script_makes_byte_for_byte():
    folder = resources.assets() / "sounds"
    assert {file.stem for file in folder.glob("*.wav")} == set(NAMES) == set(art.SOUNDS)
    for name in NAMES:
        assert (folder / f"{name}.wav").read_bytes() == art.wav(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_sound_is_short_soft_and_without_clicks(name):
    sound = load(resources.assets() / "sounds" / f"{name}.wav")
    assert 0.04 <= len(sound) / 48_000 <= 0.7
    assert 0.25 <= np.abs(sound).max() <= 0.9
    assert abs(sound[0]) < 1e-3
    assert abs(sound[-1]) < 1e-3
    assert np.abs(sound[:24]).max() < 0.15                         # the first half millisecond rises softly
    assert abs(sound.mean()) < 0.01


@pytest.mark.parametrize(("name", "pitch_hz"), [("tick", 880), ("last", 1318.5), ("tap", 1174.7)])
def test_a_struck_sound_has_its_pitch(name, pitch_hz):
    assert spectrum_peak(load(resources.assets() / "sounds" / f"{name}.wav")) == pytest.approx(pitch_hz, rel=0.01)


def test_done_goes_up_and_bye_goes_down():
    for name, up in (("done", True), ("bye", False)):
        sound = load(resources.assets() / "sounds" / f"{name}.wav")
        assert (spectrum_peak(sound[-9600:]) > spectrum_peak(sound[:3600])) == up


def test_overlapping_sounds_add_up_across_blocks():
    mixer = Mixer()
    first, second = np.full(100, 0.25, np.float32), np.full(60, 0.5, np.float32)
    mixer.add(first)
    blocks = []
    for n in range(4):
        if n == 1:
            mixer.add(second)
        block = np.full(40, 9.0, np.float32)
        mixer.fill(block)
        blocks.append(block)
    expected = np.zeros(160, np.float32)
    expected[:100] += first
    expected[40:100] += second
    np.testing.assert_allclose(np.concatenate(blocks), expected)


def test_too_much_at_once_is_limited_and_the_newest_is_heard():
    mixer = Mixer()
    for _ in range(50):
        mixer.add(np.full(10, 0.01, np.float32))
    mixer.add(np.full(10, 0.8, np.float32))
    out = np.empty(10, np.float32)
    mixer.fill(out)
    assert np.allclose(out, 0.8 + 11 * 0.01)
    for _ in range(3):
        mixer.add(np.ones(10, np.float32))
    mixer.fill(out)
    assert out.max() == 1.0
    mixer.fill(out)
    assert not out.any()


def test_volume_counts_for_sounds_begun_after_it():
    sounds = Sounds(volume=0.5)
    sounds.why = None                                              # as if a card were there
    sounds.play("tick")
    out = np.empty((9600, 1), np.float32)
    sounds._fill(out, 9600, None, None)
    whole = np.abs(load(resources.assets() / "sounds" / "tick.wav")).max()
    assert np.abs(out).max() == pytest.approx(whole / 2)


def test_without_a_sound_card_all_is_calm(caplog):
    sounds = Sounds()
    sounds.open("no such sound card")
    assert not sounds.available
    assert "sound" in sounds.why
    sounds.play("shutter")
    sounds.close()
    sounds.close()


def test_a_sound_is_played_to_its_end_without_holding_up_the_caller(tmp_path):
    """Through PortAudio and ALSA into a card that swallows everything, in a process of its own: libraries look for cards only once."""
    (tmp_path / "asound.conf").write_text('pcm.!default { type null hint { show on description "nothing" } }\nctl.!default { type null }\n')
    code = ("import time; from booth.audio.sounds import Sounds; s = Sounds(); s.open(); begun = time.monotonic(); "
            "[s.play(n) for n in ('tick', 'done', 'done')]; called = time.monotonic() - begun; mixer = s._mixer; deadline = begun + 5\n"
            "while (mixer._new or mixer._voices) and time.monotonic() < deadline: time.sleep(0.02)\n"
            "print(s.available, called < 0.05, not mixer._new and not mixer._voices); s.close(); print(s.available)")
    environment = {**os.environ, "ALSA_CONFIG_PATH": str(tmp_path / "asound.conf")}
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60, check=True, env=environment)
    assert done.stdout.split() == ["True", "True", "True", "False"], done.stderr


def test_without_the_sound_library_all_is_calm():
    """In a process in which sounddevice finds no PortAudio."""
    code = ("import ctypes.util, logging, sys; logging.disable(); ctypes.util.find_library = lambda name: None; "
            "from booth.audio.sounds import Sounds; s = Sounds(); s.open(); s.play('tick'); print(s.available, s.why); s.close()")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("False")
    assert "libportaudio2" in done.stdout


@pytest.mark.parametrize("kind", ["missing", "other", "stereo"])
def test_a_sound_of_another_kind_is_said_plainly(tmp_path, kind):
    path = tmp_path / "tick.wav"
    if kind == "other":
        path.write_bytes(b"not a sound")
    if kind == "stereo":
        with wave.open(str(path), "wb") as file:
            file.setparams((2, 2, 48_000, 0, "NONE", ""))
            file.writeframes(b"\0" * 400)
    with pytest.raises(UsageError, match="mono"):
        load(path)
