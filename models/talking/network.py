"""The network: a row of dilated convolutions that looks back a second and ahead six steps.

No padding anywhere: whoever calls gives the steps before and after, so that live and recorded sound give the same numbers.
"""

from __future__ import annotations

import torch
from torch import nn

from booth.audio.features import BANDS
from booth.pose import MOUTH, VISEMES

AHEAD = 6
"""Steps of 10 ms that the answer for a step waits for."""


class Block(nn.Module):
    """``channels`` (B, C, T) → (B, C, T − 2 dilation)."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.wide = nn.Conv1d(channels, channels, 3, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm1d(channels)
        self.mixed = nn.Conv1d(channels, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[..., 2 * self.dilation:] + self.mixed(torch.relu(self.norm(self.wide(x))))


class VoiceNet(nn.Module):
    """Features (B, T + before + ``AHEAD``, 40) → visemes (B, T, 15) logits, voice (B, T) logit, mouth (B, T, 6) in the ranges of ``Mouth``."""

    def __init__(self, channels: int = 96, dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2, 4, 8)) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv1d(BANDS, channels, 5, bias=False), nn.BatchNorm1d(channels), nn.ReLU())
        self.blocks = nn.Sequential(*(Block(channels, d) for d in dilations))
        self.last = nn.Sequential(nn.Conv1d(channels, channels, 1), nn.ReLU())
        self.answers = nn.Conv1d(channels, len(VISEMES) + 1 + len(MOUTH), 1)
        self.before = 4 + 2 * sum(dilations) - AHEAD

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        answers = self.answers(self.last(self.blocks(self.first(features.transpose(1, 2))))).transpose(1, 2)
        visemes, voice, mouth = answers.split((len(VISEMES), 1, len(MOUTH)), dim=2)
        low = torch.sigmoid(mouth)
        return visemes, voice[..., 0], torch.cat([low[..., :1], torch.tanh(mouth[..., 1:2]), low[..., 2:]], dim=2)


class VoiceAnswers(nn.Module):
    """As exported: probabilities instead of logits."""

    def __init__(self, net: VoiceNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        visemes, voice, mouth = self.net(features)
        return torch.softmax(visemes, 2), torch.sigmoid(voice), mouth
