"""Characters drawn by somebody's own photo → drawing network (ONNX), beside the layers of our own."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import lru_cache

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import cv2
import numpy as np
import openvino as ov

from booth.errors import TranslationFailed, UsageError
from booth.frame import Crop, Stylized, frozen
from booth.geometry import CROP_SPAN
from booth.settings import PictureNetwork


class _Loaded:
    def __init__(self, network: PictureNetwork) -> None:
        self._network = network
        core = ov.Core()
        try:
            model = core.read_model(network.file)
        except RuntimeError as error:
            raise UsageError(f"{network.file} cannot be read as an ONNX network") from error
        if len(model.inputs) != 1 or len(model.outputs) != 1:
            raise UsageError(f"{network.file} has {len(model.inputs)} inputs and {len(model.outputs)} outputs; one picture in, one out is needed")
        taken = model.input(0).get_partial_shape()
        wanted = "[1, 3, H, W]" if network.layout == "NCHW" else "[1, H, W, 3]"
        channel = 1 if network.layout == "NCHW" else 3
        if taken.rank.get_length() != 4 or (taken[channel].is_static and taken[channel].get_length() != 3):
            raise UsageError(f"{network.file} takes {taken.to_string()}; a {network.layout} picture {wanted} is needed: is network.layout right?")
        rows = taken[2 if channel == 1 else 1]
        self.side = rows.get_length() if rows.is_static else network.size
        shape = [1, 3, self.side, self.side] if channel == 1 else [1, self.side, self.side, 3]
        try:
            model.reshape(shape)
            self._compiled = core.compile_model(model, "CPU", {"PERFORMANCE_HINT": "LATENCY"})
        except RuntimeError as error:
            raise UsageError(f"{network.file} does not run on {shape}: {str(error).splitlines()[0][:120]}") from error
        given = self._compiled.output(0).get_partial_shape()
        if given.rank.get_length() != 4 or (given[channel].is_static and given[channel].get_length() != 3):
            raise UsageError(f"{network.file} answers with {given.to_string()}; a {network.layout} picture {wanted} is needed")

    def draw(self, image: np.ndarray) -> np.ndarray:
        """(S, S, 3) uint8 RGB crop → its drawing, same shape; what the network does not look at stays black."""
        n, size = self._network, image.shape[0]
        inner = round(size * n.span / CROP_SPAN)
        at = (size - inner) // 2
        part = cv2.resize(image[at:at + inner, at:at + inner], (self.side, self.side), interpolation=cv2.INTER_AREA)
        x = (part[..., ::-1] if n.order == "BGR" else part).astype(np.float32) / 255 * (n.high - n.low) + n.low
        x = x[None] if n.layout == "NHWC" else np.ascontiguousarray(x.transpose(2, 0, 1))[None]
        y = self._compiled([x])[0][0]
        y = y if n.layout == "NHWC" else y.transpose(1, 2, 0)
        y = ((y.astype(np.float32) - n.low) / (n.high - n.low) * 255).clip(0, 255).astype(np.uint8)
        out = np.zeros_like(image)
        drawn = cv2.resize(y, (inner, inner), interpolation=cv2.INTER_LINEAR)
        out[at:at + inner, at:at + inner] = drawn[..., ::-1] if n.order == "BGR" else drawn
        return out


@lru_cache(maxsize=8)
def load_picture_network(network: PictureNetwork) -> _Loaded:
    """The network, ready to run; loaded once. Raises ``UsageError`` saying what of its contract does not fit."""
    if not network.file.is_file():
        raise UsageError(f"there is no network {network.file}")
    return _Loaded(network)


def add_pictures(stylized: list[Stylized], crops: list[Crop], networks: list[PictureNetwork | None]) -> list[Stylized]:
    """The same, with a drawing for everybody who has a network. Used by one thread. Raises ``TranslationFailed``."""
    return [one if network is None else replace(one, picture=frozen(_draw(network, crop)))
            for one, crop, network in zip(stylized, crops, networks, strict=True)]


def _draw(network: PictureNetwork, crop: Crop) -> np.ndarray:
    try:
        return load_picture_network(network).draw(crop.image)
    except (UsageError, RuntimeError, ValueError) as error:
        raise TranslationFailed(f"{network.file.name}: {error}") from error
