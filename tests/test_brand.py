"""An event's logo and accent: what can be used is used, what cannot is one plain line, and both can be seen."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from booth.brand import BLACK, KEPT_PX, WHITE, as_legible, contrast, load_brand, load_logo, sized, text_on
from booth.errors import UsageError
from booth.settings import EventSettings


def drawn(colour=(20, 60, 120), ground=(0, 0, 0, 0), size=(300, 200)) -> Image.Image:
    picture = Image.new("RGBA", size, ground)
    ImageDraw.Draw(picture).rectangle((50, 50, 249, 99), (*colour, 255))
    return picture


@pytest.mark.parametrize("kind", ["png", "webp", "jpg"])
def test_a_logo_of_each_kind_is_read_without_its_clear_margin(tmp_path, kind):
    file = tmp_path / f"logo.{kind}"
    (drawn().convert("RGB") if kind == "jpg" else drawn()).save(file, lossless=True)
    assert load_logo(file).size == ((300, 200) if kind == "jpg" else (200, 50))
    assert load_logo(file).mode == "RGBA"


def test_a_large_logo_is_kept_small(tmp_path):
    Image.new("RGB", (4096, 100), "tomato").save(tmp_path / "wide.png")
    assert load_logo(tmp_path / "wide.png").width == KEPT_PX


def a_text(file: Path) -> None:
    file.write_text("<svg/>")


@pytest.mark.parametrize(("make", "words"), [
    (lambda file: None, "there is no file"),
    (Path.mkdir, "there is no file"),
    (os.mkfifo, "there is no file"),
    (a_text, "is not a picture that can be read"),
    (lambda file: file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40)), "is not a picture that can be read"),
    (lambda file: Image.new("P", (8, 8)).save(file, "GIF"), "is not a picture that can be read"),
    (lambda file: Image.new("1", (4097, 10)).save(file, "PNG"), "4096 a side at most"),
    (lambda file: Image.new("RGBA", (9, 9)).save(file, "PNG"), "clear all over"),
    (lambda file: os.truncate(os.open(file, os.O_CREAT | os.O_WRONLY), 21 * 2**20), "too large"),
])
def test_what_is_no_logo_is_one_plain_line(tmp_path, make, words):
    make(tmp_path / "logo.png")
    with pytest.raises(UsageError, match=words) as caught:
        load_brand(EventSettings(logo=tmp_path / "logo.png"))
    assert str(caught.value).startswith("event.logo: ")
    assert "\n" not in str(caught.value)


def test_what_is_written_on_an_accent_can_be_read():
    for accent in ("#ffe000", "#101080", "#ff5a3c", "#7f7f7f", "#ffffff", "#000000"):
        colour = load_brand(EventSettings(accent=accent)).accent
        assert contrast(text_on(colour), colour) >= 4.0
    assert (text_on((255, 224, 0)), text_on((16, 16, 128))) == (BLACK, WHITE)
    assert contrast(WHITE, (0, 0, 0)) == pytest.approx(21)
    assert as_legible((16, 16, 128), (90, 90, 90), WHITE)
    assert not as_legible((255, 224, 0), (90, 90, 90), WHITE)


def test_a_logo_lies_on_a_plate_only_where_it_could_not_be_seen():
    tile = sized(drawn(WHITE).crop((40, 40, 260, 110)), 400, 60, (251, 244, 228))
    assert tile.getpixel((tile.width // 2, 1))[:3] == BLACK
    assert tile.height <= 60
    for logo, ground in ((drawn(WHITE), BLACK), (drawn((20, 60, 120)), WHITE), (drawn(WHITE, (255, 255, 255, 255)), WHITE)):
        tile = sized(logo, 400, 60, ground)
        assert tile.size == (90, 60)                               # no plate: as large as there is room
        assert np.asarray(tile)[0, 0, 3] == np.asarray(logo)[0, 0, 3]
