"""A rig is mended with the mouse, and saved."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from booth import resources
from booth.products.still import load_photo
from booth.puppet.mending import dragged, handles, resized
from booth.puppet.rig import load_rig
from booth.ui.rig_editor import RigEditor

FOLDER = resources.assets() / "puppets"


@pytest.fixture(scope="module")
def rig():
    return load_rig(FOLDER / "host.rig.json")


def test_a_point_goes_where_it_is_dragged_and_its_neighbours_follow(rig):
    before = handles(rig)
    key = "lips", "lower_inner"
    to = before[key][5] + [0, 20]
    after = handles(dragged(rig, *key, 5, tuple(to)))
    assert np.allclose(after[key][5], to)
    moved = (after[key] - before[key])[:, 1]
    assert moved[5] > moved[4] > moved[3] >= moved[1] >= 0
    assert all(np.array_equal(after[k], before[k]) for k in before if k[0] != "lips")
    assert dragged(rig, *key, 5, tuple(to)).lips.confidence == 1


def test_a_whole_eye_moves_with_its_iris_and_its_area(rig):
    corner = handles(rig)["left eye", "upper"][0]
    moved = dragged(rig, "left eye", "upper", 0, tuple(corner + [7, -3]), whole=True)
    for name in ("upper", "lower", "area"):
        assert np.allclose(np.array(getattr(moved.eyes[1], name)) - np.array(getattr(rig.eyes[1], name)), [7, -3])
    assert np.allclose(np.array(moved.eyes[1].iris) - np.array(rig.eyes[1].iris), [7, -3])
    assert moved.eyes[0] == rig.eyes[0]


def test_nothing_leaves_the_still_and_an_iris_keeps_a_size(rig):
    far = dragged(rig, "lips", "upper_outer", 0, (-500.0, 1e6), whole=True)
    points = np.array(far.lips.upper_outer)
    assert points.min() >= 0
    assert (points <= [rig.width, rig.height]).all()
    assert resized(rig, "right eye", 2).eyes[0].radius == pytest.approx(2 * rig.eyes[0].radius)
    assert resized(rig, "right eye", 0).eyes[0].radius == 0.5


def test_with_the_mouse_in_the_window(qtbot, rig, tmp_path):
    path = tmp_path / "mended.rig.json"
    editor = RigEditor(load_photo(FOLDER / "host.webp"), rig, path)
    qtbot.addWidget(editor)
    editor.resize(1000, 640)
    editor.show()
    qtbot.waitExposed(editor)
    canvas = editor.canvas
    start = canvas.place(handles(rig)["right brow", "line"][2]).toPoint()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(canvas, start + QPoint(0, -18))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(0, -18))
    assert editor.rig.brows[0].line[2][1] < rig.brows[0].line[2][1] - 8 / canvas.scale
    qtbot.waitUntil(lambda: not editor.preview.pixmap().isNull(), timeout=20_000)
    qtbot.mouseClick(editor.save, Qt.MouseButton.LeftButton)
    assert load_rig(path) == editor.rig
