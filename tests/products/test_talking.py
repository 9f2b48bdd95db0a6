"""Talking clips from files: whatever comes in, a clip, a calm result, or one plain line."""

import wave
from itertools import pairwise

import av
import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from booth.errors import UsageError
from booth.products.driving import follow
from booth.products.talking import MOST_S, ahead, talk_files
from booth.puppet.rig import load_rig


def write_wav(path, samples, rate=48000, channels=1):
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes((np.clip(np.repeat(samples[:, None], channels, 1), -1, 1) * 32767).astype("<i2").tobytes())
    return path


def buzz(seconds, rate=48000):
    t = np.arange(round(seconds * rate)) / rate
    return 0.2 * sum(np.sin(2 * np.pi * 140 * k * t) / k for k in range(1, 12)) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * t))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, photo):
    folder = tmp_path_factory.mktemp("talk")
    Image.fromarray(photo[:420, 60:420]).save(folder / "astronaut.jpg", quality=92)
    write_wav(folder / "said.wav", buzz(1.0))
    return folder


@pytest.fixture(scope="module")
def film(folder, photo):
    """The astronaut for a second, then an empty wall."""
    path = folder / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=15)
        stream.width, stream.height, stream.pix_fmt = 360, 420, "yuv420p"
        for k in range(24):
            picture = np.roll(photo[:420, 60:420], k % 4, axis=1) if k < 15 else np.full((420, 360, 3), 150, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        container.mux(stream.encode())
    return path


def test_a_photo_says_what_was_recorded_and_its_rig_can_be_used_again(folder):
    target, rig = folder / "out.mp4", folder / "rig.json"
    assert talk_files([folder / "astronaut.jpg"], folder / "said.wav", None, target, size=256, rig=rig) == ()
    with av.open(str(target)) as clip:
        pictures = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    with av.open(str(target)) as clip:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in clip.decode(audio=0)])
    assert pictures[0].shape == (256, 256, 3)
    assert 1.0 <= len(pictures) / 30 <= 2.0
    assert np.abs(heard[:40000]).max() > 0.1
    lower = [picture[120:230].astype(int) for picture in pictures[2:28]]
    assert max(np.abs(a - b).max() for a, b in pairwise(lower)) > 40                  # the mouth moves
    kept = load_rig(rig)
    assert len(kept.mesh) == 478
    small = folder / "small.png"
    Image.fromarray(data.astronaut()[:300, 60:360]).save(small)
    with pytest.raises(UsageError, match="name another file"):
        talk_files([small], folder / "said.wav", None, folder / "other.mp4", size=128, rig=rig)
    with pytest.raises(UsageError, match="exists"):
        talk_files([folder / "astronaut.jpg"], folder / "said.wav", None, target)


def test_a_face_that_leaves_is_held_and_rests(film, folder):
    driven = follow(film, 60.0)
    assert driven.rate == 15
    assert len(driven.points) == 24
    assert all(points is not None for points in driven.points[:14])
    assert all(points is None for points in driven.points[17:])
    assert not driven.cut
    assert len(follow(film, 0.5).points) <= 8
    assert talk_files([folder / "astronaut.jpg"], None, film, folder / "driven.webp", size=128) == ()
    with Image.open(folder / "driven.webp") as moving:
        assert moving.n_frames > 10


def test_what_is_no_speech_is_a_calm_clip_with_a_note(folder):
    silent = write_wav(folder / "silent.wav", np.zeros(24000), 8000, 2)
    notes = talk_files([folder / "astronaut.jpg"], silent, None, folder / "silent.gif", size=128)
    assert any("nothing is heard" in note for note in notes)


@pytest.mark.parametrize(("sound", "words"), [("missing.wav", "no such file"), ("empty.wav", "no sound in it"), ("text.wav", "not a sound")])
def test_a_sound_that_is_none_is_one_plain_line(folder, sound, words):
    write_wav(folder / "empty.wav", np.zeros(0))
    (folder / "text.wav").write_text("this is not a recording")
    with pytest.raises(UsageError, match=words):
        talk_files([folder / "astronaut.jpg"], folder / sound, None, folder / "never.mp4")
    assert not (folder / "never.mp4").exists()


def test_a_still_without_a_face_and_other_wrong_use(folder):
    Image.fromarray(data.coffee()).save(folder / "coffee.jpg")
    said, astronaut, never = folder / "said.wav", folder / "astronaut.jpg", folder / "never.mp4"
    for stills, words, more in (
            ([folder / "coffee.jpg"], "no face", {}), ([astronaut] * 17, "one to 16", {}), ([astronaut], "mood", {"mood": "sleepy"}),
            ([astronaut], "even number", {"size": 333}), ([astronaut], "no style", {"style": "oil"})):
        with pytest.raises(UsageError, match=words):
            talk_files(stills, said, None, never, **more)
    with pytest.raises(UsageError, match="must end in"):
        talk_files([astronaut], said, None, folder / "clip.avi")
    with pytest.raises(UsageError, match="no face was found"):
        follow(wall(folder), MOST_S)
    assert not never.exists()


def wall(folder):
    path = folder / "wall.avi"
    out = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (320, 240))
    for _ in range(6):
        out.write(np.full((240, 320, 3), 90, np.uint8))
    out.release()
    return path


def test_pictures_made_ahead_come_in_order_and_faults_with_them():
    assert list(ahead(iter(range(50)))) == list(range(50))

    def broken():
        yield 1
        raise UsageError("halfway")

    taken = ahead(broken())
    assert next(taken) == 1
    with pytest.raises(UsageError, match="halfway"):
        next(taken)
    first = ahead(iter(range(1000)))                                   # who takes no more leaves no thread behind
    assert next(first) == 0
    first.close()
