"""Clips: sound and picture together in the decoded file, small enough, whole or not there at all."""

import io
import itertools
import os
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from booth.audio.soundfile import RATE, Sound
from booth.errors import UsageError
from booth.products.clip import GIF_PX, KINDS, LOOP_S, WEBP_PX, at_rate, check_target, clip_bytes, durations, write_clip


def speech(seconds, seed=0):
    """Noise in syllables: what a sound encoder finds hard."""
    t = np.arange(round(seconds * RATE)) / RATE
    return Sound((np.random.default_rng(seed).normal(size=len(t)) * 0.1 * np.clip(np.sin(2 * np.pi * 4 * t), 0, 1)).astype(np.float32))


def flashes(count, every, size=64):
    """Black, and white in every picture whose number divides by ``every``."""
    for n in range(count):
        yield np.full((size, size, 3), 235 if n % every == 0 else 16, np.uint8)


def clicks(seconds, every_s):
    samples = np.zeros(round(seconds * RATE), np.float32)
    for at in np.arange(0, seconds, every_s):
        start = round(at * RATE)
        length = min(480, len(samples) - start)
        samples[start:start + length] = 0.8 * np.sin(2 * np.pi * 1000 * np.arange(length) / RATE)
    return Sound(samples)


def talking(photo, seconds, rate=30):
    """A face that nods and opens a mouth, before a background that stays: the hardest of what a puppet does."""
    flat = cv2.medianBlur(photo, 7) // 24 * 24
    mask = np.zeros((512, 512), np.uint8)
    cv2.ellipse(mask, (225, 150), (110, 140), 0, 0, 360, 1, -1)
    for n in range(round(seconds * rate)):
        turn = cv2.getRotationMatrix2D((225, 300), 3 * np.sin(n / rate * 3), 1)
        turn[1, 2] += 2 * np.sin(n / rate * 7)
        picture = cv2.copyTo(cv2.warpAffine(flat, turn, (512, 512), borderMode=cv2.BORDER_REFLECT), mask, flat.copy())
        cv2.ellipse(picture, (225, 165), (20, round(1 + 8 * abs(np.sin(n / rate * 13)))), 0, 0, 360, (90, 20, 30), -1)
        yield picture


def decoded(data):
    """(times, brightnesses, sound from its own first time stamp on placed from second 0 on)."""
    with av.open(io.BytesIO(data)) as film:
        pictures = [(frame.time, float(frame.to_ndarray(format="gray").mean())) for frame in film.decode(video=0)]
    with av.open(io.BytesIO(data)) as film:
        sound = np.zeros(round(40 * RATE), np.float32)
        for frame in film.decode(audio=0):
            start = round(frame.time * RATE)
            part = frame.to_ndarray()[0][max(0, -start):]
            sound[max(0, start):max(0, start) + len(part)] = part
    return [time for time, _ in pictures], [grey for _, grey in pictures], sound


@pytest.mark.parametrize("rate", [24, 30, 29.97, 12.5])
def test_sound_and_picture_are_together_in_the_decoded_file(rate):
    """A click with every flash, one each half second: ±20 ms is wanted, the first and the last alike."""
    every = round(rate / 2)
    seconds = 4 * rate / rate
    data = clip_bytes(flashes(round(seconds * rate), every), rate, clicks(seconds, every / rate), ".mp4")
    times, greys, sound = decoded(data)
    seen = [time for time, grey in zip(times, greys) if grey > 128]
    assert len(seen) >= 7
    loud = np.flatnonzero(np.abs(sound) > 0.2) / RATE
    heard = loud[np.diff(loud, prepend=-1) > 0.2]
    assert len(heard) == len(seen)
    np.testing.assert_allclose(heard, seen, atol=0.005)


def test_an_mp4_that_every_phone_plays():
    data = clip_bytes(flashes(45, 9, 65), 30, speech(1.5), ".mp4")
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(io.BytesIO(data)) as film:
        video, audio = film.streams.video[0], film.streams.audio[0]
        codec = video.codec_context
        assert (codec.name, codec.pix_fmt, codec.width, codec.height, video.average_rate, video.frames) == ("h264", "yuv420p", 64, 64, 30, 45)
        assert (codec.colorspace, codec.color_primaries, codec.color_trc, codec.color_range) == (1, 1, 1, 1)
        assert (audio.codec_context.name, audio.codec_context.sample_rate, audio.codec_context.channels) == ("aac", RATE, 1)
        assert video.start_time == 0
    assert b"elst" in data


