"""The drawn head: skin tone, expressions, seams, placeholders."""

import dataclasses

import cv2
import numpy as np
import pytest

from booth import facemap as fm
from booth.frame import Adapted, frozen
from booth.geometry import polygon_mask
from booth.render.adapt import DEFAULT, Adapter, measure
from booth.render.backdrop import Backdrop
from booth.render.compositor import Compositor, draw_moment, draw_placeholder
from booth.render.ink import draw_face
from booth.render.painter import Painter
from booth.render.palette import from_lab, lit_skin, make_palette, to_lab
from booth.render.style import load_style
from booth.render.wardrobe import Wardrobe
from booth.translators.passthrough import PassthroughTranslator
from booth.vision.cropper import Cropper
from tests.fakes import frame_of

STYLE = load_style("romance")
NOBODY = np.zeros((144, 256), np.uint8)


def adapted_from(photo, face, colours=None) -> Adapted:
    crop = Cropper().cut(photo, face)
    stylized = PassthroughTranslator().translate([crop])[0]
    return Adapted(stylized, face, colours or measure(stylized, crop, face, DEFAULT))


def paint(canvas, adapted, style=STYLE):
    Painter().paint(canvas.shape[1::-1], adapted, style).put_on(canvas)


def cheeks(face, size):
    mask = sum(polygon_mask(cv2.convexHull(face.points[list(c[:5]), :2])[:, 0], size) for c in fm.CHEEKS)
    return mask > 0.9


@pytest.mark.parametrize("tone", [25.0, 40.0, 55.0, 70.0, 85.0])
def test_every_skin_tone_is_kept(photo, face, tone):
    """Recolour the face from very dark to very fair; the drawn skin's mean follows within a small colour difference."""
    lab = cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    oval = polygon_mask(face.points[list(fm.OVAL), :2], 512)[..., None]
    target = lab * [0.5, 1, 1] + [tone - 0.5 * np.median(lab[oval[..., 0] > 0.9][:, 0]), 0, 0]
    skin = cv2.cvtColor(np.float32(lab * (1 - oval) + target * oval), cv2.COLOR_LAB2RGB).clip(0, 1)
    picture = (skin * 255).astype(np.uint8)
    adapted = adapted_from(picture, face)
    style = STYLE.model_copy(update={"skin": STYLE.skin.model_copy(update={"blush": 0.0})})
    canvas = np.full_like(picture, 200)
    paint(canvas, adapted, style)
    where = polygon_mask(face.points[list(fm.OVAL), :2], 512) > 0.9
    mean = lambda image: to_lab(np.median(image[where & cheeks(face, 512)], 0))
    assert np.linalg.norm(mean(canvas) - mean(picture)) < 12
    own = to_lab(picture[where].mean(0))
    assert np.linalg.norm(to_lab(lit_skin(adapted.person, style)) - own) < 9


def test_eyes_open_and_shut_are_drawn_so(face):
    """Whites and irises are there when eyes are open; a shut eye is one dark curve."""
    palette = make_palette(DEFAULT, STYLE)
    counts = []
    for shut in (False, True):
        points = (face.points - [150, 50, 0]) * 6
        if shut:
            for eye in fm.EYES:
                points[list(eye.upper)] = points[list(eye.lower)]
        canvas = np.empty((1024, 1024, 3), np.uint8)
        canvas[:] = palette.skin.astype(np.uint8)
        draw_face(canvas, points, palette, STYLE, DEFAULT)
        eyes = np.zeros((1024, 1024), np.uint8)
        for eye in fm.EYES:
            cv2.fillConvexPoly(eyes, cv2.convexHull(points[list(eye.upper + eye.lower), :2].astype(np.int32)), 1)
        white = (np.abs(canvas.astype(int) - palette.eye_white).max(-1) < 6) & (eyes > 0)
        counts.append(white.sum() / max(eyes.sum(), 1))
    assert counts[0] > 0.02
    assert counts[1] == 0


def test_an_open_mouth_is_drawn_open(face):
    palette = make_palette(DEFAULT, STYLE)
    shown = []
    for gap in (0, 20):
        points = face.points.copy() * 2
        points[list(fm.LIP_LOWER_INNER)[1:-1]] = points[list(fm.LIP_UPPER_INNER)[1:-1]] + [0, gap, 0]
        canvas = np.empty((1024, 1024, 3), np.uint8)
        canvas[:] = palette.skin.astype(np.uint8)
        draw_face(canvas, points, palette, STYLE, DEFAULT)
        shown.append(int((np.abs(canvas.astype(int) - palette.teeth).max(-1) < 6)[300:].sum()))
    assert shown[0] == 0
    assert shown[1] > 80


def test_ink_scales_with_the_picture(face):
    """Twice the size, four times the ink: a print gets the lines of a print."""
    palette = make_palette(DEFAULT, STYLE)
    dark = []
    for k in (2, 4, 8):
        canvas = np.full((260 * k, 400 * k, 3), 255, np.uint8)
        draw_face(canvas, face.points * k, palette, STYLE, DEFAULT)
        dark.append(float((255 - canvas.astype(np.float32)).sum()))
    assert dark[1] / dark[0] == pytest.approx(4, rel=0.15)
    assert dark[2] / dark[1] == pytest.approx(4, rel=0.1)


