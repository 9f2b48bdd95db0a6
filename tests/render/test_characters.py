"""What tells characters apart: deformed heads, fitted glasses, dots, a second light; who wears what."""

import dataclasses

import cv2
import numpy as np
import pytest

from booth import facemap as fm
from booth.frame import Glasses, Rims
from booth.geometry import transform
from booth.render import glasses as rims
from booth.render import shape
from booth.render.adapt import DEFAULT, Adapter
from booth.render.palette import lit_skin, make_palette, to_lab
from booth.render.screen import print_dots
from booth.render.strands import locks
from booth.render.style import Face, Grade, Rim, Screen, load_style, mix, style_files
from booth.render.wardrobe import Wardrobe
from tests.render.test_drawing import adapted_from, paint

STYLES = {name: load_style(name) for name in style_files()}


def drawn(photo, face, style, person=None):
    adapted = adapted_from(photo, face, person)
    canvas = np.full((512, 512, 3), 160, np.uint8)
    paint(canvas, adapted, style)
    return canvas


def test_all_characters_differ_from_each_other(photo, face):
    x0, y0, x1, y1 = face.box.astype(int)
    pictures = {name: drawn(photo, face, style)[y0:y1, x0:x1].astype(int) for name, style in STYLES.items()}
    names = sorted(pictures)
    for i, a in enumerate(names):
        for b in names[i + 1:]:
            assert np.abs(pictures[a] - pictures[b]).mean() > 4, (a, b)


def test_halfway_lies_between(photo, face):
    """The share of a mix is seen in the picture, not only in the numbers."""
    a, b = STYLES["office"], STYLES["night"]
    one, half, two = (drawn(photo, face, mix(a, b, t)).astype(int) for t in (0, 0.5, 1))
    whole = np.abs(one - two).mean()
    assert 0.2 * whole < np.abs(half - one).mean() < 0.8 * whole
    assert 0.2 * whole < np.abs(half - two).mean() < 0.8 * whole


def test_each_visitor_wears_another():
    styles = tuple(STYLES.values())
    wardrobe = Wardrobe(styles[0], styles, {7: styles[2]})
    assert [wardrobe.of(i) for i in range(len(styles))] == list(styles)
    assert wardrobe.of(7) is styles[2]
    assert Wardrobe(styles[1]).of(3) is styles[1]


def test_a_deformed_head_keeps_what_it_does_not_name(face):
    points = (face.points[:, :2] - [150, 50]).astype(np.float32)
    same = shape.reshape(points, Face())
    assert same is points
    chibi = shape.reshape(points, Face(chin=0.8, cheek=1.1, mouth=0.7))
    height = np.linalg.norm(points[10] - points[152])
    assert np.abs(chibi[[10, 103, 332]] - points[[10, 103, 332]]).max() < 0.01         # the forehead stays
    assert chibi[152, 1] < points[152, 1] - 0.04 * height                              # the chin comes up
    width = lambda p: p[291, 0] - p[61, 0]
    assert width(chibi) / width(points) == pytest.approx(0.7 * 1.1, rel=0.06)


def test_layers_move_with_the_outline(face):
    points = transform(np.float32([[1, 0, -130], [0, 1, -30]]), face.points[:, :2])
    layer = np.zeros((256, 256), np.uint8)
    cv2.fillPoly(layer, [points[list(fm.OVAL)].astype(np.int32)], 255)
    after = shape.reshape(points, Face(chin=0.8))
    moved, = shape.warp([layer], points, after)
    bottom = lambda x: np.where(x.max(1) > 127)[0].max()
    assert bottom(layer) - bottom(moved) == pytest.approx(points[152, 1] - after[152, 1], abs=4)


@pytest.mark.parametrize("true", [Rims(), Rims(0.36, 0.20, 4.0, 0.08, 0.02), Rims(0.50, 0.40, 2.1, 0.12, 0.08)])
def test_glasses_are_found_again_from_what_is_seen(face, true):
    points = transform(np.float32([[1, 0, -130], [0, 1, -30]]), face.points[:, :2])
    rng = np.random.default_rng(1)
    seen = cv2.GaussianBlur(rims.coverage(Glasses(true, thick=0.06), points, 256), (0, 0), 1.0)
    seen = (seen + rng.normal(0, 0.08, seen.shape)).clip(0, 1).astype(np.float32)
    found = rims.fit(seen, points, rng)
    assert found.score > 0.3
    assert found.rims.half_width + found.rims.wide == pytest.approx(true.half_width + true.wide, abs=0.06)
    assert found.rims.half_height == pytest.approx(true.half_height, abs=0.06)
    assert found.lower > 0.7
    assert rims.fit(np.zeros((256, 256), np.float32), points, rng).score < 0.05


