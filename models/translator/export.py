"""Fold a trained network's norms and export it for both engines, with its manifest.

    python -m models.translator.export --weights runs/live/weights.pt --config models/translator/live.toml

Writes ``models/weights/translator_live.onnx``, ``.safetensors`` and the entry in ``manifest.toml``.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tomllib
from pathlib import Path

import onnx
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from booth.translators.network import LAYERS, OUTPUTS, TRAITS, LayerNet, Translator

WEIGHTS = Path(__file__).resolve().parents[1] / "weights"
TRAINED_ON = ("1,241 official portraits, works of the US Government in the public domain, and 149 portraits of Taiwan's "
              "Legislative Yuan (g0v/ly-tel, Open Government Data terms, with attribution); a tenth of the people held out")


def folded(trained: LayerNet, plain: LayerNet) -> LayerNet:
    """``plain`` (norm=False) with the weights of ``trained`` (norm=True), batch norms folded into convolutions."""
    trained.eval()
    state = {}
    modules = dict(trained.named_modules())
    for name, module in modules.items():
        if isinstance(module, nn.Sequential) and len(module) == 3 and isinstance(module[1], nn.BatchNorm2d):
            state[f"{name}.0.weight"], state[f"{name}.0.bias"] = (p.detach() for p in fuse_conv_bn_eval(module[0], module[1]).parameters())
    for name in ("head", "traits"):
        state[f"{name}.weight"], state[f"{name}.bias"] = modules[name].weight.detach(), modules[name].bias.detach()
    plain.load_state_dict(state)
    return plain.eval()


def raise_tone(net: LayerNet, gain: float) -> None:
    """Multiply the logits of the tone layer by ``gain``, in place; 0 is the hair's own mean."""
    at = slice(4 * LAYERS.index("tone"), 4 * LAYERS.index("tone") + 4)           # pixel shuffle takes four channels a layer
    with torch.no_grad():
        net.head.weight[at] *= gain
        net.head.bias[at] *= gain


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.translator.export", description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--name", default="translator_live")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--tone-gain", type=float, default=1.0,
                        help="contrast of hair: a network trained on means answers with less than the teacher's")
    args = parser.parse_args(argv)
    config = tomllib.loads(args.config.read_text())
    shape = tuple(config["widths"]), tuple(config["depths"])
    state = torch.load(args.weights, map_location="cpu", weights_only=True)
    state = state.get("average", state)                     # a checkpoint holds more than the weights
    state = {k.removeprefix("module."): v for k, v in state.items() if k != "n_averaged"}
    normed = any(k.endswith("running_mean") for k in state)
    trained = LayerNet(*shape, norm=normed)
    trained.load_state_dict(state)
    plain = folded(trained, LayerNet(*shape)) if normed else trained
    raise_tone(plain, args.tone_gain)
    args.out.mkdir(parents=True, exist_ok=True)
    tensors, graph = args.out / f"{args.name}.safetensors", args.out / f"{args.name}.onnx"
    save_file({k: v.contiguous() for k, v in plain.state_dict().items()}, tensors)
    model = Translator(plain).eval()
    torch.onnx.export(model, (torch.zeros((1, config["size"], config["size"], 3), dtype=torch.uint8),), graph, input_names=["crops"],
                      output_names=["layers", "traits"], dynamic_axes={"crops": {0: "faces", 1: "side", 2: "side"}},
                      opset_version=17, dynamo=False)
    onnx.checker.check_model(onnx.load(graph))
    digest = lambda p: hashlib.sha256(p.read_bytes()).hexdigest()
    entry = f"""[{args.name}]
onnx = "{graph.name}"
onnx_sha256 = "{digest(graph)}"
safetensors = "{tensors.name}"
safetensors_sha256 = "{digest(tensors)}"
size = {config["size"]}
widths = {list(config["widths"])}
depths = {list(config["depths"])}
parameters = {sum(p.numel() for p in plain.parameters())}
input = "crops (N, {config["size"]}, {config["size"]}, 3) uint8 RGB, upright, 2.2 face heights wide"
output = "layers (N, {config["size"]}, {config["size"]}, 8) uint8: {", ".join(OUTPUTS)}; traits (N, 4) float 0 … 1: {", ".join(TRAITS)}"
trained_on = "{TRAINED_ON}"
licence = "Apache-2.0"
"""
    manifest = args.out / "manifest.toml"
    others = []
    if manifest.exists():
        blocks = manifest.read_text().split("\n[")
        others = [b if b.startswith("[") else "[" + b for b in blocks if b.strip() and not b.lstrip("[").startswith(args.name + "]")]
    manifest.write_text("\n".join([*(o.rstrip() + "\n" for o in others), entry]))
    print(f"{graph} {graph.stat().st_size // 1024} KiB, {sum(p.numel() for p in plain.parameters()):,} parameters")
    return 0


if __name__ == "__main__":
    sys.exit(main())
