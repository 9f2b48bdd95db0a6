"""Many faces take turns in the network; nobody waits who is new, and everybody stays where they are."""

import numpy as np

from booth.frame import Crop, Stylized
from booth.translators.alternating import Alternating

IMAGE = np.zeros((8, 8, 3), np.uint8)


class Counting:
    name = "counting"

    def __init__(self):
        self.asked: list[list[int]] = []

    def translate(self, crops):
        self.asked.append([c.track_id for c in crops])
        return [Stylized(c.track_id, c.affine, IMAGE, IMAGE, np.full(4, len(self.asked), np.float32)) for c in crops]

    def close(self):
        self.asked.append([])


def crops(*ids, x=0.0):
    return [Crop(i, IMAGE, np.float32([[1, 0, x], [0, 1, 0]])) for i in ids]


def test_two_are_translated_in_every_picture():
    engine = Counting()
    two = Alternating(engine)
    for _ in range(3):
        two.translate(crops(1, 2))
    assert engine.asked == [[1, 2]] * 3


def test_of_four_one_is_translated_in_each_picture_and_all_in_four():
    engine = Counting()
    four = Alternating(engine)
    four.translate(crops(1, 2, 3, 4))
    for _ in range(4):
        four.translate(crops(1, 2, 3, 4))
    assert engine.asked[0] == [1, 2, 3, 4]
    assert sorted(i for asked in engine.asked[1:] for i in asked) == [1, 2, 3, 4]
    assert all(len(asked) == 1 for asked in engine.asked[1:])


def test_old_layers_lie_under_todays_place():
    engine = Counting()
    four = Alternating(engine)
    four.translate(crops(1, 2, 3, 4))
    out = four.translate(crops(1, 2, 3, 4, x=7.0))
    assert [s.track_id for s in out] == [1, 2, 3, 4]
    assert all(s.affine[0, 2] == 7.0 for s in out)
    assert sum(s.traits[0] == 1 for s in out) == 3               # three of them are the first picture's


def test_a_new_face_does_not_wait():
    engine = Counting()
    many = Alternating(engine)
    many.translate(crops(1, 2, 3))
    many.translate(crops(1, 2, 3, 9))
    assert 9 in engine.asked[1]
    many.translate(crops(1, 2))
    many.translate(crops(1, 2, 3))
    assert 3 in engine.asked[3]                                   # who was away is new again
    many.close()
    assert engine.asked[-1] == []
