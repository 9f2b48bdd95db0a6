"""A puppet on the signage: it idles alone, and does what somebody's face does."""

import numpy as np
import pytest

from booth.app import load_performer
from booth.errors import UsageError
from booth.pipeline import Seen, Stages, Strangers, draw
from booth.puppet.performer import ALONE_S
from tests.fakes import frame_of

SIZE = (640, 360)


@pytest.fixture(scope="module")
def performer():
    return load_performer(None)


def inside(picture):
    return picture[30:330, 170:470].astype(int)


def test_it_idles_when_nobody_has_been_there_for_a_while(performer):
    assert not performer.on(True, 10.0)
    assert not performer.on(False, 10.0 + ALONE_S - 0.1)
    assert performer.on(False, 10.0 + ALONE_S + 0.1)
    assert not performer.on(True, 30.0)
    pictures = [performer.draw(None, 40 + k / 10, SIZE, SIZE) for k in range(30)]
    assert pictures[0].shape == (360, 640, 3)
    assert np.array_equal(pictures[0][:, :100], pictures[20][:, :100])            # what is around the panel stands still
    assert max(np.abs(inside(p) - inside(pictures[0])).max() for p in pictures) > 30


def test_it_copies_a_face_in_any_shape_of_picture(performer, face):
    wide = face.points.copy()
    wide[[13, 14], 1] += [-6, 14]
    for size in (SIZE, (360, 640)):
        for k in range(8):
            shut = performer.draw(face.points, 100 + k / 10, (512, 512), size)
        for k in range(8):
            opened = performer.draw(wide, 101 + k / 10, (512, 512), size)
        assert shut.shape == opened.shape == (size[1], size[0], 3)
        assert np.abs(shut.astype(int) - opened).max() > 60


def test_nothing_of_the_camera_is_in_its_picture(performer, photo, face):
    """The whole way: a picture full of pattern, a face in it, and the drawing is the same as for another pattern."""
    performer.always = True
    rng = np.random.default_rng(1)
    drawings = []
    for k in range(2):
        frame = frame_of(rng.integers(0, 255, (720, 1280, 3), np.uint8), k, 200.0)
        stages = Stages(None, None, None, None, None, None, None, Wearing(), None, performer=performer)  # type: ignore[arg-type]
        drawings.append(draw(Seen(frame, stages, {}, faces=[face]), Strangers()))
    performer.always = False
    assert drawings[0].take is None
    assert drawings[0].faces == (face.track_id,)
    rows = np.abs(drawings[0].image.astype(int) - drawings[1].image)
    assert rows[:, :200].max() == 0
    assert (rows.max(-1) > 0).mean() < 0.05


class Wearing:
    wardrobe = None


def test_a_still_without_a_face_is_refused_at_the_start(tmp_path):
    from PIL import Image
    from skimage import data
    Image.fromarray(data.coffee()).save(tmp_path / "cup.png")
    with pytest.raises(UsageError, match="no face"):
        load_performer(tmp_path / "cup.png")
    Image.fromarray(data.astronaut()).save(tmp_path / "someone.png")
    (tmp_path / "someone.rig.json").write_bytes((load_path()).read_bytes())
    with pytest.raises(UsageError, match="rig it again"):
        load_performer(tmp_path / "someone.png")


def load_path():
    from booth import resources
    return resources.assets() / "puppets" / "host.rig.json"
