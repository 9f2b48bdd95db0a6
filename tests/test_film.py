"""Event videos: drawn whole, with their sound, and again after a kill."""

import subprocess
import sys
import time

import av
import cv2
import numpy as np
import pytest

from booth import film
from booth.errors import UsageError
from booth.film import draw_film, open_source
from booth.settings import Settings

RATE = 15


def make_film(path, photo, seconds=2.0, sound="aac", size=(480, 360)):
    """The portrait, swaying, with a tone whose pitch is 440 Hz."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        audio = out.add_stream(sound, rate=24000) if sound else None
        for k in range(round(seconds * RATE)):
            move = np.float32([[0.94, 0, 8 * np.sin(k / 5)], [0, 0.94, 4 * np.cos(k / 4)]])
            picture = cv2.warpAffine(photo, move, (512, 512), borderMode=cv2.BORDER_REPLICATE)[:384]
            out.mux(video.encode(av.VideoFrame.from_ndarray(cv2.resize(picture, size), format="rgb24")))
        out.mux(video.encode())
        if audio is not None:
            wave = (np.sin(np.arange(round(seconds * 24000)) / 24000 * 2 * np.pi * 440) * 9000).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(wave[None], format="s16", layout="mono")
            frame.rate = 24000
            out.mux(audio.encode(frame))
            out.mux(audio.encode())
    return path


def describe(path):
    with av.open(str(path)) as container:
        times = [f.time for f in container.decode(container.streams.video[0])]
        size = container.streams.video[0].width, container.streams.video[0].height
        sound = container.streams.audio[0].codec_context.name if container.streams.audio else None
        return times, size, sound, float(container.duration or 0) / av.time_base


def test_a_film_keeps_its_length_its_pictures_and_its_sound(tmp_path, photo):
    source = make_film(tmp_path / "in.mp4", photo)
    assert draw_film(source, tmp_path / "out.mp4", Settings(style="office")) == 2 * RATE
    before, after = describe(source), describe(tmp_path / "out.mp4")
    assert np.allclose(before[0], after[0], atol=0.003)
    assert after[1] == (960, 720)                                # small films are drawn larger
    assert after[2] == "aac"
    assert after[3] == pytest.approx(before[3], abs=0.15)
    assert list(tmp_path.glob("*.parts")) == []
    with av.open(str(tmp_path / "out.mp4")) as container:
        first = next(container.decode(container.streams.video[0])).to_ndarray(format="rgb24")
    flat = (np.abs(np.diff(first.astype(int), axis=1)).max(-1) <= 2).mean()
    assert flat > 0.6                                            # a drawing


def test_a_film_without_sound_and_one_whose_sound_must_be_encoded(tmp_path, photo):
    draw_film(make_film(tmp_path / "mute.mp4", photo, 0.6, sound=None), tmp_path / "a.mp4", Settings())
    assert describe(tmp_path / "a.mp4")[2] is None
    draw_film(make_film(tmp_path / "pcm.mkv", photo, 0.6, sound="pcm_s16le"), tmp_path / "b.mp4", Settings(each=True))
    assert describe(tmp_path / "b.mp4")[2] == "aac"


SHORT_PARTS = "import sys; from booth import __main__, film; film.PART_S = 1.0; sys.exit(__main__.main(sys.argv[1:]))"


def test_after_a_kill_it_goes_on_and_loses_nothing(tmp_path, photo, monkeypatch):
    source = make_film(tmp_path / "in.mp4", photo, 4.0)
    command = [sys.executable, "-c", SHORT_PARTS, "video", str(source), str(tmp_path / "out.mp4")]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    parts, deadline = tmp_path / "out.mp4.parts", time.monotonic() + 60
    try:
        while not (parts / "00000.nut").exists():
            assert time.monotonic() < deadline
            assert run.poll() is None
            time.sleep(0.02)
    finally:
        run.kill()
        run.wait()
    monkeypatch.setattr(film, "PART_S", 1.0)
    assert not (tmp_path / "out.mp4").exists()
    first = (parts / "00000.nut").stat()
    with pytest.raises(UsageError, match="--resume"):
        draw_film(source, tmp_path / "out.mp4", Settings())
    with pytest.raises(UsageError, match="another film or character"):
        draw_film(source, tmp_path / "out.mp4", Settings(style="night"), resume=True)
    assert (parts / "00000.nut").stat().st_mtime_ns == first.st_mtime_ns
    assert draw_film(source, tmp_path / "out.mp4", Settings(), resume=True) == 4 * RATE
    assert np.allclose(describe(source)[0], describe(tmp_path / "out.mp4")[0], atol=0.003)


def test_nothing_saved_is_overwritten_and_wrong_names_are_told(tmp_path, photo):
    source = make_film(tmp_path / "in.mp4", photo, 0.4)
    (tmp_path / "there.mp4").write_bytes(b"mine")
    with pytest.raises(UsageError, match="exists already"):
        draw_film(source, tmp_path / "there.mp4", Settings())
    assert (tmp_path / "there.mp4").read_bytes() == b"mine"
    with pytest.raises(UsageError, match="must end in"):
        draw_film(source, tmp_path / "out.gif", Settings())
    with pytest.raises(UsageError, match="no folder"):
        draw_film(source, tmp_path / "no" / "out.mp4", Settings())
    (tmp_path / "text.mp4").write_text("hello")
    for bad, words in ((tmp_path / "none.mp4", "no such file"), (tmp_path / "text.mp4", "not a video")):
        with pytest.raises(UsageError, match=words):
            open_source(bad)


def test_a_failure_in_a_thread_is_told_and_leaves_no_half_part(tmp_path, photo, monkeypatch):
    source = make_film(tmp_path / "in.mp4", photo, 1.0)

    def broken(self, at, picture):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(film._Part, "add", broken)
    with pytest.raises(OSError, match="No space"):
        draw_film(source, tmp_path / "out.mp4", Settings())
    assert not (tmp_path / "out.mp4").exists()
    assert not list((tmp_path / "out.mp4.parts").glob("*.nut"))
