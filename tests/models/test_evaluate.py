"""The report on two pictures of one person, and what its parts say of drawings that are known to be right or wrong."""

import dataclasses
import json
from functools import partialmethod

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="the lab is not installed")

from booth.geometry import crop_affine
from models.evaluate import eyes, families, people, skin, video
from models.evaluate.drawing import Artist
from models.evaluate.failure import DEFINITIONS, Truth, judge, misplacement, seam_share, seen_features, tally
from models.evaluate.people import Photo, find_photos, kept_and_invented
from models.evaluate.run import main
from models.evaluate.sheets import MOST_BYTES, encoded, pair, sheet
from models.evaluate.video import Steadiness


@pytest.fixture(scope="module")
def head(request):
    return np.ascontiguousarray(request.getfixturevalue("photo")[20:260, 110:350])


@pytest.fixture(scope="module")
def artist():
    artist = Artist("romance")
    yield artist
    artist.close()


@pytest.fixture(scope="module")
def drawn(artist, head):
    return artist.photo(head)


def as_if(drawn, picture):
    """``drawn``, had it come out as ``picture`` (H, W, 3)."""
    large = cv2.resize(picture, drawn.picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return dataclasses.replace(drawn, picture=large, meant=drawn.points[:, :2] * drawn.scale)


def test_a_photo_is_like_itself(artist, head, drawn):
    same = as_if(drawn, head)
    found = skin.compare(same)
    assert (found.de00, found.de00_mean, found.de00_all) == pytest.approx((0, 0, 0), abs=0.1)
    assert found.ita_in == pytest.approx(found.ita_out, abs=0.3)
    assert set(judge(artist, same, Truth(glasses=False, beard=False)).reasons) <= {"seam"}       # its room is another
    steady = Steadiness()
    for dx in range(3):
        now, after = (np.roll(head, dx + k, 1) for k in (0, 1))
        steady.add((now, now), (after, after), None)
    assert steady.ratios("picture") == pytest.approx((1, 1))
    assert steady.ratios("face") == (None, None)


def test_every_reason_can_be_given(artist, head, drawn):
    blue = as_if(drawn, head[..., ::-1])
    assert "skin tone" in judge(artist, blue, Truth()).reasons
    wrong = judge(artist, drawn, Truth(glasses=True, beard=True)).reasons
    assert {"glasses missing", "beard missing"} <= set(wrong)
    dressed_up = dataclasses.replace(drawn.adapted.person, wears=0.74, bearded=1.0)
    dressed_up = dataclasses.replace(drawn, adapted=dataclasses.replace(drawn.adapted, person=dressed_up))
    assert {"glasses invented", "beard invented"} <= set(judge(artist, dressed_up, Truth(glasses=False, beard=False)).reasons)
    assert judge(artist, None, Truth()).reasons == ("no drawing",)
    assert "not found again" in judge(artist, as_if(drawn, np.full_like(head, 200)), Truth()).reasons
    lower = np.roll(head, 12, 0)
    assert "misplaced" in judge(artist, as_if(drawn, lower), Truth()).reasons
    covered = np.zeros(head.shape[:2], bool)
    covered[60:160, 60:160] = True
    assert "drawn over" in judge(artist, drawn, Truth(hidden=covered)).reasons
    assert tally([judge(artist, None, Truth())])["reasons"] == {"no drawing": 1}
    assert set(wrong) <= set(DEFINITIONS)


def test_a_square_pasted_in_the_crop_shows_its_seam(drawn):
    assert seam_share(drawn) < 0.15
    size = drawn.crop.image.shape[0]
    tight = cv2.invertAffineTransform(crop_affine(drawn.points, size, span=1.2)) * drawn.scale         # it lies well inside the photo
    block = cv2.warpAffine(np.ones((size, size), np.float32), tight, drawn.room.shape[1::-1])[..., None]
    soft = cv2.GaussianBlur(block, (0, 0), 0.07 * drawn.room.shape[0])[..., None]
    with_head = lambda alpha: dataclasses.replace(drawn, to_canvas=tight, picture=(drawn.room * (1 - 0.4 * alpha)).astype(np.uint8))
    assert seam_share(with_head(block)) > 0.8
    assert seam_share(with_head(soft)) == 0


def test_lids_can_be_shut_and_hidden_features_do_not_count(artist, head, drawn):
    assert (eyes.openness(drawn.points) > eyes.OPEN).all()
    asleep = artist.photo(eyes.closed(head, drawn.points))
    assert (eyes.openness(asleep.points) < eyes.SHUT).all()
    shut = artist.find(asleep.picture, asleep.meant)
    opened = artist.find(drawn.picture, drawn.meant)
    assert (eyes.openness(shut) < eyes.DRAWN_SHUT).all()
    assert (eyes.openness(opened) > eyes.DRAWN_SHUT).all()
    sunk = drawn.meant + np.float32([0, 30])
    assert misplacement(drawn.meant, sunk) > 0.08
    hidden = np.zeros(head.shape[:2], bool)
    assert len(seen_features(drawn.points, hidden)) == 4
    hidden[int(drawn.points[1, 1]):] = True                    # below the tip of the nose
    assert seen_features(drawn.points, hidden) == ["right eye", "left eye"]
    assert misplacement(drawn.meant, sunk, seen_features(drawn.points, ~np.zeros_like(hidden))) == 0


def test_families_change_the_picture_and_repeat_for_the_same_seed(head, drawn):
    rgb, points = families.square(head, drawn.points)
    person = families.Person(rgb, points, np.ones(rgb.shape[:2], np.float32), False)
    for family in families.FAMILIES:
        one, two = (families.alter(family, person, np.random.default_rng(4)) for _ in range(2))
        assert np.array_equal(one.rgb, two.rgb)
        assert one.rgb.dtype == np.uint8
        assert family == "as is" or not np.array_equal(one.rgb, rgb)
    assert families.alter("drawn glasses", person, np.random.default_rng(0)).glasses is True
    assert families.alter("hand", person, np.random.default_rng(0)).hidden.mean() > 0.01
    dark, fair = (families.alter(f, person, np.random.default_rng(0)).rgb.mean() for f in ("dark skin", "fair skin"))
    assert dark + 40 < fair


def test_attributes_count_only_where_somebody_looked(tmp_path):
    counts = kept_and_invented([(True, 1.0), (True, 0.3), (False, 0.1), (None, 1.0)])
    assert (counts["kept"], counts["invented"]) == (0.5, 0.0)
    assert counts["invented_counts"]["n"] == 1
    assert kept_and_invented([(False, 0.3)])["invented"] == 1            # faint glasses are seen
    assert kept_and_invented([(None, 1.0)])["kept"] is None
    assert Photo(tmp_path, frozenset({"stubble"})).beard is None
    assert Photo(tmp_path, frozenset({"moustache"})).beard is True
    assert Photo(tmp_path, None).wears is None


def test_folders_without_any_tag_are_unknown_and_bad_photos_are_left_out(tmp_path):
    for name in ("known/a.png", "known/b.png", "known/c.png", "new/d.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    tags = {"a.png": frozenset({"glasses"}), "c.png": frozenset({"art"})}
    photos, unusable = find_photos([tmp_path / "known", tmp_path / "new"], tags, False, None)
    assert {p.path.name: p.wears for p in photos} == {"a.png": True, "b.png": False, "d.png": None}
    assert unusable == 1


def test_sheets_stay_small(head, drawn):
    tile = pair(head, drawn.picture, drawn.points)
    noise = np.random.default_rng(0).integers(0, 255, tile.shape, np.uint8)
    assert len(encoded(sheet([tile, noise] * 12))) <= MOST_BYTES
    assert sheet([tile] * 5, 4).shape == (2 * tile.shape[0], 4 * tile.shape[1], 3)


def test_report_of_two_pictures(tmp_path, head, monkeypatch):
    """Every part of it, of less: fewer families, characters and repetitions."""
    monkeypatch.setattr(families, "FAMILIES", {k: families.FAMILIES[k] for k in ("as is", "hand", "drawn glasses")})
    monkeypatch.setattr(people, "characters", lambda: ["romance", "night"])
    monkeypatch.setattr(video, "STILL_FRAMES", video.WARM + 4)
    monkeypatch.setattr(Artist, "face_ms", partialmethod(Artist.face_ms, times=3))
    photos = tmp_path / "photos"
    photos.mkdir()
    for name, rgb in (("one.png", head), ("two.png", head[:, ::-1])):
        cv2.imwrite(str(photos / name), np.ascontiguousarray(rgb[..., ::-1]))
    film = cv2.VideoWriter(str(tmp_path / "v.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 25, (240, 240))
    for k in range(24):
        film.write(np.ascontiguousarray(np.roll(head, k % 3, 1)[..., ::-1]))
    film.release()
    (tmp_path / "tags.csv").write_text("file,tags\none.png,longhair\n")
    out, page = tmp_path / "out.json", tmp_path / "out.html"
    assert main(["--photos", str(photos), "--video", str(tmp_path / "v.mp4"), "--json", str(out), "--html", str(page),
                 "--sheets", str(tmp_path / "s"), "--tags", str(tmp_path / "tags.csv")]) == 0
    numbers = json.loads(out.read_text())
    assert numbers["people"] == numbers["drawn"] == 2
    assert {"characters", "warp_ratio", "warp_ratio_raw", "flicker_ratio", "skin", "expression_r", "glasses", "beard", "failure",
            "sharpness_ratio", "face_ms", "machine", "date", "style", "definitions", "eyes", "teacher", "parameters"} <= set(numbers)
    assert {"ita_slope", "de00_median", "bin_gap"} <= set(numbers["skin"])
    assert numbers["skin"]["de00_median"] < 10
    assert numbers["skin"]["bin_gap"] is None                   # nobody can tell from two people
    assert numbers["glasses"]["kept"] is None                   # nobody wears any
    assert numbers["glasses"]["invented"] == 0
    assert set(numbers["failure"]["by"]) == {"tone", "yaw", "size", "occlusion", "family", "character"}
    assert numbers["warp_ratio"] > 0
    assert numbers["face_ms"] > 0
    assert 0.5 < numbers["teacher"]["iou"]["head"] <= 1
    html = page.read_text()
    assert html.count("data:image/jpeg;base64,") == len(list((tmp_path / "s").glob("*.jpg"))) >= 4
    assert html.index("What counts as failed") < html.index("Failures")


@pytest.mark.parametrize(("more", "says"), [
    (["--photos", "{}/none"], "there is no folder"), (["--photos", "{}"], "no photos"), (["--photos", "{}/p", "--style", "nobody"], "no style"),
    (["--photos", "{}/p", "--video", "{}/none.mp4"], "no video"), (["--photos", "{}/p", "--tags", "{}/none.csv"], "no table of tags"),
    (["--photos", "{}/p", "--limit", "0"], "at least one")])
def test_wrong_use_is_one_plain_line(tmp_path, head, capsys, more, says):
    (tmp_path / "p").mkdir()
    cv2.imwrite(str(tmp_path / "p" / "a.png"), head)
    assert main([*(m.format(tmp_path) for m in more), "--json", str(tmp_path / "o.json")]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1
    assert not (tmp_path / "o.json").exists()
