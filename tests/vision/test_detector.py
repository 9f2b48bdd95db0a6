import cv2
import numpy as np
import pytest

from booth.settings import Region
from booth.vision.detector import CYCLE, LOOK_EVERY, Detector
from booth.vision.faces import overlap
from tests.fakes import frame_of

TRUE_BOX = np.float32([187, 82, 276, 176])


@pytest.fixture
def detector():
    return Detector(least_px=20)


def hall_with(photo, scale, at=(500, 150)):
    """The portrait, scaled, in a grey 1080p hall; and the true face box."""
    hall = np.full((1080, 1920, 3), 128, np.uint8)
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    h, w = min(small.shape[0], 1080 - at[1]), min(small.shape[1], 1920 - at[0])
    hall[at[1]:at[1] + h, at[0]:at[0] + w] = small[:h, :w]
    return hall, TRUE_BOX * scale + np.tile(at, 2)


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0, 4.5])
def test_faces_far_and_near_are_found_once(detector, photo, scale):
    """From about 47 to 420 pixels of face in a 1080p picture: four metres to half a metre. One round of its looks."""
    picture, box = hall_with(photo, scale, (500, 0) if scale > 4 else (500, 150))
    looks = [found for _ in range(CYCLE) if (found := detector.detect(frame_of(picture))) is not None]
    assert len(looks) == CYCLE // LOOK_EVERY
    assert max(map(len, looks)) == 1, looks
    found = next(d[0] for d in looks if d)
    assert overlap(found.box, box) > 0.4
    assert np.linalg.norm(found.look) == pytest.approx(1, abs=1e-3)


def test_the_first_picture_after_a_gap_and_of_another_size_is_looked_at(detector, photo):
    small = photo[:400]
    pictures = [(photo, 0.0), (photo, 0.03), (photo, 1.0), (photo, 1.03), (small, 1.06), (small, 1.09)]
    assert [detector.detect(frame_of(picture, at=at)) is not None for picture, at in pictures] == [True, False, True, False, True, False]


def test_only_the_region_takes_part(photo):
    picture, _ = hall_with(photo, 1.5)
    for region, count in ((Region(right=0.5), 1), (Region(left=0.6), 0)):
        detector = Detector(region=region)
        assert len(detector.detect(frame_of(picture))) == count


def test_small_faces_take_no_part(photo):
    picture, _ = hall_with(photo, 1.0)
    detector = Detector(least_px=150)
    assert detector.detect(frame_of(picture)) == []


def test_overlap_of_boxes():
    a = np.float32([0, 0, 10, 10])
    assert overlap(a, a) == pytest.approx(1)
    assert overlap(a, np.float32([20, 0, 30, 10])) == 0
    assert overlap(a, np.float32([5, 0, 15, 10])) == pytest.approx(1 / 3)
