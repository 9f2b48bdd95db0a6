"""Export the trained network for the booth, with its entry in the manifest.

    python -m models.talking.export --run runs/talking/voice

Writes ``models/weights/voice.onnx``, ``voice.safetensors`` and the section ``[voice]`` of ``manifest.toml``; the other sections stay as they are.
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

from booth.audio.features import BANDS
from booth.pose import MOUTH, VISEMES
from models.talking.network import AHEAD, VoiceAnswers, VoiceNet
from models.talking.train import CONFIG, network

WEIGHTS = Path(__file__).resolve().parents[1] / "weights"
TRAINED_ON = ("synthetic speech in Korean, English, Japanese, Mandarin, Spanish, French and German with known sounds, by espeak-ng 1.52 and "
              "flite 2.2 (voices awb, rms, kal16), of texts written for this project; no recordings of people")


def averaged(run: Path, config: dict) -> VoiceNet:
    """The mean of the last steps' weights, ready to answer."""
    state = torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)["average"]
    net = network(config)
    net.load_state_dict({k.removeprefix("module."): v for k, v in state.items() if k != "n_averaged"})
    return net.eval()


def export(net: VoiceNet, folder: Path) -> str:
    """Write both files; the manifest's section."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors, graph = folder / "voice.safetensors", folder / "voice.onnx"
    save_file({k: v.contiguous() for k, v in net.state_dict().items()}, tensors)
    torch.onnx.export(VoiceAnswers(net).eval(), (torch.zeros(1, net.before + AHEAD + 10, BANDS),), graph, input_names=["features"],
                      output_names=["visemes", "voice", "mouth"],
                      dynamic_axes={"features": {1: "heard"}, "visemes": {1: "steps"}, "voice": {1: "steps"}, "mouth": {1: "steps"}},
                      opset_version=17, dynamo=False)
    onnx.checker.check_model(onnx.load(graph))
    digest = lambda p: hashlib.sha256(p.read_bytes()).hexdigest()
    return f"""[voice]
onnx = "{graph.name}"
onnx_sha256 = "{digest(graph)}"
safetensors = "{tensors.name}"
safetensors_sha256 = "{digest(tensors)}"
before = {net.before}
ahead = {AHEAD}
parameters = {sum(p.numel() for p in net.parameters())}
input = "features (1, before + T + ahead, {BANDS}) float32 of booth.audio.features, 100 steps a second"
output = "visemes (1, T, {len(VISEMES)}) probabilities, voice (1, T) 0 … 1, mouth (1, T, {len(MOUTH)}): {", ".join(MOUTH)}"
trained_on = "{TRAINED_ON}"
licence = "Apache-2.0"
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.talking.export", description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="folder written by models.talking.train")
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args(argv)
    section = export(averaged(args.run, tomllib.loads(args.config.read_text(encoding="utf-8"))), args.out)
    manifest = args.out / "manifest.toml"
    others = []
    if manifest.exists():
        blocks = ("\n" + manifest.read_text(encoding="utf-8")).split("\n[")
        others = ["[" + block.rstrip() + "\n" for block in blocks if block.strip() and not block.startswith("voice]")]
    manifest.write_text("\n".join([*others, section]), encoding="utf-8")
    print(f"{args.out / 'voice.onnx'} {(args.out / 'voice.onnx').stat().st_size // 1024} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
