"""Where each part of a portrait goes in a pose: one displacement on a coarse grid of points.

All that a pose moves is linear in a few numbers of it, so the fields are made once and only summed for a picture:
``displacement = fields (N·N, K) @ numbers (K, 2)``. A displacement ``d`` belongs to a place of the *output*: the pixel there
shows the portrait's ``x − d(x)``.
"""

from __future__ import annotations

import cv2
import numpy as np

from booth import facemap as fm
from booth.geometry import face_height, smoothstep
from booth.pose import Pose

NODES = 64
YAW, PITCH, ROLL = 12.0, 8.0, 8.0
"""Degrees that a flat drawing bears to be turned by."""
SHIFT, HAIR = 0.15, 0.25
"""In distances between the outer eye corners."""
BREATH = 1.5 / 512


def clamped(pose: Pose) -> Pose:
    """``pose`` within what the puppet bears; not a number counts as rest."""
    def within(value: float, most: float) -> float:
        return min(max(float(value), -most), most) if np.isfinite(value) else 0.0

    def both(pair: tuple[float, float], most: float) -> tuple[float, float]:
        return within(pair[0], most), within(pair[1], most)

    return Pose(pose.mouth, both(pose.lids, 1), both(pose.brows, 1), max(0.0, within(pose.frown, 1)), both(pose.gaze, 1), within(pose.yaw, YAW),
                within(pose.pitch, PITCH), within(pose.roll, ROLL), within(pose.breath, 1), both(pose.hair, HAIR), both(pose.shift, SHIFT))


