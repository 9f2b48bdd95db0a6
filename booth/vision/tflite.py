"""mediapipe's networks, as its wheel ships them, run by OpenVINO: the same weights, two to three times as fast as in
mediapipe's own graphs, and without them.

OpenVINO reads TensorFlow Lite itself, but not the operations of mediapipe's own that the face mesh and the person mask
contain; here a file becomes an OpenVINO graph operation by operation. Tensors of a picture are (N, C, H, W) inside.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import numpy as np
import openvino as ov
from flatbuffers import flexbuffers
from openvino import opset13 as op

from booth import __version__
from booth.errors import WeightsError
from booth.files import cache_folder, write_atomic

log = logging.getLogger(__name__)
DIGEST = 32
CUSTOM = 32
"""What the format writes for an operation that it does not know."""


@cache
def _wheel() -> Path:
    """Where mediapipe lies. It is not imported: that takes a second and 150 MiB."""
    found = importlib.util.find_spec("mediapipe")
    if found is None or not found.submodule_search_locations:
        raise WeightsError("mediapipe, whose networks find faces, is not installed; install Toonbooth again")
    return Path(found.submodule_search_locations[0])


@cache
def _schema() -> ModuleType:
    """The format's own reader, as mediapipe ships it."""
    spec = importlib.util.spec_from_file_location("tflite_schema", _wheel() / "tasks" / "metadata" / "schema_py_generated.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compile_network(name: str, side_by_side: int = 1) -> ov.CompiledModel:
    """The network ``name`` (a path below mediapipe's ``modules``, without its ending). A request runs on one core, and
    ``side_by_side`` of them at once; in single precision, for points of half precision tremble twice as much. What was compiled once is
    kept for the next start, which has it in a fifth of the time. Raises ``WeightsError``."""
    config = {"INFERENCE_NUM_THREADS": side_by_side, "NUM_STREAMS": side_by_side, "INFERENCE_PRECISION_HINT": "f32"}
    core = ov.Core()
    try:
        kept = _kept(core, name, config)
        try:
            return core.import_model(_whole(kept.read_bytes()), "CPU", config)
        except (RuntimeError, OSError) as error:
            log.debug("%s is compiled: %s", name, error)
        compiled = core.compile_model(read_network(name), "CPU", config)
    except (RuntimeError, OSError) as error:
        raise WeightsError(f"{name}, which finds faces, cannot be read; install Toonbooth again") from error
    _keep(kept, compiled)
    return compiled


def _kept(core: ov.Core, name: str, config: dict[str, Any]) -> Path:
    """The file of the compiled network: another one for other weights, another OpenVINO, processor or way to build it."""
    own = Path(__file__)                                             # not there in a frozen program
    made = [ov.__version__, core.get_property("CPU", "FULL_DEVICE_NAME"), sorted(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")), config,
            __version__, own.read_bytes() if own.is_file() else b""]
    weights = (_wheel() / "modules" / f"{name}.tflite").read_bytes()
    key = hashlib.sha256(weights + repr(made).encode()).hexdigest()
    return cache_folder() / "networks" / f"{name.replace('/', '-')}-{key[:32]}"


def _whole(data: bytes) -> bytes:
    """What ``_keep`` was given. Raises ``OSError`` for a file that was damaged since: OpenVINO would believe it."""
    if hashlib.sha256(data[DIGEST:]).digest() != data[:DIGEST]:
        raise OSError("its file is damaged")
    return data[DIGEST:]


def _keep(path: Path, compiled: ov.CompiledModel) -> None:
    """In place of those that other versions left."""
    try:
        data = compiled.export_model().getvalue()
        for old in path.parent.glob(f"{path.name[:-32]}*"):
            old.unlink(missing_ok=True)
        write_atomic(path, hashlib.sha256(data).digest() + data)
    except (OSError, RuntimeError) as error:
        log.info("compiled networks cannot be kept, so every start takes longer: %s", error)


def read_network(name: str) -> ov.Model:
    """The network as OpenVINO's graph. Raises ``OSError``, ``RuntimeError``."""
    path = _wheel() / "modules" / f"{name}.tflite"
    return _Graph(path.read_bytes()).model() if _has_custom(path) else ov.Core().read_model(path)


def _has_custom(path: Path) -> bool:
    model = _schema().Model.GetRootAsModel(path.read_bytes(), 0)
    return any(model.OperatorCodes(i).CustomCode() for i in range(model.OperatorCodesLength()))


class _Graph:
    """One file on its way to an OpenVINO model."""

    def __init__(self, data: bytes) -> None:
        self._schema = _schema()
        self._file = self._schema.Model.GetRootAsModel(data, 0)
        self._graph = self._file.Subgraphs(0)
        self._names = {v: k for k, v in vars(self._schema.BuiltinOperator).items() if isinstance(v, int)}
        operators = [self._graph.Operators(i) for i in range(self._graph.OperatorsLength())]
        self._made_by = {int(o.OutputsAsNumpy()[0]): o for o in operators if o.InputsLength()}
        self._nodes: dict[int, Any] = {}

    def model(self) -> ov.Model:
        inputs = []
        for i in self._graph.InputsAsNumpy():
            parameter = op.parameter(self._shape(i), np.float32)
            inputs.append(parameter)
            self._nodes[i] = op.transpose(parameter, [0, 3, 1, 2])
        for i in range(self._graph.OperatorsLength()):
            operator = self._graph.Operators(i)
            outputs = operator.OutputsAsNumpy()
            self._nodes[outputs[0]] = BUILD[self._kind(operator)](self, operator, [int(k) for k in operator.InputsAsNumpy()])
        results = [self._outside(int(i)) for i in self._graph.OutputsAsNumpy()]
        return ov.Model(results, inputs)

    def _outside(self, i: int) -> Any:
        node = self.node(i)
        return op.transpose(node, [0, 2, 3, 1]) if self.is_picture(i) else node

    def _kind(self, operator: Any) -> str:
        code = self._file.OperatorCodes(operator.OpcodeIndex())
        builtin = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        return code.CustomCode().decode() if builtin == CUSTOM else self._names[builtin]

    def _shape(self, i: int) -> list[int]:
        return self._graph.Tensors(i).ShapeAsNumpy().tolist() if self._graph.Tensors(i).ShapeLength() else []

    def is_picture(self, i: int) -> bool:
        return len(self._shape(i)) == 4

    def array(self, i: int) -> np.ndarray:
        """The constant ``i`` as it is in the file."""
        tensor = self._graph.Tensors(i)
        kinds = {self._schema.TensorType.FLOAT32: np.float32, self._schema.TensorType.FLOAT16: np.float16, self._schema.TensorType.INT32: np.int32}
        return self._file.Buffers(tensor.Buffer()).DataAsNumpy().view(kinds[tensor.Type()]).reshape(self._shape(i))

    def weights(self, i: int) -> np.ndarray:
        """A constant that the file may keep in half precision."""
        maker = self._made_by.get(i)
        return self.array(i) if maker is None else self.array(int(maker.InputsAsNumpy()[0])).astype(np.float32)

    def node(self, i: int) -> Any:
        if i not in self._nodes:
            self._nodes[i] = op.constant(self.weights(i))
        return self._nodes[i]

    def options(self, operator: Any, kind: str) -> Any:
        options = getattr(self._schema, kind)()
        options.Init(operator.BuiltinOptions().Bytes, operator.BuiltinOptions().Pos)
        return options


def _ints(values: Sequence[int]) -> np.ndarray:
    return np.array(values, np.int64)


def _pads(padding: int) -> str:
    return "same_upper" if padding == 0 else "valid"


def _conv(g: _Graph, operator: Any, at: list[int]) -> Any:
    options = g.options(operator, "Conv2DOptions")
    kernel = g.weights(at[1]).transpose(0, 3, 1, 2)
    stride = [options.StrideH(), options.StrideW()]
    out = op.convolution(g.node(at[0]), op.constant(np.ascontiguousarray(kernel)), stride, [0, 0], [0, 0], [1, 1], _pads(options.Padding()))
    return op.add(out, op.constant(g.weights(at[2]).reshape(1, -1, 1, 1)))


def _depthwise(g: _Graph, operator: Any, at: list[int]) -> Any:
    options = g.options(operator, "DepthwiseConv2DOptions")
    kernel = g.weights(at[1]).transpose(3, 0, 1, 2)[:, :, None]                        # groups, out, in, h, w
    stride = [options.StrideH(), options.StrideW()]
    out = op.group_convolution(g.node(at[0]), op.constant(np.ascontiguousarray(kernel)), stride, [0, 0], [0, 0], [1, 1], _pads(options.Padding()))
    return op.add(out, op.constant(g.weights(at[2]).reshape(1, -1, 1, 1)))


def _transposed(g: _Graph, operator: Any, at: list[int]) -> Any:
    """Convolution2DTransposeBias: doubles the side. Its options are three integers: padding, strides."""
    stride = np.frombuffer(operator.CustomOptionsAsNumpy().tobytes(), np.int32)[1:].tolist()
    kernel = np.ascontiguousarray(g.weights(at[1]).transpose(3, 0, 1, 2))
    out = op.convolution_backprop_data(g.node(at[0]), op.constant(kernel), stride, None, [0, 0], [0, 0], [1, 1], "valid")
    return op.add(out, op.constant(g.weights(at[2]).reshape(1, -1, 1, 1)))


def _prelu(g: _Graph, operator: Any, at: list[int]) -> Any:
    return op.prelu(g.node(at[0]), op.constant(g.weights(at[1]).reshape(-1)))


def _pool(g: _Graph, operator: Any, at: list[int]) -> Any:
    options = g.options(operator, "Pool2DOptions")
    side, stride = [options.FilterHeight(), options.FilterWidth()], [options.StrideH(), options.StrideW()]
    return op.max_pool(g.node(at[0]), stride, [1, 1], [0, 0], [0, 0], side, auto_pad=_pads(options.Padding())).output(0)


def _pad(g: _Graph, operator: Any, at: list[int]) -> Any:
    pads = g.array(at[1])[[0, 3, 1, 2]]
    return op.pad(g.node(at[0]), op.constant(np.ascontiguousarray(pads[:, 0])), op.constant(np.ascontiguousarray(pads[:, 1])), "constant")


def _reshape(g: _Graph, operator: Any, at: list[int]) -> Any:
    """All of them are between (1, 1, 1, n) and (1, points, 2 or 3)."""
    shape = g._shape(int(operator.OutputsAsNumpy()[0]))
    return op.reshape(g.node(at[0]), op.constant(_ints([1, shape[-1], 1, 1] if len(shape) == 4 else shape)), False)


def _mean(g: _Graph, operator: Any, at: list[int]) -> Any:
    return op.reduce_mean(g.node(at[0]), op.constant(_ints([2, 3])), keep_dims=True)


def _resize(g: _Graph, operator: Any, at: list[int]) -> Any:
    options = g.options(operator, "ResizeBilinearOptions")
    centres = "half_pixel" if options.HalfPixelCenters() else "align_corners" if options.AlignCorners() else "asymmetric"
    return op.interpolate(g.node(at[0]), op.constant(_ints(g.array(at[1]).tolist())), mode="linear_onnx", shape_calculation_mode="sizes",
                          coordinate_transformation_mode=centres, axes=op.constant(_ints([2, 3])))


def _matrix(g: _Graph, operator: Any, at: list[int]) -> Any:
    """Landmarks2TransformMatrix: (1, 3, 3), from pixels of an upright square around some landmarks to where they are."""
    options = flexbuffers.Loads(operator.CustomOptionsAsNumpy().tobytes())
    points = op.squeeze(op.slice(g.node(at[0]), [0], [2], [1], [2]), [0])                         # (468, 2)
    one = lambda i: op.squeeze(op.gather(points, op.constant(_ints([i])), 0), [0])
    across = op.subtract(one(options["right_rotation_idx"]), one(options["left_rotation_idx"]))
    length = op.sqrt(op.reduce_sum(op.multiply(across, across), [0], True))
    ex = op.divide(across, length)                                                                # (2,)
    ey = op.multiply(op.gather(ex, op.constant(_ints([1, 0])), 0), np.array([-1, 1], np.float32))
    axes = op.concat([op.unsqueeze(ex, [0]), op.unsqueeze(ey, [0])], 0)                           # rows: the square's x and y
    chosen = op.matmul(op.gather(points, op.constant(_ints(options["subset_idxs"])), 0), axes, False, True)
    low, high = op.reduce_min(chosen, [0]), op.reduce_max(chosen, [0])
    side = np.array([options["output_width"], options["output_height"]], np.float32)
    step = op.divide(op.multiply(op.subtract(high, low), np.array([options["scale_x"], options["scale_y"]], np.float32)), side)
    middle = op.matmul(op.multiply(op.add(high, low), np.float32(0.5)), axes, False, False)       # (2,)
    linear = op.transpose(op.multiply(axes, op.unsqueeze(step, [1])), [1, 0])                      # columns: the square's steps
    corner = op.subtract(middle, op.squeeze(op.matmul(linear, op.constant((side / 2).reshape(2, 1)), False, False), [1]))
    return op.unsqueeze(op.concat([linear, op.unsqueeze(corner, [1])], 1), [0])                   # (1, 2, 3)


def _cut(g: _Graph, operator: Any, at: list[int]) -> Any:
    """TransformTensorBilinear: (1, C, height, width), the first input sampled under the second's matrix."""
    options = flexbuffers.Loads(operator.CustomOptionsAsNumpy().tobytes())
    height, width = options["output_height"], options["output_width"]
    y, x = np.mgrid[:height, :width].astype(np.float32) + 0.5                # pixels have their middle at a half, here and there
    corners = np.stack([x, y, np.ones_like(x)], -1).reshape(1, -1, 3)
    where = op.matmul(op.constant(corners), g.node(at[1]), False, True)                              # (1, h·w, 2) pixels
    size = np.array(g._shape(at[0])[2:0:-1], np.float32)
    unit = op.subtract(op.multiply(where, 2 / size), np.float32(1))
    grid = op.reshape(unit, op.constant(_ints([1, height, width, 2])), False)
    return op.grid_sample(g.node(at[0]), grid, {"align_corners": False, "mode": "bilinear", "padding_mode": "zeros"})


def _put_back(g: _Graph, operator: Any, at: list[int]) -> Any:
    """TransformLandmarks: (1, n, 2) points of the square, (1, 2, 3) matrix → where they are."""
    points = g.node(at[0])
    ones = op.constant(np.ones((1, g._shape(at[0])[1], 1), np.float32))
    return op.matmul(op.concat([points, ones], 2), g.node(at[1]), False, True)


def _times(g: _Graph, operator: Any, at: list[int]) -> Any:
    """Also a matrix times constants: of the (4, 4) that the file has, the graph here keeps what lies in the plane."""
    if g._shape(at[0]) == [1, 4, 4]:
        return op.multiply(g.node(at[0]), op.constant(g.weights(at[1])[:, :2][..., [0, 1, 3]]))
    return op.multiply(g.node(at[0]), g.node(at[1]))


BUILD: dict[str, Callable[[_Graph, Any, list[int]], Any]] = {
    "CONV_2D": _conv, "DEPTHWISE_CONV_2D": _depthwise, "Convolution2DTransposeBias": _transposed, "PRELU": _prelu, "MAX_POOL_2D": _pool,
    "PAD": _pad, "RESHAPE": _reshape, "MEAN": _mean, "RESIZE_BILINEAR": _resize, "MUL": _times,
    "ADD": lambda g, _, at: op.add(g.node(at[0]), g.node(at[1])), "RELU": lambda g, _, at: op.relu(g.node(at[0])),
    "HARD_SWISH": lambda g, _, at: op.hswish(g.node(at[0])), "LOGISTIC": lambda g, _, at: op.sigmoid(g.node(at[0])),
    "STRIDED_SLICE": lambda g, _, at: g.node(at[0]), "DEQUANTIZE": lambda g, o, _: op.constant(g.weights(int(o.OutputsAsNumpy()[0]))),
    "Landmarks2TransformMatrix": _matrix, "TransformTensorBilinear": _cut, "TransformLandmarks": _put_back}
