import numpy as np
import pytest
import torch

from booth.audio.features import HOP
from booth.audio.voice import Network
from booth.errors import UsageError
from models.talking import augment, mix
from models.talking.data import Pool, make_part
from models.talking.export import export
from models.talking.network import AHEAD, VoiceAnswers, VoiceNet
from models.talking.texts import text, word
from models.talking.train import Recent, train_step


@pytest.fixture(scope="module")
def pool(tmp_path_factory) -> Pool:
    folder = tmp_path_factory.mktemp("pool")
    make_part(folder / "000", 0.004, 1)
    make_part(folder / "001", 0.002, 2)
    return Pool(folder)


def test_the_pool(pool):
    assert len(pool) >= 3
    for i in range(len(pool)):
        sound, targets = pool.get(i)
        assert len(sound) == HOP * len(targets)
        assert targets.shape[1] == 22
        assert np.abs(sound).max() == pytest.approx(0.5, abs=0.02)
        assert targets[:, 15].max() == 1


def test_no_pool(tmp_path):
    with pytest.raises(UsageError, match=r"models\.talking\.data"):
        Pool(tmp_path)


def test_streams_of_speech_and_of_none(pool, monkeypatch):
    rng = np.random.default_rng(0)
    monkeypatch.setattr(mix, "SPEECHLESS", 0.0)
    features, targets = mix.stream(pool, 2.0, 58, rng)
    assert features.shape == (258, 40)
    assert targets.shape == (200, 22)
    assert np.isfinite(features).all()
    assert targets[:, 15].any()
    monkeypatch.setattr(mix, "SPEECHLESS", 1.0)
    assert not mix.stream(pool, 2.0, 58, rng)[1][:, 15].any()


def test_warping_keeps_sound_and_targets_together():
    sound, targets = np.zeros(16_000, np.float32), np.zeros((100, 22), np.float32)
    sound[8_000:], targets[50:, 0] = 1, 1
    warped, moved = augment.warped(sound, targets, 1.25)
    assert np.flatnonzero(warped > 0.5)[0] / 160 == pytest.approx(np.flatnonzero(moved[:, 0])[0], abs=1.5)
    assert (len(warped), len(moved)) == (12_800, 80)


@pytest.mark.parametrize("make", [augment.noise, augment.music, augment.breath])
def test_noises_have_power_one(make):
    made = make(16_000, np.random.default_rng(3))
    assert made.shape == (16_000,)
    assert np.sqrt((made ** 2).mean()) == pytest.approx(1, abs=0.2)


def test_texts_are_seeded_and_known():
    assert text("ko", np.random.default_rng(1)) == text("ko", np.random.default_rng(1))
    assert all(0xAC00 <= ord(c) <= 0xD7A3 for c in word("ko", np.random.default_rng(2)))
    with pytest.raises(UsageError, match=r"sentences\.toml"):
        text("xx", np.random.default_rng(1))


def test_a_step_of_training_learns():
    torch.manual_seed(0)
    net = VoiceNet(channels=16, dilations=(1, 2))
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2)
    features = torch.randn(2, net.before + AHEAD + 30, 40)
    targets = torch.zeros(2, 30, 22)
    targets[..., 0] = 1
    losses = [train_step(net, optimizer, features, targets)[0] for _ in range(12)]
    assert losses[-1] < 0.5 * losses[0]


def test_batches_are_of_fresh_and_of_kept_streams():
    fresh = ([torch.full((2, 3), float(i)), torch.zeros(2, 1)] for i in range(3))
    batches = Recent(fresh, 5, 10, 0)
    assert len(next(batches)[0]) == 2
    second = next(batches)[0][:, 0]
    assert second[:2].tolist() == [1, 1]
    assert second[2:].tolist() == [0, 0, 0]


@pytest.mark.filterwarnings("ignore:The feature will be removed:DeprecationWarning")     # of torch's own exporter
def test_what_is_exported_answers_alike(tmp_path):
    torch.manual_seed(0)
    net = VoiceNet(channels=16, dilations=(1, 2)).eval()
    (tmp_path / "manifest.toml").write_text(export(net, tmp_path), encoding="utf-8")
    features = np.random.default_rng(0).normal(size=(net.before + AHEAD + 37, 40)).astype(np.float32)
    network = Network(tmp_path)
    with torch.no_grad():
        expected = [part[0].numpy() for part in VoiceAnswers(net)(torch.from_numpy(features[None]))]
    for got, wanted in zip(network.answer(features), expected, strict=True):
        assert got.shape == wanted.shape
        assert np.abs(got - wanted).max() < 1e-4
