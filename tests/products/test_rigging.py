"""Rigs of drawings made here, so that where eyes and mouth are is known, and of the astronaut drawn by the booth itself."""

import cv2
import numpy as np
import pytest

from booth import facemap as fm
from booth.characters import load_character
from booth.errors import UsageError
from booth.geometry import polygon_mask
from booth.products.closeup import common, unlike
from booth.products.rigging import Rigger, is_drawing
from booth.products.still import Studio
from booth.products.views import best_view, borrow
from booth.puppet.rig import Rig, load_rig, save_rig

SIDE = 384
EYES = ((150, 196), (234, 196))
MOUTH = (192, 262)
HAIR, LINE = (70, 50, 120), (50, 35, 45)


def cartoon(opened: float = 0.0, shut: bool = False, skin: tuple[int, int, int] = (250, 222, 200)) -> np.ndarray:
    """(384, 384, 3) uint8 RGB: a face with round eyes 44 wide at ``EYES`` and a mouth 48 wide at ``MOUTH``."""
    fine = 4
    image = np.full((SIDE * fine, SIDE * fine, 3), (190, 220, 240), np.uint8)

    def fill(points, colour):
        cv2.fillPoly(image, [(np.array(points, float) * fine).astype(np.int32)], colour, cv2.LINE_AA)

    def stroke(points, colour, width):
        cv2.polylines(image, [(np.array(points, float) * fine).astype(np.int32)], False, colour, int(width * fine), cv2.LINE_AA)

    def arc(centre, rx, ry, start=0, end=360):
        t = np.radians(np.linspace(start, end, 40))
        return np.stack([centre[0] + rx * np.cos(t), centre[1] + ry * np.sin(t)], 1)

    fill(arc((192, 188), 112, 124), HAIR)
    fill([(45, 384), (82, 330), (158, 308), (226, 308), (302, 330), (339, 384)], (80, 110, 160))
    fill([(164, 270), (220, 270), (225, 322), (192, 338), (159, 322)], [int(v * 0.86) for v in skin])
    face = np.vstack([[(106, 150)], arc((192, 188), 86, 112, 180, 0), [(278, 150), (260, 100), (124, 100)]])
    fill(face, skin)
    stroke(arc((192, 188), 86, 112, 180, 0), LINE, 2)
    fill([(102, 172), (102, 90), (192, 68), (282, 90), (282, 172), (268, 128), (225, 142), (192, 126), (158, 142), (118, 128)], HAIR)
    for x, y in EYES:
        if shut:
            stroke(arc((x, y), 22, 9, 10, 170), LINE, 3)
        else:
            fill(arc((x, y), 22, 19), (255, 255, 255))
            fill(arc((x, y), 13, 18), (60, 110, 170))
            fill(arc((x, y), 7, 10), (20, 25, 40))
            stroke(arc((x, y), 22, 19, 185, 355), LINE, 4)
            stroke(arc((x, y), 22, 19, 30, 150), LINE, 2)
        stroke([(x - 22, y - 29), (x, y - 35), (x + 22, y - 29)], HAIR, 4)
    stroke([(189, 229), (195, 239), (190, 240)], [int(v * 0.7) for v in skin], 2)
    x, y = MOUTH
    if opened:
        fill(arc((x, y), 26, 22 * opened, 0, 180), (110, 30, 40))
        stroke(arc((x, y), 26, 22 * opened, 0, 180), LINE, 2)
        stroke([(x - 26, y), (x + 26, y)], LINE, 3)
    else:
        stroke([(x - 24, y - 3), (x - 12, y + 1), (x, y + 2), (x + 12, y + 1), (x + 24, y - 3)], LINE, 3)
    return cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def rigger():
    made = Rigger("cpu")
    yield made
    made.close()


@pytest.fixture(scope="module")
def toon(rigger) -> Rig:
    return rigger.rig(cartoon())


@pytest.fixture(scope="module")
def drawn(photo) -> np.ndarray:
    studio = Studio("cpu")
    image = studio.draw(photo, load_character("romance")).image
    studio.close()
    return image


def _inside(outlines, at, shape=(SIDE, SIDE)) -> bool:
    return any(polygon_mask(np.array(line), shape)[int(at[1]), int(at[0])] > 0.5 for line in outlines)


