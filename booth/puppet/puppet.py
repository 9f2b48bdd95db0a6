"""A still that moves: portrait, background, and mouth and eyes drawn anew for every picture."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np

from booth import facemap as fm
from booth.errors import UsageError
from booth.geometry import f32, face_height
from booth.pose import Pose
from booth.puppet.brows import DrawnBrow, brow_mask
from booth.puppet.eyes import COUNT, DrawnEye
from booth.puppet.lattice import HAIR, PITCH, ROLL, SHIFT, YAW, Lattice, clamped
from booth.puppet.mouth import DrawnMouth, Shape
from booth.puppet.plate import Window, background, disc, mask_of, plain_skin, window_of
from booth.puppet.rig import Rig

SMALLEST, LARGEST = 128, 2048
BROW_LEAST = 0.01
CRISP = 0.025
AT_EYES, AT_MOUTH = 0.22, 0.42
"""Share of the way from skin to ink from which on a colour is no skin: a beard is nearer to it than brows and rims are."""
FINE, SMALL = (3, 2), 640
"""Pixels of the fine portrait, from which each picture is warped, for one of a picture's, up to ``SMALL`` and above: a plain bilinear
look among them stays sharp, and it is the fastest one."""


@dataclass(frozen=True, eq=False, slots=True)
class Geometry:
    """What a pose looks like, in pixels of the picture. Lips run from the picture's left corner to its right one, lids from the inner
    to the outer corner, pairs are (the person's right, left)."""

    upper_outer: np.ndarray
    upper_inner: np.ndarray
    lower_inner: np.ndarray
    lower_outer: np.ndarray
    upper_lids: tuple[np.ndarray, np.ndarray]
    lower_lids: tuple[np.ndarray, np.ndarray]
    mouth_gap: float
    mouth_width: float
    eye_gaps: tuple[float, float]
    """Over the eyes' widths."""
    landmarks: np.ndarray
    """(478, 2) float32: the still's mesh moved with head, brows and chin; lips and lids not."""


@dataclass(frozen=True, eq=False, slots=True)
class HeadAlone:
    """``image`` (size, size, 4) uint8 RGBA without neck and body; ``landmarks`` (478, 2) float32 in its pixels."""

    image: np.ndarray
    landmarks: np.ndarray
    face_height: float


class Puppet:
    """``still`` (H, W, 3) uint8 RGB with its ``rig``, seen as a square portrait ``size`` pixels wide (even, 128 … 2048). Raises
    ``UsageError``. Owned by one thread."""

    def __init__(self, still: np.ndarray, rig: Rig, size: int = 512) -> None:
        if size % 2 or not SMALLEST <= size <= LARGEST:
            raise UsageError(f"a puppet is drawn {SMALLEST} to {LARGEST} pixels wide, an even number, not {size}")
        if still.ndim != 3 or still.shape[2] != 3 or still.dtype != np.uint8:
            raise UsageError(f"a still has three bytes a pixel (height, width, 3), not {still.shape} of {still.dtype}")
        if still.shape[:2] != (rig.height, rig.width):
            raise UsageError(f"the rig is of a {rig.width}×{rig.height} still, this one is {still.shape[1]}×{still.shape[0]}: rig it again")
        if not np.isfinite(rig.points).all():
            raise UsageError("the rig's mesh has points that are not numbers: rig the still again")
        self.size, self._by = size, FINE[size > SMALL]
        window = window_of(rig, size)
        self.still, there = window.picture(np.ascontiguousarray(still))
        """(size, size, 3) uint8: the framed still."""
        line = max(rig.line * window.scale, 0.6)
        self.mesh = window.points(rig.points)
        head = mask_of([*rig.silhouette.head, rig.points[list(fm.OVAL), :2]], window)
        figure = cv2.max(head, mask_of(rig.silhouette.body, window))
        areas = [mask_of([eye.area], window) for eye in rig.eyes]
        self._lattice = Lattice(size, self.mesh, mask_of(rig.silhouette.hair, window))
        self._plate = background(self.still, there, cv2.dilate(figure, disc(1 + 2 * line)) > 0)
        self.still[~there & (figure == 0)] = self._plate[~there & (figure == 0)]
        barred = (cv2.dilate(cv2.max(*areas), disc(1)) > 0) | (cv2.dilate(mask_of(rig.silhouette.hair, window), disc(1)) > 0) | (figure < 255)
        brows = [brow_mask(self.still, window.points(brow.line), brow.thick * window.scale, line, f32(rig.colours.brow), f32(rig.colours.lid), barred)
                 for brow in rig.brows]
        bare, plain, browless = self._plain(rig, window, areas, brows, line)
        self._alpha = figure
        self._bodiless = _fine(np.where(figure > 0, (head.astype(np.uint16) * 255 // np.maximum(figure, 1)), 0).astype(np.uint8), self._by)
        own, lidded = (_fine(_layer(picture, figure), self._by) for picture in (self.still, plain))
        self._portrait, smooth = (_fine(_layer(picture, figure), self._by) for picture in (bare, browless))
        self._mouth = DrawnMouth(rig.lips, tuple(window.points(one) for one in (
            rig.lips.upper_outer, rig.lips.upper_inner, rig.lips.lower_inner, rig.lips.lower_outer)), rig.colours, line, size)
        self._mouth_box = _box(self._by * window.points(rig.lips.area), self._by * size)
        self._mouths = [image[self._mouth_box].copy() for image in (own, self._portrait)]
        self._eyes = [DrawnEye(window.points(eye.upper), window.points(eye.lower), window.points(eye.area), window.points([eye.iris])[0],
                               eye.radius * window.scale, eye.open, f32(rig.colours.lash), line, own, lidded, self._by) for eye in rig.eyes]
        self._brows = [DrawnBrow(mask, window.points(brow.line), self._lattice.ex, self._lattice.unit, self._by, self._portrait, smooth)
                       for brow, mask in zip(rig.brows, brows)]
        x, y = np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32))
        self._places = np.stack([self._by * x, self._by * y], -1)
        self._zone = self._reached()
        self.background = self._zone == 0
        """(size, size) bool: pixels that no pose changes."""

    def _plain(self, rig: Rig, window: Window, eyes: list[np.ndarray], brows: list[np.ndarray],
               line: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(size, size, 3) uint8: the still without its mouth; without mouth and eyes; without mouth and brows."""
        mouth, c = cv2.dilate(mask_of([rig.lips.area], window), disc(1)), rig.colours
        free = mask_of([rig.points[list(fm.OVAL), :2]], window)
        for drawn in (mouth, *eyes, *brows):
            free[cv2.dilate(drawn, disc(2 * line)) > 0] = 0
        free[cv2.dilate(mask_of(rig.silhouette.hair, window), disc(line)) > 0] = 0
        bare = plain_skin(self.still, mouth > 127, line, f32(c.skin), f32(c.line), free > 0, AT_MOUTH)
        plain = bare
        for eye in eyes:
            plain = plain_skin(plain, cv2.dilate(eye, disc(1)) > 0, line, f32(c.lid), f32(c.lash), free > 0, AT_EYES)
        browless = bare
        for brow in brows:
            browless = plain_skin(browless, brow > 127, line, f32(c.lid), f32(c.brow), free > 0, AT_EYES)
        return bare, plain, browless

    def draw(self, pose: Pose) -> np.ndarray:
        """(size, size, 3) uint8 RGB."""
        layer = self._drawn(clamped(pose))
        colour = cv2.cvtColor(layer, cv2.COLOR_RGBA2RGB)
        through = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(layer, 3)), cv2.COLOR_GRAY2RGB)
        mixed = cv2.add(colour, cv2.multiply(self._plate, through, scale=1 / 255))
        return cv2.copyTo(mixed, self._zone, self._plate.copy())

    def cut_out(self, pose: Pose) -> np.ndarray:
        """(size, size, 4) uint8 RGBA, colours not multiplied by alpha; transparent where nobody is."""
        return _straight(self._drawn(clamped(pose)))

    def head(self, pose: Pose) -> HeadAlone:
        """The head with hair and ears, without neck and body."""
        pose = clamped(pose)
        field, shape = self._field(pose)
        layer = self._painted(pose, field, shape)
        kept = cv2.remap(self._bodiless, self._map(field[1]), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        layer = cv2.multiply(layer, cv2.merge([kept] * 4), scale=1 / 255)
        landmarks = self._lattice.moved(field[1], self.mesh[:, :2])
        return HeadAlone(_straight(layer), landmarks, face_height(landmarks))

    def geometry(self, pose: Pose) -> Geometry:
        pose = clamped(pose)
        (head, face), shape = self._field(pose)
        lips = shape.at(self._lattice.moved(head, shape.lines))
        lids = [[self._lattice.moved(head, line) for line in eye.lines(lid)] for eye, lid in zip(self._eyes, pose.lids)]
        gaps = [eye.gap(lid) for eye, lid in zip(self._eyes, pose.lids)]
        return Geometry(lips.upper_outer, lips.upper_inner, lips.lower_inner, lips.lower_outer, (lids[0][0], lids[1][0]), (lids[0][1], lids[1][1]),
                        shape.gap, float(np.linalg.norm(lips.upper_outer[-1] - lips.upper_outer[0])), (gaps[0], gaps[1]),
                        self._lattice.moved(face, self.mesh[:, :2]))

    def _field(self, pose: Pose) -> tuple[tuple[np.ndarray, np.ndarray], Shape]:
        shape = self._mouth.shape(pose.mouth)
        return self._lattice.field(pose, shape.chin), shape

    def _drawn(self, pose: Pose) -> np.ndarray:
        field, shape = self._field(pose)
        return self._painted(pose, field, shape)

    def _painted(self, pose: Pose, field: tuple[np.ndarray, np.ndarray], shape: Shape) -> np.ndarray:
        """(size, size, 4) uint8, colours multiplied by alpha."""
        moved = [max(abs(raised), pose.frown) > BROW_LEAST for raised in pose.brows]
        for brow in self._brows:
            brow.reset(self._portrait)
        for brow, moves in zip(self._brows, moved):
            if moves:
                brow.take_off(self._portrait)
        for eye, lid in zip(self._eyes, pose.lids):
            eye.cover(self._portrait, lid, pose.gaze)
        own, bare = self._mouths
        self._portrait[self._mouth_box] = cv2.addWeighted(own, shape.own, bare, 1 - shape.own, 0) if shape.own > 0 else bare
        for brow, raised, moves in zip(self._brows, pose.brows, moved):
            if moves:
                brow.put_on(self._portrait, raised, pose.frown)
        layer = cv2.remap(self._portrait, self._map(field[1]), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        lines = [shape.lines] + [eye.lines(lid)[0] for eye, lid in zip(self._eyes, pose.lids)]
        lips, right, left = np.split(self._lattice.moved(field[0], np.concatenate(lines)), [len(lines[0]), len(lines[0]) + COUNT])
        self._mouth.paint(layer, shape.at(lips), pose.mouth)
        for eye, lid, lash in zip(self._eyes, pose.lids, (right, left)):
            eye.paint(layer, lash, lid)
        return layer

    def _map(self, field: np.ndarray) -> np.ndarray:
        """(size, size, 2) float32: where in the fine portrait each pixel comes from."""
        return cv2.subtract(self._places, cv2.resize(self._by * field, (self.size, self.size), interpolation=cv2.INTER_LINEAR))

    def _reached(self) -> np.ndarray:
        """(size, size) uint8: 255 where the figure may be in some pose."""
        zone, small = self._alpha.copy(), 256
        alpha = cv2.dilate(self._alpha, disc(self.size / 128))
        scale = self.size / small if self.size > small else 1.0
        side = round(self.size / scale)
        alpha = cv2.resize(alpha, (side, side), interpolation=cv2.INTER_AREA)
        places = cv2.resize(self._places / self._by, (side, side), interpolation=cv2.INTER_AREA)
        seen = np.zeros_like(alpha)
        for yaw, pitch, roll, way in product((-YAW, 0, YAW), (-PITCH, 0, PITCH), (-ROLL, 0, ROLL), product((-1, 1), repeat=2)):
            x, y = way
            pose = Pose(yaw=yaw, pitch=pitch, roll=roll, breath=-y, hair=(HAIR * x, HAIR * y), shift=(SHIFT * x, SHIFT * y))
            field = self._lattice.field(pose, 0.2 * self._lattice.unit)[1]
            on = (places - cv2.resize(field, (side, side), interpolation=cv2.INTER_LINEAR) + 0.5) / np.float32(scale) - np.float32(0.5)
            np.maximum(seen, cv2.remap(alpha, on, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), out=seen)
        zone = cv2.max(zone, cv2.resize(seen, (self.size, self.size), interpolation=cv2.INTER_LINEAR))
        return np.where(zone > 0, 255, 0).astype(np.uint8)


def _layer(picture: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """(H, W, 4) uint8, colours multiplied by ``alpha``; the background mixed into border pixels gives way to the nearest inside."""
    inside = (alpha > 250).astype(np.uint8)
    _, label = cv2.distanceTransformWithLabels(1 - inside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    seeds = np.zeros(int(label.max()) + 1, np.int64)
    where = np.flatnonzero(inside)
    seeds[label.ravel()[where]] = where
    colour = picture.reshape(-1, 3)[seeds[label]]
    return np.dstack([cv2.multiply(colour, cv2.merge([alpha] * 3), scale=1 / 255), alpha])


def _fine(image: np.ndarray, by: int) -> np.ndarray:
    """``by`` times as large, with pixel (x, y) at (by·x, by·y): Lanczos with four lobes, one sweep for each place between pixels. What is
    between is ``CRISP`` sharper than that: about what a bilinear look among them takes away again."""
    height, width = image.shape[:2]
    out = np.empty((by * height, by * width, *image.shape[2:]), np.uint8)
    taps = np.arange(-4, 5)
    kernels = [np.sinc(taps - k / by) * np.sinc(np.clip((taps - k / by) / 4, -1, 1)) for k in range(by)]
    kernels[1:] = [np.convolve(kernel, (-CRISP, 1 + 2 * CRISP, -CRISP), "same") for kernel in kernels[1:]]
    for (i, across), (j, down) in product(enumerate(kernels), repeat=2):
        out[j::by, i::by] = cv2.sepFilter2D(image, -1, across / across.sum(), down / down.sum(), borderType=cv2.BORDER_REPLICATE)
    return out


def _box(outline: np.ndarray, limit: int) -> tuple[slice, slice]:
    low = np.clip(np.floor(outline.min(0)).astype(int) - 8, 0, limit - 2)
    high = np.clip(np.ceil(outline.max(0)).astype(int) + 9, low + 2, limit)
    return slice(low[1], high[1]), slice(low[0], high[0])


def _straight(layer: np.ndarray) -> np.ndarray:
    """Colours divided by their alpha; the outermost pixel goes: something of the old background is in it."""
    colour = layer[..., :3] * (255 / np.maximum(layer[..., 3:].astype(np.float32), 1))
    alpha = cv2.erode(layer[..., 3], disc(len(layer) / 512), borderType=cv2.BORDER_REPLICATE)
    return np.dstack([np.minimum(np.rint(colour), 255).astype(np.uint8), alpha])
