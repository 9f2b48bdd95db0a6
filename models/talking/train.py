"""Train the network that hears mouths, on synthetic speech.

    python -m models.talking.data --out runs/talking/pool --hours 7
    python -m models.talking.train --data runs/talking/pool --out runs/talking/voice

Seeded, checkpointed every minute, resumed from ``--out`` when it holds a checkpoint.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
import tomllib
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset
from tqdm import tqdm

from models.talking.data import Pool
from models.talking.losses import speech_loss
from models.talking.mix import stream
from models.talking.network import AHEAD, VoiceNet

CONFIG = Path(__file__).parent / "voice.toml"


class Streams(IterableDataset):
    """Endless (features, targets) of ``stream``, seeded by ``seed`` and the worker's number; ``AHEAD`` steps wait at the end."""

    def __init__(self, folder: Path, seed: int, seconds: float, before: int) -> None:
        self._folder, self._seed, self._seconds, self._before = folder, seed, seconds, before

    def __iter__(self):
        torch.set_num_threads(1)
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([self._seed, worker.id if worker else 0])
        pool = Pool(self._folder)
        while True:
            features, targets = stream(pool, self._seconds, self._before, rng)
            yield features, targets[:-AHEAD]


class Recent:
    """Batches of fresh streams and of such as were heard lately: making a stream costs several times as much as learning from it."""

    def __init__(self, streams: Iterator[list[torch.Tensor]], batch: int, kept: int, seed: int) -> None:
        self._streams, self._batch, self._rng = streams, batch, np.random.default_rng(seed)
        self._kept: deque[tuple[torch.Tensor, torch.Tensor]] = deque(maxlen=kept)

    def __next__(self) -> tuple[torch.Tensor, torch.Tensor]:
        """``next(streams)`` and as many of the kept ones as make a batch."""
        fresh = list(zip(*next(self._streams), strict=True))
        again = self._batch - len(fresh) if self._kept else 0
        chosen = fresh + [self._kept[i] for i in self._rng.integers(len(self._kept), size=again)] if again else fresh
        self._kept.extend(fresh)
        features, targets = zip(*chosen, strict=True)
        return torch.stack(features), torch.stack(targets)


def network(config: dict) -> VoiceNet:
    return VoiceNet(config["channels"], tuple(config["dilations"]))


def rate_at(step: int, config: dict) -> float:
    """Warm-up, then a cosine down to a fiftieth."""
    return config["rate"] * min(1, (step + 1) / config["warmup"]) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1, step / config["steps"]))))


def train_step(net: VoiceNet, optimizer: torch.optim.Optimizer, features: torch.Tensor, targets: torch.Tensor) -> tuple[float, dict[str, float]]:
    loss, terms = speech_loss(net(features), targets)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach()), terms


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.talking.train", description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--data", type=Path, required=True, help="folder made by models.talking.data")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, help="stop early; the schedule still follows the config's steps")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(argv)
    config = tomllib.loads(args.config.read_text(encoding="utf-8"))
    torch.manual_seed(config["seed"])
    torch.set_num_threads(args.threads)
    net = network(config)
    optimizer = torch.optim.AdamW(net.parameters(), lr=config["rate"], weight_decay=config["decay"])
    average = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.99), use_buffers=True)
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint, step, seconds = args.out / "checkpoint.pt", 0, 0.0
    losses: list[tuple[int, float]] = []
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        net.load_state_dict(state["net"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        step, seconds, losses = state["step"], state["seconds"], [tuple(pair) for pair in state["losses"]]
    loader = iter(DataLoader(Streams(args.data, config["seed"] + step, config["seconds"], net.before), config["fresh"],
                             num_workers=config["workers"], prefetch_factor=4 if config["workers"] else None))
    batches = Recent(loader, config["batch"], config["kept"], config["seed"] + step)
    began = saved = time.monotonic()

    def save() -> None:
        torch.save({"net": net.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(), "step": step,
                    "seconds": seconds + time.monotonic() - began, "losses": losses}, checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").replace(checkpoint)

    bar = tqdm(total=config["steps"], initial=step, unit="step", mininterval=10)
    recent: list[float] = []
    net.train()
    while step < config["steps"] and (args.minutes is None or time.monotonic() - began < 60 * args.minutes):
        features, targets = next(batches)
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, config)
        loss, terms = train_step(net, optimizer, features, targets)
        average.update_parameters(net)
        step += 1
        recent.append(loss)
        bar.update()
        if step % 25 == 0:
            losses.append((step, round(float(np.mean(recent)), 4)))
            bar.set_postfix(loss=losses[-1][1], **{name: f"{value:.3f}" for name, value in terms.items()})
            recent = []
        if time.monotonic() - saved > 60:
            save()
            saved = time.monotonic()
    bar.close()
    save()
    log = {"steps": step, "speech_hours": round(step * config["fresh"] * config["seconds"] / 3600, 1),
           "minutes": round((seconds + time.monotonic() - began) / 60, 1), "torch": torch.__version__, "threads": args.threads,
           "parameters": sum(p.numel() for p in net.parameters()), "loss": losses[::max(1, len(losses) // 30)]}
    (args.out / "log.json").write_text(json.dumps(log, indent=1))
    print(json.dumps(log))
    return 0


if __name__ == "__main__":
    sys.exit(main())
