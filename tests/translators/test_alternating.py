"""Many faces take turns in the network; nobody waits who is new, and everybody stays where they are."""

import numpy as np

from booth.frame import Crop, Stylized
from booth.translators.alternating import Alternating, film_turns

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


def test_one_is_translated_in_every_picture_and_of_two_one_in_turn():
    engine = Counting()
    alone = Alternating(engine)
    for _ in range(3):
        alone.translate(crops(1))
    assert engine.asked == [[1]] * 3
    for _ in range(3):
        alone.translate(crops(1, 2))
    assert sorted(engine.asked[3]) in ([1, 2], [2])                # who is new does not wait
    assert [len(asked) for asked in engine.asked[4:]] == [1, 1]
    assert engine.asked[4] != engine.asked[5]


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


def test_in_films_one_face_is_translated_in_every_fourth_picture_and_two_at_different_times():
    engine = Counting()
    film = Alternating(engine, film_turns)
    for _ in range(9):
        film.translate(crops(1))
    assert [asked for asked in engine.asked if asked] == [[1]] * 3
    engine.asked.clear()
    for _ in range(17):
        film.translate(crops(1, 2))
    assert max(len(asked) for asked in engine.asked[1:]) == 1
    assert sum(len(asked) for asked in engine.asked[1:]) == 4


def test_layers_of_another_size_are_not_kept():
    engine = Counting()
    three = Alternating(engine)
    three.translate(crops(1, 2, 3))
    larger = [Crop(i, np.zeros((16, 16, 3), np.uint8), np.float32([[1, 0, 0], [0, 1, 0]])) for i in (1, 2, 3)]
    three.translate(larger)
    assert engine.asked[1] == [1, 2, 3]
