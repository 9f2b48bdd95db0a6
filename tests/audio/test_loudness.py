"""Loudness against the test signals of EBU Tech 3341 and against FFmpeg's meter; speech brought to one loudness; recordings judged."""

from fractions import Fraction

import av
import numpy as np
import pytest

from booth.audio.loudness import MOST_GAIN_DB, SHUT_DB, clipped_runs, decibels, gated, judge, loudness, normalised, true_peak
from booth.audio.soundfile import RATE, Sound


def sine(db, seconds, hz=1000.0, rate=RATE):
    return 10 ** (db / 20) * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)


def sound(*parts, rate=RATE):
    return Sound(np.concatenate(parts).astype(np.float32), rate)


def speech(seconds=4.0, db=-20.0, room_db=-65.0, seed=0):
    """Syllables: a voice's harmonics, four a second, with a pause every second; over a room's noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    voice = sum(np.sin(2 * np.pi * 140 * n * t + n * n) / n for n in range(1, 25))
    envelope = np.clip(np.sin(2 * np.pi * 4 * t), 0, 1) * (t % 1.0 < 0.75)
    made = voice * envelope
    return (made / np.abs(made).max() * 10 ** (db / 20) + rng.normal(size=len(t)) * 10 ** (room_db / 20)).astype(np.float32)


def ffmpeg_says(made):
    """(integrated LUFS, true peak as amplitude) of FFmpeg's own meter."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="fltp", sample_rate=RATE, layout="mono", time_base=Fraction(1, RATE))
    meter = graph.add("ebur128", "metadata=1:dualmono=1:peak=true")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(made.samples[None].copy(), format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    graph.push(frame)
    graph.push(None)
    last = None
    while True:
        try:
            last = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            break
    return float(last.metadata["lavfi.r128.I"]), float(last.metadata["lavfi.r128.true_peak"])


@pytest.mark.parametrize(("parts", "lufs"), [
    ([(-23, 20)], -23.0), ([(-33, 20)], -33.0), ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
    ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0), ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0)])
def test_the_signals_of_ebu_tech_3341(parts, lufs):
    """Cases 1 to 5; tolerance ±0.1 LU."""
    assert loudness(sound(*(sine(db, seconds) for db, seconds in parts))) == pytest.approx(lufs, abs=0.1)


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_loudness_does_not_depend_on_the_rate(rate):
    assert loudness(sound(sine(-23, 5, rate=rate), rate=rate)) == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("seed", [0, 1])
def test_speech_measures_as_with_ffmpeg(seed):
    made = sound(speech(6, db=-12, room_db=-50, seed=seed))
    lufs, peak = ffmpeg_says(made)
    assert loudness(made) == pytest.approx(lufs, abs=0.15)
    assert true_peak(made) == pytest.approx(decibels(peak), abs=0.3)


def test_a_peak_between_the_samples_is_seen():
    """A quarter of the sampling rate, half-way between its peaks: 3 dB more than any sample (Tech 3341, case 15)."""
    made = sound(0.5 * np.sin(np.pi / 2 * np.arange(9600) + np.pi / 4))
    assert decibels(np.abs(made.samples).max()) == pytest.approx(-9.03, abs=0.01)
    assert true_peak(made) == pytest.approx(-6.0, abs=0.3)


@pytest.mark.parametrize("db", [-24, -12, -3, 0])
def test_speech_comes_to_one_loudness_with_its_peaks_held(db):
    made = normalised(sound(speech(db=db)))
    assert loudness(made) == pytest.approx(-16, abs=0.3)
    assert true_peak(made) < -0.9


def test_one_knock_does_not_keep_speech_down():
    samples = speech(db=-20)
    samples[60_000:60_020] = 0.9
    made = normalised(sound(samples))
    assert loudness(made) == pytest.approx(-16, abs=0.3)
    assert true_peak(made) < -0.9
    far = slice(100_000, 150_000)
    assert np.corrcoef(made.samples[far], samples[far])[0, 1] > 0.999           # only turned up there, not bent


def test_silence_is_not_made_loud():
    for made in (np.zeros(RATE), np.zeros(0), np.random.default_rng(0).normal(size=RATE) * 1e-5):
        np.testing.assert_allclose(normalised(sound(made)).samples, made, atol=1e-7)
    faint = sound(sine(-60, 2))
    assert loudness(normalised(faint)) == pytest.approx(-60 + MOST_GAIN_DB, abs=0.1)


def test_the_gate_shuts_in_pauses_and_leaves_words_alone():
    samples = speech(4, db=-12, room_db=-55)
    samples[2 * RATE:3 * RATE] = np.random.default_rng(1).normal(size=RATE) * 10 ** (-55 / 20)      # a whole second of room
    done = gated(sound(samples)).samples
    rms = lambda a: np.sqrt(np.mean(a ** 2))
    pause = slice(round(2.5 * RATE), round(2.9 * RATE))
    assert decibels(rms(done[pause]) / rms(samples[pause])) == pytest.approx(SHUT_DB, abs=0.5)
    word = slice(RATE, RATE + RATE // 8)                                         # from the first sample of a syllable on
    assert decibels(rms(done[word] - samples[word]) / rms(samples[word])) < -40
    assert np.abs(np.diff(np.abs(done[samples != 0] / samples[samples != 0]))).max() < 0.05          # and it does not click


@pytest.mark.parametrize("made", [sine(-20, 2), np.random.default_rng(0).normal(size=2 * RATE) * 0.05, np.zeros(0), np.zeros(100), np.zeros(RATE)],
                         ids=["a tone", "noise", "nothing", "a moment", "silence"])
def test_where_there_are_no_pauses_the_gate_stays_open(made):
    np.testing.assert_allclose(gated(sound(made)).samples, made, atol=1e-6)


def test_recordings_are_judged():
    assert judge(sound(speech())) == ()
    assert judge(sound(np.zeros(RATE))) == judge(sound(np.zeros(0))) == ("silent",)
    assert judge(sound(np.random.default_rng(0).normal(size=3 * RATE) * 10 ** (-70 / 20))) == ("silent",)
    assert judge(sound(speech(db=-28, room_db=-80))) == ("quiet",)
    assert judge(sound(np.clip(speech(db=9), -1, 1))) == ("clipped",)
    assert judge(sound(speech(0.4))) == ("short",)
    cough = np.random.default_rng(0).normal(size=4 * RATE) * 10 ** (-65 / 20)
    cough[RATE:RATE + 9600] += speech(0.2, db=-10)
    assert judge(sound(cough)) == ("short",)


def test_one_full_sample_is_not_yet_clipping():
    samples = np.zeros(1000)
    samples[100] = 1.0
    samples[200:202] = -1.0
    assert clipped_runs(samples) == 0
    samples[300:303] = 1.0
    samples[400:440] = -1.0
    assert clipped_runs(samples) == 2
    assert clipped_runs(samples[:2]) == 0
