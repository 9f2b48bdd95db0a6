"""A visitor's voice through the real callback: every sample in its place, on the booth's clock, and calm when there is no microphone."""

import os
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.signal import correlate

from booth.audio.microphone import HEARD_S, LEAST_DB, RECENT_S, Level, Microphone, Ring, file_microphone
from booth.audio.soundfile import RATE, Sound, write_wav
from booth.audio.sources import Device, FileSource, NoMicrophone, PortAudio
from booth.errors import UsageError


class Card:
    """A sound card by hand: ``say`` brings sound to the microphone as a driver would, on a clock that it moves."""

    def __init__(self, rate=RATE, channels=1, silent_driver=False):
        self.rate, self._channels, self._silent_driver = rate, channels, silent_driver
        self.now, self.refuse = 100.0, None

    def clock(self):
        return self.now

    def devices(self):
        return [Device("by hand", 0, self._channels, self.rate, True)]

    def open(self, device, callback, gone):
        if self.refuse:
            raise NoMicrophone(self.refuse)
        self.callback, self.gone = callback, gone
        return self

    def close(self):
        self.gone()

    def say(self, samples, block=480, late_s=0.0, lost=False):
        """In blocks; each callback comes ``late_s`` (a number, or one for each block) after the last sample was in the air."""
        late = np.broadcast_to(late_s, (len(samples) + block - 1) // block)
        for n, start in enumerate(range(0, len(samples), block)):
            part = np.asarray(samples[start:start + block], np.float32)
            air = self.now
            self.now = air + len(part) / self.rate + late[n]
            times = None if self._silent_driver else SimpleNamespace(currentTime=self.now - 50, inputBufferAdcTime=air - 50)
            status = SimpleNamespace(input_overflow=lost and n == 0)
            self.callback(part[:, None].repeat(self._channels, axis=1), len(part), times, status)
            self.now = air + len(part) / self.rate


def listening(card, **more):
    microphone = Microphone(source=card, clock=card.clock, **more)
    microphone.open()
    assert microphone.available
    return microphone


def noise(n, seed=0, amplitude=0.5):
    return np.random.default_rng(seed).uniform(-amplitude, amplitude, n).astype(np.float32)


@pytest.mark.parametrize("block", [1, 64, 480, 1111])
def test_everything_between_start_and_stop_and_nothing_else(block):
    card = Card()
    microphone = listening(card)
    said = noise(5000)
    card.say(noise(3000, 1))
    microphone.start()
    card.say(said, block)
    assert microphone.seconds == pytest.approx(5000 / RATE)
    sound = microphone.stop()
    card.say(noise(3000, 2))
    np.testing.assert_array_equal(sound.samples, said)
    assert (sound.rate, sound.cut) == (RATE, False)
    microphone.start()
    card.say(said[:100])
    np.testing.assert_array_equal(microphone.stop().samples, said[:100])           # the first is forgotten


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (16_000, 1), (44_100, 2), (96_000, 2)])
def test_a_card_of_another_kind_still_gives_one_channel_at_48_khz(rate, channels):
    card = Card(rate, channels)
    microphone = listening(card)
    microphone.start()
    bump = np.zeros(rate, np.float32)
    bump[rate // 2 - rate // 100:rate // 2 + rate // 100] = np.hanning(2 * (rate // 100))
    card.say(bump)
    sound = microphone.stop()
    assert sound.rate == RATE
    assert sound.seconds == pytest.approx(1.0, abs=0.001)
    assert np.argmax(sound.samples) / RATE == pytest.approx(0.5, abs=0.0005)
    assert sound.samples.max() == pytest.approx(1.0, abs=0.02)


def test_channels_are_averaged():
    card = Card(channels=2)
    microphone = listening(card)
    microphone.start()
    card.callback(np.float32([[0.5, 0.1]] * 480), 480, None, None)
    np.testing.assert_allclose(microphone.stop().samples, 0.3, atol=1e-6)


def test_a_recording_ends_by_itself():
    card = Card()
    microphone = listening(card, most_s=0.25)
    microphone.start()
    said = noise(RATE)
    card.say(said)
    assert microphone.full
    assert microphone.seconds == 0.25
    sound = microphone.stop()
    assert sound.cut
    np.testing.assert_array_equal(sound.samples, said[:RATE // 4])


def test_the_first_sample_is_on_the_booths_clock_however_late_the_callbacks():
    card = Card()
    microphone = listening(card)
    card.say(noise(4800))
    microphone.start()
    assert microphone.began_at is None
    in_the_air = card.now
    late = np.random.default_rng(0).uniform(0.02, 0.06, 100)
    card.say(noise(48_000), late_s=late)
    assert microphone.began_at == pytest.approx(in_the_air, abs=1e-6)             # the driver said when, not the callback
    card = Card(silent_driver=True)
    microphone = listening(card)
    microphone.start()
    in_the_air = card.now
    card.say(noise(48_000), late_s=late - 0.02)
    assert microphone.began_at == pytest.approx(in_the_air, abs=0.005)            # it did not: the least late callback tells


def test_lost_sound_is_silence_and_the_rest_keeps_its_place():
    card = Card()
    microphone = listening(card)
    microphone.start()
    card.say(noise(4800))
    card.now += 0.1
    after = noise(4800, 1)
    card.say(after, lost=True)
    assert microphone.xruns == 1
    samples = microphone.stop().samples
    assert not samples[4800:9600].any()
    np.testing.assert_array_equal(samples[9600:], after)


def test_unplugged_while_somebody_speaks():
    card = Card()
    microphone = listening(card)
    microphone.start()
    said = noise(9600)
    card.say(said)
    card.gone()
    assert not microphone.available
    assert "plug it in" in microphone.why
    assert microphone.level == Level()
    np.testing.assert_array_equal(microphone.stop().samples, said)
    microphone.open()                                                              # plugged in again
    assert microphone.available
    microphone.start()
    card.say(said)
    assert microphone.seconds == pytest.approx(0.2)
    microphone.close()
    assert "switched off" in microphone.why
    assert microphone.stop().seconds == pytest.approx(0.2)


def test_a_card_that_says_nothing_any_more_is_noticed():
    card = Card()
    microphone = listening(card)
    card.say(noise(480))
    card.now += 1.0
    assert microphone.available
    card.now += 2.0
    assert "sends nothing" in microphone.why
    card.say(noise(480))
    assert microphone.available


def test_the_meter():
    card = Card()
    microphone = listening(card)
    assert microphone.level == Level()
    tone = 0.1 * np.sin(2 * np.pi * 500 * np.arange(2 * RATE) / RATE)
    card.say(tone)
    level = microphone.level
    assert level.peak_db == pytest.approx(-20, abs=0.1)
    assert level.rms_db == pytest.approx(-23, abs=0.1)
    assert (level.clipped, level.silent) == (False, False)
    assert level.shown == pytest.approx(1 - 23 / 60, abs=0.01)
    card.say(np.clip(tone * 30, -1, 1)[:RATE // 2])
    assert microphone.level.clipped
    card.say(np.zeros(RATE))
    assert not microphone.level.silent                                             # a pause between words
    card.say(np.zeros(RATE))
    assert microphone.level == Level(LEAST_DB, LEAST_DB, False, True)


def test_a_broken_drivers_numbers_do_no_harm():
    card = Card()
    microphone = listening(card)
    microphone.start()
    card.say(np.float32([np.nan, np.inf, -np.inf, 1e37] * 1200))
    assert np.isfinite([microphone.level.rms_db, microphone.level.peak_db]).all()
    assert np.isfinite(microphone.stop().samples).all()


def test_listening_along_misses_nothing_and_knows_when():
    card = Card()
    microphone = listening(card)
    said, at, parts = noise(RATE), card.now, []
    since = 0
    for start in range(0, RATE, 1920):
        card.say(said[start:start + 1920], late_s=0.02)
        heard = microphone.read(since)
        assert heard.number == since
        assert heard.at == pytest.approx(at + heard.number / RATE, abs=1e-6)
        parts.append(heard.samples)
        since = heard.until
    np.testing.assert_array_equal(np.concatenate(parts), said)
    assert not len(microphone.read(since).samples)
    card.say(noise(10 * RATE))
    late = microphone.read(since)                                                  # too late: the newest are left
    assert len(late.samples) == RECENT_S * RATE
    assert late.until == 11 * RATE


def test_a_ring_is_read_while_it_is_written():
    """Samples that count upwards: whatever a reader gets follows on, without a seam."""
    ring, done = Ring(1000), threading.Event()

    def write():
        for n in range(0, 200_000, 50):
            ring.write(np.arange(n, n + 50, dtype=np.float32), 0.0)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    reads = 0
    while not done.is_set() or reads == 0:
        heard = ring.read(-1000, RATE)
        if len(heard.samples):
            np.testing.assert_array_equal(heard.samples, np.arange(heard.number, heard.until, dtype=np.float32))
            reads += 1
    writer.join()


def test_without_a_microphone_all_is_calm():
    microphone = Microphone("no such microphone")
    microphone.open()
    assert "microphone" in microphone.why
    microphone.start()
    assert microphone.stop().seconds == 0
    assert microphone.level == Level()
    assert microphone.began_at is None
    microphone.close()
    microphone.close()


def fake_portaudio(monkeypatch, accepts, cards):
    """A PortAudio whose cards take only some (rate, channels); returns the streams that were opened."""
    opened = []

    class PortAudioError(Exception):
        pass

    class InputStream:
        def __init__(self, **asked):
            self.asked = asked

        def start(self):
            if (self.asked["samplerate"], self.asked["channels"]) not in accepts:
                raise PortAudioError("Invalid sample rate")
            opened.append(self.asked)

        def close(self):
            self.asked["finished_callback"]()

    listed = [{"name": name, "index": n, "max_input_channels": channels, "default_samplerate": 44_100.0} for n, (name, channels) in enumerate(cards)]
    monkeypatch.setitem(sys.modules, "sounddevice", SimpleNamespace(
        PortAudioError=PortAudioError, InputStream=InputStream, query_devices=lambda: listed, default=SimpleNamespace(device=[2, 0])))
    return opened


CARDS = [("Loudspeaker", 0), ("USB Microphone: Audio (hw:1,0)", 1), ("Webcam Pro", 2)]


@pytest.mark.parametrize(("accepts", "taken"), [
    ({(48_000, 1), (44_100, 2)}, (48_000, 1)), ({(48_000, 2), (44_100, 1)}, (48_000, 2)), ({(44_100, 2)}, (44_100, 2))])
def test_what_the_card_offers_is_taken(monkeypatch, accepts, taken):
    opened = fake_portaudio(monkeypatch, accepts, CARDS)
    microphone = Microphone()
    microphone.open()
    assert microphone.available
    assert [(asked["samplerate"], asked["channels"], asked["device"]) for asked in opened] == [(*taken, 2)]
    assert microphone.rate == taken[0]
    microphone.close()


def test_microphones_are_listed_and_chosen_by_name(monkeypatch):
    opened = fake_portaudio(monkeypatch, {(48_000, 1)}, CARDS)
    assert [(card.name, card.channels, card.usual) for card in PortAudio().devices()] == [(CARDS[1][0], 1, False), (CARDS[2][0], 2, True)]
    for name, index in [("usb micro", 1), ("Webcam Pro", 2)]:
        microphone = Microphone(name)
        microphone.open()
        assert opened[-1]["device"] == index
        microphone.close()
    microphone = Microphone("Loudspeaker")
    microphone.open()
    assert "there are: USB Microphone: Audio (hw:1,0), Webcam Pro" in microphone.why


def test_a_busy_card_is_said_plainly(monkeypatch):
    fake_portaudio(monkeypatch, set(), CARDS)
    microphone = Microphone()
    microphone.open()
    assert microphone.why == "the microphone Webcam Pro cannot be used (Invalid sample rate); is another program using it?"


def test_through_portaudio(tmp_path):
    """Into ALSA's card that is none, in a process of its own: libraries look for cards only once. What it gives is memory's rubbish."""
    (tmp_path / "asound.conf").write_text('pcm.!default { type null hint { show on description "nothing" } }\nctl.!default { type null }\n')
    code = ("import time; from booth.audio.microphone import Microphone, devices; m = Microphone(most_s=0.5); m.open(); m.start(); "
            "until = time.monotonic() + 10\n"
            "while not m.full and time.monotonic() < until: time.sleep(0.01)\n"
            "print(len(devices()), m.available, abs(m.began_at - until + 10) < 2, m.level is None, len(m.stop().samples)); m.close(); print(m.why)")
    environment = {**os.environ, "ALSA_CONFIG_PATH": str(tmp_path / "asound.conf")}
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60, check=True, env=environment)
    assert done.stdout.splitlines() == ["1 True True False 24000", "the microphone is switched off"], done.stderr


def test_without_the_sound_library_all_is_calm():
    """In a process in which sounddevice finds no PortAudio."""
    code = ("import ctypes.util, logging; logging.disable(); ctypes.util.find_library = lambda name: None; "
            "from booth.audio.microphone import Microphone, devices; m = Microphone(); m.open(); print(devices(), m.why); m.close()")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("[]")
    assert "libportaudio2" in done.stdout


def said_file(tmp_path):
    said = noise(4 * RATE)
    write_wav(tmp_path / "said.wav", Sound(said))
    return tmp_path / "said.wav", said


def wait_until(true):
    deadline = time.monotonic() + 10
    while not true() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert true()


def test_a_file_is_said_into_the_microphone(tmp_path):
    path, said = said_file(tmp_path)
    microphone = file_microphone(path, speed=4, most_s=0.25)
    microphone.open()
    microphone.start()
    wait_until(lambda: microphone.full)
    sound = microphone.stop().samples
    first = int(np.argmax(correlate(said, sound, "valid")))
    np.testing.assert_allclose(sound, said[first:first + RATE // 4], atol=1e-4)
    wait_until(lambda: microphone.level.silent)                                    # after its end
    assert microphone.read().until >= RATE * (4 + HEARD_S)
    microphone.close()


def test_a_file_that_is_said_again_and_again_never_falls_silent(tmp_path):
    path, said = said_file(tmp_path)
    microphone = Microphone(None, 6.0, FileSource(path, speed=16, again=True))
    microphone.open()
    microphone.start()
    wait_until(lambda: microphone.full)
    sound = microphone.stop().samples
    first = int(np.argmax(correlate(said, sound[:RATE], "valid")))
    np.testing.assert_allclose(sound[4 * RATE - first:][:RATE], said[:RATE], atol=1e-4)
    microphone.close()


def test_a_file_whose_plug_is_pulled(tmp_path):
    path, _ = said_file(tmp_path)
    microphone = file_microphone(path, speed=4, lost_after_s=0.4)
    microphone.open()
    microphone.start()
    wait_until(lambda: not microphone.available)
    assert "plug it in" in microphone.why
    assert microphone.stop().seconds <= 0.4
    assert microphone.read().until == round(0.4 * RATE)
    microphone.close()
    with pytest.raises(UsageError):
        file_microphone(tmp_path / "missing.wav")
