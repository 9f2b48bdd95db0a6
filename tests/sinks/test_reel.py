"""The event's reel: the right moments, in order, with their titles and their sound."""

from __future__ import annotations

import av
import numpy as np
import pytest

from booth.errors import UsageError
from booth.sinks.recording import recordings
from booth.sinks.reel import Moment, make_reel
from tests.sinks.programmes import BEGIN, DAY, HEIGHT, WIDTH, pictures, plain, recording

START = DAY + BEGIN


def letter(words: str, width: int, height: int) -> np.ndarray:
    """A bar that ends where the words do."""
    ink = np.zeros((height, width), np.uint8)
    ink[:, 20:len(words)] = 255
    return ink


def level(second: int) -> int:
    return 30 + 15 * second


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """12 s in two files; each second has its own grey and its own tone."""
    folder = tmp_path_factory.mktemp("day")
    with recording(folder, minutes=0.1) as show:
        for tick in range(360):
            at = tick / 30
            tone = 0.4 * np.sin(2 * np.pi * 200 * (1 + int(at)) * (at + np.arange(1600) / 48_000))
            show.recorder.hear(tone.astype(np.float32), BEGIN + at)
            show.show(plain(level(int(at))), BEGIN + at)
    assert len(recordings(folder)) == 2
    return folder


def shown(path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N, H, W) grey · (M,) sound · (K,) the greys' levels in the upper left corner."""
    with av.open(str(path)) as container:
        grey = np.stack([frame.to_ndarray(format="rgb24")[..., 0] for frame in container.decode(video=0)])
    with av.open(str(path)) as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    return grey, sound, grey[:, 5, 5].astype(int)


def pitch(sound: np.ndarray, second: float) -> float:
    part = sound[int((second + 0.2) * 48_000):][:24_000] * np.hanning(24_000)
    return float(np.abs(np.fft.rfft(part)).argmax() * 2)


def test_moments_are_joined_by_time_with_their_pictures_and_their_sound(day, tmp_path):
    reel = make_reel(day, [Moment(START + 9, START + 11, "b"), Moment(START + 1, START + 3, "a")], tmp_path / "reel.mp4", letter)
    assert [moment.title for moment in reel.shown] == ["a", "b"]
    assert reel.seconds == pytest.approx(4, abs=0.04)
    assert pictures(reel.path) == round(reel.seconds * 30)
    _, sound, levels = shown(reel.path)
    assert levels[[15, 45, 75, 105]] == pytest.approx([level(1), level(2), level(9), level(10)], abs=4)
    assert [pitch(sound, second) for second in range(4)] == pytest.approx([400, 600, 2000, 2200], abs=20)
    assert len(sound) / 48_000 == pytest.approx(reel.seconds, abs=0.05)


def test_a_moment_over_two_recordings_has_no_seam(day, tmp_path):
    reel = make_reel(day, [Moment(START + 5, START + 8)], tmp_path / "reel.mp4", letter)
    _, sound, levels = shown(reel.path)
    assert len(levels) == 90
    assert levels[[15, 45, 75]] == pytest.approx([level(5), level(6), level(7)], abs=4)
    assert [pitch(sound, second) for second in range(3)] == pytest.approx([1200, 1400, 1600], abs=20)


def test_the_title_is_there_for_its_time_only(day, tmp_path):
    reel = make_reel(day, [Moment(START, START + 5, "x" * 60)], tmp_path / "reel.mp4", letter)
    grey, _, _ = shown(reel.path)
    corner = grey[:, HEIGHT // 2:, :WIDTH // 2]
    assert (corner[45] > 200).any()                             # paper
    assert (corner[45] < 30).any()                              # ink
    assert np.ptp(corner[0].astype(int)) < 12
    assert np.ptp(corner[-10].astype(int)) < 12


def test_moments_that_overlap_are_not_seen_twice(day, tmp_path):
    reel = make_reel(day, [Moment(START + 1, START + 4), Moment(START + 3, START + 5)], tmp_path / "reel.mp4", letter)
    assert reel.seconds == pytest.approx(4, abs=0.07)


def test_what_was_not_recorded_is_told(day, tmp_path):
    never = Moment(START + 900, START + 905, "never")
    reel = make_reel(day, [never, Moment(START + 1, START + 2)], tmp_path / "reel.mp4", letter)
    assert reel.missed == (never,)
    with pytest.raises(UsageError, match="no recording"):
        make_reel(day, [never], tmp_path / "other.mp4", letter)


def test_a_target_that_is_there_stays(day, tmp_path):
    (tmp_path / "reel.mp4").write_bytes(b"mine")
    with pytest.raises(UsageError, match="new"):
        make_reel(day, [Moment(START, START + 2)], tmp_path / "reel.mp4", letter)
    with pytest.raises(UsageError, match="new"):
        make_reel(day, [Moment(START, START + 2)], tmp_path / "nowhere" / "reel.mp4", letter)
    assert (tmp_path / "reel.mp4").read_bytes() == b"mine"
    assert [path.name for path in tmp_path.iterdir()] == ["reel.mp4"]
