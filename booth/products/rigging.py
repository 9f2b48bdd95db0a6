"""From one still to a rig: find the face, snap its parts to the line art, cut its silhouette."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from booth import facemap as fm
from booth.errors import UsageError
from booth.frame import Frame, frozen
from booth.geometry import f32, face_height, smoothstep
from booth.products.closeup import Closeup, close_up, rgb_of
from booth.products.lips import SeenMouth, snap_lips
from booth.products.silhouette import Cutter, cut
from booth.products.snapping import snap_eyes
from booth.products.views import best_view, borrow
from booth.puppet.rig import Colours, Rig, load_rig
from booth.settings import Engine
from booth.translators import make_translator
from booth.translators.manifest import load_network
from booth.vision.detector import Detector
from booth.vision.mesh import FaceMesh

__all__ = ["Rigger", "best_view", "borrow", "is_drawing", "rig_beside"]

LEAST_PX, MOST_PX = 16, 8192
ENLARGE_BELOW = 320
"""Stills with a shorter side than this are enlarged to it before anybody looks for a face."""
PROFILE = 0.8
"""``facemap.head_yaw`` beyond which half of a face is missing."""
FLAT_PX = 320
"""Longer side at which a picture's flatness is measured."""
SOFT = 0.275
"""Share of softly shaded pixels, 0.5 … 3 steps of CIELAB lightness from one to the next, that tells photos from drawings best."""
NO_FACE = "no face was found in the picture; use a portrait from the front, the whole head in it"


class Rigger:
    """What rigging needs, loaded once. Owned by one thread. ``faces``: how many the last still had."""

    def __init__(self, engine: Engine = "auto") -> None:
        network = load_network()
        self._translator = make_translator(engine, network)
        self._cutter = Cutter(self._translator, network.size)
        self._detector, self._mesh = Detector(least_px=16), FaceMesh()
        self.faces = 0

    def close(self) -> None:
        self._translator.close()

    def rig(self, still: np.ndarray, points: np.ndarray | None = None, head: np.ndarray | None = None, hair: np.ndarray | None = None,
            body: np.ndarray | None = None) -> Rig:
        """The rig of the largest face of ``still`` (H, W, 3) uint8 RGB; grey (H, W) and RGBA (on white) are taken as well.

        ``points`` (478, 3) float: its mesh, where that is known · ``head``, ``hair``, ``body`` (H, W) uint8 masks, likewise.
        Raises ``UsageError`` where there is no face, or half of one."""
        picture = as_rgb(still)
        height, width = picture.shape[:2]
        for name, mask in (("head", head), ("hair", hair), ("body", body)):
            if mask is not None and (mask.shape != (height, width) or mask.dtype != np.uint8):
                raise UsageError(f"the {name} mask must be ({height}, {width}) bytes like the still, not {mask.shape} {mask.dtype}")
        mesh = _checked(points) if points is not None else self._find(picture)
        if points is not None:
            self.faces = 1
        yaw = abs(fm.head_yaw(mesh))
        if yaw > PROFILE:
            raise UsageError("the face is seen from the side; use a portrait from the front")
        layers = self._cutter.layers(picture, mesh)
        view = close_up(picture, mesh, layers["head"], layers["hair"], layers["glasses"])
        mouth = snap_lips(view)
        (right, brow_r), (left, brow_l) = snap_eyes(view, mouth.fine)
        line = max(mouth.fine * view.scale, 0.3)
        silhouette = cut(picture, mesh, layers, line, head, hair, body)
        lash = np.minimum(right.lash, left.lash) if abs(right.lash[0] - left.lash[0]) > 25 else (right.lash + left.lash) / 2
        colours = _colours(view, mouth, lash, (right.lid + left.lid) / 2, np.stack([right.white, left.white]), (brow_r.ink + brow_l.ink) / 2)
        sure = _confidence(mesh, (right.part.confidence, left.part.confidence, mouth.part.confidence, brow_r.part.confidence, brow_l.part.confidence))
        return Rig(width=width, height=height, mesh=tuple((float(x), float(y), float(z)) for x, y, z in np.round(mesh, 3).tolist()),
                   confidence=sure, eyes=(right.part, left.part), brows=(brow_r.part, brow_l.part), lips=mouth.part, silhouette=silhouette,
                   colours=colours, line=round(line, 3))

    def _find(self, picture: np.ndarray) -> np.ndarray:
        """(478, 3) of the most prominent face. Drawn faces are found more surely a little blurred and with room around."""
        for variant, affine in _variants(picture):
            frame = Frame(frozen(variant), 0, 0.0)
            boxes = [d.box for d in self._detector.look(frame)]
            meshes = [m for m in self._mesh.find_afresh(variant, boxes) if m is not None]
            if not meshes:
                continue
            self.faces = len(meshes)
            middle = np.array(variant.shape[1::-1]) / 2
            best = max(meshes, key=lambda m: face_height(m) * (1.2 - 0.4 * float(np.linalg.norm((m[1, :2] - middle) / middle))))
            best = best.copy()
            best[:, :2] -= affine[1:]
            return np.asarray(best / affine[0], np.float32)
        self.faces = 0
        raise UsageError(NO_FACE)


