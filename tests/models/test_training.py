"""The lab's way from photos to an exported network, on one photo and a few steps."""

import json
import warnings

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the lab is not installed")

from booth.translators.manifest import load_network
from booth.translators.network import LAYERS, OUTPUTS, TRAITS, LayerNet, Translator
from models.teacher.build import main as build
from models.translator import data as d
from models.translator.export import folded, raise_tone
from models.translator.export import main as export
from models.translator.losses import consistency, dice, layer_loss
from models.translator.train import main as train


@pytest.fixture(scope="module")
def lab(tmp_path_factory, request):
    """A built data set of two people (one held out by the hash of the name)."""
    root = tmp_path_factory.mktemp("lab")
    photos = root / "photos"
    photos.mkdir()
    kept = next(n for n in (f"k{i}.png" for i in range(99)) if not d.held_out(n))
    out = next(n for n in (f"h{i}.png" for i in range(99)) if d.held_out(n))
    for name in (kept, out):
        cv2.imwrite(str(photos / name), request.getfixturevalue("photo")[..., ::-1])
    cv2.imwrite(str(photos / "wall.png"), np.full((200, 200, 3), 99, np.uint8))
    assert build(["--photos", str(photos), "--out", str(root / "layers"), "--jobs", "1"]) == 0
    return root


def test_build_says_what_it_skipped(lab):
    index = json.loads((lab / "layers" / "index.json").read_text())
    assert len(index["names"]) == 2
    assert index["skipped"] == {"wall.png": "no face found"}


def test_the_split_is_fixed_and_disjoint(lab):
    kept, out = (d.Portraits(lab / "layers", t, {}) for t in (True, False))
    assert len(kept) == len(out) == 1
    assert kept.rows != out.rows
    assert d.held_out("congress_a000014_124f.jpg") == d.held_out("congress_a000014_124f.jpg")


def test_samples_are_varied_and_their_layers_stay_true(lab):
    people = d.Portraits(lab / "layers", True, {})
    plain = people.sample(0, np.random.default_rng(0), plain=True)
    assert plain["image"].shape == (3, 256, 256)
    assert plain["areas"].shape == (4, 256, 256)
    assert plain["maps"].shape == (5, 256, 256)
    samples = [people.sample(0, np.random.default_rng(k)) for k in range(24)]
    means = np.stack([s["image"].mean((1, 2)) for s in samples])
    assert means.std(0).min() > 10
    assert sum(s["maps"][3].max() > 200 for s in samples) >= 5          # glasses
    assert sum(s["maps"][4].max() > 200 for s in samples) >= 1          # something before the face
    for s in samples:
        inside = s["valid"] > 0
        assert np.abs(s["areas"].sum(0).astype(int)[inside] - 255).max() < 12


def test_samples_repeat_for_the_same_seed(lab):
    people = d.Portraits(lab / "layers", True, {})
    a, b = (people.sample(0, np.random.default_rng(5)) for _ in range(2))
    assert all(np.array_equal(a[k], b[k]) for k in a)


def test_unknown_glasses_teach_nothing(lab, tmp_path):
    for file in (lab / "layers").iterdir():
        (tmp_path / file.name).symlink_to(file)
    index = json.loads((lab / "layers" / "index.json").read_text())
    (tmp_path / "index.json").unlink()
    (tmp_path / "index.json").write_text(json.dumps({**index, "glasses_known": [False, False]}))
    assert d.Portraits(tmp_path, True, {}).sample(0, np.random.default_rng(0))["glasses_known"] == 0
    assert d.Portraits(lab / "layers", True, {}).sample(0, np.random.default_rng(0))["glasses_known"] == 1


def test_rejected_pairs_are_never_trained_on(lab, monkeypatch):
    names = json.loads((lab / "layers" / "index.json").read_text())["names"]
    monkeypatch.setattr(d, "read_rejects", lambda: dict.fromkeys(names, "hair_spill"))
    assert len(d.Portraits(lab / "layers", True, {})) == 0
    assert len(d.Portraits(lab / "layers", False, {})) == 1


def _batch(lab, n=2):
    people = d.Portraits(lab / "layers", True, {})
    samples = [people.sample(0, np.random.default_rng(k)) for k in range(n)]
    return {k: torch.from_numpy(np.stack([s[k] for s in samples])) for k in samples[0]}


def test_loss_is_lowest_for_the_truth(lab):
    batch = _batch(lab)
    areas, maps = batch["areas"].float() / 255, batch["maps"].float() / 255
    logit = lambda p: torch.logit(p.clamp(0.02, 0.98))
    truth = torch.cat([torch.log(areas.clamp_min(0.01)), logit(maps[:, :3]), logit(maps[:, 3:])], 1)
    said = 6.0 * (2 * batch["traits"].float() - 1)
    right, _ = layer_loss(truth, said, batch)
    for i in range(len(LAYERS)):
        wrong = truth.clone()
        wrong[:, i] = -wrong[:, i]
        assert layer_loss(wrong, said, batch)[0] >= right
    assert layer_loss(-truth, said, batch)[0] > 2 * right
    assert layer_loss(truth, -said, batch)[0] > right


