"""How fast this machine is, stage by stage and as a whole, on the demo camera's pictures. No window, no camera."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import cv2
import numpy as np
import psutil

from booth.app import build_stages, fill_wardrobe
from booth.cameras.demo import Demo, Pose
from booth.frame import Frame, frozen
from booth.pipeline import Strangers, process
from booth.settings import Settings
from booth.translators import make_translator

PICTURES = 90
WARM = 30


def bench(engine: Literal["auto", "cpu", "cuda"]) -> dict[str, Any]:
    """All numbers, with the contract's keys; what this version cannot do yet is absent."""
    cv2.setNumThreads(1)        # as the booth does
    settings = Settings(engine=engine)
    began = time.perf_counter()
    translator = make_translator(settings.engine)
    demo = Demo()
    demo.open()
    full = [demo.picture_at(k / 30, _guest(k / 30)) for k in range(PICTURES)]
    small = [cv2.resize(demo.picture_at(k / 30)[:1050, :1400], (640, 480), interpolation=cv2.INTER_AREA) for k in range(PICTURES)]
    live = _run(settings, translator, full)
    low = _run(settings, translator, small)
    return {
        "machine": machine(), "engine": translator.name,
        "live_1080p_4_faces": {"fps": live["fps"], "p95_ms": live["p95_ms"], "faces": live["faces"]},
        "live_480p_2_faces": {"fps": low["fps"], "p95_ms": low["p95_ms"], "faces": low["faces"]},
        "face_ms": round(_face_ms(translator), 2), "demo_camera_ms": round(_median_ms(lambda: demo.picture_at(1.0), 20), 2),
        "stages_ms": live["stages_ms"], "whole_bench_s": round(time.perf_counter() - began, 1),
        "rss_mib": round(psutil.Process().memory_info().rss / 2**20, 1)}


def _guest(t: float) -> Pose:
    return Pose(1740 + 8 * np.sin(t), 330 + 6 * np.cos(1.3 * t), 0.4 * np.sin(0.8 * t), 0.0, 0.0)


def machine() -> str:
    name = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            name = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), name)
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


def _run(settings: Settings, translator, pictures) -> dict[str, Any]:
    """The pipeline over ``pictures`` as fast as it goes, one after another."""
    stages = build_stages(settings, fill_wardrobe(settings, {}), translator)
    times: list[float] = []
    faces: list[int] = []
    laps: list[dict[str, float]] = []        # not the pictures: keeping them would make every canvas a fresh one
    with ThreadPoolExecutor(1) as side:
        strangers = Strangers()
        for seq, picture in enumerate([*pictures[:WARM], *pictures]):
            began = time.perf_counter()
            composite = process(Frame(frozen(picture), seq, seq / 30), stages, side, strangers)
            if seq >= WARM:
                times.append((time.perf_counter() - began) * 1e3)
                laps.append(composite.stages_ms)
                faces.append(len(composite.faces))
    for stage in (stages.people, stages.detector, stages.landmarker):
        stage.close()
    return {"faces": round(statistics.mean(faces), 2),
            "fps": round(1e3 / statistics.mean(times), 1), "p95_ms": round(statistics.quantiles(times, n=20)[-1], 1),
            "stages_ms": _stages(laps)}


def _stages(laps: list[dict[str, float]]) -> dict[str, float]:
    return {n: round(statistics.median(lap[n] for lap in laps if n in lap), 2) for n in sorted(set().union(*laps))}


def _face_ms(translator) -> float:
    """One face through the network alone."""
    from booth.frame import Crop
    crop = Crop(0, frozen(np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)), np.eye(2, 3, dtype=np.float32))
    return _median_ms(lambda: translator.translate([crop]), 40)


def _median_ms(work: Callable[[], object], times: int) -> float:
    work()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1e3)
    return statistics.median(taken)


def table(numbers: dict[str, Any]) -> str:
    """The numbers for a person."""
    live, low = numbers["live_1080p_4_faces"], numbers["live_480p_2_faces"]
    lines = [f"machine   {numbers['machine']}", f"engine    {numbers['engine']}", "",
             f"1080p, four faces     {live['fps']:6.1f} pictures/s, p95 {live['p95_ms']:.0f} ms",
             f"480p, two faces       {low['fps']:6.1f} pictures/s",
             f"one face, network     {numbers['face_ms']:6.2f} ms",
             f"demo camera           {numbers['demo_camera_ms']:6.2f} ms a picture",
             f"memory                {numbers['rss_mib']:6.0f} MiB", "", "stage          median ms"]
    lines += [f"  {name:12} {ms:8.2f}" for name, ms in sorted(numbers["stages_ms"].items(), key=lambda kv: -kv[1])]
    return "\n".join(lines)
