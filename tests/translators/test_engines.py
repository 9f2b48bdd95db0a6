import shutil

import numpy as np
import pytest

from booth import resources
from booth.errors import PermanentError, TranslationFailed, WeightsError
from booth.frame import Crop, frozen
from booth.translators import cuda_ready, make_translator
from booth.translators.cpu import OpenVinoTranslator
from booth.translators.manifest import load_network
from booth.vision.cropper import Cropper

torch_engine = pytest.importorskip("booth.translators.cuda", reason="torch is not installed")


@pytest.fixture(scope="module")
def crops(request):
    photo, face = (request.getfixturevalue(n) for n in ("photo", "face"))
    first = Cropper().cut(photo, face)
    return [first, *(Crop(i, frozen(np.clip(first.image * k, 0, 255).astype(np.uint8)), first.affine) for i, k in ((2, 0.6), (3, 1.3)))]


def test_both_engines_draw_the_same(crops):
    exact = OpenVinoTranslator(load_network(), precise=True)
    torch_cpu = torch_engine.TorchTranslator(load_network(), "cpu")
    for a, b in zip(exact.translate(crops), torch_cpu.translate(crops), strict=True):
        assert a.track_id == b.track_id
        for layer in ("areas", "maps"):
            difference = np.abs(getattr(a, layer).astype(int) - getattr(b, layer).astype(int))
            assert difference.max() <= 2
        assert np.abs(a.traits - b.traits).max() < 0.01
    exact.close()
    torch_cpu.close()


def test_the_fast_precision_stays_close_to_the_exact_one(crops):
    exact, fast = OpenVinoTranslator(load_network(), precise=True), OpenVinoTranslator(load_network())
    for a, b in zip(exact.translate(crops), fast.translate(crops), strict=True):
        difference = np.abs(a.areas.astype(int) - b.areas.astype(int))
        assert difference.mean() < 2.5
        assert (difference > 40).mean() < 0.01
    exact.close()
    fast.close()


def test_the_network_knows_hair_skin_and_background(crops, face, photo):
    engine = OpenVinoTranslator(load_network())
    areas = engine.translate(crops[:1])[0].areas.astype(int)
    head, hair = areas[..., 0], areas[..., 1]
    assert (head[115:165, 105:150] > 200).mean() > 0.97         # the middle of the face is head …
    assert (hair[120:165, 105:150] < 60).mean() > 0.95          # … and not hair
    assert (hair[45:62, 110:150] > 128).mean() > 0.8            # the crown is hair
    assert head[:20, :20].max() < 128                           # the corner is room
    engine.close()


def test_a_batch_may_be_empty_or_large(crops):
    engine = OpenVinoTranslator(load_network())
    assert engine.translate([]) == []
    many = [Crop(i, crops[0].image, crops[0].affine) for i in range(7)]
    out = engine.translate(many)
    assert [s.track_id for s in out] == list(range(7))
    assert all(np.array_equal(s.areas, out[0].areas) for s in out)
    assert not out[0].areas.flags.writeable
    engine.close()


def test_a_wrong_crop_is_refused(crops):
    engine = OpenVinoTranslator(load_network())
    with pytest.raises(TranslationFailed):
        engine.translate([Crop(1, np.zeros((10, 10, 3), np.uint8), crops[0].affine)])
    engine.close()


def test_weights_missing_or_altered_are_named(tmp_path):
    with pytest.raises(WeightsError, match="missing"):
        load_network(folder=tmp_path)
    folder = tmp_path / "weights"
    shutil.copytree(resources.weights(), folder)
    network = load_network(folder=folder)
    path = folder / network.onnx
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(WeightsError, match="altered"):
        OpenVinoTranslator(network)
    path.unlink()
    with pytest.raises(WeightsError, match="missing"):
        OpenVinoTranslator(network)
    (folder / "manifest.toml").write_text("nonsense = [")
    with pytest.raises(WeightsError, match="cannot be used"):
        load_network(folder=folder)


def test_auto_takes_the_cpu_without_a_gpu_and_cuda_says_what_to_do():
    if cuda_ready():
        pytest.skip("this machine has a GPU")
    engine = make_translator("auto")
    assert engine.name == "cpu"
    engine.close()
    with pytest.raises(PermanentError, match="--engine cpu"):
        make_translator("cuda")
