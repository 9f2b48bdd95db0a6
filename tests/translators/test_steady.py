"""Layers over time: noise is averaged away, motion is followed, hands are quick, strangers begin anew."""

import cv2
import numpy as np

from booth.frame import Crop, Stylized
from booth.translators.steady import STALE, Steady

AFFINE = np.float32([[1, 0, 0], [0, 1, 0]])


class Moving:
    """An engine that sees a disc of skin where the crop's bright disc is, with noise."""

    name = "moving"

    def __init__(self, noise=0.0):
        self.rng, self.noise, self.cover = np.random.default_rng(0), noise, 0

    def translate(self, crops):
        return [Stylized(c.track_id, c.affine, *self._layers(c.image), np.zeros(4, np.float32)) for c in crops]

    def _layers(self, image):
        head = (image[..., 0] > 128) * 255.0 + self.rng.normal(0, self.noise, image.shape[:2])
        areas = np.stack([head, head * 0, head * 0, head * 0 + self.cover], -1).clip(0, 255).astype(np.uint8)
        return areas, areas.copy()

    def close(self):
        pass


def crop(x, track=1):
    rng = np.random.default_rng(3)
    image = cv2.GaussianBlur(rng.integers(0, 110, (256, 256, 3)).astype(np.uint8), (0, 0), 2)
    image = cv2.warpAffine(image, np.float32([[1, 0, x], [0, 1, 0]]), (256, 256), borderMode=cv2.BORDER_REFLECT)
    cv2.circle(image, (110 + x, 128), 50, (220, 220, 220), -1)
    return Crop(track, image, AFFINE)


def test_noise_is_averaged_away():
    engine, plain = Steady(Moving(noise=60)), Moving(noise=60)
    flicker = lambda e: np.stack([e.translate([crop(0)])[0].areas[..., 0].astype(float) for _ in range(24)])[8:].std(0).mean()
    assert flicker(engine) < 0.5 * flicker(plain)


def test_what_moves_in_the_crop_is_followed():
    engine = Steady(Moving())
    for k in range(12):
        head = engine.translate([crop(2 * k)])[0].areas[..., 0]
    truth = Moving().translate([crop(22)])[0].areas[..., 0]
    assert ((head > 127) != (truth > 127)).mean() < 0.01


def test_a_hand_is_seen_soon():
    moving = Moving()
    engine = Steady(moving)
    for _ in range(10):
        engine.translate([crop(0)])
    moving.cover = 255
    engine.translate([crop(0)])
    assert engine.translate([crop(0)])[0].areas[..., 3].min() > 200


def test_another_visitor_and_one_who_was_away_begin_anew():
    engine = Steady(Moving())
    first = engine.translate([crop(0)])[0]
    for _ in range(STALE + 2):
        engine.translate([crop(0, track=2)])
    back = engine.translate([crop(30)])[0]
    assert np.array_equal(back.areas, Moving().translate([crop(30)])[0].areas)
    assert not np.array_equal(back.areas, first.areas)
    assert engine.name == "moving"
