"""Whatever comes in: a calm picture, or one plain line; never a monster."""

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from booth.errors import UsageError
from booth.products.still import LARGEST, Studio, draw_file, load_photo
from booth.render.style import load_style

STYLE = load_style("romance")


@pytest.fixture(scope="module")
def studio():
    studio = Studio("cpu")
    yield studio
    studio.close()


def draw(photo, studio):
    """The drawing and how many faces are in it."""
    drawn = studio.draw(photo, STYLE)
    assert drawn.people.shape == drawn.image.shape[:2]
    return drawn.image, len(drawn.boxes)


def flat_share(picture):
    """Share of pixels equal to their right neighbour: drawings have much of it, photos little."""
    return float((np.abs(np.diff(picture.astype(int), axis=1)).max(-1) <= 1).mean())


@pytest.mark.parametrize("scene", [data.chelsea, data.coffee, data.rocket])
def test_an_animal_or_a_thing_is_drawn_without_a_face(studio, scene):
    picture, faces = draw(np.ascontiguousarray(scene()), studio)
    assert faces == 0
    assert flat_share(picture) > flat_share(scene())


def test_half_a_face_is_drawn_or_left_out_but_never_beside_it(studio, photo):
    """Cut through the nose: whatever is drawn stays where the face is."""
    half = np.ascontiguousarray(photo[:, 228:420])
    picture, _ = draw(half, studio)
    room, _ = draw(np.ascontiguousarray(photo[:, 420:]), studio)
    assert picture.shape[0] >= 720
    assert flat_share(picture) > flat_share(half)
    assert room.shape[0] >= 720


@pytest.mark.parametrize("pixels", [12, 20, 30])
def test_a_face_of_a_few_pixels(studio, photo, pixels):
    wall = np.full((480, 640, 3), 120, np.uint8)
    small = cv2.resize(photo[60:200, 160:300], None, fx=pixels / 94, fy=pixels / 94, interpolation=cv2.INTER_AREA)
    wall[200:200 + small.shape[0], 300:300 + small.shape[1]] = small
    picture, faces = draw(wall, studio)
    assert faces <= 1
    assert np.ptp(picture[:100].reshape(-1, 3), axis=0).max() < 12        # nothing appears where nothing is


def test_a_greyscale_photo_gives_grey_skin(studio, photo):
    grey = cv2.cvtColor(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    picture, faces = draw(grey, studio)
    assert faces == 1
    scale = picture.shape[0] / 512
    forehead = picture[int(98 * scale):int(102 * scale), int(215 * scale):int(235 * scale)].reshape(-1, 3)
    assert np.ptp(np.median(forehead, 0)) < 12


def test_a_painting_of_a_face_is_a_character_too(studio, photo):
    _, faces = draw(cv2.stylization(photo, sigma_s=60, sigma_r=0.45), studio)
    assert faces == 1


def test_a_photo_turned_by_its_exif_is_drawn_upright(tmp_path, photo):
    turned = Image.fromarray(np.ascontiguousarray(np.rot90(photo)))       # as a camera held on its side stores it
    exif = turned.getexif()
    exif[0x0112] = 6                                                      # "turn right to view"
    turned.save(tmp_path / "side.jpg", quality=95, exif=exif)
    upright = load_photo(tmp_path / "side.jpg").astype(int)
    assert upright.shape == photo.shape
    assert np.abs(upright - photo).mean() < 6
    assert draw_file(tmp_path / "side.jpg", tmp_path / "out.png", "office") == 1


def test_a_photo_of_12000_pixels_is_drawn_at_a_prints_size(tmp_path, photo):
    wide = Image.new("RGB", (12000, 3000), (120, 130, 140))
    wide.paste(Image.fromarray(photo).resize((3000, 3000)), (4500, 0))
    wide.save(tmp_path / "wide.jpg", quality=80)
    assert draw_file(tmp_path / "wide.jpg", tmp_path / "out.jpg", "romance") == 1
    with Image.open(tmp_path / "out.jpg") as out:
        assert max(out.size) == LARGEST


def test_every_character_draws_a_photo(tmp_path, photo):
    from booth.render.style import style_files
    Image.fromarray(photo).save(tmp_path / "in.png")
    for name in style_files():
        assert draw_file(tmp_path / "in.png", tmp_path / f"{name}.webp", name) == 1
        with Image.open(tmp_path / f"{name}.webp") as out:
            assert out.size == (1024, 1024)
    with pytest.raises(UsageError, match="no style"):
        draw_file(tmp_path / "in.png", tmp_path / "x.png", "nobody")


def test_people_are_where_the_matte_says(studio, photo):
    drawn = studio.draw(photo, STYLE)
    scale = drawn.image.shape[0] / 512
    x0, y0, x1, y1 = (drawn.boxes[0]).astype(int)
    assert abs(x0 / scale - 187) < 25
    assert drawn.people[y0:y1, x0:x1].mean() > 225                         # the face
    assert drawn.people[int(440 * scale):, int(230 * scale):int(330 * scale)].mean() > 250    # the body
    assert drawn.people[:int(100 * scale), int(430 * scale):].mean() < 20  # the wall