class Lattice:
    """``mesh`` (478, 3) in output pixels, ``hair`` (size, size) uint8 mask of what sways."""

    def __init__(self, size: int, mesh: np.ndarray, hair: np.ndarray) -> None:
        self.size, self._cell = size, size / NODES
        p = mesh[:, :2].astype(np.float64)
        across = p[[263, 362]].mean(0) - p[[33, 133]].mean(0)
        self.ex = across / (np.linalg.norm(across) + 1e-6)
        self.ey = np.array([-self.ex[1], self.ex[0]])
        self.unit = float(np.linalg.norm(p[33] - p[263])) + 1e-6
        self.tall = face_height(mesh)
        at = (np.arange(NODES) + 0.5) * self._cell - 0.5
        self._nodes = np.stack(np.meshgrid(at, at), -1).reshape(-1, 2)
        self._fields = np.stack(self._head(mesh) + [self._breath(p), self._jaw(p), self._sway(p, hair)], 1).astype(np.float32)

    def field(self, pose: Pose, jaw: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """Two (NODES, NODES, 2) float32, output pixels: of the head and all that is on it, and of the lower face, too, with the chin
        ``jaw`` pixels down."""
        numbers = np.zeros((self._fields.shape[1], 2))
        numbers[:3] = _turn(pose)[:2].T
        numbers[3] = np.multiply(pose.shift, self.unit)
        numbers[4] = 0, -BREATH * self.size * pose.breath
        numbers[6] = np.multiply(pose.hair, self.unit)
        head = (self._fields @ numbers.astype(np.float32)).reshape(NODES, NODES, 2)
        if jaw == 0:
            return head, head
        return head, head + np.outer(self._fields[:, 5], jaw * self.ey).reshape(head.shape).astype(np.float32)

    def moved(self, field: np.ndarray, points: np.ndarray) -> np.ndarray:
        """(N, 2) float32: where ``points`` of the portrait are seen. Solves x = p + d(x) by repeated insertion."""
        start = np.ascontiguousarray(points, np.float32)
        at = start
        for _ in range(4):
            on = ((at + 0.5) / np.float32(self._cell) - 0.5).reshape(-1, 1, 2)
            at = start + cv2.remap(field, on, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0]
        return at

    def _head(self, mesh: np.ndarray) -> list[np.ndarray]:
        """Weighted x, y, z about the pivot, and the weight: 1 on the head, 0 from the shoulders down."""
        p = mesh[:, :2].astype(np.float64)
        chin, ears = p[fm.CHIN], mesh[[234, 454]].astype(np.float64).mean(0)
        pivot = np.array([*(0.5 * chin + 0.5 * ears[:2]), ears[2]])
        down = (self._nodes - chin) @ self.ey / self.tall
        reach = min(0.62, max(0.25, float((self.size - 1 - chin[1]) / self.tall)))
        weight = smoothstep(reach, -0.12, down)
        depth = self._depth(mesh) - pivot[2]
        return [*((self._nodes - pivot[:2]) * weight[:, None]).T, depth * weight, weight]

    def _depth(self, mesh: np.ndarray) -> np.ndarray:
        """z at the nodes: of the mesh, spread by normalised Gaussian weights; beyond the face it falls back to the ears'."""
        p = mesh[:468].astype(np.float64)
        centre = 0.5 * (p[fm.FOREHEAD, :2] + p[fm.CHIN, :2])
        rim = p[list(fm.OVAL)]
        back = float(p[[234, 454], 2].mean())
        far = [np.column_stack([centre + (rim[:, :2] - centre) * reach, np.full(len(rim), back)]) for reach in (1.45, 1.9, 2.5)]
        known = np.concatenate([p, *far])
        nodes, places = self._nodes.astype(np.float32), known[:, :2].astype(np.float32)
        apart = (nodes * nodes).sum(1)[:, None] + (places * places).sum(1) - 2 * nodes @ places.T
        weight = np.exp((apart.min(1, keepdims=True) - apart) / np.float32(2 * (0.075 * self.tall) ** 2))
        depth = (weight @ known[:, 2] / weight.sum(1)).reshape(NODES, NODES)
        return cv2.GaussianBlur(depth, (0, 0), max(0.5, 0.03 * self.tall / self._cell)).ravel()

    def _breath(self, p: np.ndarray) -> np.ndarray:
        top = min(p[fm.CHIN, 1] + 0.2 * self.tall, 0.9 * self.size)
        return smoothstep(float(self.size), float(top), self._nodes[:, 1])

    def _jaw(self, p: np.ndarray) -> np.ndarray:
        """1 at the chin; the mouth's corners, the ears and the collar stay."""
        mouth, chin = 0.5 * (p[61] + p[291]), p[fm.CHIN]
        at = self._nodes - chin
        down, aside = at @ self.ey, at @ self.ex
        rise = float((chin - mouth) @ self.ey)
        wide = 0.5 * float(np.linalg.norm(p[454] - p[234]))
        return smoothstep(-0.95 * rise, -0.1 * rise, down) * smoothstep(1.3 * rise, 0.1 * rise, down) * np.exp(-((aside / (0.62 * wide)) ** 2))

    def _sway(self, p: np.ndarray, hair: np.ndarray) -> np.ndarray:
        """Grows from the scalp to the hair's ends."""
        skull = 0.5 * (p[fm.FOREHEAD] + p[fm.CHIN]) - 0.14 * self.tall * self.ey
        at = self._nodes - skull
        wide = 0.5 * float(np.linalg.norm(p[454] - p[234]))
        apart = np.hypot(at @ self.ex / (1.15 * wide), at @ self.ey / (0.74 * self.tall)) - 1
        soft = cv2.GaussianBlur(hair, (0, 0), max(0.6, 0.9 * self._cell))
        return self._sampled(soft) * smoothstep(0.0, 1.1, apart)

    def _sampled(self, mask: np.ndarray) -> np.ndarray:
        """(N·N,) 0 … 1."""
        return cv2.resize(mask, (NODES, NODES), interpolation=cv2.INTER_AREA).ravel().astype(np.float64) / 255


def _turn(pose: Pose) -> np.ndarray:
    """(3, 3): roll · pitch · yaw less the identity; y down, z away from the viewer."""
    yaw, pitch, roll = np.radians([pose.yaw, pose.pitch, pose.roll])
    y = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return z @ x @ y - np.eye(3)
