"""How fast this machine is, stage by stage and as a whole, on the demo camera's pictures. No camera needed."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from booth.app import build_stages, fill_wardrobe
from booth.bench.clips import LONG_S, SHORT_S, minute_s, still_ms
from booth.bench.floors import floors_ms, measure_peak
from booth.bench.live import SETTLE_S, live, start_up
from booth.bench.yardstick import yardstick_ms
from booth.cameras.demo import Demo, Pose
from booth.frame import Crop, Frame, frozen
from booth.pipeline import overlapped, see
from booth.quality import LEVELS, Level
from booth.render.apart import PainterApart
from booth.render.compositor import Compositor
from booth.settings import Engine, Settings
from booth.translators import Translator, make_translator

PICTURES = 90
WARM = 30


def bench(engine: Engine, say: Callable[[str], None] = lambda _: None, quick: bool = False) -> dict[str, Any]:
    """All numbers, with the contract's keys. ``say`` is told what is measured next; ``quick``: shorter, and less certain."""
    seconds, settle_s, count = (1.0, 1.5, 15) if quick else (8.0, SETTLE_S, PICTURES)
    cv2.setNumThreads(1)        # as the booth does
    began = time.perf_counter()
    make = lambda: make_translator(engine)
    translator = make()
    demo = Demo()
    demo.open()
    full = [frozen(demo.picture_at(k / 30, _guest(k / 30))) for k in range(count)]
    small = [frozen(cv2.resize(demo.picture_at(k / 30)[:1050, :1400], (640, 480), interpolation=cv2.INTER_AREA)) for k in range(count)]
    say("starting a booth")
    started = start_up(engine, 5.0 if quick else 12.0)
    say("live, 1080p, four faces")
    large = live(full, 60.0, make, seconds, settle_s)
    say("live, 480p, two faces")
    low = live(small, 120.0, make, seconds, settle_s)
    say("every level of care")
    levels = {level.name: _run(Settings(engine=engine), translator, full, level) for level in LEVELS}
    say("a still")
    still = still_ms(full[0], engine, 1 if quick else 5)
    say("a clip")
    clip = minute_s(lambda t: demo.picture_at(t, without=("tan",)), engine, *((0.5, 1.0) if quick else (SHORT_S, LONG_S)))
    say("a face and the yardstick")
    face, whole = _network_ms(translator), _face_path_ms(translator, full)
    yardstick = yardstick_ms()
    peak = measure_peak()
    return {
        "machine": machine(), "engine": translator.name,
        "live_1080p_4_faces": large, "live_480p_2_faces": low, "levels": levels,
        "still_1080p_ms": round(still, 1), "clip_1min_1080p_s": round(clip, 1),
        "face_ms": round(whole, 2), "face_network_ms": round(face, 2), "yardstick_face_ms": round(yardstick, 1),
        "yardstick_ratio": round(yardstick / whole, 1), "yardstick_network_ratio": round(yardstick / face, 1),
        "first_frame_s": started["first_frame_s"], "rss_mib": started["rss_mib"],
        "stages_ms": large["stages_ms"],
        "floors_ms": floors_ms(peak, 4, LEVELS[0], fresh=1),
        "peak": {"copy_gb_s": round(peak.bytes_s / 1e9, 1), "half_gmac_s": round(peak.half_s / 1e9), "single_gmac_s": round(peak.single_s / 1e9)},
        "demo_camera_ms": round(_median_ms(lambda: demo.picture_at(1.0), 20), 2), "whole_bench_s": round(time.perf_counter() - began, 1)}


def _guest(t: float) -> Pose:
    return Pose(1740 + 8 * np.sin(t), 330 + 6 * np.cos(1.3 * t), 0.4 * np.sin(0.8 * t), 0.0, 0.0)


def machine() -> str:
    name = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            name = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), name)
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