def test_eyes_lie_on_the_drawn_lines(toon):
    for eye, (x, y) in zip(toon.eyes, EYES, strict=True):
        assert np.hypot(eye.iris[0] - x, eye.iris[1] - y) < 5
        assert 9 < eye.radius < 20
        assert min(q for _, q in eye.upper) == pytest.approx(y - 19, abs=5)
        assert max(q for _, q in eye.lower) == pytest.approx(y + 19, abs=5)
        covered = polygon_mask(np.array(eye.area), (SIDE, SIDE)) > 0.5
        outline = np.array([(x + 22 * np.cos(t), y + 19 * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 24, endpoint=False)])
        assert np.mean([covered[int(b), int(a)] for a, b in outline]) > 0.9
        assert not covered[y - 34, x], "the brow is not the eye's"
        assert eye.open > 0.3


def test_the_mouth_lies_on_its_line(toon):
    line = np.array(toon.lips.upper_inner)
    assert abs(line[5, 0] - MOUTH[0]) < 6
    assert abs(line[5, 1] - (MOUTH[1] + 2)) < 3
    assert toon.lips.open == 0
    covered = polygon_mask(np.array(toon.lips.area), (SIDE, SIDE)) > 0.5
    assert all(covered[y, x] for x, y in ((169, 259), (192, 264), (215, 259)))
    assert not covered[239, 192], "the nose is not the mouth's"


def test_an_open_mouth_is_measured_and_its_hollow_is_dark(rigger):
    rig = rigger.rig(cartoon(opened=1.0))
    assert 0.25 < rig.lips.open < 0.7
    assert sum(rig.colours.cavity) < 0.5 * sum(rig.colours.skin)
    assert np.abs(np.array(rig.colours.cavity) - (110, 30, 40)).max() < 40


def test_shut_eyes_are_shut(rigger):
    rig = rigger.rig(cartoon(shut=True))
    assert all(eye.open < 0.1 for eye in rig.eyes)
    for eye, (_, y) in zip(rig.eyes, EYES, strict=True):
        assert abs(eye.upper[4][1] - (y + 8)) < 7


def test_brows_and_colours(toon):
    for brow, (x, y) in zip(toon.brows, EYES, strict=True):
        assert abs(brow.line[2][0] - x) < 10
        assert abs(brow.line[2][1] - (y - 34)) < 5
    near = lambda colour, wanted: np.abs(np.array(colour) - wanted).max() < 25
    assert near(toon.colours.skin, (250, 222, 200))
    assert near(toon.colours.brow, HAIR)
    assert sum(toon.colours.teeth) > 600
    assert sum(toon.colours.line) < 300


def test_teeth_are_as_dark_as_the_drawing(rigger, toon):
    night = rigger.rig((cartoon() * 0.5).astype(np.uint8))
    assert sum(night.colours.teeth) < 0.75 * sum(toon.colours.teeth)


def test_silhouette(toon):
    outlines = toon.silhouette
    assert _inside(outlines.head, (192, 180))
    assert _inside(outlines.head, (192, 80)), "hair is the head's"
    assert _inside(outlines.body, (192, 360))
    assert _inside(outlines.body, (192, 318)), "the neck is the body's"
    assert not _inside(outlines.head, (20, 20))
    assert not _inside(outlines.body, (20, 200))
    assert max(y for line in outlines.body for _, y in line) >= SIDE - 1, "down to the still's lower edge"
    assert all(len(line) <= 400 for part in (outlines.head, outlines.hair, outlines.body) for line in part)


def test_a_given_silhouette_is_kept(rigger, toon):
    head = np.zeros((SIDE, SIDE), np.uint8)
    cv2.circle(head, (192, 180), 100, 255, -1)
    body = np.zeros((SIDE, SIDE), np.uint8)
    body[290:] = 255
    rig = rigger.rig(cartoon(), points=toon.points, head=head, body=body)
    kept = sum(polygon_mask(np.array(line), (SIDE, SIDE)) for line in rig.silhouette.head) > 0.5
    assert (kept & (head > 0)).sum() / (kept | (head > 0)).sum() > 0.95
    assert rig.silhouette.confidence == 1
    with pytest.raises(UsageError, match="head mask"):
        rigger.rig(cartoon(), head=np.zeros((3, 3), np.uint8))


def test_the_booths_own_drawing(rigger, drawn, tmp_path):
    rig = rigger.rig(drawn)
    assert (rig.width, rig.height) == drawn.shape[1::-1]
    assert rig.confidence > 0.7
    assert rig.lips.open > 0.05, "she smiles with her teeth"
    assert sum(rig.colours.teeth) > sum(rig.colours.skin)
    assert rig.eyes[0].iris[0] < rig.eyes[1].iris[0]
    path = tmp_path / "rig.json"
    save_rig(rig, path)
    assert load_rig(path) == rig


