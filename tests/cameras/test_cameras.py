import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from booth.cameras import CAMERAS, device, make_camera, parse_camera
from booth.cameras.device import Device
from booth.cameras.folder import Folder
from booth.cameras.video import Video
from booth.errors import CameraLost, CameraUnusable
from booth.latest import Latest
from booth.settings import DemoCamera, DeviceCamera, FolderCamera, VideoCamera
from booth.tasks import CameraTask


def write_video(path: Path, count: int = 5, rate: int = 50, picture: bool = True, sound: bool = False) -> None:
    """A tiny video whose n-th picture has brightness 40·n."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("mpeg4", rate=rate) if picture else None
        audio = out.add_stream("aac", rate=16000) if sound else None
        if video is not None:
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
            for n in range(count):
                frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 40 * n, np.uint8), format="rgb24")
                out.mux(video.encode(frame))
            out.mux(video.encode(None))
        if audio is not None:
            chunk = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            chunk.sample_rate, chunk.time_base, chunk.pts = 16000, Fraction(1, 16000), 0
            out.mux(audio.encode(chunk))
            out.mux(audio.encode(None))


def test_pictures_are_turned_before_anybody_sees_them():
    """For every camera, from the next picture on."""
    picture, now = np.zeros((2, 3, 3), np.uint8), [0]
    picture[0, 0] = 255

    class Still:
        def read(self) -> np.ndarray:
            return picture

    frames, also = Latest(), []
    task = CameraTask(Still(), frames, also.append, lambda: now[0])
    corners = {0: ((2, 3), (0, 0)), 90: ((3, 2), (0, 1)), 180: ((2, 3), (1, 2)), 270: ((3, 2), (2, 0))}
    for now[0], (shape, corner) in corners.items():
        task.step()
        image = frames.take(1).image
        assert image.shape[:2] == shape
        assert image[corner].min() == 255
        assert also[-1].image is image


def test_every_kind_of_settings_has_a_camera(tmp_path):
    for settings in (DemoCamera(), DeviceCamera(device="x"), VideoCamera(source="x"), FolderCamera(folder=tmp_path)):
        assert type(make_camera(settings)) is CAMERAS[settings.kind]
        assert make_camera(settings).describe()


def test_what_the_command_line_may_name(tmp_path):
    video = tmp_path / "a b.mp4"
    video.touch()
    assert parse_camera("demo") == DemoCamera()
    assert parse_camera(str(video)) == VideoCamera(source=str(video))
    assert parse_camera(str(tmp_path)) == FolderCamera(folder=tmp_path)
    assert parse_camera("rtsp://10.0.0.9/x") == VideoCamera(source="rtsp://10.0.0.9/x")
    assert parse_camera("/dev/v4l/by-id/cam") == DeviceCamera(device="/dev/v4l/by-id/cam")
    assert parse_camera("HD1234_serial") == DeviceCamera(device="HD1234_serial")
    with pytest.raises(CameraUnusable, match="no camera, file or folder"):
        parse_camera("missing.mp4")


def test_a_video_plays_in_order_and_begins_again(tmp_path):
    path = tmp_path / "v.mp4"
    write_video(path)
    camera = Video(VideoCamera(source=str(path)))
    camera.open()
    levels = [round(float(camera.read().mean()) / 40) for _ in range(8)]
    camera.close()
    camera.close()
    assert levels == [0, 1, 2, 3, 4, 0, 1, 2]


def test_a_video_that_does_not_loop_ends_as_a_lost_camera(tmp_path):
    path = tmp_path / "v.mp4"
    write_video(path, count=2)
    camera = Video(VideoCamera(source=str(path), loop=False))
    camera.open()
    camera.read(), camera.read()
    with pytest.raises(CameraLost, match="over"):
        camera.read()
    camera.close()


@pytest.mark.parametrize(("content", "words"), [(b"this is no video" * 200, "not a video"), (b"", "not a video"), (None, "no such file")])
def test_files_that_are_no_video(tmp_path, content, words):
    path = tmp_path / "v.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CameraUnusable, match=words):
        Video(VideoCamera(source=str(path))).open()


def test_a_video_without_picture(tmp_path):
    path = tmp_path / "sound.mp4"
    write_video(path, picture=False, sound=True)
    with pytest.raises(CameraUnusable, match="no picture in it"):
        Video(VideoCamera(source=str(path))).open()


def test_a_video_cut_short_says_so(tmp_path):
    whole, cut = tmp_path / "v.avi", tmp_path / "cut.avi"
    write_video(whole, count=30)
    data = bytearray(whole.read_bytes())
    start = data.find(b"movi") + 8
    data[start:start + len(data) // 2] = bytes(len(data) // 2)
    cut.write_bytes(data[:len(data) // 2])
    camera = Video(VideoCamera(source=str(cut)))
    with pytest.raises((CameraUnusable, CameraLost)):
        _play(camera, 40)
    camera.close()


def _play(camera, count):
    camera.open()
    for _ in range(count):
        camera.read()


def test_an_unreachable_stream_is_lost_not_unusable():
    with pytest.raises(CameraLost, match="does not answer"):
        Video(VideoCamera(source="http://127.0.0.1:9/none")).open()


def test_a_folder_shows_its_pictures_in_turn(tmp_path):
    for name, level in (("b.png", 200), ("a.png", 50)):
        Image.new("RGB", (40, 30), (level,) * 3).save(tmp_path / name)
    (tmp_path / "broken.jpg").write_bytes(b"nothing")
    camera = Folder(FolderCamera(folder=tmp_path, seconds_each=0.02, rate=100))
    camera.open()
    assert [int(camera.read().mean()) for _ in range(6)] == [50, 50, 200, 200, 50, 50]
    camera.close()


def test_folder_pictures_are_turned_as_their_exif_says(tmp_path):
    image = Image.new("RGB", (40, 20))
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.jpg", exif=exif)
    camera = Folder(FolderCamera(folder=tmp_path))
    camera.open()
    assert camera.read().shape == (40, 20, 3)


def test_folders_without_pictures(tmp_path):
    with pytest.raises(CameraUnusable, match="no pictures"):
        Folder(FolderCamera(folder=tmp_path)).open()
    (tmp_path / "a.jpg").write_bytes(b"nothing")
    camera = Folder(FolderCamera(folder=tmp_path))
    camera.open()
    with pytest.raises(CameraUnusable, match="none of the pictures"):
        camera.read()


@pytest.mark.skipif(sys.platform != "linux", reason="paths of Linux")
def test_a_webcam_is_found_by_path_or_serial_and_missed_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(device, "BY_ID", tmp_path)
    with pytest.raises(CameraLost, match=r"not plugged in \(found: none\)"):
        Device(DeviceCamera(device="SER123")).open()
    node = tmp_path / "video7"
    node.touch()
    (tmp_path / "usb-Maker_Cam_SER123-video-index0").symlink_to(node)
    assert Device(DeviceCamera(device="SER123"))._locate() == str(node)
    assert Device(DeviceCamera(device=str(tmp_path / "usb-Maker_Cam_SER123-video-index0")))._locate() == str(node)
    with pytest.raises(CameraLost, match="cannot be opened"):
        Device(DeviceCamera(device="SER123")).open()


class SilentCapture:
    def read(self):
        return False, None

    def release(self):
        self.released = True


def test_a_webcam_that_gives_nothing_is_lost_and_let_go():
    camera = Device(DeviceCamera(device="x"))
    camera._capture = capture = SilentCapture()
    with pytest.raises(CameraLost, match="gives no picture"):
        camera.read()
    camera.close()
    assert capture.released