def test_colours_come_back():
    colours = [(230, 180, 160), (40, 30, 30), (250, 250, 250), (200, 60, 80)]
    picture = np.concatenate([np.full((64, 32, 3), colour, np.uint8) for colour in colours], axis=1)
    with av.open(io.BytesIO(clip_bytes([picture] * 10, 30, None, ".mp4"))) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert not film.streams.audio
    for n, colour in enumerate(colours):
        np.testing.assert_allclose(frames[5][32, 32 * n + 16], colour, atol=4)


@pytest.mark.parametrize("seconds", [0.5, 3.0])
def test_the_clip_is_as_long_as_its_pictures(seconds):
    """Sound that is longer ends with them, softly; sound that is shorter leaves the rest silent."""
    tone = Sound(0.5 * np.sin(2 * np.pi * 400 * np.arange(round(seconds * RATE)) / RATE))
    times, _, sound = decoded(clip_bytes(flashes(60, 2), 30, tone, ".mp4"))
    assert times[-1] == pytest.approx(59 / 30, abs=0.001)
    last = np.flatnonzero(np.abs(sound) > 0.05)[-1] / RATE
    assert last == pytest.approx(min(seconds, 2.0), abs=0.03)
    if seconds > 2:
        assert np.abs(np.diff(sound[round(1.9 * RATE):])).max() < 0.04                    # 0.026 is the tone's own; no click


@pytest.mark.parametrize(("kind", "most_kb", "side"), [(".mp4", 200, 512), (".webp", 250, WEBP_PX)])
def test_a_clip_is_small_enough(photo, kind, most_kb, side):
    seconds = 5 if kind == ".mp4" else 2.5
    data = clip_bytes(talking(photo, seconds), 30, speech(seconds), kind)
    assert len(data) < most_kb * 1000
    if kind == ".mp4":
        with av.open(io.BytesIO(data)) as film:
            assert (film.streams.video[0].frames, film.streams.video[0].width) == (150, side)
    else:
        with Image.open(io.BytesIO(data)) as moving:
            assert moving.width == side
            assert 33 <= moving.n_frames <= 38                                            # two that are alike may be one
            assert length_ms(moving) == pytest.approx(2500, abs=35)


def test_a_gif_takes_its_time_and_its_size(photo):
    with Image.open(io.BytesIO(clip_bytes(talking(photo, 0.8), 30, None, ".gif"))) as gif:
        assert gif.size == (GIF_PX, GIF_PX)
        assert gif.info["loop"] == 0
        assert length_ms(gif) == pytest.approx(800, abs=41)                              # whole pictures of 80 ms


def test_white_paper_stays_white_in_a_gif():
    rng = np.random.default_rng(0)
    noisy = np.full((64, 64, 3), 255, np.uint8)
    noisy[:16] = rng.integers(0, 255, (16, 64, 3))
    with Image.open(io.BytesIO(clip_bytes([noisy, np.roll(noisy, 3, axis=1)], 10, None, ".gif"))) as gif:
        assert (np.asarray(gif.convert("RGB"))[20:] == 255).all()


def length_ms(moving):
    total = 0
    for n in range(moving.n_frames):
        moving.seek(n)
        moving.load()
        total += moving.info["duration"]
    return total


