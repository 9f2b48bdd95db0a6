"""One photo, drawn at full resolution."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from booth import facemap as fm
from booth.characters import load_character
from booth.errors import UsageError
from booth.files import write_atomic
from booth.frame import Appearance, Drawn, Face, Frame, Take, frozen
from booth.geometry import LEVELS, crop_affine, f32, face_height, smoothstep, transform
from booth.render import shape
from booth.render.adapt import Adapter
from booth.render.compositor import Compositor
from booth.render.painter import Head, to_canvas_affine
from booth.render.style import AnyStyle, ImageStyle
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
PORTRAIT_SPAN, PORTRAIT_LIFT = 3.6, 0.15
"""Side of a portrait and how far its middle lies above the face's, in face heights: room for the hair of any character."""
PORTRAIT_FACE_PX = 360
"""Height of a portrait's face."""
HEADROOM = 1.3
"""A photo that ends above the head is continued there for a character with a larger one."""
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


@dataclass(frozen=True, eq=False, slots=True)
class Portrait:
    """One drawn person. ``image`` (H, W, 3) uint8 RGB · ``points`` (478, 3) float32: the face mesh where the character has it."""

    image: np.ndarray
    points: np.ndarray


def drawn_points(points: np.ndarray, style: AnyStyle) -> np.ndarray:
    """(478, 3) float32: where a character's drawing has the mesh ``points`` (478, 3) of its photo, in the same pixels."""
    if isinstance(style, ImageStyle):
        return points
    affine = crop_affine(points, 512)
    after = shape.reshape(transform(affine, points[:, :2]), style.face)
    flat = transform(to_canvas_affine(affine, after, style.face.head, 1.0), after)
    return np.hstack([flat, points[:, 2:] * np.float32(style.face.head)]).astype(np.float32)


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

    def portrait(self, photo: np.ndarray, style: AnyStyle) -> Portrait:
        """Head and shoulders of whoever is largest in ``photo`` (H, W, 3) uint8. Raises ``UsageError`` when there is no face,
        ``TranslationFailed``."""
        frame = Frame(frozen(np.ascontiguousarray(photo)), 0, 0.0)
        boxes = [d.box for d in self._detector.look(frame)]
        meshes = self._mesh.find_afresh(frame.image, boxes)
        faces = [Face(i, box, frozen(points)) for i, (box, points) in enumerate(zip(boxes, meshes, strict=True)) if points is not None]
        if not faces:
            raise UsageError("no face that can be drawn is in this picture; take a portrait from the front")
        hidden = [box for box, points in zip(boxes, meshes, strict=True) if points is None]
        return self._portrait(frame, Wardrobe(style), faces, hidden, {})

    def portrait_again(self, take: Take, track_id: int | None = None) -> Portrait:
        """The same of what visitors saw: of ``track_id``, or of whoever is largest. Raises ``UsageError`` when nobody is in it."""
        faces = [a.face for a in take.adapted]
        if not faces:
            raise UsageError("nobody is in this picture")
        faces.sort(key=lambda face: face.track_id == track_id)
        return self._portrait(take.frame, take.wardrobe, faces, list(take.covered), {a.face.track_id: a.person for a in take.adapted},
                              track_id is not None)

    def _portrait(self, frame: Frame, wardrobe: Wardrobe, faces: list[Face], covered: list[np.ndarray],
                  known: Mapping[int, Appearance], last: bool = False) -> Portrait:
        who = faces[-1] if last else max(faces, key=lambda face: face_height(face.points))
        tall = face_height(who.points)
        middle = (who.points[fm.FOREHEAD, :2] + who.points[fm.CHIN, :2]) / 2 - [0, PORTRAIT_LIFT * tall]
        limit = np.array(frame.image.shape[1::-1])
        x0, y0 = np.clip(np.floor(middle - PORTRAIT_SPAN / 2 * tall), 0, limit - 1).astype(int)
        x1, y1 = np.clip(np.ceil(middle + PORTRAIT_SPAN / 2 * tall), 1, limit).astype(int)
        scale = PORTRAIT_FACE_PX / tall
        size = max(8, round((x1 - x0) * scale)), max(8, round((y1 - y0) * scale))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        style = wardrobe.of(who.track_id)
        above = 0 if isinstance(style, ImageStyle) or y0 else round(HEADROOM * (style.face.head - 1) * PORTRAIT_FACE_PX)
        picture = cv2.resize(frame.image[y0:y1, x0:x1], size, interpolation=way)
        cut = Frame(frozen(cv2.copyMakeBorder(picture, max(0, above), 0, 0, 0, cv2.BORDER_REPLICATE)), 0, 0.0)
        y0 = y0 - max(0, above) / scale
        moved = lambda box: f32((box - [x0, y0, x0, y0]) * scale)
        move = f32([[scale, 0, -x0 * scale], [0, scale, -y0 * scale]])
        there = [Face(f.track_id, moved(f.box), frozen(transform(move, f.points))) for f in faces]
        drawn = self.paint(cut, wardrobe, there, [moved(box) for box in covered], known)
        grown = drawn.image.shape[0] / cut.image.shape[0]
        own = there[faces.index(who)]
        return Portrait(drawn.image, frozen(drawn_points(own.points, wardrobe.of(own.track_id)) * np.float32(grown)))

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
