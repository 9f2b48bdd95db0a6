"""The network against its teacher: the teacher's layers through the same painter, with the same colours and ink."""

from __future__ import annotations

import cv2
import numpy as np
from tqdm import tqdm

from booth.geometry import invert
from booth.products.still import load_photo
from models.evaluate import measures as m
from models.evaluate.drawing import Artist, Drawn
from models.evaluate.people import Photo
from models.teacher.build import gate
from models.teacher.layers import NAMES, layers
from models.teacher.portrait import Aligner, Portrait

AREAS = ("head", "hair", "cloth", "beard", "shadow")
MOST_PEOPLE = 60
LEAST_PIXELS = 50
CHANGED = 12
"""A pixel belongs to the drawn head when head and room differ by this much (of 255) in any colour."""


def compare_all(artist: Artist, photos: list[Photo]) -> dict:
    """The report's ``teacher``: medians over people whose teacher passes its own gate, at most ``MOST_PEOPLE``."""
    aligner, rows = Aligner(), []
    for photo in tqdm(photos[:MOST_PEOPLE], unit="photo", desc="teacher"):
        row = _compare(artist, aligner, photo)
        if row is not None:
            rows.append(row)
    middle = lambda values: float(np.median(values)) if (values := [v for v in values if v is not None]) else None
    keys = ("l1", "ssim", "line_f1", "sharpness")
    return {"iou": {name: middle([r["iou"][name] for r in rows]) for name in AREAS}, **{k: middle([r[k] for r in rows]) for k in keys},
            "iou_people": {name: sum(r["iou"][name] is not None for r in rows) for name in AREAS}, "people": len(rows)}


def _compare(artist: Artist, aligner: Aligner, photo: Photo) -> dict | None:
    tags = photo.tags or frozenset()
    portrait = aligner.align(load_photo(photo.path), photo.path.name, tags)
    if portrait is None:
        return None
    truth = teacher_layers(portrait)
    drawn = artist.photo(portrait.rgb)
    if truth is None or drawn is None:
        return None
    return against(artist, drawn, truth, portrait.inside)


def teacher_layers(portrait: Portrait) -> dict[str, np.ndarray] | None:
    """The teacher's layers by the network's names, (SIZE, SIZE) uint8 in the portrait's pixels; None when its gate refuses.

    Its own rules only, without a network's correction: the network must not be measured against itself.
    """
    drawn, _ = layers(portrait)
    if gate(portrait.points, drawn, portrait.tags) is not None:
        return None
    own = dict(zip(NAMES, drawn, strict=True))
    return {"head": cv2.add(own["skin"], own["hair"]), **{name: own[name] for name in ("hair", "cloth", "beard", "shadow", "tone")}}


def against(artist: Artist, drawn: Drawn, truth: dict[str, np.ndarray], inside: np.ndarray) -> dict:
    """Distances of one drawing to the teacher's, in the photo's pixels, where there was photo (``inside``, 0 … 1) and either
    has a head. ``truth``: (H, W) uint8 layers in photo pixels; what it lacks (glasses, cover) stays the network's."""
    size = drawn.crop.image.shape[0]
    to_crop = lambda layer: cv2.warpAffine(layer, drawn.crop.affine, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    picture = drawn.at_photo_size()
    target = drawn.at_photo_size(artist.with_layers(drawn, {name: to_crop(layer) for name, layer in truth.items()}))
    room = drawn.at_photo_size(drawn.room).astype(int)
    head = lambda image: np.abs(image - room).max(-1) > CHANGED
    where = (head(picture) | head(target)) & (inside > 0.95)
    ink, wanted = m.lines(picture) & where, m.lines(target) & where
    near = cv2.dilate(wanted.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return {"iou": overlaps(drawn, truth, inside > 0.95),
            "l1": float(np.abs(picture[where].astype(float) - target[where]).mean() / 255), "ssim": m.ssim(picture, target, where),
            "line_f1": m.line_f1(ink, wanted), "sharpness": m.sharpness(picture, target, near)}


def overlaps(drawn: Drawn, truth: dict[str, np.ndarray], inside: np.ndarray) -> dict[str, float | None]:
    """IoU of each area at half coverage, inside the crop and the photo; beard and shadow only where both see skin.

    None where the teacher has (nearly) none of it: a person without beard says nothing about beards.
    """
    size = drawn.crop.image.shape[0]
    crop = cv2.warpAffine(np.full((size, size), 255, np.uint8), invert(drawn.crop.affine), drawn.photo.shape[1::-1]) > 250
    network, teacher = ({name: read(name) for name in AREAS} for read in (lambda n: drawn.layer(n) > 0.5, lambda n: truth[n] > 127))
    skin = network["head"] & teacher["head"] & ~network["hair"] & ~teacher["hair"]
    counts = {name: inside & crop & (skin if name in ("beard", "shadow") else True) for name in AREAS}
    return {name: m.iou(network[name] & counts[name], wanted) if (wanted := teacher[name] & counts[name]).sum() >= LEAST_PIXELS else None
            for name in AREAS}
