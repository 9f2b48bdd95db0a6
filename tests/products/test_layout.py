"""Layouts are data: what is wrong in one is named, with its file and field."""

import pytest
from PIL import Image

from booth.errors import UsageError
from booth.products.layout import Cutout, layout_files, load_layout

GOOD = """
title = { ko = "가", en = "a", ja = "あ" }
unit = "mm"
width = 50.8
height = 152.4
[[layers]]
kind = "art"
file = "back.png"
[[layers]]
kind = "picture"
picture = 1
x = 3
y = 3
width = 40
height = 30
"""
BUILT_IN = {"strip": (600, 1800), "grid": (1200, 1800), "square": (1080, 1080), "page": (1200, 1800), "scroll": (800, 3840),
            "street": (1200, 1800), "rooftop": (1200, 1800)}


@pytest.fixture
def own(tmp_path):
    """Writes a layout called "own" and returns the folder to look in."""
    def write(text=GOOD, size=(60, 180)):
        folder = tmp_path / "own"
        folder.mkdir(exist_ok=True)
        (folder / "layout.toml").write_text(text, encoding="utf-8")
        if size:
            Image.new("RGBA", size).save(folder / "back.png")
        return tmp_path
    return write


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_layouts_load_at_their_print_size(name):
    layout = load_layout(name)
    assert layout.size_px == BUILT_IN[name]
    assert layout.pictures == 4
    for words in (layout.title, *(bubble.words for bubble in layout.bubbles)):
        assert all((words.ko, words.en, words.ja))


def test_two_layouts_are_scenes_with_cut_out_visitors():
    scenes = [name for name in layout_files() if any(isinstance(slot, Cutout) for slot in load_layout(name).slots)]
    assert scenes == ["rooftop", "street"]


def test_own_layouts_go_before_built_in_ones(own):
    folder = own()
    (folder / "own").rename(folder / "strip")
    assert layout_files(folder)["strip"].is_relative_to(folder)
    assert load_layout("strip", folder).pictures == 1
    assert set(layout_files(folder)) == set(BUILT_IN)


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(UsageError, match=r"no layout called 'nothing'; there are: grid, page"):
        load_layout("nothing")


@pytest.mark.parametrize(("change", "message"), [
    (("width = 50.8", "width = "), r"line 4"),
    (("width = 40", "width = -4"), r"layer 2 \(picture\), width: Input should be greater than 0"),
    (("x = 3\n", "x = 3\nedge = 1\n"), r"layer 2 \(picture\), edge: Extra inputs"),
    (('kind = "picture"', 'kind = "photo"'), r"layer 2: Input tag 'photo'"),
    (("picture = 1", "picture = 0"), r"layer 2 \(picture\), picture:"),
    (('ja = "あ"', "me = 1"), r"title\.ja: Field required"),
    (("height = 152.4", "height = 11000"), r"width, height: .* pixels"),
    (('file = "back.png"', 'file = "../secret.png"'), r"layer 1 \(art\), file:"),
    (('file = "back.png"', 'file = "other.png"'), r"there is no other.png beside it"),
])
def test_a_mistake_is_named_with_file_and_field(own, change, message):
    folder = own(GOOD.replace(*change, 1))
    with pytest.raises(UsageError, match=message) as caught:
        load_layout("own", folder)
    assert "layout.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_art_must_be_a_picture_of_the_pages_shape(own):
    with pytest.raises(UsageError, match=r"back.png is 180 × 60 pixels, the page is 600 × 1800"):
        load_layout("own", own(size=(180, 60)))
    folder = own(size=None)
    (folder / "own" / "back.png").write_bytes(b"no picture")
    with pytest.raises(UsageError, match=r"back.png is not a picture"):
        load_layout("own", folder)


def test_a_layout_without_a_slot_is_no_layout(own):
    with pytest.raises(UsageError, match="no picture among them"):
        load_layout("own", own(GOOD[:GOOD.rindex("[[layers]]")]))
