"""The GPU engine: torch, channels last, half precision, one batch for all faces, a CUDA graph per shape of a batch."""

from __future__ import annotations

import numpy as np
import torch
from safetensors.torch import load_file

from booth.errors import TranslationFailed
from booth.frame import Crop, Stylized, frozen
from booth.translators.manifest import Network
from booth.translators.network import LayerNet, Translator


class TorchTranslator:
    """``device`` is "cuda", or "cpu" for the tests of this engine (then float32 and no graphs)."""

    name = "cuda"

    def __init__(self, network: Network, device: str) -> None:
        self._device = torch.device(device)
        net = LayerNet(network.widths, network.depths)
        net.load_state_dict(load_file(network.checked("safetensors")))
        half = torch.float16 if device == "cuda" else torch.float32
        self._model = Translator(net).eval().to(self._device, half, memory_format=torch.channels_last)
        self._graphs: dict[tuple[int, int], tuple[torch.cuda.CUDAGraph, torch.Tensor, tuple[torch.Tensor, torch.Tensor]]] = {}

    @torch.inference_mode()
    def translate(self, crops: list[Crop]) -> list[Stylized]:
        if not crops:
            return []
        try:
            batch = torch.from_numpy(np.stack([c.image for c in crops]))
            layers, traits = (t.cpu().numpy() for t in (self._replay(batch) if self._device.type == "cuda" else self._model(batch)))
        except (RuntimeError, ValueError) as error:
            raise TranslationFailed(f"the CUDA engine refused {len(crops)} faces: {error}") from error
        return [Stylized(c.track_id, c.affine, frozen(one[..., :4].copy()), frozen(one[..., 4:].copy()), frozen(sure.copy()))
                for c, one, sure in zip(crops, layers, traits, strict=True)]

    def _replay(self, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        shape = batch.shape[0], batch.shape[1]
        if shape not in self._graphs:
            self._graphs[shape] = self._record(*shape)
        graph, static_in, static_out = self._graphs[shape]
        static_in.copy_(batch.pin_memory(), non_blocking=True)
        graph.replay()
        return static_out

    def _record(self, count: int, side: int):
        static_in = torch.zeros((count, side, side, 3), dtype=torch.uint8, device=self._device)
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                self._model(static_in)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            static_out = self._model(static_in)
        return graph, static_in, static_out

    def close(self) -> None:
        self._graphs.clear()
