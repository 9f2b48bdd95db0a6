"""Heads painted elsewhere are the same heads, whatever happens to who paints them."""

import time

import numpy as np
import psutil
import pytest

from booth.frame import Adapted, Face, frozen
from booth.render.apart import PainterApart, PainterHere
from booth.render.style import load_style
from booth.translators import make_translator
from booth.vision.cropper import Cropper
from tests.fakes import frame_of

SIZE = (512, 512)
ROMANCE, NIGHT = load_style("romance"), load_style("night")


@pytest.fixture(scope="module")
def adapted(photo, face):
    from booth.render.adapt import Adapter
    translator = make_translator("cpu")
    crops = Cropper().crop(frame_of(photo), [face])
    one, = Adapter().adapt(translator.translate(crops), crops, [face], 0.0)
    translator.close()
    return one


@pytest.fixture
def apart():
    painter = PainterApart()
    assert painter.wait()
    yield painter
    painter.close()


def moved(one: Adapted, by: float, track: int = 1) -> Adapted:
    """The same layers a little further."""
    from dataclasses import replace
    face = Face(track, one.face.box, frozen(one.face.points + np.float32([by, 0, 0])))
    affine = one.stylized.affine.copy()
    affine[:, 2] -= affine[:, 0] * by
    return replace(one, face=face, stylized=replace(one.stylized, affine=affine, track_id=track))


def same(a, b):
    return len(a) == len(b) and all(x.corner == y.corner and np.array_equal(x.image, y.image) and np.array_equal(x.alpha, y.alpha)
                                    for x, y in zip(a, b, strict=True))


def test_heads_are_the_same_and_what_is_known_is_not_sent_again(adapted, apart):
    here = PainterHere()
    counts = []
    for orders in ([(adapted, ROMANCE)], [(moved(adapted, 9), ROMANCE)], [(moved(adapted, 9), NIGHT), (moved(adapted, -40, track=2), ROMANCE)],
                   [(moved(adapted, 2000), ROMANCE)], []):
        heads = apart.begin(SIZE, orders, 1.0)()
        assert same(heads, here.begin(SIZE, orders, 1.0)())
        counts.append(len(heads))
    assert counts == [1, 1, 2, 0, 0]
    assert apart._news(adapted, ROMANCE).stylized is None           # layers as before
    assert apart._news(adapted, NIGHT).style is NIGHT


def test_a_painter_that_was_killed_is_replaced_and_no_head_is_missing(adapted, apart):
    before = apart.begin(SIZE, [(adapted, ROMANCE)], 1.0)()
    psutil.Process(apart._process.pid).kill()
    heads = apart.begin(SIZE, [(moved(adapted, 5), ROMANCE)], 1.0)()
    assert len(before) == len(heads) == 1
    assert apart.wait()
    assert same(apart.begin(SIZE, [(adapted, ROMANCE)], 1.0)(), PainterHere().begin(SIZE, [(adapted, ROMANCE)], 1.0)())


def test_a_painter_that_hangs_is_replaced(adapted, apart, monkeypatch):
    apart.begin(SIZE, [(adapted, ROMANCE)], 1.0)()
    monkeypatch.setattr("booth.render.apart.PATIENCE_S", 0.3)
    hanging = psutil.Process(apart._process.pid)
    hanging.suspend()
    assert len(apart.begin(SIZE, [(adapted, ROMANCE)], 1.0)()) == 1
    assert not hanging.is_running()


def test_nobody_waits_for_a_painter_that_is_still_starting(adapted, monkeypatch):
    painter = PainterApart()
    heads = painter.begin(SIZE, [(adapted, ROMANCE)], 1.0)()
    assert not painter._ready
    assert same(heads, PainterHere().begin(SIZE, [(adapted, ROMANCE)], 1.0)())
    assert painter.wait()
    first = painter._process.pid
    painter._ready = False                                          # one that never says that it is awake
    monkeypatch.setattr("booth.render.apart.START_S", 0.0)
    assert len(painter.begin(SIZE, [(adapted, ROMANCE)], 1.0)()) == 1
    assert painter._process.pid != first
    painter.close()


def test_heads_that_do_not_fit_go_another_way(adapted, monkeypatch):
    monkeypatch.setattr("booth.render.apart.SHARED_BYTES", 4096)
    painter = PainterApart()
    assert painter.wait()
    heads = painter.begin(SIZE, [(adapted, ROMANCE)], 1.0)()
    assert same(heads, PainterHere().begin(SIZE, [(adapted, ROMANCE)], 1.0)())
    painter.close()


def test_nobody_is_left_when_it_ends(adapted):
    painter = PainterApart()
    assert painter.wait()
    painter.begin(SIZE, [(adapted, ROMANCE)], 1.0)()
    process, name = psutil.Process(painter._process.pid), painter._shared.name
    painter.close()
    deadline = time.monotonic() + 2
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not process.is_running()
    from multiprocessing.shared_memory import SharedMemory
    with pytest.raises(FileNotFoundError):
        SharedMemory(name)
