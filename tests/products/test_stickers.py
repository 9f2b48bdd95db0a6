"""Stickers: within every messenger's limits, without a background, in their place."""

import io
import zipfile

import av
import numpy as np
import pytest
from PIL import Image

from booth.audio.soundfile import RATE, Sound
from booth.errors import UsageError
from booth.products.stickers import SIDE_PX, write_stickers


def figure(count, size=(200, 160)):
    """A striped disc that grows, off the middle of an empty picture."""
    y, x = np.mgrid[:size[0], :size[1]]
    for n in range(count):
        picture = np.full((*size, 4), 40, np.uint8)
        picture[..., 0] = 200
        picture[..., 1] = (x // 8 % 2) * 60
        picture[..., 3] = ((x - 60) ** 2 + (y - 120) ** 2 < (30 + 10 * n / count) ** 2) * 255
        yield picture


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    """A pack of 2 s with sound, name → contents."""
    path = tmp_path_factory.mktemp("stickers") / "pack.zip"
    assert write_stickers(figure(24), 12, Sound(np.full(RATE, 0.1, np.float32)), path) == ()
    assert [file.name for file in path.parent.iterdir()] == ["pack.zip"]
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def pictures(data):
    """([RGBA], [shown ms])."""
    with Image.open(io.BytesIO(data)) as image:
        out, shown = [], []
        for n in range(image.n_frames):
            image.seek(n)
            out.append(np.asarray(image.convert("RGBA")))
            shown.append(image.info.get("duration", 0))
        return out, shown


def test_what_is_in_a_pack(pack):
    assert set(pack) == {"whatsapp.webp", "whatsapp_still.webp", "line.png", "telegram.webm", "sticker.png", "sticker.mp4"}


@pytest.mark.parametrize(("name", "most_kb", "size"), [("whatsapp.webp", 500, (512, 512)), ("whatsapp_still.webp", 100, (512, 512)),
                                                       ("line.png", 300, (270, 270)), ("sticker.png", 512, (512, 512))])
def test_size_and_transparency(pack, name, most_kb, size):
    assert len(pack[name]) <= most_kb * 1000
    for picture in pictures(pack[name])[0]:
        assert picture.shape[1::-1] == size
        side = size[0]
        alpha = picture[..., 3]
        assert alpha[0, 0] == alpha[-1, -1] == 0
        assert alpha[side // 2, side // 2] == 255
        assert abs(int(picture[side // 2, side // 2, 0]) - 200) < 25


def test_times(pack):
    _, shown = pictures(pack["whatsapp.webp"])
    assert sum(shown) == pytest.approx(2000, abs=2)
    assert min(shown) >= 8
    _, shown = pictures(pack["line.png"])
    assert 5 <= len(shown) <= 20
    assert sum(shown) == pytest.approx(2000, abs=2)


def test_the_figure_fills_the_square_and_keeps_its_place(pack):
    alpha = [picture[..., 3] > 128 for picture in pictures(pack["whatsapp.webp"])[0]]
    largest = alpha[-1]
    rows = np.flatnonzero(largest.any(axis=1))
    assert 0.88 < (rows[-1] - rows[0]) / SIDE_PX < 0.96
    first = np.argwhere(alpha[0]).mean(axis=0)
    np.testing.assert_allclose(first, np.argwhere(largest).mean(axis=0), atol=3)
    assert alpha[0].sum() < 0.75 * largest.sum()


def test_telegram_takes_it(pack):
    assert len(pack["telegram.webm"]) <= 256_000
    with av.open(io.BytesIO(pack["telegram.webm"])) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.width, stream.codec_context.height) == ("vp9", 512, 512)
        assert stream.metadata.get("alpha_mode") == "1"
        assert not film.streams.audio
        codec = av.CodecContext.create("libvpx-vp9", "r")                        # FFmpeg's own decoder leaves transparency out
        frame = next(frame for packet in film.demux(stream) for frame in codec.decode(packet))
    alpha = frame.to_ndarray(format="rgba")[..., 3]
    assert alpha[2, 2] < 10
    assert alpha[256, 256] > 245


def test_with_sound_it_is_a_video_on_white(pack):
    with av.open(io.BytesIO(pack["sticker.mp4"])) as film:
        assert film.streams.audio[0].codec_context.name == "aac"
        picture = next(film.decode(video=0)).to_ndarray(format="rgb24")
    assert picture[4, 4].min() > 245


def test_a_folder_and_no_sound(tmp_path):
    write_stickers(figure(5), 10, None, tmp_path / "pack")
    names = {"whatsapp.webp", "whatsapp_still.webp", "line.png", "telegram.webm", "sticker.png"}
    assert {file.name for file in (tmp_path / "pack").iterdir()} == names
    assert [file.name for file in tmp_path.iterdir()] == ["pack"]


def test_one_picture_is_enough(tmp_path):
    write_stickers(figure(1), 10, None, tmp_path / "one")
    assert len(pictures((tmp_path / "one" / "whatsapp.webp").read_bytes())[0]) == 1


@pytest.mark.parametrize(("made", "words"), [([], "at least one"), ([np.zeros((64, 64, 4), np.uint8)], "cannot be seen"),
                                             ([np.zeros((64, 64, 3), np.uint8)], r"\(height, width, 4\)")])
def test_what_is_no_sticker_is_said_plainly(tmp_path, made, words):
    with pytest.raises(UsageError, match=words):
        write_stickers(made, 10, None, tmp_path / "pack.zip")
    assert not list(tmp_path.iterdir())


def test_nothing_is_replaced(tmp_path):
    (tmp_path / "pack.zip").write_bytes(b"mine")
    with pytest.raises(UsageError, match="exists already"):
        write_stickers(figure(2), 10, None, tmp_path / "pack.zip")
    with pytest.raises(UsageError, match="1 to 120"):
        write_stickers(figure(2), 0, None, tmp_path / "b.zip")
