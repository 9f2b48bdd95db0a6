"""Points carried by the picture: they follow a shift, and stay when noise is all that moves."""

import cv2
import numpy as np
import pytest

from booth import facemap as fm
from booth.vision.motion import Motion
from booth.vision.steadypoints import steadied

FIRM = sorted({*fm.OVAL[:9], *fm.OVAL[-9:], 33, 133, 263, 362, 168, 6, 1, 98, 327, 50, 280})


def shifted(photo, dx, dy):
    return cv2.warpAffine(photo, np.float32([[1, 0, dx], [0, 1, dy]]), photo.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize("scale", [1, 4])
@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (2, -1), (-3, 2)])
def test_points_go_with_the_picture(photo, face, scale, dx, dy):
    big = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    points, motion = face.points * scale, Motion()
    assert motion.carry(big, points) is None
    motion.keep(big, points)
    moved = motion.carry(shifted(big, dx * scale, dy * scale), points)
    error = moved[FIRM, :2] - points[FIRM, :2] - np.float32([dx, dy]) * scale
    assert np.abs(np.median(error, 0)).max() < 0.35 * scale


def test_a_nod_is_followed_without_lag_and_noise_is_not(face):
    """The mesh trembles by a pixel, the head swings by thirty: what is drawn swings, and hardly trembles."""
    rng = np.random.default_rng(0)
    swing = lambda k: np.float32([30 * np.sin(k / 4), 12 * np.cos(k / 5), 0])
    last, out, true = face.points * 3 + swing(0), [], []
    for k in range(1, 60):
        now = (face.points * 3 + swing(k)).astype(np.float32)
        carried = last + swing(k) - swing(k - 1) + rng.normal(0, 0.05, (478, 3))
        last = steadied(now + rng.normal(0, 1, now.shape).astype(np.float32), carried)
        out.append(last[FIRM, :2])
        true.append(now[FIRM, :2])
    error = np.stack(out)[10:] - np.stack(true)[10:]
    assert np.abs(error.mean((0, 1))).max() < 0.5
    assert error.std() < 0.6


def test_a_blink_is_not_smoothed_away(face):
    shut = face.points.copy()
    for eye in fm.EYES:
        shut[list(eye.upper)] = shut[list(eye.lower)]
    assert fm.eye_openness(face.points, fm.LEFT_EYE) > 0.2
    once = steadied(shut, face.points)
    assert fm.eye_openness(steadied(shut, once), fm.LEFT_EYE) < 0.06


def test_a_wrong_motion_is_corrected(face):
    """Flow that claims a large move which the mesh does not see is not believed."""
    last = steadied(face.points, face.points + np.float32([40, 0, 0]))
    assert np.abs(last[FIRM, :2] - face.points[FIRM, :2]).max() < 2