def test_a_moustache_is_drawn_for_those_who_have_one(photo, face):
    dark = np.float32([20, 10, 10])
    shown = []
    for sure in (0.1, 0.9):
        canvas = drawn(photo, face, STYLES["office"], dataclasses.replace(DEFAULT, moustache=sure, beard=dark)).astype(int)
        lip = np.zeros((512, 512), np.uint8)
        cv2.fillPoly(lip, [face.points[list(fm.MOUSTACHE + fm.LIP_UPPER_OUTER[::-1]), :2].astype(np.int32)], 1)
        shown.append(canvas[lip > 0].mean())
    assert shown[1] < 0.6 * shown[0]


def test_half_rims_have_no_lower_part(face):
    points = transform(np.float32([[1, 0, -130], [0, 1, -30]]), face.points[:, :2])
    seen = rims.coverage(Glasses(Rims(), thick=0.06, lower=0.0), points, 256)
    assert rims.fit(seen, points, np.random.default_rng(0)).lower < 0.2


def test_glasses_are_remembered_through_blind_pictures(photo, face):
    """Once seen, a pair stays the same pair while the network sees none for a while."""
    adapted = adapted_from(photo, face)
    points = transform(adapted.stylized.affine, face.points[:, :2])
    maps = adapted.stylized.maps.copy()
    maps[..., 3] = (rims.coverage(Glasses(Rims(), thick=0.06), points, 256) * 255).astype(np.uint8)
    sees = dataclasses.replace(adapted.stylized, maps=maps, traits=np.float32([1, 0, 0, 0]))
    blind = dataclasses.replace(adapted.stylized, traits=np.float32([0.2, 0, 0, 0]))
    from booth.vision.cropper import Cropper
    crop, adapter = Cropper().cut(photo, face), Adapter()
    first = [adapter.adapt([sees], [crop], [face], k / 30)[0].person for k in range(40)][-1]
    later = [adapter.adapt([blind], [crop], [face], 2 + k / 30)[0].person for k in range(10)][-1]
    assert first.wears > 0.95
    assert later.wears > 0.8
    assert later.glasses.rims.half_width == pytest.approx(first.glasses.rims.half_width, abs=0.03)


def test_dots_keep_the_mean_tone_and_go_with_the_head():
    screen = Screen(strength=1.0, pitch=7)
    for grey, low, high in ((20, 0, 8), (120, 90, 170), (230, 250, 255)):
        flat = np.full((300, 300, 3), grey, np.uint8)
        page = print_dots(flat, screen, 1080, (0, 0))
        assert low <= page.mean() <= high
        assert (page[..., 0] == page[..., 1]).all()
    flat = np.full((300, 300, 3), 130, np.uint8)
    here, there = (print_dots(flat, screen, 1080, (50, 50), (x, 0)) for x in (0, 23))
    assert np.array_equal(here[:, 23:], there[:, :-23])


def test_darker_skin_is_a_darker_page(photo, face):
    style = STYLES["manhwa"]
    means = []
    for tone in (228.0, 170.0, 110.0, 60.0):
        person = dataclasses.replace(DEFAULT, skin=np.float32([tone, tone * 0.8, tone * 0.68]), shaded=0.0)
        page = drawn(photo, face, style, person)
        inner = np.zeros((512, 512), np.uint8)
        for cheek in fm.CHEEKS:
            cv2.fillConvexPoly(inner, cv2.convexHull(face.points[list(cheek), :2].astype(np.int32)), 1)
        means.append(float(page[inner > 0].mean()))
    assert means == sorted(means, reverse=True)
    assert means[0] > 235
    assert means[-1] < 90


def test_a_rim_light_lies_on_one_side(photo, face):
    style = STYLES["office"].model_copy(update={"rim": Rim(strength=1.0, colour=(255, 0, 255), width=0.05, angle=0.0)})
    canvas = drawn(photo, face, style).astype(int)
    lit = (canvas[..., 0] > 200) & (canvas[..., 1] < 90) & (canvas[..., 2] > 200)
    middle = int(face.points[1, 0])
    assert lit[:, middle:].sum() > 200
    assert lit[:, :middle].sum() < 0.1 * lit[:, middle:].sum()


def test_night_is_darker_and_bluer_than_day():
    day, night = STYLES["office"], STYLES["office"].model_copy(update={"grade": Grade(tint=(120, 130, 220), amount=0.7)})
    a, b = (to_lab(make_palette(DEFAULT, style).skin) for style in (day, night))
    assert b[0] < a[0] - 8
    assert b[2] < a[2] - 8


def test_a_character_may_wear_its_own_skin():
    style = STYLES["romance"]
    elf = style.model_copy(update={"skin": style.skin.model_copy(update={"own": 0.0, "colour": (180, 220, 200)})})
    assert np.allclose(lit_skin(DEFAULT, elf), [180, 220, 200])
    assert not np.allclose(lit_skin(DEFAULT, style), [180, 220, 200], atol=10)


def test_locks_are_within_bounds():
    gap, ring = locks(256)
    assert gap.shape == ring.shape == (256, 256)
    assert 0 <= gap.min() < 0.1 < 0.8 < gap.max() <= 1
    assert ring[:40].max() < 0.5 < ring.max()
    assert ring[150:].max() == 0
