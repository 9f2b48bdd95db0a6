"""Train the layer network on the teacher's layers.

    python -m models.translator.train --config models/translator/live.toml --data runs/layers --out runs/live

Seeded, checkpointed every minute, resumed from ``--out`` when it holds a checkpoint; TensorBoard log beside it. From scratch
with batch norms, or on from exported weights (``--start``), whose norms are folded, without.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import sys
import time
import tomllib
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch.utils.data import DataLoader, IterableDataset
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from booth.translators.network import LAYERS, TRAITS, LayerNet
from models.teacher.tags import read_rejects, read_tags
from models.translator.data import Portraits
from models.translator.losses import consistency, layer_loss


class Samples(IterableDataset):
    """Endless stream of augmented samples, seeded by ``seed`` and the worker's number."""

    def __init__(self, folder: Path, seed: int, size: int) -> None:
        self._folder, self._seed, self._size = folder, seed, size

    def __iter__(self):
        import cv2
        cv2.setNumThreads(1)
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([self._seed, worker.id if worker else 0])
        people = Portraits(self._folder, True, read_tags(), self._size)
        while True:
            yield people.sample(int(rng.integers(len(people))), rng)


def evaluate(net: LayerNet, folder: Path, device: torch.device, size: int, count: int = 120) -> dict[str, float]:
    """Mean IoU per layer and trait rates on people never trained on, with fixed augmentation."""
    people = Portraits(folder, False, read_tags(), size)
    rng = np.random.default_rng(7)
    picks = [people.sample(i % len(people), rng) for i in range(count)]
    net.eval()
    overlap, union, said = np.zeros(len(LAYERS)), np.zeros(len(LAYERS)), []
    with torch.no_grad():
        for start in range(0, count, 16):
            chunk = picks[start:start + 16]
            x = torch.from_numpy(np.stack([s["image"] for s in chunk])).to(device).float() / 255
            z, traits = net(x)
            said.append(torch.sigmoid(traits).cpu().numpy())
            guess = torch.cat([torch.softmax(z[:, :4], 1), torch.sigmoid(z[:, 4:])], 1).cpu().numpy() > 0.5
            truth = np.stack([np.concatenate([s["areas"], s["maps"]]) for s in chunk]) > 127
            valid = np.stack([s["valid"] for s in chunk])[:, None] > 127
            weight = np.repeat(valid, len(LAYERS), 1).copy()
            weight[:, 5] &= truth[:, 1]
            weight[:, 6] &= truth[:, 2]
            weight[:, 7] &= np.array([s["glasses_known"] for s in chunk], bool)[:, None, None]
            overlap += (guess & truth & weight).sum((0, 2, 3))
            union += ((guess | truth) & weight).sum((0, 2, 3))
    net.train()
    sure, true, known = np.concatenate(said) > 0.5, *(np.stack([s[k] for s in picks]) > 0 for k in ("traits", "traits_known"))
    rate = lambda hits, of: float(hits.sum() / max(of.sum(), 1))
    found = {f"{name}_kept": rate(sure[:, i] & true[:, i] & known[:, i], true[:, i] & known[:, i]) for i, name in enumerate(TRAITS)}
    invented = {f"{name}_invented": rate(sure[:, i] & ~true[:, i] & known[:, i], ~true[:, i] & known[:, i]) for i, name in enumerate(TRAITS)}
    return {**{name: float(o / max(u, 1)) for name, o, u in zip(LAYERS, overlap, union, strict=True)}, **found, **invented}