def test_points_that_are_known_are_used(rigger, toon):
    moved = toon.points + np.float32([2, 1, 0])
    rig = rigger.rig(cartoon(), points=moved)
    assert np.allclose(rig.points, moved, atol=0.01)
    assert abs(rig.eyes[0].iris[0] - EYES[0][0]) < 6, "what is drawn counts, not where the mesh was"
    for wrong, said in ((moved[:400], "478"), (np.full((478, 3), np.nan), "without a place")):
        with pytest.raises(UsageError, match=said):
            rigger.rig(cartoon(), points=wrong)


def test_grey_rgba_and_tiny_stills(rigger, toon):
    grey = cartoon().mean(-1).astype(np.uint8)
    clear = np.dstack([cartoon(), np.full((SIDE, SIDE), 255, np.uint8)])
    tiny = cv2.resize(cartoon(), (96, 96), interpolation=cv2.INTER_AREA)
    for still, scale in ((grey, 1), (clear, 1), (tiny, 4)):
        rig = rigger.rig(still)
        assert (rig.height, rig.width) == still.shape[:2]
        assert np.hypot(*(np.array(rig.eyes[0].iris) * scale - EYES[0])) < 8


def test_the_larger_of_two_faces(rigger):
    two = np.full((SIDE, SIDE + 240, 3), (190, 220, 240), np.uint8)
    two[:, :SIDE] = cartoon()
    two[144:, SIDE:] = cv2.resize(cartoon(), (240, 240), interpolation=cv2.INTER_AREA)
    rig = rigger.rig(two)
    assert rigger.faces == 2
    assert np.hypot(rig.eyes[0].iris[0] - EYES[0][0], rig.eyes[0].iris[1] - EYES[0][1]) < 6


def test_a_profile_is_refused(rigger, toon):
    points = toon.points
    points[fm.NOSE_TIP] = points[454]
    with pytest.raises(UsageError, match="from the side"):
        rigger.rig(cartoon(), points=points)


@pytest.mark.parametrize("still", [np.full((200, 200, 3), 128, np.uint8), np.random.default_rng(0).integers(0, 255, (128, 128, 3), np.uint8)])
def test_no_face(rigger, still):
    with pytest.raises(UsageError, match="no face"):
        rigger.rig(still)
    assert rigger.faces == 0


@pytest.mark.parametrize("still", [np.zeros((4, 4, 3), np.uint8), np.zeros((0, 0, 3), np.uint8), np.zeros((64, 64, 2), np.uint8),
                                   np.zeros((64, 64, 3)), np.zeros((20, 9000, 3), np.uint8)])
def test_what_is_no_still(rigger, still):
    with pytest.raises(UsageError, match="a still must"):
        rigger.rig(still)


def test_drawing_or_photo(photo, drawn):
    assert not is_drawing(photo)
    assert not is_drawing(cv2.resize(photo, (200, 200), interpolation=cv2.INTER_AREA))
    assert is_drawing(drawn)
    assert is_drawing(cartoon())
    jpeg = np.asarray(cv2.imdecode(cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_COLOR))
    assert is_drawing(jpeg)


def test_the_best_view_and_what_it_borrows(rigger, toon):
    speaking, asleep = rigger.rig(cartoon(opened=1.0)), rigger.rig(cartoon(shut=True))
    views = [asleep, speaking, toon]
    assert best_view(views) == 2
    whole = borrow(views)
    assert whole.colours.cavity == speaking.colours.cavity
    assert whole.model_copy(update={"colours": toon.colours}) == toon
    assert borrow([toon]) == toon
    with pytest.raises(UsageError, match="1 to 16"):
        best_view([])
    with pytest.raises(UsageError, match="1 to 16"):
        best_view([toon] * 17)


def test_common_colours_and_distances():
    lab = np.float32([[60, 10, 10]] * 90 + [[20, 0, 0]] * 9 + [[90, 50, 50]])
    found = common(lab)
    assert len(found) == 3, "the median and two colours; one pixel in a hundred is none"
    assert unlike(np.float32([[20, 0, 0], [20, 3, 4]]), found).tolist() == pytest.approx([0, 5], abs=1e-4)
    assert common(np.zeros((0, 3), np.float32)).shape == (1, 3)
