"""Which pixels of a drawing are head, hair and body: what the layer network and the person mask say, drawn to its edges."""

from __future__ import annotations

import cv2
import numpy as np

from booth import facemap as fm
from booth.frame import Crop, Face, Frame, frozen
from booth.geometry import face_height, invert, polygon_mask, smoothstep
from booth.puppet.rig import Line, Silhouette
from booth.translators import Translator
from booth.vision.cropper import Cropper
from booth.vision.people import People

WORK = 384
"""Longer side of the picture in which borders are refined."""
WEARS = 0.6
"""How sure the network must be of glasses: thick lashes look like rims."""
MOST = 400
"""Points of one outline."""


class Cutter:
    """Owned by one thread. ``translator``: the booth's layer network; trained on photos, it reads drawings as well."""

    def __init__(self, translator: Translator, side: int) -> None:
        self._translator, self._side = translator, side
        self._cropper, self._people = Cropper(), People()

    def layers(self, still: np.ndarray, points: np.ndarray) -> dict[str, np.ndarray]:
        """(H, W) uint8 each: ``head`` (with neck), ``hair``, ``cloth``, ``glasses``, and where these were ``looked`` for; ``people`` in the
        whole picture."""
        height, width = still.shape[:2]
        crop: Crop = self._cropper.cut(still, Face(0, frozen(np.zeros(4, np.float32)), points), self._side)
        seen = self._translator.translate([crop])[0]
        back = invert(crop.affine)
        place = lambda layer: cv2.warpAffine(np.ascontiguousarray(layer), back, (width, height), flags=cv2.INTER_LINEAR)
        people = self._people.find_once(Frame(frozen(still.copy()), 0, 0.0))
        inside = cv2.warpAffine(np.full((self._side, self._side), 255, np.uint8), back, (width, height), flags=cv2.INTER_NEAREST)
        return {"head": place(seen.areas[..., 0]), "hair": place(seen.areas[..., 1]), "cloth": place(seen.areas[..., 2]),
                "glasses": place(seen.maps[..., 3]) if seen.traits[0] > WEARS else np.zeros((height, width), np.uint8), "looked": inside,
                "people": cv2.resize(people, (width, height), interpolation=cv2.INTER_LINEAR)}


def cut(still: np.ndarray, points: np.ndarray, layers: dict[str, np.ndarray], line: float, head: np.ndarray | None = None,
        hair: np.ndarray | None = None, body: np.ndarray | None = None) -> Silhouette:
    """Outlines of the person with the mesh ``points``. ``head``, ``hair``, ``body`` (H, W) uint8 are taken as they are when known."""
    height, width = still.shape[:2]
    scale = min(1.0, WORK / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(still, size, interpolation=cv2.INTER_AREA)
    p = points[:, :2] * np.float32(scale)
    soft = {name: cv2.resize(mask, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255 for name, mask in layers.items()}
    face = polygon_mask(p[list(fm.OVAL)], size[::-1])
    person = np.maximum(_person(soft, face), face)
    matte, sure = _refined(small, person, face)
    matte = _one_piece(matte, face > 0.5)
    given = [None if mask is None else cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 127 for mask in (head, hair, body)]
    hairy = (soft["hair"] > np.maximum(0.5 * soft["head"], 0.12)) & matte if given[1] is None else given[1]
    low = _below_jaw(p, size)
    eyes = float(p[[33, 263], 1].mean())
    cloth = (soft["cloth"] > 0.5) & (np.arange(size[1])[:, None] > eyes)
    skull = (matte & ~low & ~cloth) | (face > 0.5) | hairy
    skull = _one_piece(_tidy(skull), face > 0.5) if given[0] is None else given[0]
    trunk = _tidy(matte & ~skull) if given[2] is None else given[2]
    rim = 0.5 * line * scale                                          # the drawing's outline is the person's; known masks have it
    outlines = [_outlines(mask, scale, 0.0 if known is not None else rim)
                for mask, known in ((skull, head), (hairy & skull, hair), (trunk, body))]
    agree = _agreement(matte, soft["people"])
    sure = 1.0 if head is not None and body is not None else round(float(0.6 * sure + 0.4 * agree), 3)
    return Silhouette(confidence=sure, head=outlines[0], hair=outlines[1], body=outlines[2])


def _person(soft: dict[str, np.ndarray], face: np.ndarray) -> np.ndarray:
    """(h, w) float32 0 … 1: the layer network, which sees borders, and the person mask, which sees a person whole, where that has seen
    this one; near the face it may overrule the network, or hair that the picture cuts off is missed."""
    near = np.maximum(soft["head"], soft["cloth"])
    known = near > 0.5
    trust = smoothstep(0.5, 0.9, float((soft["people"] > 0.5)[known].mean())) if known.any() else 0.0
    away = cv2.distanceTransform((face < 0.5).astype(np.uint8), cv2.DIST_L2, 5) / max(float(np.sqrt((face > 0.5).sum())), 1.0)
    weight = trust * (0.42 + 0.18 * smoothstep(0.7, 0.4, away))
    return np.asarray(np.where(soft["looked"] > 0.5, (1 - weight) * near + weight * soft["people"], soft["people"]))


def _refined(small: np.ndarray, person: np.ndarray, face: np.ndarray) -> tuple[np.ndarray, float]:
    """(h, w) bool, its border moved to the drawing's edges by GrabCut in a narrow band; and how little it had to move, 0 … 1."""
    first = person > 0.5
    band = max(3, round(0.012 * max(small.shape[:2])))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * band + 1, 2 * band + 1))
    inner, outer = cv2.erode(first.astype(np.uint8), disc, borderValue=1) > 0, cv2.dilate(first.astype(np.uint8), disc) > 0
    inner |= face > 0.5
    trimap = np.where(inner, cv2.GC_FGD, np.where(outer, np.where(first, cv2.GC_PR_FGD, cv2.GC_PR_BGD), cv2.GC_BGD)).astype(np.uint8)
    if outer.all() or not first.any():
        return first, 0.0
    cv2.setRNGSeed(1)
    cv2.grabCut(np.ascontiguousarray(small[..., ::-1]), trimap, None, np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_MASK)
    found = (trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)
    moved = np.count_nonzero(found ^ first) / max(np.count_nonzero(outer & ~inner), 1)
    return _tidy(found), float(np.clip(1 - moved, 0, 1))


