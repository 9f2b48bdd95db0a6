"""What physics asks for: for each stage the bytes that it must move and its multiply-adds, over what this machine was measured
to do at most. No stage can be faster; most are slower, and the ratio says where work is left."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import openvino as ov
from openvino import opset13 as op

from booth.bench.yardstick import multiply_adds
from booth.quality import Level
from booth.translators.manifest import load_network
from booth.vision.detector import LOOK_EVERY
from booth.vision.mesh import SIDE as MESH_SIDE
from booth.vision.people import LOOK_EVERY as PEOPLE_EVERY
from booth.vision.tflite import read_network

MIB = 2**20
CANVAS = 1920 * 1080 * 3
HEAD_PX = 330 * 400
"""Pixels of a drawn head in the bench's pictures, hair and all."""


@dataclass(frozen=True, slots=True)
class Peak:
    """``bytes_s``: moved by a plain copy, read and written counted · ``half_s``, ``single_s``: multiply-adds a second."""

    bytes_s: float
    half_s: float
    single_s: float


def measure_peak() -> Peak:
    """One core's copy, and matrix products on all cores in the precisions that networks run in."""
    source, target = np.ones(64 * MIB, np.uint8), np.empty(64 * MIB, np.uint8)
    copy_s = _best(lambda: np.copyto(target, source), 5)
    return Peak(2 * source.nbytes / copy_s, _products(None), _products("f32"))


def _products(precision: str | None, side: int = 1024) -> float:
    a = op.parameter([side, side], np.float32)
    model = ov.Model([op.matmul(a, op.constant(np.ones((side, side), np.float32)), False, False)], [a])
    config = {"PERFORMANCE_HINT": "LATENCY"} | ({"INFERENCE_PRECISION_HINT": precision} if precision else {})
    request = ov.Core().compile_model(model, "CPU", config).create_infer_request()
    data = np.ones((side, side), np.float32)
    return side**3 / _best(lambda: request.infer([data], share_inputs=True), 8)


def _best(work, times: int) -> float:
    taken = []
    for _ in range(times + 1):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken[1:])


def floors_ms(peak: Peak, faces: int, level: Level, fresh: int) -> dict[str, float]:
    """Stage → milliseconds. ``fresh``: faces that the network sees in one picture."""
    live = load_network()
    network = ov.Core().read_model(live.checked("onnx"))
    network.reshape([1, level.face_px, level.face_px, 3])
    far, mesh = (multiply_adds(read_network(n)) for n in ("face_detection/face_detection_full_range_sparse",
                                                          "face_landmark/face_landmark_with_attention"))
    people = multiply_adds(read_network("selfie_segmentation/selfie_segmentation_landscape"))
    crop, layers = level.face_px**2 * 3, level.face_px**2 * 8
    ms = lambda moved, half=0.0, single=0.0: (moved / peak.bytes_s + half / peak.half_s + single / peak.single_s) * 1e3
    out = {
        "detect": ms(CANVAS / LOOK_EVERY, single=1.5 * far / LOOK_EVERY),
        "landmarks": ms(min(faces, level.meshes) * MESH_SIDE**2 * 3 * 5, single=min(faces, level.meshes) * mesh),
        "crop": ms(faces * crop * 2),
        "translate": ms(fresh * (crop + layers), half=fresh * multiply_adds(network)),
        "paint": ms(faces * HEAD_PX * (4 + 3)),
        "room": ms((2 * CANVAS) / level.room_every, single=people / PEOPLE_EVERY / level.room_every),
        "compose": ms(faces * HEAD_PX * 3 * 2),
    }
    return {stage: round(value, 3) for stage, value in out.items()}
