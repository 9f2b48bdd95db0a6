"""How far the network's answer is from the mouth that spoke."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from booth.pose import VISEMES

WEIGHTS = (4.0, 2.0, 3.0, 4.0, 1.5, 1.0)
"""Of jaw, width, round, press, teeth, tongue: what is seen most counts most."""
VELOCITY = 2.0
CLOSED = 3.0
"""Steps in which the lips are pressed count so much more for jaw and press: they are few, and everybody sees them."""


def speech_loss(answers: tuple[torch.Tensor, torch.Tensor, torch.Tensor], targets: torch.Tensor) -> tuple[torch.Tensor, dict[str, float]]:
    """``targets`` (B, T, 22): visemes, voice, mouth."""
    logits, voice, mouth = answers
    n = len(VISEMES)
    true_voice, true_mouth = targets[..., n], targets[..., n + 1:]
    visemes = -(targets[..., :n] * F.log_softmax(logits, 2)).sum(2).mean()
    heard = F.binary_cross_entropy_with_logits(voice, true_voice)
    weights = torch.tensor(WEIGHTS).to(mouth)
    closed = 1 + (CLOSED - 1) * (true_mouth[..., 3:4] > 0.5)
    shape = (closed * weights * (mouth - true_mouth).square()).mean()
    speed = (weights * (mouth.diff(dim=1) - true_mouth.diff(dim=1)).square()).mean()
    terms = {"visemes": visemes, "voice": heard, "mouth": shape, "speed": speed}
    return visemes + 0.5 * heard + 6 * shape + VELOCITY * 6 * speed, {name: float(value.detach()) for name, value in terms.items()}
