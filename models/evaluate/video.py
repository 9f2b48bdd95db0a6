"""Steadiness and expression: videos through the live pipeline, a still with webcam noise, the network under small shifts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from tqdm import tqdm

from booth import facemap as fm
from booth.errors import UsageError
from models.evaluate import measures as m
from models.evaluate.drawing import Artist
from models.evaluate.eyes import openness
from models.evaluate.families import webcam

WARM = 15
"""Frames until everybody in the picture is drawn, and remembered: they do not count."""
MOST_FRAMES = 250
STILL_FRAMES = 40
SHIFTS = tuple((dx, dy) for n in range(1, 7) for dx, dy in ((n, 0), (0, n)))


def read_video(path: Path) -> tuple[list[np.ndarray], float]:
    """The first ``MOST_FRAMES`` pictures (H, W, 3) uint8 and how many come in a second. Raises ``UsageError``."""
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise UsageError(f"{path} has no picture in it")
            rate = float(container.streams.video[0].average_rate or 30)
            frames = [f.to_ndarray(format="rgb24") for f, _ in zip(container.decode(video=0), range(MOST_FRAMES), strict=False)]
    except (av.FFmpegError, OSError) as error:
        raise UsageError(f"{path} is not a video that can be read") from error
    if len(frames) < WARM + 5:
        raise UsageError(f"{path} is too short: at least {WARM + 5} pictures are needed")
    return frames, rate


class Steadiness:
    """Warp errors and gradients of one video, summed up pair by pair of frames, on the whole picture and the face's box."""

    def __init__(self) -> None:
        self._sums: dict[str, list[float]] = {}

    def add(self, before: tuple[np.ndarray, np.ndarray], now: tuple[np.ndarray, np.ndarray], box: np.ndarray | None) -> None:
        """``before``, ``now``: (input, output) of one size (H, W, 3) uint8 · ``box`` (4,) x0, y0, x1, y1 of the face."""
        flow, sure = m.optical_flow(before[0], now[0])
        masks = {"picture": (slice(None), slice(None))}
        if box is not None:
            (x0, y0), (x1, y1) = np.maximum(box[:2].astype(int), 0), box[2:].astype(int)
            masks["face"] = (slice(int(y0), int(y1)), slice(int(x0), int(x1)))
        for where, part in masks.items():
            mask = np.zeros_like(sure)
            mask[part] = sure[part]
            for which, a, b in (("in", before[0], now[0]), ("out", before[1], now[1])):
                error = m.warp_error(a, b, flow, mask)
                if error is not None:
                    self._sums.setdefault(f"{where} e_{which}", []).append(error)
                    self._sums.setdefault(f"{where} g_{which}", []).append(m.gradient_energy(a[part]))

    def ratios(self, where: str) -> tuple[float | None, float | None]:
        """(E_out / G_out) / (E_in / G_in) and E_out / E_in; None when nothing was measured or the input stood still."""
        e_in, e_out, g_in, g_out = (float(np.mean(self._sums.get(f"{where} {k}", [0.0]))) for k in ("e_in", "e_out", "g_in", "g_out"))
        if min(e_in, g_in, g_out) <= 0:
            return None, None
        return (e_out / g_out) / (e_in / g_in), e_out / e_in


def measure_video(artist: Artist, path: Path) -> dict:
    """One video's steadiness and expression through the live pipeline. Raises ``UsageError``."""
    frames, rate = read_video(path)
    steady, seen = Steadiness(), []
    points: np.ndarray | None = None
    last: tuple[np.ndarray, np.ndarray] | None = None
    undrawn = 0
    live = artist.live(frames, rate)
    for seq, (frame, picture, faces) in enumerate(tqdm(live, total=len(frames), unit="frame", desc=path.name)):
        if seq < WARM:
            continue
        points = artist.find(frame, points)
        undrawn += not faces
        now = (frame, cv2.resize(picture, frame.shape[1::-1], interpolation=cv2.INTER_AREA)) if faces else None
        if last is not None and now is not None:
            steady.add(last, now, None if points is None else np.concatenate([points[:, :2].min(0), points[:, :2].max(0)]))
        last = now
        if points is not None and faces:
            drawn = artist.find(picture, artist.meant(points, picture.shape[1] / frame.shape[1]))
            seen.append(None if drawn is None else [openness(points).mean(), openness(drawn).mean(),
                                                    fm.mouth_openness(points), fm.mouth_openness(drawn)])
    pairs = np.array([s for s in seen if s is not None]).reshape(-1, 4)
    (ratio, raw), (face_ratio, face_raw) = steady.ratios("picture"), steady.ratios("face")
    return {"name": path.name, "frames": len(frames), "rate": rate, "without_drawing": undrawn,
            "warp_ratio": ratio, "warp_ratio_raw": raw, "warp_ratio_face": face_ratio, "warp_ratio_raw_face": face_raw,
            "expression_r": {"eyes": m.pearson(pairs[:, 0], pairs[:, 1]), "mouth": m.pearson(pairs[:, 2], pairs[:, 3])},
            "drawn_faces_found": len(pairs), "drawn_faces_looked_for": len(seen)}


def still_flicker(artist: Artist, picture: np.ndarray) -> dict[str, float | None]:
    """Mean standard deviation over time of L*, of a still picture (H, W, 3) with webcam noise and of its drawing."""
    rng = np.random.default_rng(3)

    def noisy() -> Iterator[np.ndarray]:
        for _ in range(STILL_FRAMES):
            yield webcam(picture, rng)

    taken = [(frame, cv2.resize(drawn, frame.shape[1::-1], interpolation=cv2.INTER_AREA), faces)
             for frame, drawn, faces in artist.live(noisy(), 30)][WARM:]
    if not all(faces for *_, faces in taken):
        return {"ratio": None, "in": None, "out": None}
    before, after = (m.flicker([t[k] for t in taken]) for k in (0, 1))
    return {"ratio": after / before, "in": before, "out": after}


def equivariance(artist: Artist, crops: list[np.ndarray]) -> dict[str, float | None]:
    """PSNR(T·G(x), G(T·x)) in dB of the network's layers, median over ``crops`` (S, S, 3): over all ``SHIFTS`` and by size."""
    by: dict[int, list[float]] = {}
    for crop in crops:
        answer = artist.layers(crop)
        for dx, dy in SHIFTS:
            moved = cv2.warpAffine(crop, np.float32([[1, 0, dx], [0, 1, dy]]), crop.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
            by.setdefault(max(dx, dy), []).append(m.shift_psnr(answer, artist.layers(moved), (dx, dy)))
    everything = [v for values in by.values() for v in values]
    return {"median": float(np.median(everything)) if everything else None, **{f"{n}_px": float(np.median(v)) for n, v in by.items()}}
