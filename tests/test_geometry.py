import numpy as np
import pytest

from booth import facemap as fm
from booth import geometry as g


def test_crop_is_upright_and_sized_by_the_face(face):
    affine = g.crop_affine(face.points, 256)
    p = g.transform(affine, face.points[:, :2])
    eyes = p[[263, 362]].mean(0) - p[[33, 133]].mean(0)
    assert abs(np.arctan2(eyes[1], eyes[0])) < 1e-3
    assert g.face_height(p) == pytest.approx(256 / g.CROP_SPAN, rel=1e-3)


def test_turning_the_picture_turns_the_crop_back(face):
    c, s = np.cos(0.4), np.sin(0.4)
    turn = np.float32([[c, -s, 50], [s, c, -20]])
    turned = np.hstack([g.transform(turn, face.points[:, :2]), face.points[:, 2:]])
    a = g.transform(g.crop_affine(face.points, 256), face.points[:, :2])
    b = g.transform(g.crop_affine(turned, 256), turned[:, :2])
    assert np.abs(a - b).max() < 1.0


def test_invert_undoes_transform():
    affine = g.similarity(np.array([30.0, 40.0]), 0.3, 1.7, 100)
    points = np.float32([[1, 2], [50, 60]])
    assert np.allclose(g.transform(g.invert(affine), g.transform(affine, points)), points, atol=1e-3)


def test_spline_passes_its_points_at_even_steps():
    line = g.spline(np.array([[0, 0], [10, 0], [10, 10]]), 41)
    steps = np.hypot(*np.diff(line, axis=0).T)
    assert np.ptp(steps) < 0.25
    assert np.allclose(line[[0, -1]], [[0, 0], [10, 10]])
    assert np.min(np.hypot(*(line - [10, 0]).T)) < 0.5


def test_displacement_moves_content_to_its_target():
    image = np.zeros((64, 64), np.float32)
    image[30:34, 20:24] = 1
    import cv2
    mx, my = g.displacement_map(np.array([[22.0, 32.0]]), np.array([[30.0, 32.0]]), (64, 64), 10, 4)
    moved = cv2.remap(image, mx, my, cv2.INTER_LINEAR)
    x = (moved.sum(0) * np.arange(64)).sum() / moved.sum()
    assert 26 < x < 31          # the still point everywhere holds some of it back


def test_what_does_not_move_stays_exactly_where_it_is():
    points = np.array([[10.0, 10.0], [50.0, 40.0]])
    mx, my = g.displacement_map(points, points, (64, 80), 10)
    ys, xs = np.mgrid[:64, :80]
    assert np.abs(mx - xs).max() < 1e-3
    assert np.abs(my - ys).max() < 1e-3


def test_openness_follows_lids_and_lips(face):
    shut = face.points.copy()
    for eye in fm.EYES:
        shut[list(eye.upper)] = shut[list(eye.lower)]
    assert fm.eye_openness(face.points, fm.RIGHT_EYE) > 0.2
    assert fm.eye_openness(shut, fm.RIGHT_EYE) < 0.02
    closed = face.points.copy()
    closed[13] = closed[14]
    assert fm.mouth_openness(face.points) > 0.1 > fm.mouth_openness(closed)
    assert abs(fm.head_yaw(face.points)) < 0.5