def test_no_seam_where_a_crop_ends(photo, face):
    """A head painted over a flat wall leaves the wall untouched at the crop's border and beyond."""
    photo = cv2.copyMakeBorder(photo, 200, 200, 200, 200, cv2.BORDER_REPLICATE)
    adapted = adapted_from(photo, dataclasses.replace(face, points=frozen(face.points + np.float32([200, 200, 0]))))
    areas = adapted.stylized.areas.copy()
    areas[..., 0] = 255                                        # a head that fills the whole crop: the worst case
    adapted = dataclasses.replace(adapted, stylized=dataclasses.replace(adapted.stylized, areas=frozen(areas)))
    canvas = np.full((912, 912, 3), 128, np.uint8)
    paint(canvas, adapted)
    rows, columns = np.where((canvas != 128).any(-1))
    box = canvas[rows.min():rows.max() + 1, columns.min():columns.max() + 1].astype(int)
    rim = np.concatenate([box[:2].ravel(), box[:, :2].ravel()])
    assert np.abs(rim - 128).max() <= 12
    assert np.abs(np.diff(box, axis=1)).max(axis=(0, 2))[:4].max() <= 12


def test_a_head_outside_the_picture_is_left_out(photo, face):
    adapted = adapted_from(photo, face)
    assert Painter().paint((60, 60), adapted, STYLE) is None


def test_patches_that_are_not_joined_to_the_head_are_left_out(photo, face):
    adapted = adapted_from(photo, face)
    canvases = []
    for patch in (False, True):
        areas = adapted.stylized.areas.copy()
        areas[200:230, 30:60, :2] = 255 * patch
        canvas = np.full((512, 512, 3), 128, np.uint8)
        paint(canvas, dataclasses.replace(adapted, stylized=dataclasses.replace(adapted.stylized, areas=frozen(areas))))
        canvases.append(canvas)
    assert np.array_equal(*canvases)


def test_what_covers_a_face_is_not_drawn_over(photo, face):
    adapted = adapted_from(photo, face)
    areas = adapted.stylized.areas.copy()
    areas[..., 3] = 255
    canvas = np.full((512, 512, 3), 128, np.uint8)
    covered = dataclasses.replace(adapted, stylized=dataclasses.replace(adapted.stylized, areas=frozen(areas)))
    paint(canvas, covered)
    assert (canvas == 128).all()


def test_glasses_are_drawn_only_on_those_who_wear_them(photo, face):
    adapted = adapted_from(photo, face)
    pictures = []
    for wears in (0.0, 1.0):
        person = dataclasses.replace(adapted.person, wears=wears, frame=np.float32([10, 200, 10]))
        one = dataclasses.replace(adapted, person=person)
        canvas = np.full((512, 512, 3), 128, np.uint8)
        paint(canvas, one)
        pictures.append(int((np.abs(canvas.astype(int) - [10, 200, 10]).max(-1) < 12).sum()))
    assert pictures[0] == 0
    assert pictures[1] > 60


def test_colours_are_remembered_and_change_slowly(photo, face):
    adapter, cropper, engine = Adapter(), Cropper(), PassthroughTranslator()
    crop = cropper.cut(photo, face)
    drawn = engine.translate([crop])
    for k in range(40):
        first = adapter.adapt(drawn, [crop], [face], k / 30)[0].person.skin
    dark = dataclasses.replace(crop, image=frozen(crop.image // 2))
    steps = [adapter.adapt(drawn, [dark], [face], 2 + k / 30)[0].person.skin for k in range(400)]
    jumps = np.abs(np.diff(np.stack([first, *steps]), axis=0)).max(1)
    assert jumps.max() < 8
    assert np.abs(steps[-1] - first / 2).max() < 12


def test_backdrop_is_flat_steady_and_pale():
    rng = np.random.default_rng(0)
    scene = np.full((540, 960, 3), 70, np.uint8)
    cv2.rectangle(scene, (300, 100), (700, 400), (160, 60, 40), -1)
    backdrop = Backdrop()
    outs = [backdrop.draw(np.clip(scene + rng.normal(0, 6, scene.shape), 0, 255).astype(np.uint8), NOBODY, (960, 540), STYLE) for _ in range(12)]
    assert outs[-1].shape == (540, 960, 3)
    flicker = np.stack(outs[4:]).astype(np.float32).mean(-1).std(0).mean()
    assert flicker < 6 * 0.6                                   # below the input's own, by far
    assert outs[-1][50:90, 50:250].mean() > 70                 # paler than the scene
    inner = outs[-1][150:350, 350:650].reshape(-1, 3).astype(float)
    assert inner.std(0).max() < 3


def test_placeholder_covers_the_whole_face(photo):
    canvas = photo.copy()
    box = np.float32([187, 82, 276, 176])
    draw_placeholder(canvas, box, STYLE)
    x0, y0, x1, y1 = box.astype(int)
    assert (canvas[y0:y1, x0:x1] != photo[y0:y1, x0:x1]).any(-1).mean() > 0.98


def test_composite_is_read_only_and_small_cameras_are_drawn_larger(photo):
    compositor = Compositor(Wardrobe(STYLE))
    small = cv2.resize(photo, (320, 240))
    composite = compositor.compose(frame_of(small), compositor.backdrop(frame_of(small), NOBODY), [], [], {})
    assert composite.image.shape == (720, 960, 3)
    with pytest.raises(ValueError, match="read-only"):
        composite.image[0, 0] = 0


def test_the_calm_picture_fits_any_screen():
    for width, height in ((1920, 1080), (1080, 1920), (64, 48)):
        picture = draw_moment(width, height, STYLE)
        assert picture.shape == (height, width, 3)
        assert picture.std() > 1


def test_lab_round_trip():
    colour = np.float32([200, 120, 40])
    assert np.allclose(from_lab(to_lab(colour)), colour, atol=0.6)