def _run(settings: Settings, translator: Translator, pictures: list[np.ndarray], level: Level) -> dict[str, Any]:
    """Every one of ``pictures`` drawn with this level of care, none dropped."""
    painter = PainterApart()
    painter.wait()
    stages = replace(build_stages(settings, fill_wardrobe(settings, {}), translator, painter), level=level)
    warm = min(WARM, len(pictures))
    began: list[float] = []
    times: list[float] = []                  # not the pictures: keeping them would make every canvas a fresh one

    def frames() -> Iterator[Frame]:
        for seq, picture in enumerate([*pictures[:warm], *pictures]):
            began.append(time.perf_counter())
            yield Frame(picture, seq, seq / 30)

    for composite in overlapped(frames(), stages):
        if composite.seq >= warm:
            times.append((time.perf_counter() - began[composite.seq]) * 1e3)
    painter.close()
    return {"fps": round(len(times) / (time.perf_counter() - began[warm]), 1), "p95_ms": round(statistics.quantiles(times, n=20)[-1], 1)}


def _network_ms(translator: Translator) -> float:
    """One face through the network alone."""
    crop = Crop(0, frozen(np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)), np.eye(2, 3, dtype=np.float32))
    return _median_ms(lambda: translator.translate([crop]), 40)


def _face_path_ms(translator: Translator, pictures: list[np.ndarray]) -> float:
    """One face from its mesh to the canvas: cropped, translated, adapted, painted, put in place; and steadied, as it is live."""
    settings = Settings(engine="cpu")
    settings = settings.model_copy(update={"vision": settings.vision.model_copy(update={"most_faces": 1, "still_s": 0})})
    stages = build_stages(settings, fill_wardrobe(settings, {}), translator)
    seen = [see(Frame(p, k, k / 30), stages) for k, p in enumerate(pictures[:WARM])][-1]
    compositor, canvas = Compositor(stages.wardrobe), np.zeros((1080, 1920, 3), np.uint8)

    def face() -> None:
        crops = stages.cropper.crop(seen.frame, seen.faces)
        adapted = stages.adapter.adapt(stages.translator.translate(crops), crops, seen.faces, seen.frame.captured_at)
        for head in compositor.heads(seen.frame, adapted):
            head.put_on(canvas)

    return _median_ms(face, 40)


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
    large, low, peak = numbers["live_1080p_4_faces"], numbers["live_480p_2_faces"], numbers["peak"]
    lines = [f"machine   {numbers['machine']}", f"engine    {numbers['engine']}",
             f"peak      {peak['copy_gb_s']} GB/s copied, {peak['half_gmac_s']} (half) and {peak['single_gmac_s']} (single) G multiply-adds/s", "",
             f"live 1080p, four faces    {large['fps']:6.1f} pictures/s, p95 {large['p95_ms']:.0f} ms, care: {large['care']}",
             f"live 480p, two faces      {low['fps']:6.1f} pictures/s, p95 {low['p95_ms']:.0f} ms, care: {low['care']}"]
    lines += [f"  care: {name:32} {run['fps']:6.1f} pictures/s, p95 {run['p95_ms']:.0f} ms" for name, run in numbers["levels"].items()]
    lines += [f"1080p still, four faces   {numbers['still_1080p_ms']:6.0f} ms",
              f"1080p clip, two faces     {numbers['clip_1min_1080p_s']:6.1f} s a minute",
              f"one face, mesh to canvas  {numbers['face_ms']:6.2f} ms, of them network {numbers['face_network_ms']:.2f}",
              f"yardstick, same crop      {numbers['yardstick_face_ms']:6.1f} ms: {numbers['yardstick_ratio']:.1f} times the face, "
              f"{numbers['yardstick_network_ratio']:.1f} times its network",
              f"start to first drawing    {numbers['first_frame_s']:6.2f} s",
              f"memory                    {numbers['rss_mib']:6.0f} MiB",
              f"demo camera               {numbers['demo_camera_ms']:6.2f} ms a picture", "", "stage          median ms    floor    times"]
    for name, ms in sorted(numbers["stages_ms"].items(), key=lambda kv: -kv[1]):
        floor = numbers["floors_ms"].get(name)
        lines.append(f"  {name:12} {ms:8.2f} " + (f"{floor:8.2f} {ms / floor:8.1f}" if floor else "       –        –"))
    return "\n".join(lines)
