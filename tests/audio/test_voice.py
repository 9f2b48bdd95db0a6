import numpy as np
import pytest

from booth.audio import voice as voices
from booth.audio.voice import LiveVoice, Network, Voice
from booth.errors import UsageError, WeightsError
from booth.pose import MOUTH
from booth.resources import weights

JAW, PRESS = MOUTH.index("jaw"), MOUTH.index("press")
RATE = 16_000


@pytest.fixture(scope="module")
def network() -> Network:
    return Network()


@pytest.fixture(scope="module")
def voice() -> Voice:
    return Voice()


def vowel(seconds: float, rate: int = RATE, formants=((730, 90), (1090, 110), (2440, 170))) -> np.ndarray:
    """An [a]: a buzz of 120 Hz through three resonances (Peterson and Barney 1952), swelling and falling."""
    count = round(seconds * rate)
    buzz = np.zeros(count)
    buzz[::rate // 120] = 1
    hz = np.fft.rfftfreq(count, 1 / rate)
    response = sum(1 / (1 + ((hz - f) / b) ** 2) / (i + 1) for i, (f, b) in enumerate(formants)) / (1 + hz / 500)
    made = np.fft.irfft(np.fft.rfft(buzz) * response, count)
    return (0.4 * made / np.abs(made).max() * np.hanning(count) ** 0.2).astype(np.float32)


def silence(seconds: float, rate: int = RATE) -> np.ndarray:
    return np.zeros(round(seconds * rate), np.float32)


def all_of(speech) -> np.ndarray:
    return np.concatenate([speech.visemes, speech.voice[:, None], speech.mouth, speech.level[:, None]], axis=1)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_a_step_every_ten_milliseconds(voice, rate):
    speech = voice.hear(vowel(1.0, rate), rate)
    assert speech.seconds == pytest.approx(1.0, abs=0.011)
    assert speech.visemes.shape == (len(speech.voice), 15)
    assert speech.mouth.shape == (len(speech.voice), 6)
    assert np.allclose(speech.visemes.sum(axis=1), 1, atol=1e-4)
    assert speech.mouth.min() >= -1
    assert speech.mouth.max() <= 1
    assert speech.level.max() <= 0
    assert all_of(speech).dtype == np.float32


def test_an_open_vowel_opens_the_mouth_and_silence_shuts_it(voice):
    speech = voice.hear(np.concatenate([silence(0.6), vowel(0.5), silence(1.0)]), RATE)
    assert speech.mouth[75:100, JAW].mean() > 0.25
    assert speech.voice[70:90].mean() > 0.5
    assert not speech.mouth[:45].any()
    assert not speech.mouth[110 + 15:].any()


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_live_and_recorded_sound_give_the_same_numbers(voice, network, rate):
    sound = np.concatenate([silence(0.2, rate), vowel(0.4, rate), silence(0.3, rate), vowel(0.3, rate)])
    sound += np.random.default_rng(1).normal(0, 1e-3, len(sound)).astype(np.float32)
    whole = all_of(voice.hear(sound, rate))
    live, parts = LiveVoice(rate, network), []
    for at in range(0, len(sound), rate // 70):
        parts.append(all_of(live.push(sound[at:at + rate // 70])))
        known = sum(len(part) for part in parts) / 100
        assert known >= (at + rate // 70) / rate - live.delay_s - 0.02           # no later than promised; a resampler may hold 5 ms
    parts.append(all_of(live.finish()))
    assert 0.06 <= live.delay_s <= 0.08
    assert np.concatenate(parts).shape == whole.shape
    assert np.abs(np.concatenate(parts) - whole).max() < 1e-3


def test_lips_close_for_long_enough_to_be_seen():
    mouth = np.full((20, 6), 0.4, np.float32)
    labial = np.zeros(20)
    labial[10] = 0.9
    settled = voices._Lips().settled(mouth, labial, np.ones(20, bool))
    assert (settled[10:14, PRESS] == 1).all()
    assert not settled[10:14, JAW].any()
    assert settled[14, JAW] == settled[9, JAW] == np.float32(0.4)


def test_lips_of_real_words_close(voice):
    from models.talking.data import at_16k
    from models.talking.espeak import espeak
    from models.talking.phones import CLOSED, timed
    spoken = espeak().say("papa mama, a baby", "en-us", 150)
    speech = voice.hear(at_16k(spoken.sound, spoken.rate), RATE)
    labials = [p for p in timed(spoken) if p.symbol in CLOSED]
    closed = [(speech.mouth[round(100 * p.begin):round(100 * p.end) + 1, PRESS] >= 0.5).any() for p in labials]
    assert len(labials) == 6
    assert sum(closed) >= 5


def test_nothing_and_what_is_no_sound(voice, network):
    assert len(voice.hear(silence(0), RATE).voice) == 0
    assert len(voice.hear(silence(0), 44_100).voice) == 0
    assert len(voice.hear(np.ones(50, np.float32), 48_000).voice) == 0
    broken = vowel(0.5)
    broken[::7] = np.nan
    broken[5] = np.inf
    assert np.isfinite(all_of(voice.hear(broken, RATE))).all()
    with pytest.raises(UsageError, match="one row"):
        voice.hear(np.zeros((100, 2), np.float32), RATE)
    with pytest.raises(UsageError, match="cut it"):
        voice.hear(np.zeros(700 * 4_000, np.float32), 4_000)
    for rate in (0, -5, 1_000_000):
        with pytest.raises(UsageError, match="rate of speech"):
            LiveVoice(rate, network)


def test_weights_that_are_missing_or_altered(tmp_path):
    with pytest.raises(WeightsError, match="install"):
        Network(tmp_path)
    (tmp_path / "manifest.toml").write_bytes((weights() / "manifest.toml").read_bytes())
    (tmp_path / "voice.onnx").write_bytes(b"something else")
    with pytest.raises(WeightsError, match="altered"):
        Network(tmp_path)
