"""What the layer network is asked to get right."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def layer_loss(logits: Tensor, traits: Tensor, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
    """Sum of terms for (N, 9, H, W) ``logits`` and (N, 4) ``traits`` against a batch of ``data.Portraits.sample``.

    Areas: soft cross-entropy plus Dice. Beard, glasses, cover: binary cross-entropy plus Dice, glasses only where they
    are known. Shadow counts on skin only, tone on hair only. Pixels outside the photo count nowhere. Traits: binary
    cross-entropy, the rare positives counting more.
    """
    unit = lambda x: x.to(logits.dtype) / 255
    areas, maps, valid = unit(batch["areas"]), unit(batch["maps"]), unit(batch["valid"])[:, None]
    beard, shadow, tone, glasses, cover = (maps[:, i:i + 1] for i in range(5))
    known = batch["glasses_known"].to(logits.dtype).reshape(-1, 1, 1, 1)
    uncovered = valid * (1 - cover)
    log_p = F.log_softmax(logits[:, :4], 1)
    border = 1 + 2 * unit(batch["border"])[:, None]     # borders decide the picture, and are few pixels
    terms = {
        "areas": (-(areas * log_p).sum(1, keepdim=True) * uncovered * border).sum() / (uncovered * border).sum(),
        "areas_dice": dice(log_p.exp(), areas, uncovered),
        "beard": _binary(logits[:, 4:5], beard, uncovered, 4.0),
        "shadow": _masked(logits[:, 5:6], shadow, uncovered * areas[:, 1:2]),
        "tone": 2 * (((torch.sigmoid(logits[:, 6:7]) - tone).abs() * uncovered * areas[:, 2:3]).sum()
                     / ((uncovered * areas[:, 2:3]).sum() + 1)),
        "glasses": _binary(logits[:, 7:8], glasses, valid * known, 4.0) + dice(torch.sigmoid(logits[:, 7:8]), glasses, valid * known),
        "cover": 0.5 * _binary(logits[:, 8:9], cover, valid, 2.0),
        "traits": 0.6 * _traits(traits, batch["traits"], batch["traits_known"]),
    }
    total = torch.stack(list(terms.values())).sum()
    return total, {k: float(v.detach()) for k, v in terms.items()}


def _traits(logit: Tensor, target: Tensor, known: Tensor) -> Tensor:
    rare = torch.tensor([1.0, 4.0, 6.0, 6.0], device=logit.device)
    loss = F.binary_cross_entropy_with_logits(logit, target.to(logit.dtype), reduction="none", pos_weight=rare)
    return (loss * known).sum() / (known.sum() + 1)


def _masked(logit: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    loss = F.binary_cross_entropy_with_logits(logit, target, reduction="none")
    return (loss * weight).sum() / (weight.sum() + 1)


def _binary(logit: Tensor, target: Tensor, weight: Tensor, boost: float) -> Tensor:
    """Cross-entropy in which the rare positive pixels count ``boost`` times more."""
    return 4 * _masked(logit, target, weight * (1 + boost * target))


def dice(p: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """1 − 2|A∩B| / (|A|+|B|), per channel over the batch, mean over channels that occur."""
    dims = (0, 2, 3)
    both = (p * target * weight).sum(dims)
    sizes = ((p + target) * weight).sum(dims)
    return (1 - (2 * both + 1) / (sizes + 1)).mean()


def consistency(logits: Tensor, shifted: Tensor, shift: tuple[int, int]) -> Tensor:
    """How far the answer to a shifted, noisier picture is from the shifted answer; ``shift`` (dy, dx) in pixels."""
    dy, dx = shift
    moved = torch.roll(logits.detach(), (dy, dx), (2, 3))
    inner = (slice(None), slice(None), slice(16, -16), slice(16, -16))
    areas = (torch.softmax(moved[:, :4], 1) - torch.softmax(shifted[:, :4], 1))[inner].abs().mean()
    rest = (torch.sigmoid(moved[:, 4:]) - torch.sigmoid(shifted[:, 4:]))[inner].abs().mean()
    return areas + rest
