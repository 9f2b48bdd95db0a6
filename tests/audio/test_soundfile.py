"""Sounds in and out of files: any kind, rate and number of channels; one plain line for what is none."""

import io
import wave
from fractions import Fraction

import av
import numpy as np
import pytest

from booth.audio.soundfile import RATE, Sound, read_sound, resampled, wav, write_wav
from booth.errors import UsageError


def tone(seconds=1.0, hz=440.0, amplitude=0.25, rate=RATE):
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def encoded(path, channels, rate, codec, layout, bit_rate=None, first_s=0.0, picture=False):
    """A file of ``channels`` (C, N) float32, written by FFmpeg; with ``picture`` a film that begins ``first_s`` before its sound."""
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=25, width=32, height=32, pix_fmt="yuv420p") if picture else None
        stream = file.add_stream(codec, rate=rate, layout=layout)
        if bit_rate:
            stream.bit_rate = bit_rate
        if video is not None:
            for _ in range(50):
                file.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")))
            file.mux(video.encode())
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(channels), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, round(first_s * rate), Fraction(1, rate)
        for done in av.AudioResampler(stream.format, layout, rate, frame_size=stream.codec_context.frame_size or 0).resample(frame):
            file.mux(stream.encode(done))
        file.mux(stream.encode())
    return path


def strength(samples, hz):
    """Amplitude of one tone, away from the ends."""
    part = samples[4800:-4800]
    return 2 * abs(np.mean(part * np.exp(-2j * np.pi * hz * np.arange(len(part)) / RATE)))


@pytest.mark.parametrize(("name", "codec", "rate", "bit_rate"), [
    ("a.wav", "pcm_s16le", 48_000, None), ("a.wav", "pcm_f32le", 8_000, None), ("a.wav", "pcm_s24le", 96_000, None),
    ("a.mp3", "libmp3lame", 44_100, 96_000),
    ("a.m4a", "aac", 44_100, 96_000), ("a.ogg", "libopus", 48_000, 64_000), ("a.flac", "flac", 22_050, None)])
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_any_kind_is_one_channel_at_48_khz(tmp_path, name, codec, rate, bit_rate, layout):
    made = tone(rate=rate)[None].repeat(1 if layout == "mono" else 2, axis=0)
    sound = read_sound(encoded(tmp_path / name, made, rate, codec, layout, bit_rate))
    assert sound.rate == RATE
    assert sound.samples.dtype == np.float32
    assert sound.seconds == pytest.approx(1.0, abs=0.06)
    assert not sound.cut
    assert strength(sound.samples, 440) == pytest.approx(0.25, rel=0.05)


def test_channels_are_averaged_and_many_are_brought_down(tmp_path):
    left = np.stack([tone(), np.zeros(RATE, np.float32)])
    assert strength(read_sound(encoded(tmp_path / "left.wav", left, RATE, "pcm_f32le", "stereo")).samples, 440) == pytest.approx(0.125, rel=0.01)
    six = np.zeros((6, RATE), np.float32)
    six[2] = tone()                                                   # speech is in the middle of 5.1
    assert strength(read_sound(encoded(tmp_path / "six.wav", six, RATE, "pcm_f32le", "5.1")).samples, 440) > 0.1


def test_sound_of_a_film_is_counted_from_its_first_picture(tmp_path):
    click = np.zeros((1, RATE), np.float32)
    click[0, 100] = 0.9
    for late in (0.0, 0.4):
        sound = read_sound(encoded(tmp_path / f"{late}.mkv", click, RATE, "flac", "mono", first_s=late, picture=True))
        assert np.argmax(np.abs(sound.samples)) / RATE == pytest.approx(late + 100 / RATE, abs=0.002)


def test_a_long_file_is_cut_and_says_so(tmp_path):
    long = encoded(tmp_path / "long.flac", np.zeros((1, 60 * 8000), np.float32), 8000, "flac", "mono")
    sound = read_sound(long, 2.5)
    assert (len(sound.samples), sound.cut) == (2.5 * RATE, True)
    whole = read_sound(long, None)
    assert whole.seconds == pytest.approx(60, abs=0.01)
    assert not whole.cut
    assert not read_sound(long, 60.1).cut


def test_a_damaged_end_costs_only_the_end(tmp_path):
    path = encoded(tmp_path / "a.mp3", tone(3)[None], RATE, "libmp3lame", "mono", 96_000)
    data = path.read_bytes()
    sound = read_sound(data[:len(data) // 2])
    assert 1.0 < sound.seconds < 2.0
    assert strength(sound.samples[:RATE], 440) == pytest.approx(0.25, rel=0.05)


def test_what_is_no_sound_is_said_in_one_line(tmp_path):
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "text.mp3").write_text("not a sound\n" * 50)
    (tmp_path / "none.wav").write_bytes(wav(Sound(np.zeros(0, np.float32))))
    with av.open(str(tmp_path / "mute.mp4"), "w") as file:
        stream = file.add_stream("libx264", rate=25, width=32, height=32, pix_fmt="yuv420p")
        file.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")))
        file.mux(stream.encode())
    for name, words in [("empty.wav", "can be read"), ("text.mp3", "can be read"), ("none.wav", "no sound in it"), ("mute.mp4", "no sound in it"),
                        ("missing.wav", "no such file"), (".", "no such file")]:
        with pytest.raises(UsageError, match=words) as caught:
            read_sound(tmp_path / name)
        assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match="more than 0"):
        read_sound(tmp_path / "empty.wav", 0)


def test_a_wav_file_comes_back_as_it_was(tmp_path):
    made = Sound(np.float32([0, 0.5, -1, 1, 0.25]))
    write_wav(tmp_path / "a.wav", made)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth(), file.getnframes()) == (RATE, 1, 2, 5)
    np.testing.assert_allclose(read_sound(tmp_path / "a.wav").samples, made.samples, atol=1 / 32768)
    with wave.open(io.BytesIO(wav(Sound(tone(rate=8000), 8000)))) as file:
        assert (file.getframerate(), file.getnframes()) == (8000, 8000)
    assert [file.name for file in tmp_path.iterdir()] == ["a.wav"]


def test_a_sound_is_one_row_of_numbers():
    sound = Sound(np.float64([np.nan, np.inf, -np.inf, 1e30, 0.5]))
    assert sound.samples.tolist() == [0, 1, -1, 1, 0.5]
    assert not sound.samples.flags.writeable
    for samples, rate in [(np.zeros((2, 9)), RATE), (np.zeros(9), 0)]:
        with pytest.raises(UsageError, match="one row"):
            Sound(samples, rate)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000, 96_000])
def test_another_rate_moves_nothing(rate):
    """A chirp keeps its place: what is at 0.5 s is still there."""
    samples = np.zeros(rate, np.float32)
    bump = np.hanning(rate // 50)
    samples[rate // 2 - len(bump) // 2:][:len(bump)] = bump
    done = resampled(samples, rate)
    assert len(done) == pytest.approx(RATE, abs=40)
    assert np.argmax(done) / RATE == pytest.approx(0.5, abs=0.0005)
    assert len(resampled(np.zeros(0, np.float32), rate)) == 0
