"""The only contact with the booth: photos and videos in, drawings and what they were made of out.

A change in ``booth`` is followed here and nowhere else in ``models.evaluate``.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from booth import facemap as fm
from booth.app import build_stages
from booth.frame import Adapted, Crop, Face, Frame, frozen
from booth.geometry import crop_affine, face_height, invert, transform
from booth.pipeline import Strangers, process
from booth.render import shape
from booth.render.adapt import Adapter
from booth.render.compositor import Compositor, canvas_scale
from booth.render.painter import SHADE_STEP, Painter, beard_weight, glasses_weight, side_plane, to_canvas_affine
from booth.render.style import Style, load_style, style_files
from booth.render.wardrobe import Wardrobe
from booth.settings import Settings, VisionSettings
from booth.translators import make_translator
from booth.translators.manifest import load_network
from booth.translators.network import OUTPUTS
from booth.vision.cropper import SIZE, Cropper
from booth.vision.detector import Detector
from booth.vision.mesh import FaceMesh
from booth.vision.people import People
from models.evaluate.cores import one_core

FACE_PX = 256
"""Height of the face that ``face_ms`` draws."""


STUBBLE = 0.38
"""``painter.beard_weight`` up to this is stubble; a full beard has 0.85."""
UPPER = (10, 151, 9, 8, 109, 338, 67, 297, 103, 332, 54, 284, 21, 251, 127, 356, 234, 454, *fm.CHEEKS[0], *fm.CHEEKS[1])
"""Points of forehead and cheeks: where skin is compared."""


@dataclass(frozen=True, eq=False, slots=True)
class Drawn:
    """The largest face of a photo (H, W), drawn.

    ``picture`` and ``room`` (H·scale, W·scale, 3) uint8: the drawing with and without its head · ``face``: points in
    photo pixels · ``adapted``: layers and colours that the painter drew from · ``to_canvas`` (2, 3): crop to drawing ·
    ``meant`` (478, 2): where in the drawing the character's own shape of face puts the points.
    """

    photo: np.ndarray
    picture: np.ndarray
    room: np.ndarray
    scale: int
    face: Face
    crop: Crop
    adapted: Adapted
    style: Style
    to_canvas: np.ndarray
    meant: np.ndarray

    @property
    def points(self) -> np.ndarray:
        """(478, 3) float32 in photo pixels."""
        return self.face.points

    @property
    def glasses(self) -> float:
        """0 … 1: how strongly the painter drew glasses."""
        return float(glasses_weight(self.adapted.person))

    @property
    def beard(self) -> float:
        """0 … 1: how much more strongly than stubble the painter drew a beard or a moustache."""
        return max(float(beard_weight(self.adapted.person)) - STUBBLE, 0.0) / (0.85 - STUBBLE)

    def _to_photo(self, layer: np.ndarray) -> np.ndarray:
        return cv2.warpAffine(layer, invert(self.crop.affine), self.photo.shape[1::-1])

    def layer(self, name: str) -> np.ndarray:
        """One of the network's layers (``booth.translators.network.OUTPUTS``) in photo pixels, (H, W) float32 0 … 1."""
        layers = np.dstack([self.adapted.stylized.areas, self.adapted.stylized.maps])
        return self._to_photo(layers[..., OUTPUTS.index(name)]).astype(np.float32) / 255

    def shaded(self) -> np.ndarray:
        """Where the painter put skin into its cel shadow, (H, W) bool in photo pixels."""
        crop = self.adapted.stylized.maps[..., OUTPUTS.index("shadow") - 4]
        plane = side_plane(transform(self.crop.affine, self.points[:, :2]), self.adapted.person.light, crop.shape[0])
        return self._to_photo(np.maximum(crop, plane)) / 255 > SHADE_STEP[0] - self.style.skin.reach

    def at_photo_size(self, picture: np.ndarray | None = None) -> np.ndarray:
        """``picture`` (this one by default) averaged down to the photo's (H, W, 3)."""
        picture = self.picture if picture is None else picture
        return cv2.resize(picture, self.photo.shape[1::-1], interpolation=cv2.INTER_AREA)

    def on_photo(self) -> np.ndarray:
        """``at_photo_size`` with forehead and cheeks moved back to where they are in the photo, by the best affine map;
        as it is when the character does not deform faces."""
        small, there = self.at_photo_size(), self.meant[list(UPPER)] / self.scale
        here = self.points[list(UPPER), :2]
        if np.abs(there - here).max() < 0.5:
            return small
        fit = np.linalg.lstsq(np.hstack([here, np.ones((len(here), 1))]), there, rcond=None)[0].T
        return cv2.warpAffine(small, fit, small.shape[1::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)


def _placed(points: np.ndarray, affine: np.ndarray, style: Style, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Crop to canvas (2, 3), and where a character's face has its points (478, 2) there, as the painter reckons."""
    after = shape.reshape(transform(affine, points[:, :2]), style.face)
    to_canvas = to_canvas_affine(affine, after, style.face.head, scale)
    return to_canvas, transform(to_canvas, after)


class Artist:
    """Draws photos as ``booth.products.still.draw`` does, and videos as the live booth does. Not thread-safe; ``close`` it."""

    def __init__(self, style_name: str) -> None:
        self.style_name = style_name
        self._style = load_style(style_name)
        self._translator = make_translator("auto")
        self.engine: str = self._translator.name
        self._detector, self._mesh = Detector(least_px=16), FaceMesh()

    def photo(self, rgb: np.ndarray) -> Drawn | None:
        """The largest face in ``rgb`` (H, W, 3) uint8, drawn; None when no face or no mesh is found."""
        frame = Frame(frozen(np.ascontiguousarray(rgb).copy()), 0, 0.0)
        for detection in sorted(self._detector.look(frame), key=lambda d: float(d.box[1] - d.box[3])):
            points = self._mesh.find(frame.image, detection.box)
            if points is not None:
                return self._draw(frame, Face(0, detection.box, frozen(points)))
        return None

    def _draw(self, frame: Frame, face: Face) -> Drawn:
        crops = Cropper().crop(frame, [face])
        adapted = Adapter().adapt(self._translator.translate(crops), crops, [face], 0.0)[0]
        return self._compose(frame, crops[0], adapted, self._style)

    def _compose(self, frame: Frame, crop: Crop, adapted: Adapted, style: Style) -> Drawn:
        people, compositor = People(), Compositor(Wardrobe(style))                     # new ones each time: they remember
        room = compositor.backdrop(frame, people.find(frame))
        scale = canvas_scale(frame.image.shape[0])
        picture = compositor.compose(frame, room.copy(), compositor.heads(frame, [adapted]), [], {}).image
        return Drawn(frame.image, picture, room, scale, adapted.face, crop, adapted, style,
                     *_placed(adapted.face.points, crop.affine, style, scale))

    def dressed(self, drawn: Drawn, style_name: str) -> Drawn:
        """The same photo as another character."""
        return self._compose(Frame(drawn.photo, 0, 0.0), drawn.crop, drawn.adapted, load_style(style_name))

    def with_layers(self, drawn: Drawn, layers: dict[str, np.ndarray]) -> np.ndarray:
        """The drawing of ``drawn`` with some layers exchanged, colours and ink as they were.

        ``layers``: name (``OUTPUTS``) → (S, S) uint8 in crop pixels. Returns (H·scale, W·scale, 3) uint8.
        """
        both = np.dstack([drawn.adapted.stylized.areas, drawn.adapted.stylized.maps])
        for name, layer in layers.items():
            both[..., OUTPUTS.index(name)] = layer
        other = replace(drawn.adapted.stylized, areas=both[..., :4].copy(), maps=both[..., 4:].copy())
        frame, compositor = Frame(drawn.photo, 0, 0.0), Compositor(Wardrobe(drawn.style))
        return compositor.compose(frame, drawn.room.copy(), compositor.heads(frame, [replace(drawn.adapted, stylized=other)]), [], {}).image

    def meant(self, points: np.ndarray, scale: float) -> np.ndarray:
        """(478, 2): where the points (478, 3) of a frame's face are meant to be in its drawing, ``scale`` times as large."""
        return _placed(points, crop_affine(points, SIZE), self._style, scale)[1]

    def layers(self, crop_image: np.ndarray) -> np.ndarray:
        """The network's answer to a crop (S, S, 3) uint8: (S, S, 8) uint8 in the order of ``OUTPUTS``."""
        crop = Crop(0, frozen(np.ascontiguousarray(crop_image)), np.eye(2, 3, dtype=np.float32))
        one = self._translator.translate([crop])[0]
        return np.dstack([one.areas, one.maps])

    def find(self, image: np.ndarray, near: np.ndarray | None = None) -> np.ndarray | None:
        """A fresh mesh (478, 3) of the face in ``image`` (H, W, 3) uint8, a photo or a drawing alike.

        ``near``: points (478, ≥2) of the face where it should be; without them the detector looks for it.
        """
        if near is not None:
            box = _box(near)
            return self._mesh.find(image, box)
        detections = self._detector.look(Frame(frozen(np.ascontiguousarray(image).copy()), 0, 0.0))
        boxes = sorted((d.box for d in detections), key=lambda b: float(b[1] - b[3]))
        return next((p for b in boxes if (p := self._mesh.find(image, b)) is not None), None)

    def live(self, frames: Iterable[np.ndarray], fps: float) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
        """Each frame (H, W, 3) uint8 through the real live pipeline, 1/``fps`` apart: frame, drawing, faces drawn in it.

        ``still_s`` is 0: faces that never move are people too, as in a folder of photographs.
        """
        stages = build_stages(Settings(vision=VisionSettings(still_s=0)), Wardrobe(self._style), self._translator)
        strangers = Strangers()
        for seq, image in enumerate(frames):
            frame = Frame(frozen(np.ascontiguousarray(image).copy()), seq, seq / fps)
            composite = process(frame, stages, strangers)
            yield frame.image, composite.image.copy(), len(composite.faces)

    def face_ms(self, rgb: np.ndarray, times: int = 50) -> float | None:
        """Median ms for one face ``FACE_PX`` high on one core: network, paint, put_on. None when no face is in ``rgb``."""
        drawn = self.photo(rgb)
        if drawn is None:
            return None
        zoom = FACE_PX / face_height(drawn.points)
        canvas = np.zeros((round(rgb.shape[0] * zoom), round(rgb.shape[1] * zoom), 3), np.uint8)
        with one_core():
            translator, painter, taken = make_translator("auto"), Painter(), []
            for _ in range(times + 5):
                began = time.perf_counter()
                adapted = replace(drawn.adapted, stylized=translator.translate([drawn.crop])[0])
                head = painter.paint(canvas.shape[1::-1], adapted, self._style, zoom)
                if head is not None:
                    head.put_on(canvas)
                taken.append((time.perf_counter() - began) * 1e3)
            translator.close()
        return statistics.median(taken[5:])

    def close(self) -> None:
        self._translator.close()


def parameters() -> int:
    """Parameters of the shipped network."""
    return load_network().parameters


def characters() -> list[str]:
    """Names of all characters."""
    return list(style_files())


def _box(points: np.ndarray) -> np.ndarray:
    """(4,) box of a mesh, about as the detector would give it: from brows to chin."""
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    low = low + [0, 0.15 * (high[1] - low[1])]
    return np.concatenate([low, high]).astype(np.float32)
