"""What a face costs in a network that draws it whole: AnimeGANv2's published generator layout (Chen et al., "AnimeGAN: a novel
lightweight GAN for photo animation", and its second version), with random weights. Only its time means anything."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import openvino as ov
from openvino import opset13 as op

SLOPE = 0.2


def _ints(values: Sequence[int]) -> np.ndarray:
    return np.array(values, np.int64)


def generator(side: int = 256) -> ov.Model:
    """(1, 3, side, side) float32 → (1, 3, side, side): 2.1 M parameters, 26 thousand million multiply-adds at 256²."""
    rng = np.random.default_rng(0)

    def conv(x, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, groups: int = 1):
        weights = rng.normal(0, 1 / np.sqrt(kernel * kernel * inputs / groups), (outputs, inputs // groups, kernel, kernel)).astype(np.float32)
        edge = [kernel // 2] * 2
        if edge[0]:
            x = op.pad(x, _ints([0, 0, *edge]), _ints([0, 0, *edge]), "reflect")
        if groups == 1:
            return op.convolution(x, weights, [stride] * 2, [0, 0], [0, 0], [1, 1])
        weights = weights.reshape(groups, outputs // groups, inputs // groups, kernel, kernel)
        return op.group_convolution(x, weights, [stride] * 2, [0, 0], [0, 0], [1, 1])

    def block(x, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, groups: int = 1):
        normed = op.mvn(conv(x, inputs, outputs, kernel, stride, groups), _ints([1, 2, 3]), True, 1e-5, "inside_sqrt")
        return op.prelu(normed, np.array([SLOPE], np.float32))

    def inverted(x, inputs: int, outputs: int, times: int):
        wide = inputs * times
        y = block(block(x, inputs, wide, kernel=1), wide, wide, groups=wide)
        y = op.mvn(conv(y, wide, outputs, kernel=1), _ints([1, 2, 3]), True, 1e-5, "inside_sqrt")
        return op.add(x, y) if inputs == outputs else y

    def twice(x, size: int):
        return op.interpolate(x, _ints([size, size]), mode="linear_onnx", shape_calculation_mode="sizes",
                              coordinate_transformation_mode="half_pixel", axes=_ints([2, 3]))

    picture = op.parameter([1, 3, side, side], np.float32)
    x = block(picture, 3, 32, kernel=7)
    x = block(block(x, 32, 64, stride=2), 64, 64)
    x = block(block(block(x, 64, 128, stride=2), 128, 128), 128, 128)
    x = inverted(x, 128, 256, 2)
    for _ in range(3):
        x = inverted(x, 256, 256, 2)
    x = block(x, 256, 128)
    x = block(block(twice(x, side // 2), 128, 128), 128, 128)
    x = block(block(twice(x, side), 128, 64), 64, 64)
    x = op.tanh(conv(block(x, 64, 32, kernel=7), 32, 3, kernel=1))
    return ov.Model([x], [picture])


def multiply_adds(model: ov.Model) -> float:
    """Of all convolutions and matrix products in ``model``."""
    total = 0.0
    for node in model.get_ops():
        kind = node.get_type_name()
        if kind in ("Convolution", "GroupConvolution"):
            kernel = list(node.input(1).get_shape())
            each = float(np.prod(kernel[1:] if kind == "Convolution" else kernel[2:]))
            total += float(np.prod(list(node.output(0).get_shape()))) * each
        elif kind == "MatMul":
            total += float(np.prod(list(node.output(0).get_shape()))) * list(node.input(0).get_shape())[-1]
    return total


def parameters(model: ov.Model) -> int:
    return int(sum(np.prod(list(n.output(0).get_shape())) for n in model.get_ops()
                   if n.get_type_name() == "Constant" and len(list(n.output(0).get_shape())) >= 4))


def yardstick_ms(times: int = 5) -> float:
    """Median milliseconds of one picture of 256², in the engine and the precision that faces are drawn with."""
    request = ov.Core().compile_model(generator(), "CPU", {"PERFORMANCE_HINT": "LATENCY"}).create_infer_request()
    picture = np.zeros((1, 3, 256, 256), np.float32)
    request.infer([picture])
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        request.infer([picture], share_inputs=True)
        taken.append((time.perf_counter() - began) * 1e3)
    return float(np.median(taken))
