"""Strips: heads are whole, shapes are right, nothing behind visitors shows in a scene.

The golden pictures are renewed, after a look at every one of them, by
    TOONBOOTH_RENEW_GOLDEN=1 python -m pytest tests/products/test_strip.py -k golden
"""

import io
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from booth.errors import UsageError
from booth.frame import Drawn
from booth.products.layout import Bubble, Cutout, Layout, Picture, Sound, Text, Translated, layout_files, load_layout
from booth.products.strip import BEYOND, WAITING, Words, compose, encode, heads, sheet, strip_files, window_of
from tests.products.test_layout import GOOD

GOLDEN = Path(__file__).parent / "golden"
NOTHING = Translated(ko="", en="", ja="")


def made(width=1280, height=720, faces=((600, 200, 90),), colour=(120, 160, 200)) -> Drawn:
    """A plain picture with visitors: (x, y, size) of each face; head and body are in the mask."""
    image, people = np.full((height, width, 3), colour, np.uint8), np.zeros((height, width), np.uint8)
    for x, y, size in faces:
        cv2.ellipse(people, (x + size // 2, y + size // 2 - size // 8), (int(size * 0.62), int(size * 0.9)), 0, 0, 360, 255, -1)
        cv2.rectangle(people, (x - size // 2, y + size), (x + size * 3 // 2, height), 255, -1)
    image[people > 0] = (230, 120, 60)
    boxes = np.array([(x, y, x + size, y + size) for x, y, size in faces], np.float32).reshape(-1, 4)
    return Drawn(image, boxes, people)


@pytest.fixture(scope="module")
def four(photo) -> list[Drawn]:
    """Four drawn-looking pictures of the astronaut, at several distances."""
    posterised = cv2.medianBlur(photo, 7) // 32 * 32 + 16
    people = np.zeros((512, 512), np.uint8)
    cv2.ellipse(people, (228, 116), (68, 96), 0, 0, 360, 255, -1)
    cv2.fillPoly(people, [np.array([(60, 511), (90, 300), (180, 190), (290, 190), (400, 260), (440, 511)])], 255)
    out = []
    for shift, scale, flip in ((0, 1.5, 1), (200, 1.2, 1), (-150, 1.4, -1), (60, 1.5, 1)):
        move = np.float32([[scale * flip, 0, (280 if flip > 0 else 1000) + shift], [0, scale, 720 - 512 * scale]])
        image = cv2.warpAffine(posterised, move, (1280, 720), borderMode=cv2.BORDER_REPLICATE)
        corners = np.float32([[187, 82, 1], [276, 176, 1]]) @ move.T
        box = np.float32([[*corners.min(0), *corners.max(0)]])
        out.append(Drawn(image, box, cv2.warpAffine(people, move, (1280, 720))))
    return out


def slot(width=50.0, height=40.0, **more) -> Picture:
    return Picture(kind="picture", picture=1, x=0, y=0, width=width, height=height, **more)


def without_words(layout: Layout) -> Layout:
    """Text and sounds left out, bubbles emptied: fonts differ between machines."""
    return layout.model_copy(update={"layers": tuple(x for x in layout.layers if not isinstance(x, Text | Sound | Bubble))})


@pytest.mark.parametrize("name", layout_files())
def test_golden_pictures(name, four):
    layout = load_layout(name)
    picture = compose(without_words(layout), four, Words(), scale=160 / layout.size_px[0])
    path = GOLDEN / f"{name}.png"
    if os.environ.get("TOONBOOTH_RENEW_GOLDEN"):
        Image.fromarray(picture).save(path, optimize=True)
    golden = np.asarray(Image.open(path).convert("RGB")).astype(int)
    assert picture.shape == golden.shape
    difference = np.abs(picture - golden).max(-1)
    assert difference.mean() < 1.5
    assert (difference > 24).mean() < 0.01


@pytest.mark.parametrize("name", layout_files())
def test_every_layout_with_words_in_every_language_has_its_size(name, four):
    layout = load_layout(name)
    plain = compose(without_words(layout), four, Words(), 0.25)
    for language in ("ko", "en", "ja"):
        picture = compose(layout, four, Words("Fair", "2025", language), 0.25)
        assert picture.shape == (round(layout.size_px[1] * 0.25), round(layout.size_px[0] * 0.25), 3)
        assert (picture != plain).any()


def test_heads_are_never_cut_the_shape_is_kept_and_the_window_stays_inside():
    rng = np.random.default_rng(1)
    for _ in range(150):
        size = int(rng.integers(40, 160))
        drawn = made(faces=[(int(rng.integers(0, 1280 - size)), int(rng.integers(0, 700 - size)), size)])
        where = slot(float(rng.uniform(20, 90)), float(rng.uniform(20, 60)), zoom=float(rng.uniform(1, 4)), focus=tuple(rng.uniform(0, 1, 2)))
        x0, y0, x1, y1 = window_of(where, drawn)
        (head,) = heads(drawn)
        assert (x1 - x0) / (y1 - y0) == pytest.approx(where.width / where.height, rel=1e-3)
        assert x0 <= head[0] + 1
        assert y0 <= head[1] + 1
        assert x1 >= head[2] - 1
        assert y1 >= head[3] - 1
        if head[3] - head[1] < 600:
            assert min(x0, y0) > -1
            assert x1 < 1281
            assert y1 < 721


def test_a_group_stays_together_even_in_a_narrow_slot():
    group = made(faces=[(150, 250, 110), (560, 230, 110), (980, 270, 110)])
    for width in (60.0, 40.0, 30.0):
        x0, _, x1, y1 = window_of(slot(width, 40.0), group)
        assert x0 <= heads(group)[:, 0].min()
        assert x1 >= heads(group)[:, 2].max()
        assert y1 <= 721                                        # what is added is above: nobody floats


def test_a_group_wider_than_any_crop_keeps_its_largest_whole():
    crowd = made(faces=[(20, 200, 90), (500, 180, 150), (1150, 200, 90)])
    x0, _, x1, _ = window_of(slot(12.0, 40.0), crowd)
    head = heads(crowd)[1]
    assert x0 <= head[0]
    assert x1 >= head[2]
    assert x1 - x0 <= BEYOND * 720 * 0.3 + 1


def test_tall_hair_is_kept_too():
    drawn = made(faces=[(600, 300, 90)])
    tall = Drawn(drawn.image, drawn.boxes, drawn.people.copy())
    tall.people[200:320, 620:660] = 255
    assert heads(tall)[0, 1] < heads(drawn)[0, 1] - 20


def test_nobody_in_the_picture():
    empty = made(faces=())
    x0, y0, x1, y1 = window_of(slot(30, 40), empty)
    assert (x0, x1) == (pytest.approx(370), pytest.approx(910))
    assert (y0, y1) == (0, 720)
    for name in layout_files():
        compose(load_layout(name), [empty] * 4, Words(), 0.1)


@pytest.mark.parametrize("name", layout_files())
def test_every_layout_has_a_place_for_the_events_logo(name):
    layout, logo = load_layout(name), Image.new("RGBA", (300, 100), (0, 200, 0, 255))
    (place,) = [layer for layer in layout.layers if isinstance(layer, Text) and layer.shows == "event"]
    layout = layout.model_copy(update={"layers": (*layout.slots[:1], place)})
    for event in ("", "Fair"):
        page = compose(layout, [], Words(event, logo=logo), 0.25).astype(int)
        rows, columns = np.nonzero(np.abs(page - (0, 200, 0)).max(-1) < 3)
        assert len(rows) > 100
        box = np.array([place.y, place.y + place.height, place.x, place.x + place.width]) * layout.px * 0.25
        assert box[0] - 1 <= rows.min()
        assert rows.max() <= box[1] + 1
        assert box[2] - 1 <= columns.min()
        assert columns.max() <= box[3] + 1


def test_frames_take_the_events_accent_where_the_layout_leaves_it_to_the_event():
    own, asked = (slot(300, 100, border=20, border_colour=(1, 2, 3), accent=accent) for accent in (False, True))
    picture = made(faces=())
    for layer, accent, colour in ((asked, (9, 99, 199), (9, 99, 199)), (asked, None, (1, 2, 3)), (own, (9, 99, 199), (1, 2, 3))):
        assert tuple(compose(page_of(layer), [picture], Words(accent=accent))[50, 10]) == colour


def test_words_take_the_accent_only_where_it_can_be_read():
    where = Text(kind="text", shows="date", x=0, y=0, width=400, height=300, size=120, colour=(90, 90, 90), accent=True)
    layers = slot(10, 10).model_copy(update={"x": 390.0, "y": 290.0}), where
    for accent, seen in (((16, 16, 128), (16, 16, 128)), ((255, 224, 0), (90, 90, 90))):
        page = compose(page_of(*layers), [made(faces=())], Words(date="2026", accent=accent))
        assert (page[:280] == seen).all(-1).sum() > 500


def page_of(*layers) -> Layout:
    return Layout(title=NOTHING, unit="px", width=400, height=300, layers=layers)


def test_slots_repeat_and_reorder_pictures_and_wait_for_missing_ones():
    places = [slot(100, 100).model_copy(update={"x": float(100 * n), "picture": p}) for n, p in enumerate((2, 1, 2, 3))]
    row = compose(page_of(*places), [made(faces=(), colour=(255, 0, 0)), made(faces=(), colour=(0, 0, 255))], Words())
    assert [tuple(row[50, x]) for x in (50, 150, 250, 350)] == [(0, 0, 255), (255, 0, 0), (0, 0, 255), WAITING]


def test_a_turned_slot_with_round_corners_and_border():
    where = Picture(kind="picture", picture=1, x=100, y=100, width=200, height=100, degrees=90, radius=20, border=6, border_colour=(0, 0, 0))
    page = compose(page_of(where), [made(faces=(), colour=(255, 0, 0))], Words())
    assert tuple(page[150, 200]) == (255, 0, 0)
    assert tuple(page[60, 200]) == (255, 0, 0)                  # upright now: 100 wide, 200 high
    assert tuple(page[150, 110]) == (255, 255, 255)
    assert page[150, 152].max() < 10                            # its border
    assert tuple(page[51, 151]) == (255, 255, 255)              # its corner


def test_a_scene_shows_visitors_and_nothing_behind_them():
    drawn = made(colour=(0, 255, 0))
    drawn.people[100:160, 60:120] = 255                         # a bag on a chair: no face in it
    where = Cutout(kind="cutout", picture=1, x=0, y=0, width=400, height=300, face=0.2, outline=4)
    page = compose(page_of(where), [drawn], Words()).astype(int)
    assert (np.abs(page - (230, 120, 60)).max(-1) < 12).mean() > 0.1
    assert not ((page[..., 1] > 150) & (page[..., 0] < 100)).any()
    assert np.abs(page[:60, :60] - 255).max() < 8
    shadow = compose(page_of(where.model_copy(update={"shadow": 0.0})), [drawn], Words()).astype(int)
    assert (shadow - page).max() > 20


def test_a_visitor_cut_by_the_pictures_side_is_cut_by_the_panels_side_too():
    drawn = made(faces=[(40, 200, 160)])
    where = Cutout(kind="cutout", picture=1, x=0, y=0, width=400, height=300, face=0.1, focus=(0.5, 0.5))
    assert window_of(where, drawn)[0] == 0


def bubble(**more) -> Bubble:
    words = Translated(ko="네", en="Yes", ja="はい")
    return Bubble(kind="bubble", x=100, y=60, width=200, height=120, tail=(60, 260), words=words, size=40, line=4, **more)


@pytest.mark.parametrize("shape", ["round", "shout", "thought", "box"])
def test_a_bubble_is_white_with_a_line_around_and_a_tail_to_its_speaker(shape):
    layers = slot(400, 300), bubble(shape=shape)
    page = compose(page_of(*layers), [made(faces=(), colour=(255, 0, 0))], Words(language="en"))
    assert tuple(page[120, 130]) == (255, 255, 255)
    assert (page[120].max(-1) < 60).any()
    around_tip = page[240:275, 40:80]
    assert (around_tip.max(-1) < 90).any()
    assert tuple(page[290, 390]) == (255, 0, 0)


def test_visitors_write_their_own_words_or_none():
    layers = slot(400, 300), bubble()
    said, own, hidden = (compose(page_of(*layers), [made(faces=())], Words(language="en", bubbles=b)) for b in ((), ("No",), ("",)))
    assert (said != own).any()
    assert (hidden == (120, 160, 200)).all()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_files_carry_profile_and_resolution(kind, four):
    layout = load_layout("strip")
    with Image.open(io.BytesIO(encode(compose(layout, four, Words()), layout, kind))) as image:
        assert image.size == (600, 1800)
        assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"])))
        if kind != "WEBP":
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_two_strips_share_a_sheet(four):
    strip = compose(load_layout("strip"), four, Words())
    both = sheet(strip)
    assert both.shape == (1800, 1200, 3)
    assert (both[:, :600] == both[:, 600:]).all()


def test_a_strip_from_files(tmp_path, photo):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "layout.toml").write_text(GOOD, encoding="utf-8")
    Image.new("RGBA", (60, 180)).save(tmp_path / "own" / "back.png")
    Image.fromarray(photo).save(tmp_path / "a.png")
    target = tmp_path / "out.png"
    target.write_bytes(b"old")
    refused = [(["a.png"], "out.gif", "own", "must end in"), (["a.png"], "no/out.png", "own", "there is no folder"),
               (["a.png"], "out.png", "x", "no layout"), (["a.png"] * 3, "out.png", "strip", "needs 4 photos, 3"),
               (["b.png"], "out.png", "own", "no such file")]
    for names, out, layout, message in refused:
        with pytest.raises(UsageError, match=message):
            strip_files([tmp_path / n for n in names], tmp_path / out, layout, "romance", tmp_path)
    assert target.read_bytes() == b"old"
    assert strip_files([tmp_path / "a.png"], target, "own", "romance", tmp_path) == 1
    with Image.open(target) as image:
        assert image.size == (600, 1800)
