"""The layer network in torch: the form that is trained, that runs on CUDA, and that is exported for the CPU engine.

A small U-Net looks at upright face crops and answers with *layers*, not with a picture; the painter (``booth.render``)
turns layers and a palette into a drawn head at the output's own resolution, so one network serves every character.

    crops (N, 256, 256, 3) uint8 RGB
      → layers (N, 256, 256, 8) uint8: head, hair, cloth, cover (areas); shadow, tone, beard, glasses (maps)
      → traits (N, 4) float 0 … 1: how surely this person has glasses, beard, moustache, stubble
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LAYERS = ("background", "skin", "hair", "cloth", "beard", "shadow", "tone", "glasses", "cover")
"""Channels of the network's logits: four areas that exclude each other, then five that do not."""
OUTPUTS = ("head", "hair", "cloth", "cover", "shadow", "tone", "beard", "glasses")
"""Channels of the exported answer; head is skin and hair together."""
TRAITS = ("glasses", "beard", "moustache", "stubble")


def conv(inputs: int, outputs: int, norm: bool, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    """Convolution and ReLU; with ``norm`` a batch norm between them, which export folds away."""
    layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=not norm)]
    if norm:
        layers.append(nn.BatchNorm2d(outputs))
    return nn.Sequential(*layers, nn.ReLU(inplace=True))


class Residual(nn.Module):
    def __init__(self, width: int, norm: bool) -> None:
        super().__init__()
        self.a = conv(width, width, norm)
        self.b = conv(width, width, norm)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.b(self.a(x))


class LayerNet(nn.Module):
    """(N, 3, H, W) float 0 … 1, H and W multiples of 16 → (N, 9, H, W) logits in the order of ``LAYERS``, and (N, 4) of ``TRAITS``.

    Pixels are unshuffled by 4 at the door, so most work happens at a quarter of the side; a thin half-resolution branch
    brings the edges back.
    """

    def __init__(self, widths: tuple[int, int, int, int], depths: tuple[int, int, int], norm: bool = False) -> None:
        super().__init__()
        fine, w4, w8, w16 = widths
        self.edge = conv(12, fine, norm)
        self.stem = conv(48, w4, norm)
        self.enc4 = nn.Sequential(*[Residual(w4, norm) for _ in range(depths[0])])
        self.down8 = conv(w4, w8, norm, stride=2)
        self.enc8 = nn.Sequential(*[Residual(w8, norm) for _ in range(depths[1])])
        self.down16 = conv(w8, w16, norm, stride=2)
        self.enc16 = nn.Sequential(*[Residual(w16, norm) for _ in range(depths[2])])
        self.up8 = conv(w16, w8, norm, kernel=1)
        self.dec8 = Residual(w8, norm)
        self.up4 = conv(w8, w4, norm, kernel=1)
        self.dec4 = Residual(w4, norm)
        self.up2 = conv(w4, fine, norm, kernel=1)
        self.dec2 = conv(fine, fine, norm)
        self.head = nn.Conv2d(fine, 4 * len(LAYERS), 1)
        self.traits = nn.Linear(2 * w16, len(TRAITS))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = x * 2 - 1
        x2 = self.edge(F.pixel_unshuffle(x, 2))
        x4 = self.enc4(self.stem(F.pixel_unshuffle(x, 4)))
        x8 = self.enc8(self.down8(x4))
        x16 = self.enc16(self.down16(x8))
        y8 = self.dec8(_twice(self.up8(x16)) + x8)
        y4 = self.dec4(_twice(self.up4(y8)) + x4)
        y2 = self.dec2(_twice(self.up2(y4)) + x2)
        whole = torch.cat([x16.mean((2, 3)), x16.amax((2, 3))], 1)
        return F.pixel_shuffle(self.head(y2), 2), self.traits(whole)


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


class Translator(nn.Module):
    """What is exported: crops in, layers as bytes and traits out. Shapes in the module's docstring.

    Softmax of the areas and sigmoid of the rest are both a quotient of sums of exponentials, so two 1×1 convolutions
    with fixed weights and one division do for all channels at once, in the order of ``OUTPUTS``; slicing and stacking
    channels took as long as the whole network on the CPU.
    """

    above: Tensor
    below: Tensor
    plus: Tensor

    def __init__(self, net: LayerNet) -> None:
        super().__init__()
        self.net = net
        count = len(LAYERS)
        above, below, plus = torch.zeros(len(OUTPUTS), count), torch.zeros(len(OUTPUTS), count), torch.zeros(len(OUTPUTS))
        for row, name in enumerate(OUTPUTS):
            own = [LAYERS.index(n) for n in (("skin", "hair") if name == "head" else (name,))]
            above[row, own] = 255.0
            if max(own) < 4:
                below[row, :4] = 1.0
            else:
                below[row, own] = 1.0
                plus[row] = 1.0
        self.register_buffer("above", above.reshape(len(OUTPUTS), count, 1, 1), persistent=False)
        self.register_buffer("below", below.reshape(len(OUTPUTS), count, 1, 1), persistent=False)
        self.register_buffer("plus", plus, persistent=False)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        x = crops.permute(0, 3, 1, 2).to(self.above.dtype) / 255
        logits, traits = self.net(x)
        e = torch.exp(logits.clamp(-9, 9))                      # e⁹ is the largest that half precision can add up
        layers = F.conv2d(e, self.above) / F.conv2d(e, self.below, self.plus)
        return (layers + 0.5).clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1), torch.sigmoid(traits.float())
