"""Moving four-cuts: the right pictures in the right order, in files that phones play."""

import io

import av
import numpy as np
import pytest
from PIL import Image

from booth.errors import UsageError
from booth.frame import Drawn
from booth.products.layout import load_layout
from booth.products.moving import MOST_PICTURES, SMALL_PX, _order, _windows, moving
from booth.products.strip import Words

STRIP = load_layout("strip")


def clip(length, hue):
    """A grey that becomes lighter, so that a picture tells its number; the face trembles."""
    out = []
    for n in range(length):
        image = np.full((180, 320, 3), 40 + 20 * n, np.uint8)
        image[..., hue] = 200
        box = np.float32([[140, 40, 180, 80]]) + (n % 2) * 3
        out.append(Drawn(image, box, np.zeros((180, 320), np.uint8)))
    return out


@pytest.fixture(scope="module")
def made():
    return moving(STRIP, [clip(6, 0), clip(6, 1), clip(6, 2), clip(3, 0)], Words("Fair", "2025", "en"), 12)


def greys(pictures, cut):
    """Mean of a channel that moves, in the middle of a cut."""
    y = int(pictures[0].shape[0] * (0.12 + 0.218 * cut))
    return [float(p[y - 4:y + 4, 40:60, 1 if cut != 1 else 0].mean()) for p in pictures]


def test_gif_runs_there_and_back_with_one_palette(made):
    with Image.open(io.BytesIO(made.gif)) as gif:
        assert gif.n_frames == 10
        assert gif.width <= SMALL_PX
        assert gif.info["loop"] == 0
        tables, pictures = [], []
        for number in range(gif.n_frames):
            gif.seek(number)
            tables.append(gif.info.get("duration"))
            pictures.append(np.asarray(gif.convert("RGB")))
    assert set(tables) <= {80, 90}
    assert sum(tables) == pytest.approx(10 / 12 * 1000, abs=10)
    moved = greys(pictures, 0)
    assert moved[:6] == sorted(moved[:6])
    assert moved[1:5] == pytest.approx(moved[9:5:-1], abs=3)
    assert moved[5] - moved[0] > 60
    waits = greys(pictures, 3)
    assert waits[2:6] == pytest.approx([waits[2]] * 4, abs=3)       # the shorter clip waits on its last picture


def test_gif_has_a_single_colour_table(made):
    """Image descriptors, their flag for a table of their own."""
    data, at, own = made.gif, 13 + 3 * 2 ** ((made.gif[10] & 7) + 1), []
    assert data[10] & 0x80
    while data[at] != 0x3B:
        if data[at] == 0x2C:
            flags = data[at + 9]
            own.append(bool(flags & 0x80))
            at += 11 + (flags >> 7) * 3 * 2 ** ((flags & 7) + 1)
        else:
            at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    assert len(own) == 10
    assert not any(own)


def test_mp4_plays_anywhere_and_at_once(made):
    assert made.mp4.index(b"moov") < made.mp4.index(b"mdat")
    with av.open(io.BytesIO(made.mp4)) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate == 12
        pictures = [frame.to_ndarray(format="rgb24") for frame in film.decode(stream)]
    assert len(pictures) == 10
    assert pictures[0].shape == (1800, 600, 3)
    assert np.abs(pictures[0][1796, 300].astype(int) - (255, 250, 242)).max() < 45        # the paper, in its colour
    assert greys(pictures, 0)[5] - greys(pictures, 0)[0] > 60


def test_webp_moves(made):
    with Image.open(io.BytesIO(made.webp)) as webp:
        assert webp.n_frames == 10
        assert webp.width <= SMALL_PX


def test_the_cut_does_not_shake_with_the_face():
    clips = [clip(6, 0)] * 4
    (x0, _, x1, _), *_ = _windows(STRIP, clips)
    assert x1 - x0 > 100
    assert _windows(STRIP, [c[:5] for c in clips])[0][0] == pytest.approx(x0, abs=2)


def test_order():
    assert _order(4, boomerang=True) == [0, 1, 2, 3, 2, 1]
    assert _order(4, boomerang=False) == [0, 1, 2, 3]
    assert _order(1, boomerang=True) == [0]
    assert len(_order(10_000, boomerang=True)) == len(_order(10_000, boomerang=False)) == MOST_PICTURES


def test_one_picture_each_is_enough_and_none_is_refused():
    still = moving(STRIP, [clip(1, 0)] * 4, Words(), 15)
    with Image.open(io.BytesIO(still.gif)) as gif:
        assert gif.n_frames == 1
    with pytest.raises(UsageError, match="at least one picture"):
        moving(STRIP, [clip(1, 0), []], Words(), 15)