def test_dice_and_consistency_know_equal_from_different():
    a = torch.zeros(1, 1, 8, 8)
    a[..., :4] = 1
    one = torch.ones_like(a)
    assert dice(a, a, one) < 0.02 < 0.9 < dice(1 - a, a, one)
    z = torch.randn(1, 9, 64, 64)
    assert consistency(z, torch.roll(z, (2, -1), (2, 3)), (2, -1)) < 1e-6
    assert consistency(z, z, (2, -1)) > 0.1


def test_training_runs_resumes_and_exports(lab, capsys):
    config = lab / "tiny.toml"
    config.write_text("seed = 1\nsize = 256\nwidths = [8, 16, 16, 16]\ndepths = [1, 1, 1]\nbatch = 2\nsteps = 6\nrate = 1e-3\n"
                      "decay = 0.0\nwarmup = 2\nworkers = 0\nconsistency = 1.0\nconsistency_from = 0\n")
    args = ["--config", str(config), "--data", str(lab / "layers"), "--out", str(lab / "run")]
    assert train([*args, "--minutes", "0.0001"]) == 0
    first = json.loads((lab / "run" / "report.json").read_text())["steps"]
    assert 0 < first < 6
    assert train(args) == 0
    report = json.loads((lab / "run" / "report.json").read_text())
    assert report["steps"] == 6
    assert set(LAYERS) <= set(report["held_out"])
    assert report["begun_from"] == "scratch"
    assert {f"{t}_{k}" for t in TRAITS for k in ("kept", "invented")} <= set(report["held_out"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")                     # the exporter warns about itself
        assert export(["--weights", str(lab / "run" / "weights.pt"), "--config", str(config), "--out", str(lab / "w")]) == 0
        assert export(["--weights", str(lab / "run" / "weights.pt"), "--config", str(config), "--out", str(lab / "w"), "--name", "other"]) == 0
    for name in ("translator_live", "other"):
        network = load_network(name, lab / "w")
        assert network.checked("onnx").exists()
        assert network.parameters < 60_000


def test_training_goes_on_from_exported_weights(lab, capsys):
    """Norms are folded by then: the second part of the recipe trains without."""
    config = lab / "tiny.toml"
    begun = str(lab / "w" / "translator_live.safetensors")
    assert train(["--config", str(config), "--data", str(lab / "layers"), "--out", str(lab / "on"), "--start", begun]) == 0
    assert "begins from" in capsys.readouterr().out
    state = torch.load(lab / "on" / "weights.pt", map_location="cpu", weights_only=True)
    assert not any("running_mean" in k for k in state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert export(["--weights", str(lab / "on" / "weights.pt"), "--config", str(config), "--out", str(lab / "w2")]) == 0
    assert load_network(folder=lab / "w2").checked("onnx").exists()


def test_folding_norms_changes_nothing():
    shape = (8, 16, 16, 16), (1, 1, 1)
    trained = LayerNet(*shape, norm=True)
    for module in trained.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    plain = folded(trained, LayerNet(*shape))
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        for a, b in zip(trained.eval()(x), plain(x), strict=True):
            assert torch.allclose(a, b, atol=1e-4)


def test_more_contrast_in_hair_changes_nothing_else():
    net = LayerNet((8, 16, 16, 16), (1, 1, 1))
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        before = net(x)[0].clone()
        raise_tone(net, 1.5)
        after = net(x)[0]
    tone = LAYERS.index("tone")
    assert torch.allclose(after[:, tone], 1.5 * before[:, tone], atol=1e-5)
    others = [i for i in range(len(LAYERS)) if i != tone]
    assert torch.equal(after[:, others], before[:, others])


def test_the_shipped_network_is_small_enough_and_any_size_goes():
    network = load_network()
    assert network.parameters <= 2_000_000
    net = Translator(LayerNet(network.widths, network.depths)).eval()
    with torch.no_grad():
        layers, traits = net(torch.zeros((2, 128, 192, 3), dtype=torch.uint8))
    assert layers.shape == (2, 128, 192, len(OUTPUTS))
    assert layers.dtype == torch.uint8
    assert traits.shape == (2, len(TRAITS))


def test_bytes_are_softmax_and_sigmoid_of_the_logits():
    net = LayerNet((8, 16, 16, 16), (1, 1, 1))
    crops = torch.randint(0, 256, (1, 64, 64, 3), dtype=torch.uint8)
    with torch.no_grad():
        logits, _ = net(crops.permute(0, 3, 1, 2).float() / 255)
        layers = Translator(net)(crops)[0][0].permute(2, 0, 1).float()
    area, soft = torch.softmax(logits[0, :4], 0) * 255, torch.sigmoid(logits[0, 4:]) * 255
    expected = {"head": area[1] + area[2], "hair": area[2], "cloth": area[3],
                **dict(zip(LAYERS[4:], soft, strict=True))}
    for name, got in zip(OUTPUTS, layers, strict=True):
        assert (got - expected[name]).abs().max() < 0.51