def curve(log: Path, points: int = 40) -> list[list[float]]:
    """[step, mean loss since the last point] pairs of a TensorBoard log."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(log), size_guidance={"scalars": 0})
    events.Reload()
    if "loss" not in events.Tags()["scalars"]:
        return []
    values = events.Scalars("loss")
    parts = np.array_split(np.array([[v.step, v.value] for v in values]), min(points, len(values)))
    return [[int(p[-1, 0]), round(float(p[:, 1].mean()), 4)] for p in parts]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.translator.train", description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder made by models.teacher.build")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--minutes", type=float, help="stop early; the schedule still follows the config's steps")
    parser.add_argument("--start", type=Path, help="go on from these exported weights (.safetensors), without norms")
    args = parser.parse_args(argv)
    config = tomllib.loads(args.config.read_text())
    torch.manual_seed(config["seed"])
    device = torch.device(args.device)
    net = LayerNet(tuple(config["widths"]), tuple(config["depths"]), norm=args.start is None).to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=config["rate"], weight_decay=config["decay"])
    average = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True)
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint, step, seconds = args.out / "checkpoint.pt", 0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        net.load_state_dict(state["net"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        step, seconds = state["step"], state["seconds"]
    elif args.start:
        begun = net.load_state_dict(load_file(args.start, device=args.device), strict=False)
        print(f"begins from {args.start}; new: {', '.join(begun.missing_keys) or 'nothing'}")
        with torch.no_grad():                                       # new blocks begin as good as nothing
            for name in (n for n in begun.missing_keys if n.endswith("b.0.weight")):
                net.get_parameter(name).mul_(0.1)
        average.module.load_state_dict(net.state_dict())
    steps, warm = config["steps"], config["warmup"]
    loader = iter(DataLoader(Samples(args.data, config["seed"] + step, config["size"]), config["batch"], num_workers=config["workers"],
                             prefetch_factor=4 if config["workers"] else None))
    log = SummaryWriter(str(args.out / "log"))
    began, saved = time.monotonic(), time.monotonic()

    def save() -> None:
        torch.save({"net": net.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(),
                    "step": step, "seconds": seconds + time.monotonic() - began}, checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").replace(checkpoint)

    bar = tqdm(total=steps, initial=step, unit="step", mininterval=5)
    net.train()
    while step < steps and (args.minutes is None or time.monotonic() - began < 60 * args.minutes):
        batch = {k: v.to(device) for k, v in next(loader).items()}
        rate = config["rate"] * min(1, (step + 1) / warm) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        x = batch["image"].float().div(255).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            logits, traits = net(x)
        oy, ox = (int(v) for v in torch.randint(0, 2, (2,)))     # every second pixel, another phase each step: 4 × cheaper
        phase = lambda t, oy=oy, ox=ox: t[..., oy::2, ox::2] if t.ndim > 2 else t
        loss, terms = layer_loss(phase(logits).float(), traits.float(), {k: phase(v) for k, v in batch.items() if k != "image"})
        if step % 4 == 0 and step > config["consistency_from"]:
            dy, dx = (int(v) for v in torch.randint(-3, 4, (2,)))
            moved = torch.roll(x, (dy, dx), (2, 3)) + 0.03 * torch.randn_like(x)
            with torch.autocast(device.type, torch.bfloat16):
                again, _ = net(moved.clamp(0, 1).contiguous(memory_format=torch.channels_last))
            apart = consistency(logits.float(), again.float(), (dy, dx))
            terms["consistency"] = float(apart.detach())
            loss = loss + config["consistency"] * apart
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        average.update_parameters(net)
        step += 1
        bar.update()
        if step % 20 == 0:
            log.add_scalar("loss", float(loss.detach()), step)
            for name, value in terms.items():
                log.add_scalar(f"loss/{name}", value, step)
            bar.set_postfix(loss=f"{float(loss.detach()):.3f}")
        if time.monotonic() - saved > 60:
            save()
            saved = time.monotonic()
    bar.close()
    log.close()
    save()
    seconds += time.monotonic() - began
    torch.save(average.module.state_dict(), args.out / "weights.pt")
    report = {"config": args.config.name, "begun_from": args.start.name if args.start else "scratch", "steps": step,
              "samples": step * config["batch"], "minutes": round(seconds / 60, 1), "device": args.device,
              "machine": f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads",
              "torch": torch.__version__, "parameters": sum(p.numel() for p in net.parameters()),
              "rejected_by_eye": len(read_rejects()),
              "held_out": evaluate(average.module, args.data, device, config["size"]),
              "loss": curve(args.out / "log")}
    (args.out / "report.json").write_text(json.dumps(report, indent=1))
    print(json.dumps(report, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
