"""Measure the exported network that hears mouths.

    python -m models.talking.report --run runs/talking/voice [--videos DIR] [--json models/reports/voice.json]
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from booth.audio.features import RATE
from booth.audio.voice import LiveVoice, Voice
from models.talking import augment
from models.talking.data import held_out_sets
from models.talking.scores import film_scores, set_scores

REPORT = Path(__file__).resolve().parents[1] / "reports" / "voice.json"
FILMS = {".mp4", ".mov", ".webm", ".mkv", ".avi"}


def speechless_scores(voice: Voice, count: int = 12, seconds: float = 5.0) -> dict[str, float]:
    """Share of steps that are taken for speech, and of steps in which the mouth is not shut, where nobody speaks."""
    rng, samples, results = np.random.default_rng(21), int(seconds * RATE), {}
    for name, make in (("noise", augment.noise), ("music", augment.music)):
        heard = [voice.hear(augment.coloured(make(samples, rng), rng) * np.float32(0.05), RATE) for _ in range(count)]
        results[f"{name}_as_speech"] = float(np.mean([(one.voice >= 0.5).mean() for one in heard]))
        results[f"{name}_mouth_moves"] = float(np.mean([(np.abs(one.mouth).max(axis=1) > 0.01).mean() for one in heard]))
    return {name: round(value, 4) for name, value in results.items()}


def speeds(voice: Voice, runs: int = 5) -> dict[str, float]:
    """Fastest of several runs: seconds for 15 s of recorded sound, ms for 20 ms of live sound; the delay of live answers."""
    rng = np.random.default_rng(1)
    sound = (0.05 * augment.noise(15 * 48_000, rng)).astype(np.float32)
    recorded, lives = [], []
    for _ in range(runs):
        began = time.perf_counter()
        voice.hear(sound, 48_000)
        recorded.append(time.perf_counter() - began)
    live = LiveVoice(48_000)
    for i in range(0, 48_000 * 3, 960):
        began = time.perf_counter()
        live.push(sound[i:i + 960])
        lives.append(time.perf_counter() - began)
    return {"recorded_15s_s": round(min(recorded), 3), "live_20ms_ms": round(1000 * float(np.median(lives)), 2), "live_delay_ms": 1000 * live.delay_s}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.talking.report", description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, help="folder with voice.onnx and its manifest; the booth's own by default")
    parser.add_argument("--run", type=Path, help="folder of models.talking.train, for its log")
    parser.add_argument("--videos", type=Path, help="folder of films of people who speak to the camera")
    parser.add_argument("--count", type=int, default=20, help="utterances a set")
    parser.add_argument("--json", type=Path, default=REPORT)
    args = parser.parse_args(argv)
    voice = Voice(args.weights)
    report: dict = {"when": datetime.now(UTC).strftime("%Y-%m-%d"), "machine": f"{platform.processor() or platform.machine()}, busy"}
    if args.run:
        report["training"] = json.loads((args.run / "log.json").read_text(encoding="utf-8"))
    report["held_out"] = {name: {"clean": set_scores(voice, one), "10 dB": set_scores(voice, one, 10.0), "0 dB": set_scores(voice, one, 0.0)}
                          for name, one in held_out_sets(args.count).items()}
    report["speechless"] = speechless_scores(voice)
    report["speed"] = speeds(voice)
    if args.videos:
        films = sorted(p for p in args.videos.iterdir() if p.suffix.lower() in FILMS)
        report["films"] = {film.name: film_scores(film, voice) for film in films}
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for name, scores in report["held_out"].items():
        for at, s in scores.items():
            print(f"{name:10s} {at:6s}", " ".join(f"{key} {s[key]:.2f}" for key in ("accuracy", "macro_f1", "closure_recall", "closure_false")))
    print(json.dumps({k: report[k] for k in ("speechless", "speed", "films") if k in report}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
