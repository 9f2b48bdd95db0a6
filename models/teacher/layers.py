"""Areas → all the layers that the network learns: areas, beard, cel shadow, hair tone, glasses.

Constructed shadows (jaw on neck, hair on forehead) sell the look more than the photo's own shading does, so the shadow
layer is mostly constructed; the photo adds only its broad light and dark sides. Eyes, brows, nose, mouth have no layer:
they are drawn as ink from landmarks.
"""

from __future__ import annotations

import cv2
import numpy as np

from booth import facemap as fm
from booth.geometry import polygon_mask, smoothstep, spline
from booth.render import glasses as rims
from models.teacher.consensus import Consensus, glasses_evidence
from models.teacher.portrait import SIZE, Portrait
from models.teacher.regions import HAIR, SKIN, FaceFrame, areas, blur, guided_filter, lab, skin_colour

NAMES = ("background", "skin", "hair", "cloth", "beard", "shadow", "tone", "counts", "glasses")
LEAST_SCORE = 0.13
"""Rims that follow the evidence less than this teach nothing: the wearer's glasses are unknown, not absent."""


def layers(portrait: Portrait, consensus: Consensus | None = None) -> tuple[np.ndarray, bool]:
    """(9, SIZE, SIZE) uint8 in the order of ``NAMES``: soft areas (sum 255), beard, shadow on skin, hair tone (128 is the
    hair's own mean), where the labels count, glasses; and whether the glasses layer is true.

    With ``consensus`` the last network corrects areas and beard and finds real glasses; without it wearers' are unknown.
    """
    soft, counts = areas(portrait), portrait.inside
    colours = lab(portrait.rgb)
    face = FaceFrame(portrait.points, SIZE)
    skin = skin_colour(colours, face)
    hairy = beard(portrait, colours, skin)
    wears = bool(portrait.tags & {"glasses", "sunglasses"})
    frame, known = np.zeros((SIZE, SIZE), np.float32), not wears
    if consensus is not None:
        seen = consensus.layers(portrait)
        soft, agree = consensus.areas(portrait, seen, soft)
        counts = np.minimum(counts, agree)
        hairy = np.where(hairy > 0, 0.5 * hairy + 0.5 * blur(np.minimum(seen[..., 6] * 1.3, 1), 1.5) * (blur(hairy, 12) > 0.08), 0)
        hairy = smoothstep(0.15, 0.6, blur(hairy.astype(np.float32), 1.5))
        if wears:
            frame, known = real_glasses(portrait, seen)
    maps = np.stack([*soft, hairy, shadow(soft, face, colours[..., 0], skin), hair_tone(soft[HAIR], colours[..., 0]), counts, frame])
    return (maps.clip(0, 1) * 255 + 0.5).astype(np.uint8), known


def real_glasses(portrait: Portrait, seen: np.ndarray) -> tuple[np.ndarray, bool]:
    """A wearer's frame (SIZE, SIZE) 0 … 1, and whether it was found well enough to be learned."""
    evidence = glasses_evidence(portrait, seen)
    pair = rims.fit(evidence, portrait.points, np.random.default_rng(0))
    if "sunglasses" in portrait.tags or pair.score < LEAST_SCORE or not rims.facing(portrait.points):
        return evidence, False
    drawn = rims.coverage(pair, portrait.points, SIZE)
    return np.maximum(drawn, smoothstep(0.35, 0.7, seen[..., 7])), True


