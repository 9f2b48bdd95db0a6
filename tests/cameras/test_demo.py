import cv2
import numpy as np

from booth.cameras.demo import HEIGHT, VISITORS, WIDTH, Demo, Pose, Sprite, poses, truth


def test_pictures_are_full_hd_and_repeatable(demo):
    first, again = demo.picture_at(2.5), demo.picture_at(2.5)
    assert first.shape == (HEIGHT, WIDTH, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)


def test_three_visitors_of_different_tone_and_size(demo):
    picture = demo.picture_at(1.0)
    boxes = truth(1.0)
    assert set(boxes) == {v.name for v in VISITORS}
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    light = {}
    for name, box in boxes.items():
        x0, y0, x1, y1 = box.astype(int)
        w, h = x1 - x0, y1 - y0
        light[name] = float(np.median(lab[y0 + h // 2:y1 - h // 4, x0 + w // 3:x1 - w // 3, 0]))
    assert light["fair"] > light["tan"] + 15 > light["dark"] + 30
    heights = sorted(float(b[3] - b[1]) for b in boxes.values())
    assert heights[2] > 1.2 * heights[0]


def test_two_cross_and_one_leaves_and_is_back_within_five_seconds():
    order = lambda t: poses(t)["fair"].x < poses(t)["dark"].x
    assert [order(t) for t in (3, 10, 23)] == [True, False, True]
    away = [t for t in np.arange(0, 24, 0.1) if "tan" not in truth(t)]
    assert 2.0 < len(away) * 0.1 < 5.0


def test_visitors_turn_blink_and_talk(demo):
    sprite: Sprite = demo._sprites["fair"]
    rest = Pose(0, 0, 0, 0, 0)
    still = sprite.posed(rest)[0].astype(int)
    for change in (Pose(0, 0, 0.8, 0, 0), Pose(0, 0, 0, 1, 0), Pose(0, 0, 0, 0, 1)):
        moved = np.abs(sprite.posed(change)[0].astype(int) - still).max(-1)
        assert (moved > 25).sum() > 40


def test_read_paces_and_counts(demo):
    camera = Demo()
    camera.open()
    assert np.array_equal(camera.read(), demo.picture_at(0))
    assert np.array_equal(camera.read(), demo.picture_at(1 / 30))
    camera.close()
