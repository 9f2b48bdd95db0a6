"""One photo, drawn at full resolution."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from booth.characters import load_character
from booth.errors import UsageError
from booth.files import write_atomic
from booth.frame import Appearance, Drawn, Face, Frame, Take, frozen
from booth.geometry import LEVELS, f32, smoothstep
from booth.render.adapt import Adapter
from booth.render.compositor import Compositor
from booth.render.painter import Head
from booth.render.style import AnyStyle
from booth.render.wardrobe import Wardrobe
from booth.settings import Engine
from booth.translators import make_translator
from booth.translators.manifest import PRINT, load_network
from booth.translators.pictures import add_pictures
from booth.translators.together import Together
from booth.vision.cropper import Cropper
from booth.vision.detector import Detector
from booth.vision.mesh import FaceMesh
from booth.vision.people import People

LARGEST = 4096
"""Longer sides are drawn at this many pixels: more than any printer of a booth asks for."""
FIRM = (smoothstep(0.35, 0.65, LEVELS) * 255).astype(np.uint8)
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def draw_file(source: Path, target: Path, style_name: str, styles: Path | None = None) -> int:
    """Draw the photo ``source`` into ``target``; returns the number of faces. Raises ``UsageError``."""
    style = load_character(style_name, styles)
    kind = FORMATS.get(target.suffix.lower())
    if kind is None:
        raise UsageError(f"cannot write {target.name}: the name must end in {', '.join(FORMATS)}")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent} to write into")
    drawn = Studio().draw(load_photo(source), style)
    data = io.BytesIO()
    Image.fromarray(drawn.image).save(data, kind, quality=95)
    write_atomic(target, data.getvalue())
    return len(drawn.boxes)


def load_photo(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 RGB, turned as its EXIF says, at most ``LARGEST`` on a side. Raises ``UsageError``."""
    Image.MAX_IMAGE_PIXELS = 300_000_000
    try:
        with Image.open(path) as image:
            image.draft("RGB", (LARGEST, LARGEST))
            turned = ImageOps.exif_transpose(image)
            turned.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
            flat = Image.new("RGB", turned.size, "white")
            flat.paste(turned, mask=turned.convert("RGBA").getchannel("A"))
            return np.asarray(flat)
    except FileNotFoundError as error:
        raise UsageError(f"no such file: {path}") from error
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise UsageError(f"{path} is not a picture that can be read; try a .jpg or .png") from error


class Studio:
    """Draws photos with all the care that there is time for: several looks for faces, the print network and the live one
    together. What it needs is loaded once. Owned by one thread."""

    def __init__(self, engine: Engine = "auto") -> None:
        fine, live = load_network(PRINT), load_network()
        self._translator = Together(make_translator(engine, fine), make_translator(engine, live), live.size)
        self._cropper, self._size = Cropper(), fine.size
        self._detector, self._mesh, self._people = Detector(least_px=16), FaceMesh(), People()

    def draw(self, photo: np.ndarray, style: AnyStyle) -> Drawn:
        """``photo`` (H, W, 3) uint8, drawn at least 720 pixels high. Faces without a usable mesh are covered with the
        placeholder. Raises ``TranslationFailed``."""
        frame = Frame(frozen(np.ascontiguousarray(photo)), 0, 0.0)
        boxes = [d.box for d in self._detector.look(frame)]
        meshes = self._mesh.find_afresh(frame.image, boxes)
        faces = [Face(i, box, frozen(points)) for i, (box, points) in enumerate(zip(boxes, meshes, strict=True)) if points is not None]
        return self.paint(frame, Wardrobe(style), faces, [box for box, points in zip(boxes, meshes, strict=True) if points is None])

    def again(self, take: Take) -> Drawn:
        """What visitors saw, at print size: the same faces in the same place, the same characters and people."""
        known = {a.face.track_id: a.person for a in take.adapted}
        return self.paint(take.frame, take.wardrobe, [a.face for a in take.adapted], list(take.covered), known)

    def paint(self, frame: Frame, wardrobe: Wardrobe, faces: list[Face], covered: list[np.ndarray],
              known: Mapping[int, Appearance] | None = None) -> Drawn:
        """``frame`` with these ``faces``, each in its character; boxes (4,) in ``covered`` get the placeholder. ``known``: what
        is remembered of the visitor with a track id."""
        people, compositor = self._people.find_once(frame), Compositor(wardrobe)
        crops = self._cropper.crop(frame, faces, self._size)
        stylized = add_pictures(self._translator.translate(crops), crops, [wardrobe.network_of(c.track_id) for c in crops])
        adapted = Adapter().adapt(stylized, crops, faces, 0.0)
        if known is not None:
            adapted = [replace(a, person=known.get(a.face.track_id, a.person)) for a in adapted]
        heads = compositor.heads(frame, adapted)
        image = compositor.compose(frame, compositor.backdrop(frame, people), heads, covered, {}).image
        scale = image.shape[0] / frame.image.shape[0]
        return Drawn(image, f32([f.box for f in faces]).reshape(-1, 4) * np.float32(scale), frozen(_matte(people, heads, image)))

    def close(self) -> None:
        self._translator.close()


def _matte(people: np.ndarray, heads: list[Head], image: np.ndarray) -> np.ndarray:
    """(H, W) uint8: where people are, by the person mask, its border made firm, and by their drawn heads."""
    matte = cv2.LUT(cv2.resize(people, image.shape[1::-1], interpolation=cv2.INTER_CUBIC), FIRM)
    for head in heads:
        (x, y), (height, width) = head.corner, head.alpha.shape
        part = matte[y:y + height, x:x + width]
        np.maximum(part, head.alpha, out=part)
    return matte