def beard(portrait: Portrait, colours: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Where hair covers the lower face; nothing unless a person has seen a beard on the photo (its tags)."""
    weight = max((w for tag, w in (("beard", 1.0), ("moustache", 1.0), ("stubble", 0.6)) if tag in portrait.tags), default=0.0)
    if not weight:
        return np.zeros((SIZE, SIZE), np.float32)
    p = portrait.points[:, :2]
    sides = [93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323]
    outline = np.vstack([p[sides] + [0, 0.02 * SIZE / 2.75], p[[425, 327, 2, 98, 205]]])
    if "moustache" in portrait.tags:
        outline = np.vstack([p[[57, 186, 40, 37, 0, 267, 270, 410, 287]], p[[423, 327, 2, 98, 203]]])
    zone = blur(polygon_mask(outline, SIZE), 3)
    zone *= 1 - blur(polygon_mask(p[[*fm.LIP_UPPER_OUTER, *fm.LIP_LOWER_OUTER[::-1]]], SIZE), 1)
    width = float(np.linalg.norm(p[454] - p[234]))
    zone *= 1 - blur(cv2.ellipse(np.zeros((SIZE, SIZE), np.float32), p[[1, 2]].mean(0).astype(int).tolist(),
                                 (int(width * 0.13), int(width * 0.075)), 0, 0, 360, 1, -1), 2)
    darker = ((skin[0] - colours[..., 0]) / skin[0]).astype(np.float32)
    greyer = (np.hypot(skin[1], skin[2]) - np.hypot(colours[..., 1], colours[..., 2])) / 40     # grey beards are not dark
    cover = blur(np.maximum(darker, np.minimum(greyer, 0.5)).astype(np.float32), 2.5)
    cover = guided_filter(portrait.rgb.astype(np.float32) / 255, cover[None], 7, 2e-3)[0]
    return zone * smoothstep(0.10, 0.26, cover) * weight


def shadow(soft: np.ndarray, face: FaceFrame, light: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Cel shadow on skin: broad shading of the photo, jaw on neck, hair on forehead."""
    area = np.maximum(soft[SKIN], 1e-3)
    own = cv2.erode(smoothstep(0.4, 0.9, area) * (1 - face.features), np.ones((5, 5))).astype(np.float32) + 1e-3
    broad = blur(light * own, 7) / (blur(own, 7) + 1e-4)
    wide = blur(light * own, 60) / (blur(own, 60) + 1e-4)
    dark = (skin[0] - (broad - 0.4 * (wide - skin[0]))) / (9 + 0.13 * skin[0])
    photo = _without_patches(blur(smoothstep(0.75, 1.35, dark), 2), 0.035 * face.height * face.width)
    jaw = spline(face.points[list(fm.JAW)], 100)
    drop = np.array([0, 0.20 * face.height])
    cast = np.maximum.reduce([polygon_mask(jaw + drop * k, SIZE) for k in (0.25, 0.5, 0.75, 1.0)]) * (1 - face.oval)
    shift = np.float32([[1, 0, 0], [0, 1, 0.05 * face.height]])
    fringe = cv2.warpAffine(smoothstep(0.4, 0.6, soft[HAIR]), shift, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE)
    fringe = fringe * face.oval * (face.v < -0.35)
    return np.maximum.reduce([photo, smoothstep(0.35, 0.65, blur(cast, 1.5)), fringe]).astype(np.float32)


def _without_patches(mask: np.ndarray, least: float) -> np.ndarray:
    """Small patches of shade read as dirt: fade those under ``least`` pixels."""
    _, parts, stats, _ = cv2.connectedComponentsWithStats((mask > 0.4).astype(np.uint8))
    keep = (stats[:, cv2.CC_STAT_AREA] >= least).astype(np.float32)
    keep[0] = 1
    return mask * blur(cv2.erode(keep[parts], np.ones((9, 9))), 2)


def flow(light: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Unit direction along the strands, from the smoothed structure tensor; two (H, W) float32."""
    gx, gy = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    e, f, g = blur(gx * gx, sigma), blur(gx * gy, sigma), blur(gy * gy, sigma)
    across = 0.5 * np.arctan2(2 * f, e - g)
    return (-np.sin(across)).astype(np.float32), np.cos(across).astype(np.float32)


def along(image: np.ndarray, fx: np.ndarray, fy: np.ndarray, steps: int, stride: float) -> np.ndarray:
    """Line integral convolution: mean of ``image`` along the flow, ``steps`` to either side."""
    ys, xs = np.mgrid[:image.shape[0], :image.shape[1]].astype(np.float32)
    total, weight = image.copy(), 1.0
    for sign in (1, -1):
        x, y, dx, dy = xs.copy(), ys.copy(), fx * sign, fy * sign
        for i in range(1, steps + 1):
            x += dx * stride
            y += dy * stride
            w = float(np.exp(-0.5 * (i / (0.6 * steps)) ** 2))
            total += w * cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            weight += w
            nx, ny = (cv2.remap(q, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE) for q in (fx, fy))
            turn = np.where(nx * dx + ny * dy < 0, -1, 1).astype(np.float32)
            dx, dy = nx * turn, ny * turn
    return total / weight


def hair_tone(hair: np.ndarray, light: np.ndarray) -> np.ndarray:
    """Light and dark locks, combed along the strands: 0.5 is the hair's mean, ±1 spread maps to about 0.25 / 0.75."""
    sure = hair > 0.7
    if sure.sum() < 150:
        return np.full((SIZE, SIZE), 0.5, np.float32)
    mean = float(np.median(light[sure]))
    filled = (light * hair + mean * (1 - hair)).astype(np.float32)
    fx, fy = flow(blur(filled / 100, 1), 4)
    combed = along(along(filled, fx, fy, 8, 1.5), fx, fy, 6, 1.5)
    local = blur(combed, 20)
    z = 0.75 * (combed - local) / max(float((combed - local)[sure].std()), 1.0)
    z += 0.75 * (local - np.median(local[sure])) / max(float(local[sure].std()), 4.0)
    return (1 / (1 + np.exp(-1.1 * z))).astype(np.float32)