@pytest.mark.parametrize("kind", [".webp", ".gif"])
def test_what_moves_in_a_loop_looks_like_the_picture(photo, kind):
    pictures = list(talking(photo, 0.5, 10))
    with Image.open(io.BytesIO(clip_bytes(pictures, 10, None, kind))) as loop:
        loop.seek(3)
        side = loop.width
        seen = np.asarray(loop.convert("RGB")).astype(int)
    meant = cv2.resize(pictures[3], (side, side), interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(seen - meant).mean() < 6


def test_long_loops_are_cut_and_say_so(tmp_path):
    taken = []
    endless = (taken.append(n) or picture for n, picture in enumerate(flashes(10_000, 5, 16)))
    notes = write_clip(endless, 30, None, tmp_path / "a.gif")
    assert "first 15 s" in notes[0]
    assert len(taken) < LOOP_S * 30 + 5                                                   # no more is drawn than is shown
    assert write_clip(flashes(30, 5, 16), 30, None, tmp_path / "b.gif") == ()


def test_a_slower_rate_shows_what_would_be_seen_at_the_moment():
    assert list(at_rate(range(10), 30, 15, 9)) == [0, 2, 4, 6, 8]
    assert list(at_rate(range(10), 10, 10, 9)) == list(range(10))
    assert list(at_rate(range(30), 30, 12.5, 9)) == [0, 2, 4, 7, 9, 12, 14, 16, 19, 21, 24, 26, 28]
    assert list(at_rate(itertools.count(), 30, 15, 0.2)) == [0, 2, 4]
    assert durations(15, 15, 0.001)[:3] == [67, 66, 67]
    assert sum(durations(150, 12, 0.01)) == 1250


def test_memory_does_not_grow_with_an_mp4():
    """Pictures are taken one by one: hardly any is waiting while the next is made."""
    alive, most = set(), 0

    class Counted(np.ndarray):
        def __del__(self):
            alive.discard(id(self))

    def pictures():
        nonlocal most
        for n in range(120):
            picture = np.full((64, 64, 3), n, np.uint8).view(Counted)
            alive.add(id(picture))
            most = max(most, len(alive))
            yield picture
            del picture

    clip_bytes(pictures(), 30, None, ".mp4")
    assert most < 10


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_whole_or_not_there(tmp_path, kind):
    path = tmp_path / f"a{kind}"
    counts = []
    write_clip(flashes(7, 2), 10, speech(0.7), path, counts.append)
    assert counts == list(range(1, 8))
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()
    before = path.read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        write_clip(flashes(7, 2), 10, None, path)

    def broken():
        yield from flashes(3, 2)
        raise RuntimeError("the puppet broke")

    with pytest.raises(RuntimeError):
        write_clip(broken(), 10, None, tmp_path / f"b{kind}")

    def slow():
        yield from flashes(3, 2)
        (tmp_path / f"c{kind}").write_bytes(b"somebody else's")

    with pytest.raises(UsageError, match="exists already"):
        write_clip(slow(), 10, None, tmp_path / f"c{kind}")
    assert sorted(file.name for file in tmp_path.iterdir()) == [path.name, f"c{kind}"]
    assert path.read_bytes() == before
    assert (tmp_path / f"c{kind}").read_bytes() == b"somebody else's"


def _umask():
    umask = os.umask(0)
    os.umask(umask)
    return umask


def test_where_files_have_no_links_nothing_is_replaced_either(tmp_path, monkeypatch):
    def no_links(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    write_clip(flashes(3, 2), 10, None, tmp_path / "a.gif")
    assert [file.name for file in tmp_path.iterdir()] == ["a.gif"]


def test_a_full_disk_is_said_plainly(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UsageError, match="No space left on device"):
        write_clip(flashes(3, 2), 10, None, tmp_path / "a.gif")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("pictures", "rate", "words"), [
    ([], 30, "at least one picture"), ([np.zeros((64, 64, 3), np.float32)], 30, "uint8"), ([np.zeros((64, 64), np.uint8)], 30, "uint8"),
    ([np.zeros((64, 64, 4), np.uint8)], 30, "uint8"), ([np.zeros((8, 64, 3), np.uint8)], 30, "64×8"),
    ([np.zeros((16, 5000, 3), np.uint8)], 30, "5000×16"),
    ([np.zeros((64, 64, 3), np.uint8), np.zeros((64, 66, 3), np.uint8)], 30, "picture 2"), ([np.zeros((64, 64, 3), np.uint8)], 0, "1 to 120"),
    ([np.zeros((64, 64, 3), np.uint8)], float("nan"), "1 to 120")])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_clip_is_said_plainly(pictures, rate, words, kind):
    with pytest.raises(UsageError, match=words):
        clip_bytes(pictures, rate, None, kind)


def test_targets(tmp_path):
    for path, words in [(tmp_path / "a.avi", ".mp4, .webp, .gif"), (tmp_path / "none" / "a.mp4", "no folder"), (tmp_path / "a", "must end")]:
        with pytest.raises(UsageError, match=words):
            check_target(path)
    with pytest.raises(UsageError, match="no clip of kind"):
        clip_bytes([], 30, None, ".apng")


def test_one_picture_is_a_clip():
    for kind in KINDS:
        assert len(clip_bytes(flashes(1, 1), 30, Sound(np.zeros(0, np.float32)), kind)) > 30
