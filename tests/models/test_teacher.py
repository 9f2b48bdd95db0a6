import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="the lab is not installed")

from booth import facemap as fm
from booth.geometry import polygon_mask
from booth.translators.manifest import load_network
from models.teacher import regions as r
from models.teacher.build import gate, main
from models.teacher.consensus import Consensus
from models.teacher.layers import NAMES, hair_tone, layers
from models.teacher.portrait import SIZE, Aligner, load_rgb
from models.teacher.tags import read_rejects, read_tags


@pytest.fixture(scope="module")
def portrait(request):
    return Aligner().align(request.getfixturevalue("photo"), "astronaut", frozenset())


@pytest.fixture(scope="module")
def drawn(portrait):
    return layers(portrait)[0]


def test_areas_of_a_known_photo(portrait, drawn):
    a = dict(zip(NAMES, drawn.astype(float) / 255, strict=True))
    inner = polygon_mask(portrait.points[list(fm.OVAL), :2], SIZE) > 0.9
    face = r.FaceFrame(portrait.points, SIZE)
    assert a["skin"][inner & (face.v > -0.7)].mean() > 0.9
    assert a["hair"][(face.v < -1.1) & (face.v > -1.25) & (np.abs(face.u) < 0.3)].mean() > 0.8
    assert a["background"][:40, :40].mean() > 0.9
    assert a["cloth"][-20:, SIZE // 2 - 40:SIZE // 2 + 40].mean() > 0.7
    total = sum(a[n] for n in NAMES[:4])
    assert np.abs(total - 1).max() < 0.02


def test_no_beard_unless_somebody_saw_one(portrait):
    import dataclasses
    assert layers(portrait)[0][4].max() == 0
    darkened = portrait.rgb.copy()
    lower = polygon_mask(portrait.points[[93, 58, 150, 152, 379, 288, 323, 2], :2], SIZE) > 0.5
    darkened[lower] = darkened[lower] // 3
    seen = dataclasses.replace(portrait, rgb=darkened, tags=frozenset({"beard"}))
    assert (layers(seen)[0][4] > 128).sum() > 500


def test_a_wearers_glasses_are_unknown_until_a_network_finds_them(portrait):
    import dataclasses
    wearer = dataclasses.replace(portrait, tags=frozenset({"glasses"}))
    assert layers(portrait)[1]
    assert not layers(wearer)[1]


def test_the_network_corrects_the_heuristics(portrait, drawn):
    """Areas still sum to one; where both agree, labels count; drawn glasses are found and become a clean pair of rims."""
    import dataclasses

    from booth.frame import Glasses, Rims
    from booth.render import glasses as rims
    pair = Glasses(Rims(0.40, 0.27, 2.6, 0.05, 0.03), thick=0.055)
    frame = rims.coverage(pair, portrait.points, SIZE)[..., None]
    rgb = (portrait.rgb * (1 - frame) + 20 * frame).astype(np.uint8)
    wearer = dataclasses.replace(portrait, rgb=rgb, tags=frozenset({"glasses"}))
    maps, known = layers(wearer, Consensus(load_network().checked("onnx")))
    assert np.abs(maps[:4].astype(int).sum(0) - 255).max() <= 3
    face = polygon_mask(portrait.points[list(fm.OVAL), :2], SIZE) > 0.9
    assert maps[NAMES.index("counts")][face].mean() > 200
    assert known
    found = maps[NAMES.index("glasses")] > 128
    assert found[frame[..., 0] > 0.9].mean() > 0.6
    assert found[cv2.dilate(frame, np.ones((9, 9))) < 0.1].mean() < 0.01


def test_rejects_say_why():
    reasons = {"hair_spill", "hair_missing", "face_not_skin", "background", "glasses", "beard", "shadow", "cloth", "other"}
    assert len(read_rejects()) > 100
    assert set(read_rejects().values()) <= reasons


def test_the_jaw_casts_its_shadow_on_the_neck(portrait, drawn):
    chin = portrait.points[152, :2]
    y, x = int(chin[1] + 0.08 * r.FaceFrame(portrait.points, SIZE).height), int(chin[0])
    assert drawn[5][y, x] > 200


def test_the_gate_accepts_the_good_and_rejects_the_bad(portrait, drawn):
    assert gate(portrait.points, drawn, frozenset()) is None
    hairless = drawn.copy()
    hairless[1] = np.maximum(hairless[1], hairless[2])
    hairless[2] = 0
    assert gate(portrait.points, hairless, frozenset()) == "no hair and not bald"
    assert gate(portrait.points, hairless, frozenset({"bald"})) is None
    spilled = np.zeros_like(drawn)
    spilled[2] = 255
    assert gate(portrait.points, spilled, frozenset()) == "face is not skin"


def test_hair_without_hair_is_plain():
    assert np.all(hair_tone(np.zeros((SIZE, SIZE), np.float32), np.zeros((SIZE, SIZE), np.float32)) == 0.5)


def test_guided_filter_keeps_edges_and_smooths_the_rest():
    guide = np.zeros((40, 40, 3), np.float32)
    guide[:, 20:] = 1
    noisy = guide[..., 0] + np.random.default_rng(0).normal(0, 0.2, (40, 40)).astype(np.float32)
    out = r.guided_filter(guide, noisy[None], 4, 1e-3)[0]
    assert out[:, :18].std() < 0.06
    assert out[:, 22:].mean() - out[:, :18].mean() > 0.9


def test_tags_name_files_once():
    tags = read_tags()
    assert len(tags) > 500
    assert {"glasses", "beard", "bald"} <= set().union(*tags.values())


def test_build_of_an_empty_folder_is_wrong_use(tmp_path, capsys):
    assert main(["--photos", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "no portraits" in capsys.readouterr().err
    with pytest.raises(OSError, match="not a picture"):
        load_rgb(tmp_path / "none.jpg")