def rig_beside(still: Path, picture: np.ndarray) -> tuple[Rig, Path]:
    """The rig of ``picture`` (H, W, 3) uint8, which is in the file ``still``: the one that was saved beside it, perhaps mended by hand, or the
    one found now; and where it is saved, ``NAME.rig.json``. Raises ``UsageError``, also for the rig of another still."""
    path = still.with_suffix(".rig.json")
    if path.exists():
        rig = load_rig(path)
    else:
        with closing(Rigger()) as rigger:
            rig = rigger.rig(picture)
    if (rig.height, rig.width) != picture.shape[:2]:
        raise UsageError(f"{path} is of a {rig.width}×{rig.height} still, {still.name} is {picture.shape[1]}×{picture.shape[0]}: rig it again, "
                         "or take that file away")
    return rig, path


def as_rgb(still: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 of a grey, RGB or RGBA picture. Raises ``UsageError``."""
    still = np.asarray(still)
    if still.dtype != np.uint8 or still.ndim not in (2, 3) or (still.ndim == 3 and still.shape[2] not in (1, 3, 4)):
        raise UsageError(f"a still must be (height, width, 3) bytes, not {still.shape} {still.dtype}")
    if min(still.shape[:2]) < LEAST_PX or max(still.shape[:2]) > MOST_PX:
        raise UsageError(f"a still must be between {LEAST_PX} and {MOST_PX} pixels a side, not {still.shape[1]} × {still.shape[0]}")
    if still.ndim == 2 or still.shape[2] == 1:
        return np.repeat(still.reshape(*still.shape[:2], 1), 3, axis=2)
    if still.shape[2] == 4:
        alpha = still[..., 3:].astype(np.float32) / 255
        return np.asarray(np.rint(still[..., :3] * alpha + 255 * (1 - alpha)), np.uint8)
    return np.ascontiguousarray(still)


def _checked(points: np.ndarray) -> np.ndarray:
    points = np.asarray(points, np.float32)
    if points.shape != (478, 3):
        raise UsageError(f"a mesh must be (478, 3) numbers, not {points.shape}")
    if not np.isfinite(points).all():
        raise UsageError("the mesh has points without a place; find the face again")
    return points


def _variants(picture: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The picture in which to look for a face, easiest first, each with (scale, x, y) of the picture's place in it."""
    up = max(1.0, ENLARGE_BELOW / min(picture.shape[:2]))
    base = cv2.resize(picture, None, fx=up, fy=up, interpolation=cv2.INTER_CUBIC) if up > 1 else picture.copy()
    yield base, np.array([up, 0.0, 0.0])
    for blur, room, mode in ((150, 0.3, cv2.BORDER_REPLICATE), (150, 0.0, cv2.BORDER_REPLICATE), (300, 0.3, cv2.BORDER_CONSTANT),
                             (80, 0.3, cv2.BORDER_CONSTANT), (0, 1.0, cv2.BORDER_CONSTANT)):
        soft = cv2.GaussianBlur(base, (0, 0), base.shape[1] / blur) if blur else base
        edge = round(room * min(base.shape[:2]))
        yield cv2.copyMakeBorder(soft, edge, edge, edge, edge, mode, value=(128, 128, 128)), np.array([up, edge, edge])


def _confidence(mesh: np.ndarray, parts: tuple[float, ...]) -> float:
    """Of the mesh as a whole: its parts are where lines are, and it looks to the front."""
    eyes, lips, brows = (parts[0] + parts[1]) / 2, parts[2], (parts[3] + parts[4]) / 2
    frontal = 1 - 0.7 * float(smoothstep(0.35, PROFILE, abs(fm.head_yaw(mesh))))
    return round(float(np.clip((0.45 * eyes + 0.4 * lips + 0.15 * brows) * frontal, 0, 1)), 3)


def _colours(view: Closeup, mouth: SeenMouth, lash: np.ndarray, lid: np.ndarray, whites: np.ndarray, brow: np.ndarray) -> Colours:
    """What is seen; and what is not, in the drawing's own light: the hollow is a dark, warm relative of its line, teeth are as white as
    the eyes are. ``whites`` (2, 3) CIELAB of the eyes, NaN where none is seen."""
    skin, line = mouth.skin, mouth.line
    whites = whites[np.isfinite(whites[:, 0]) & (whites[:, 0] > skin[0])]
    teeth = whites[whites[:, 0].argmax()] if len(whites) else f32([min(skin[0] + 18, 96), 0.12 * skin[1], 0.18 * skin[2]])
    grey = float(np.hypot(skin[1], skin[2])) < 4
    cavity = f32([max(8.0, min(line[0], 0.35 * skin[0])), 0 if grey else max(14.0, 0.9 * skin[1]), 0 if grey else 8.0])
    if len(mouth.inside):
        samples = mouth.inside
        white = samples[(samples[:, 0] > skin[0] + 6) & (samples[:, 1] < skin[1] + 4)]
        dark = samples[samples[:, 0] < min(0.55 * skin[0], line[0] + 25)]
        teeth = np.median(white, axis=0) if len(white) > 0.15 * len(samples) else teeth
        cavity = np.median(dark, axis=0) if len(dark) > 0.25 * len(samples) else cavity
    tongue = f32([0.45 * skin[0] + 0.25 * cavity[0] + 8, 0 if grey else 0.5 * (cavity[1] + skin[1]) + 18, 0 if grey else 0.5 * skin[2] + 4])
    lips = mouth.lips if mouth.part.filled > 0.05 else 0.75 * skin + 0.25 * line
    named = {"skin": skin, "lid": lid, "line": line, "lash": lash, "lips": lips, "cavity": cavity, "teeth": teeth, "tongue": tongue, "brow": brow}
    return Colours(**{name: rgb_of(lab) for name, lab in named.items()})


def is_drawing(picture: np.ndarray) -> bool:
    """Whether ``picture``, as ``Rigger.rig`` takes it, is a drawing and not a photo: flat colours or black and white in its middle,
    where a photo of a person has soft shading. Measured with the rig's stills and portrait photos."""
    return flatness(picture) > 0.5


def flatness(picture: np.ndarray) -> float:
    """0 a photo … 1 a drawing: few pixels of the middle are softly shaded, or most are black or white, or screen tone is over it."""
    image = as_rgb(picture)
    height, width = image.shape[:2]
    middle = (slice(height // 5, -(height // 5)), slice(width // 4, -(width // 4)))
    grey = image.mean(-1, dtype=np.float32)[middle]
    scale = min(1.0, FLAT_PX / max(height, width))
    small = cv2.medianBlur(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), 3)
    light = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[..., 0]
    slope = np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1))[
        light.shape[0] // 5:4 * light.shape[0] // 5, light.shape[1] // 4:3 * light.shape[1] // 4] / 8
    soft = float(np.mean((slope > 0.5) & (slope < 3)))
    toned = float(np.mean(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 2))))
    inked = float(np.mean((grey < 20) | (grey > 235)))
    return float(max(smoothstep(2 * SOFT, 0, soft), smoothstep(0.4, 0.6, inked), smoothstep(16, 26, toned)))
