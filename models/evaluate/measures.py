"""Measures as pure functions of arrays: nothing here knows the booth.

Formulas are those of the project's design notes; where a library has one, it is used.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.stats import binomtest
from skimage.color import deltaE_ciede2000
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

MONK = ("f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a", "292420")
"""Ellis Monk's ten skin tones, fair to dark (skintone.google, sRGB)."""
LINE_DEPTH = 18
"""Grey levels by which a line is darker than what lies on both sides of it."""
LINE_WIDTH = 7
"""Pixels; wider dark things are areas, not lines."""


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 sRGB → float32 CIELAB (D65): L* 0 … 100."""
    return cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def ita(lab: np.ndarray) -> float:
    """Individual typology angle in degrees of one Lab colour (3,): arctan((L* − 50) / b*), Chardon 1991.

    55 and more is very light skin, below −30 dark. Written with atan2, so that b* ≤ 0 stays on the right side.
    """
    return float(np.degrees(np.arctan2(lab[0] - 50, lab[2])))


def delta_e(a: np.ndarray, b: np.ndarray) -> float:
    """CIEDE2000 between two Lab colours (3,)."""
    return float(deltaE_ciede2000(np.asarray(a, np.float64), np.asarray(b, np.float64)))


def monk_tone(angle: float) -> int:
    """The Monk tone, 1 (fair) … 10 (dark), whose own ITA° is nearest to ``angle``."""
    return int(np.abs(np.array(_MONK_ITA) - angle).argmin()) + 1


_MONK_ITA = [ita(to_lab(np.array([[list(bytes.fromhex(tone))]], np.uint8))[0, 0]) for tone in MONK]


def line_fit(x: np.ndarray, y: np.ndarray) -> tuple[float, float] | None:
    """Slope and offset of ``y`` on ``x`` by least squares; None for fewer than three points or no spread."""
    if len(x) < 3 or np.ptp(x) < 1e-6:
        return None
    slope, offset = np.polyfit(x, y, 1)
    return float(slope), float(offset)


def pearson(x: np.ndarray, y: np.ndarray) -> float | None:
    """Correlation −1 … 1; None for fewer than three points or when either does not vary."""
    if len(x) < 3 or np.std(x) < 1e-9 or np.std(y) < 1e-9:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def wilson(k: int, n: int) -> dict[str, float | int | None]:
    """``rate`` k/n with its Wilson 95 % interval ``low``, ``high``, and both counts; rates are None when n is 0."""
    if not n:
        return {"rate": None, "low": None, "high": None, "k": 0, "n": 0}
    interval = binomtest(k, n).proportion_ci(0.95, method="wilson")
    return {"rate": k / n, "low": float(interval.low), "high": float(interval.high), "k": k, "n": n}


def optical_flow(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """DIS flow from ``a`` to ``b`` (H, W, 3) uint8: flow (H, W, 2) in pixels, and where it is to be believed (H, W) bool.

    Forward–backward check of Sundaram et al. 2010: |F + B∘F|² < 0.01 (|F|² + |B∘F|²) + 0.5.
    """
    greys = [cv2.cvtColor(x, cv2.COLOR_RGB2GRAY) for x in (a, b)]
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    forward, backward = dis.calc(greys[0], greys[1], None), dis.calc(greys[1], greys[0], None)
    returned = warp(backward, forward)
    apart = np.square(forward + returned).sum(-1)
    sure = apart < 0.01 * (np.square(forward).sum(-1) + np.square(returned).sum(-1)) + 0.5
    ys, xs = np.mgrid[:a.shape[0], :a.shape[1]]
    x, y = xs + forward[..., 0], ys + forward[..., 1]
    return forward, sure & (x >= 0) & (y >= 0) & (x <= a.shape[1] - 1) & (y <= a.shape[0] - 1)


def warp(image: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """``image`` (H, W, C) sampled where ``flow`` (H, W, 2) points to."""
    ys, xs = np.mgrid[:flow.shape[0], :flow.shape[1]].astype(np.float32)
    return cv2.remap(image, xs + flow[..., 0], ys + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def warp_error(now: np.ndarray, after: np.ndarray, flow: np.ndarray, mask: np.ndarray) -> float | None:
    """Σ M‖W(after) − now‖² / ΣM for pictures (H, W, 3) uint8 taken as 0 … 1; None when nothing is believed."""
    if not mask.any():
        return None
    apart = warp(after.astype(np.float32) / 255, flow) - now.astype(np.float32) / 255
    return float(np.square(apart).sum(-1)[mask].mean())


def gradient_energy(image: np.ndarray) -> float:
    """Mean squared gradient of a picture (H, W, 3) uint8 taken as 0 … 1: forward differences, summed over colours."""
    x = image.astype(np.float32) / 255
    return float(np.square(x[:, 1:] - x[:, :-1]).sum(-1).mean() + np.square(x[1:] - x[:-1]).sum(-1).mean())


def flicker(frames: list[np.ndarray]) -> float:
    """Mean over pixels of the standard deviation over time of L*; ``frames``: (H, W, 3) uint8 each."""
    return float(np.stack([to_lab(f)[..., 0] for f in frames]).std(0).mean())


def shift_psnr(answer: np.ndarray, answer_to_shifted: np.ndarray, shift: tuple[int, int]) -> float:
    """PSNR in dB of T·G(x) against G(T·x) where both are defined, at most 99.

    ``answer`` G(x) and ``answer_to_shifted`` G(T·x), (S, S, C) uint8; T moves content by ``shift`` (dx, dy) pixels.
    """
    moved = np.roll(answer, shift[::-1], (0, 1))
    edge = max(abs(shift[0]), abs(shift[1])) + 16             # beyond: border pixels that T made up
    inner = (slice(edge, -edge), slice(edge, -edge))
    if np.array_equal(moved[inner], answer_to_shifted[inner]):
        return 99.0
    return min(99.0, float(peak_signal_noise_ratio(moved[inner], answer_to_shifted[inner], data_range=255)))


def iou(a: np.ndarray, b: np.ndarray) -> float | None:
    """Intersection over union of two bool masks; None when both are empty."""
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else None


def lines(rgb: np.ndarray) -> np.ndarray:
    """Dark thin ridges of a drawing (H, W, 3) uint8 as (H, W) bool: black-hat of luminance above ``LINE_DEPTH``."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (LINE_WIDTH, LINE_WIDTH))
    return cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel) > LINE_DEPTH