def _tidy(mask: np.ndarray) -> np.ndarray:
    """Without pinholes and threads; a pixel of ripple at the border is smoothed."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    clean = cv2.morphologyEx(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, disc), cv2.MORPH_OPEN, disc)
    return np.asarray(cv2.GaussianBlur(clean.astype(np.float32), (0, 0), 1.0) > 0.5)


def _one_piece(mask: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """The pieces that the face touches, without holes."""
    count, labels = cv2.connectedComponents((mask | seed).astype(np.uint8), connectivity=4)
    keep = np.zeros(count, bool)
    keep[np.unique(labels[seed])] = True
    keep[0] = False
    contours, _ = cv2.findContours(keep[labels].astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    out = np.zeros(mask.shape, np.uint8)
    cv2.drawContours(out, contours, -1, 1, cv2.FILLED)
    return out > 0


def _below_jaw(p: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(h, w) bool: below the line from ear to ear along the jaw, and what lies beside its ends further down: neck and shoulders."""
    jaw = p[list(fm.JAW)][::-1].astype(np.float64)                    # from the picture's left
    middle = (jaw[0] + jaw[-1]) / 2
    side = np.abs((jaw - middle) @ (jaw[-1] - jaw[0])) / (0.5 * np.sum((jaw[-1] - jaw[0]) ** 2) + 1e-6)
    jaw += (jaw - middle) * (0.14 * np.clip(side, 0, 1) ** 2)[:, None]          # drawn cheeks are wider than the mesh's, chins are not
    across = (jaw[-1] - jaw[0]) / (np.linalg.norm(jaw[-1] - jaw[0]) + 1e-6)
    down = np.array([-across[1], across[0]])
    far = 4.0 * face_height(p)
    lobe = 0.16 * face_height(p)
    start, end = jaw[0] + down * lobe, jaw[-1] + down * lobe
    keep = [q for q in jaw if (q - start) @ down > 0]
    out, deep = across * far, down * far
    line = np.vstack([start - out, start, *keep, end, end + out, end + out + deep, start - out + deep])
    return polygon_mask(line, size[::-1]) > 0.5


def _agreement(matte: np.ndarray, people: np.ndarray) -> float:
    seen = people > 0.5
    return float((matte & seen).sum() / max((matte | seen).sum(), 1))


def _outlines(mask: np.ndarray, scale: float, rim: float) -> tuple[Line, ...]:
    """Outlines of the pieces, sub-pixel, largest first, in the still's pixels; ``rim`` pixels of the small picture
    wider; pieces under a hundredth of the largest are left out."""
    if not mask.any():
        return ()
    height, width = mask.shape
    far = cv2.distanceTransform(np.pad(mask, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    near = cv2.distanceTransform(np.pad(~mask, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    signed = cv2.GaussianBlur(far - near, (0, 0), 1.0) + np.float32(rim)
    times = 4
    fine = cv2.resize(signed, (width * times, height * times), interpolation=cv2.INTER_CUBIC) > 0
    contours, _ = cv2.findContours(fine.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contours = sorted(contours, key=cv2.contourArea, reverse=True)
    kept = [c for c in contours if cv2.contourArea(c) >= 0.01 * max(cv2.contourArea(contours[0]), 1) and len(c) >= 8]
    out = []
    for contour in kept:
        detail = 1.2
        poly = cv2.approxPolyDP(contour, detail, True)[:, 0]
        while len(poly) > MOST:
            detail *= 1.4
            poly = cv2.approxPolyDP(contour, detail, True)[:, 0]
        # a fine pixel's middle, in the small picture's pixels and then in the still's; at the border out to the very edge
        fine_xy = poly.astype(np.float64)
        at = ((fine_xy + 0.5) / times) / scale - 0.5
        at[:, 0] = np.where(poly[:, 0] >= width * times - 2, width / scale, np.where(poly[:, 0] <= 1, -0.5, at[:, 0]))
        at[:, 1] = np.where(poly[:, 1] >= height * times - 2, height / scale, np.where(poly[:, 1] <= 1, -0.5, at[:, 1]))
        out.append(tuple((round(float(x), 2), round(float(y), 2)) for x, y in at))
    return tuple(out)
