"""The booth without windows: threads, faults, recovery."""

import threading
import time

import cv2
import numpy as np
import pytest

from booth.app import Booth
from booth.cameras.faulty import Faulty
from booth.errors import CameraUnusable, UsageError
from booth.render.style import style_files
from booth.settings import DemoCamera, FolderCamera, Settings, VideoCamera, VisionSettings
from booth.translators.passthrough import PassthroughTranslator
from tests.fakes import CrashingTranslator, ListCamera

WAIT_S = 20.0
EVERYONE = VisionSettings(still_s=0)


def until(condition, timeout=WAIT_S):
    """Wait for ``condition`` to come true; False when it does not in time."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        threading.Event().wait(0.02)
    return True


@pytest.fixture
def rig(photo):
    """A booth on a faulty camera that shows the portrait; stopped at the end."""
    camera = Faulty(ListCamera(cv2.resize(photo, None, fx=2, fy=2)), rate=20)
    booth = Booth(Settings(vision=EVERYONE), translator=PassthroughTranslator, camera=lambda _: camera)
    yield booth, camera
    camera.fault = "none"
    assert booth.stop()


def drawn(booth):
    newest = booth.composites.peek()
    return newest is not None and bool(newest.faces)


def test_it_draws_and_stops_and_draws_again(rig):
    booth, _ = rig
    for _ in range(2):
        seen = booth.composites.put_count
        booth.start()
        booth.start()
        assert until(lambda: booth.composites.put_count > seen + 3 and drawn(booth))  # noqa: B023
        assert booth.stop()
        assert not booth.running
    report = booth.report()
    assert report["errors"] == 0
    assert report["composited"] == booth.composites.put_count
    assert report["first_frame_s"] > 0
    assert report["latency_ms"]["p50"] is None          # nobody has shown anything
    assert report["composite_latency_ms"]["p95"] > 0


def test_a_camera_unplugged_and_plugged_in_again(rig):
    booth, camera = rig
    booth.start()
    assert until(lambda: drawn(booth))
    camera.fault = "lost"
    assert until(lambda: booth.health() != [])
    assert "plug it in again" in booth.health()[0]
    seen = booth.composites.put_count
    camera.fault = "none"
    assert until(lambda: booth.composites.put_count > seen + 2)
    assert until(lambda: booth.health() == [])
    assert camera.opened == 2
    assert camera.closed >= 1


def test_a_camera_missing_at_the_start_is_waited_for(rig):
    booth, camera = rig
    camera.fault = "lost"
    booth.start()
    assert until(lambda: booth.health() != [])
    assert booth.failure() is None
    camera.fault = "none"
    assert until(lambda: drawn(booth))


def test_black_then_light(rig):
    booth, camera = rig
    camera.fault = "black"
    booth.start()
    assert until(lambda: booth.composites.peek() is not None)
    assert booth.composites.peek().calm
    camera.fault = "none"
    assert until(lambda: drawn(booth))


def test_four_to_three(rig, demo):
    booth, _ = rig
    camera = Faulty(demo, rate=20)
    camera.fault = "four_three"
    booth._make_camera = lambda _: camera
    booth.start()
    assert until(lambda: booth.composites.put_count > 3)
    height, width = booth.composites.peek().image.shape[:2]
    assert (width, height) == (1280, 960)


def test_a_bug_in_a_stage_is_counted_and_the_last_picture_stays(photo, caplog):
    camera = Faulty(ListCamera(cv2.resize(photo, None, fx=2, fy=2)), rate=20)
    booth = Booth(Settings(vision=EVERYONE), translator=CrashingTranslator, camera=lambda _: camera)
    booth.start()
    assert until(lambda: booth.stats.errors > 3)
    last = booth.composites.peek()
    assert last is not None                              # from before the face was alive: covered
    assert last.covered == 1
    assert booth.stop()
    assert sum("could not be drawn" in r.message for r in caplog.records) == 1
    caplog.clear()


def test_another_style_between_two_frames(rig):
    booth, _ = rig
    booth.start()
    assert until(lambda: drawn(booth))
    with pytest.raises(UsageError, match="no style"):
        booth.dress(style="nobody")
    booth.dress(style="office")
    seen = booth.composites.put_count
    assert until(lambda: booth.composites.put_count > seen + 3 and drawn(booth))
    assert booth.stats.errors == 0


def style_file(folder, name="mine", enlarge=1.5, more=""):
    (folder / name).mkdir(exist_ok=True)
    path = folder / name / "style.toml"
    path.write_text(f"kind = 'drawn'\n{more}\n[title]\nen = 'Mine'\n[eyes]\nenlarge = {enlarge}\n")
    return path


def test_saving_a_characters_file_shows_it_at_once(photo, tmp_path):
    """A mistake in it changes nothing, and is told until it is mended."""
    path = style_file(tmp_path)
    camera = Faulty(ListCamera(cv2.resize(photo, None, fx=2, fy=2)), rate=20)
    booth = Booth(Settings(vision=EVERYONE, style="mine", styles=tmp_path), translator=PassthroughTranslator, camera=lambda _: camera)
    booth.start()
    assert until(lambda: drawn(booth))
    assert booth.wardrobe.style.eyes.enlarge == 1.5
    booth.dress_one(77, "mine")
    style_file(tmp_path, enlarge=2.0)
    assert until(lambda: booth.wardrobe.style.eyes.enlarge == 2.0)
    assert booth.wardrobe.of(77).eyes.enlarge == 2.0             # whoever chose it for themselves sees it too
    path.write_text("kind = 'drawn'\n[title]\nen = 'Mine'\n[eyes]\nenlarge = 'big'\n")
    assert until(lambda: any("eyes.enlarge" in line for line in booth.health()))
    assert booth.wardrobe.style.eyes.enlarge == 2.0
    style_file(tmp_path, enlarge=1.2)
    assert until(lambda: booth.wardrobe.style.eyes.enlarge == 1.2)
    assert booth.health() == []
    assert booth.stats.errors == 0
    assert booth.stop()


def test_two_characters_mix_and_each_visitor_may_wear_another(rig, tmp_path):
    booth, _ = rig
    style_file(tmp_path)
    booth.settings = booth.settings.model_copy(update={"styles": tmp_path})
    booth.start()
    assert until(lambda: drawn(booth))
    before = booth.composites.peek().image
    booth.dress(style="romance", mix_with="chibi", mix=0.5)
    assert booth.wardrobe.style.face.head == pytest.approx(1.14)
    assert until(lambda: np.abs(booth.composites.peek().image.astype(int) - before).mean() > 1)
    booth.dress(each=True)
    assert len(booth.wardrobe.each) == len(style_files(tmp_path)) == 7
    track = booth.composites.peek().faces[0]
    booth.dress_one(track, "night")
    assert booth.wardrobe.of(track).title["en"] == "Night"
    booth.dress_one(track, None)
    assert booth.wardrobe.of(track).title["en"] != "Night" or track % 7 == sorted(style_files(tmp_path)).index("night")
    with pytest.raises(UsageError):
        booth.dress_one(track, "nobody")
    seen = booth.composites.put_count
    assert until(lambda: booth.composites.put_count > seen + 3)
    assert booth.stats.errors == 0


def test_another_camera(rig, tmp_path, photo):
    booth, _ = rig
    cv2.imwrite(str(tmp_path / "a.png"), np.full((240, 320, 3), 90, np.uint8))
    booth.start()
    assert until(lambda: drawn(booth))
    from booth.cameras import make_camera
    booth._make_camera = make_camera
    booth.set_camera(FolderCamera(folder=tmp_path))
    assert until(lambda: booth.composites.peek().image.shape == (720, 960, 3))
    assert booth.describe_camera().startswith("pictures in")


def test_a_camera_that_can_never_work_is_reported(tmp_path):
    (tmp_path / "x.mp4").write_bytes(b"rubbish" * 100)
    booth = Booth(Settings(camera=VideoCamera(source=str(tmp_path / "x.mp4"))), translator=PassthroughTranslator)
    booth.start()
    assert until(lambda: booth.failure() is not None)
    assert isinstance(booth.failure(), CameraUnusable)
    assert booth.stop()


def test_stop_while_queues_are_full_and_a_stage_raises(demo):
    camera = Faulty(demo, rate=200)
    booth = Booth(Settings(camera=DemoCamera(), vision=EVERYONE), translator=CrashingTranslator, camera=lambda _: camera)
    booth.start()
    assert until(lambda: booth.frames.put_count > 10)
    assert booth.stop()