def line_f1(drawn: np.ndarray, truth: np.ndarray) -> float | None:
    """F1 of two line masks (H, W) bool, a pixel counting as found within 1 px; None when neither has a line."""
    if not drawn.any() and not truth.any():
        return None
    near = lambda m: cv2.dilate(m.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    precision = (drawn & near(truth)).sum() / max(drawn.sum(), 1)
    recall = (truth & near(drawn)).sum() / max(truth.sum(), 1)
    return float(2 * precision * recall / max(precision + recall, 1e-9))


def sharpness(drawn: np.ndarray, truth: np.ndarray, mask: np.ndarray) -> float | None:
    """Σ|∇drawn| / Σ|∇truth| of luminance over ``mask`` (H, W) bool; 1 is as sharp. None without edges in the truth."""
    def total(rgb: np.ndarray) -> float:
        grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
        return float(np.hypot(cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1))[mask].sum())
    edges = total(truth)
    return total(drawn) / edges if edges > 0 else None


def ssim(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> float:
    """Mean over ``mask`` (H, W) bool of the structural similarity (Wang et al. 2004) of two (H, W, 3) uint8 pictures."""
    return float(structural_similarity(a, b, channel_axis=-1, full=True)[1].mean(-1)[mask].mean())


def seam(change: np.ndarray, inside: np.ndarray, band: int) -> float:
    """Share 0 … 1 of one side of a square with a hard straight step along it; the worst of the four sides.

    ``change`` (S, S) float32: L* that the head added to the room, in the square's frame with ``band`` pixels around it ·
    ``inside`` (S, S) bool: pixels that were in the picture. A step is more than 10 L* over two pixels, within four
    pixels of the square's border.
    """
    worst = 0.0
    for turn in range(4):
        c, known = np.rot90(change, turn), np.rot90(inside, turn)
        rows = np.arange(band - 4, band + 5)
        step = (np.abs(c[rows + 1] - c[rows - 1]) > 10) & known[rows + 1] & known[rows - 1]
        worst = max(worst, float(step[:, band:-band].mean(1).max()))
    return worst
