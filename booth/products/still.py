"""One photo, drawn at full resolution."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from booth.characters import load_character
from booth.errors import UsageError
from booth.files import write_atomic
from booth.frame import Face, Frame, frozen
from booth.render.adapt import Adapter
from booth.render.compositor import Compositor
from booth.render.style import AnyStyle
from booth.render.wardrobe import Wardrobe
from booth.translators import Translator, make_translator
from booth.translators.manifest import PRINT, load_network
from booth.translators.pictures import add_pictures
from booth.translators.together import Together
from booth.vision.cropper import Cropper
from booth.vision.detector import Detector
from booth.vision.landmarks import find_mesh, make_mesh
from booth.vision.people import People

LARGEST = 4096
"""Longer sides are drawn at this many pixels: more than any printer of a booth asks for."""
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def draw_file(source: Path, target: Path, style_name: str, styles: Path | None = None) -> int:
    """Draw the photo ``source`` into ``target``; returns the number of faces. Raises ``UsageError``."""
    style = load_character(style_name, styles)
    kind = FORMATS.get(target.suffix.lower())
    if kind is None:
        raise UsageError(f"cannot write {target.name}: the name must end in {', '.join(FORMATS)}")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent} to write into")
    fine, live = load_network(PRINT), load_network()
    both = Together(make_translator("auto", fine), make_translator("auto", live), live.size)
    picture, faces = draw(load_photo(source), style, both, Cropper(fine.size))
    data = io.BytesIO()
    Image.fromarray(picture).save(data, kind, quality=95)
    write_atomic(target, data.getvalue())
    return faces


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


def draw(photo: np.ndarray, style: AnyStyle, translator: Translator, cropper: Cropper | None = None) -> tuple[np.ndarray, int]:
    """The drawing of ``photo`` (H, W, 3) uint8, at least 720 pixels high, and how many faces are in it.

    Faces without a usable mesh are covered with the placeholder.
    """
    frame = Frame(frozen(np.ascontiguousarray(photo)), 0, 0.0)
    detector, mesh, people, compositor = Detector(least_px=16), make_mesh(static=True), People(), Compositor(Wardrobe(style))
    try:
        detections = detector.look(frame)
        found = [(d, find_mesh(mesh, frame.image, d.box)) for d in detections]
        where = people.find(frame)
    finally:
        detector.close()
        mesh.close()
        people.close()
    faces = [Face(i, d.box, frozen(points)) for i, (d, points) in enumerate(found) if points is not None]
    crops = (cropper or Cropper()).crop(frame, faces)
    networks = [compositor.wardrobe.network_of(c.track_id) for c in crops]
    adapted = Adapter().adapt(add_pictures(translator.translate(crops), crops, networks), crops, faces, 0.0)
    covered = [d.box for d, points in found if points is None]
    composite = compositor.compose(frame, compositor.backdrop(frame, where), compositor.heads(frame, adapted), covered, {})
    return composite.image, len(faces)
