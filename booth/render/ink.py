"""Every line of a face, drawn from its landmarks at the picture's own resolution.

Nothing here looks at the photo: lids, irises, brows, nose, mouth, jaw are antialiased polygons in place. Lines are tinted
dark, never dead black; they thin out towards their ends. The features of a head that turns away fade with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from booth import facemap as fm
from booth.frame import Appearance, Glasses
from booth.geometry import LEVELS, curve, ellipse, even, face_height, ribbon, smoothstep, taper
from booth.render import glasses as rims
from booth.render.palette import Palette, eye_makeup, mix
from booth.render.style import Style

SHIFT = 4
CLOSED, OPEN = 0.085, 0.30
"""Lid gap over eye width of a shut and of an open eye (``facemap.eye_openness``)."""
SIDE = even(33)
ROUND_UPPER, ROUND_LOWER = np.sin(np.pi * SIDE ** 0.88) ** 0.62, np.sin(np.pi * SIDE ** 1.15) ** 0.85
SHARP_UPPER = np.interp(SIDE, [0, .10, .30, .78, .95, 1], [0, .55, .95, .82, .45, .2])
SHARP_LOWER = np.interp(SIDE, [0, .25, .60, .88, 1], [0, .30, .75, .80, .0])
"""Heights of lids from the inner to the outer corner, soft and with corners."""


@dataclass(frozen=True, eq=False, slots=True)
class Pen:
    """Draws polygons into ``canvas`` (H, W, 3) uint8, in place; ``offset`` (x, y) is added to points."""

    canvas: np.ndarray
    offset: tuple[int, int] = (0, 0)

    def fill(self, points: np.ndarray, colour: np.ndarray) -> None:
        cv2.fillPoly(self.canvas, [_fixed(points + self.offset)], colour.tolist(), cv2.LINE_AA, SHIFT)

    def stroke(self, centre: np.ndarray, width: np.ndarray | float, colour: np.ndarray) -> None:
        self.fill(ribbon(centre, width), colour)

    def clipped(self, outline: np.ndarray, draw) -> None:
        """Run ``draw(pen)`` on a copy and keep it inside ``outline`` only, with a soft border."""
        x0, y0 = np.maximum(np.floor(outline.min(0)).astype(int) - 2, 0)
        x1, y1 = np.minimum(np.ceil(outline.max(0)).astype(int) + 3, self.canvas.shape[1::-1])
        if x1 <= x0 or y1 <= y0:
            return
        part = self.canvas[y0:y1, x0:x1]
        inner = part.copy()
        draw(Pen(inner, (-int(x0), -int(y0))))
        mask = np.zeros(part.shape[:2], np.uint8)
        cv2.fillPoly(mask, [_fixed(outline - [x0, y0])], 255, cv2.LINE_AA, SHIFT)
        weight = cv2.LUT(mask, LEVELS)
        part[:] = cv2.blendLinear(inner, np.ascontiguousarray(part), weight, 1 - weight)

    def wash(self, outline: np.ndarray, colour: np.ndarray, strength: float) -> None:
        """One colour over what lies inside ``outline``, ``strength`` 0 … 1."""
        self.clipped(outline, lambda pen: np.copyto(pen.canvas, cv2.addWeighted(
            pen.canvas, 1 - strength, np.full_like(pen.canvas, colour.clip(0, 255).astype(np.uint8)), strength, 0)))

    def glow(self, centre: np.ndarray, rx: float, ry: float, angle: float, colour: np.ndarray, strength: float) -> None:
        """Takes the share ``strength`` of ``colour`` away in a soft ellipse: light that skin swallows."""
        reach = int(2.2 * max(rx, ry)) + 1
        x0, y0 = np.maximum(centre.astype(int) - reach, 0)
        x1, y1 = np.minimum(centre.astype(int) + reach, self.canvas.shape[1::-1])
        if x1 <= x0 or y1 <= y0:
            return
        part = self.canvas[y0:y1, x0:x1]
        # soft things need few samples: the weight is computed on a coarse grid and enlarged
        dx = np.linspace(x0, x1, 24, dtype=np.float32)[None] - centre[0]
        dy = np.linspace(y0, y1, 24, dtype=np.float32)[:, None] - centre[1]
        c, s = np.cos(angle), np.sin(angle)
        coarse = strength * np.exp(-((dx * c + dy * s) / rx) ** 2 - ((dy * c - dx * s) / ry) ** 2)
        taken = np.rint(coarse[..., None] * colour.clip(0, 255)).astype(np.uint8)
        part[:] = cv2.subtract(part, cv2.resize(taken, part.shape[1::-1], interpolation=cv2.INTER_LINEAR))


def _fixed(points: np.ndarray) -> np.ndarray:
    return (points * (1 << SHIFT) + 0.5).astype(np.int32)


def draw_face(canvas: np.ndarray, points: np.ndarray, palette: Palette, style: Style, person: Appearance, glasses: float = 0.0) -> None:
    """All features of one face into ``canvas`` (H, W, 3) uint8; ``points`` (478, ≥2) in its pixels, ``glasses`` 0 … 1 how
    strongly they are drawn."""
    ink = _FaceInk(Pen(canvas), points[:, :2].astype(np.float64), palette, style, person)
    ink.draw()
    if glasses > 0.02:
        ink.glasses(person.glasses, glasses)


class _FaceInk:
    """Measures shared by the features of one face."""

    def __init__(self, pen: Pen, points: np.ndarray, palette: Palette, style: Style, person: Appearance) -> None:
        self.pen, self.p, self.palette, self.style, self.person = pen, points, palette, style, person
        across = points[[263, 362]].mean(0) - points[[33, 133]].mean(0)
        self.iod = float(np.linalg.norm(across)) + 1e-6
        self.ex = across / self.iod
        self.ey = np.array([-self.ex[1], self.ex[0]])
        self.height = face_height(points)
        self.width = float(np.linalg.norm(points[454] - points[234]))
        self.yaw = fm.head_yaw(points)
        self.unit = self.height * 0.0066 * style.line.weight      # a normal line's width in pixels
        self.angle = float(np.arctan2(self.ex[1], self.ex[0]))

    def draw(self) -> None:
        if self.style.skin.blush:
            self.blush()
        if self.style.face.nose > 0.05:
            self.nose()
        self.folds()
        self.moustache()
        self.mouth()
        self.jaw()
        for eye, side in zip(fm.EYES, (-1, 1), strict=True):
            visible = smoothstep(0.95, 0.7, self.yaw * side)      # the far eye of a turned head
            if visible > 0.05:
                self.eye(eye)
                self.brow(eye)

    def blush(self) -> None:
        for cheek, side in zip(fm.CHEEKS, (-1, 1), strict=True):
            near = float(np.clip(1 - self.yaw * side, 0.25, 1.1))
            self.pen.glow(self.p[list(cheek[:5])].mean(0), 0.12 * self.width * near, 0.075 * self.width, self.angle,
                          self.palette.skin - self.palette.blush, self.style.skin.blush)

    def jaw(self) -> None:
        line = curve(self.p[list(fm.JAW[3:-3])], 64)
        self.pen.stroke(line, self.unit * 1.35 * taper(64, 0.45, 0.45, 0.05), self.palette.skin_line)

    def folds(self) -> None:
        """Lines from the nose beside the mouth, where they are the person's own."""
        depth = float(smoothstep(0.25, 0.9, self.person.folds)) * self.style.line.age
        if depth < 0.08:
            return
        colour = mix(self.palette.skin, self.palette.skin_line, 0.35 + 0.5 * depth)
        for fold, side in zip(fm.FOLDS, (-1, 1), strict=True):
            if self.yaw * side < 0.6:
                self.pen.stroke(curve(self.p[list(fold)], 16), self.unit * (0.4 + 0.9 * depth) * taper(16, .5, .5, .05), colour)

    def moustache(self) -> None:
        """Between nose and lip, for those whose masks alone would show none: it fades in with certainty."""
        weight = 0.85 * float(smoothstep(0.36, 0.50, self.person.moustache))
        if weight > 0.02:
            outline = np.vstack([curve(self.p[list(fm.MOUSTACHE)], 24), curve(self.p[list(fm.LIP_UPPER_OUTER[1:-1])], 24)[::-1]])
            self.pen.wash(outline, self.palette.beard, weight)

    def glasses(self, pair: Glasses, weight: float) -> None:
        """The fitted pair over everything; lenses catch a little light."""
        colour = mix(self.palette.skin, self.palette.frame, weight)
        axes = rims.Axes(self.p, 1 + 0.22 * max(self.style.eyes.enlarge - 1.2, 0))      # room for larger eyes
        if pair.dark > 0.15:
            for side in (0, 1):
                lens = rims.rim(pair.rims, axes, side)
                self.pen.wash(lens, self.palette.frame, weight * min(pair.dark, 0.92))
        for line, wide, closed in rims.strokes(pair, axes):
            width = max(wide, 1.1 * self.unit)
            self.pen.stroke(np.vstack([line, line[:2]]) if closed else line, width, colour)

    def nose(self) -> None:
        p, ex, ey, u = self.p, self.ex, self.ey, self.unit
        wing_r, wing_l, hole_r, hole_l, base, tip = p[98], p[327], p[97], p[326], p[2], p[1]
        width = float(np.linalg.norm(wing_l - wing_r))
        turn = -np.sign(self.yaw) if abs(self.yaw) > 0.08 else -1.0
        under = np.vstack([curve([wing_r * .4 + hole_r * .6, tip + ey * width * .14, wing_l * .4 + hole_l * .6], 12),
                           curve([wing_l * .4 + hole_l * .6, base + ey * width * .16, wing_r * .4 + hole_r * .6], 12)])
        self.pen.fill(under, self.palette.shade)
        for wing, hole in ((wing_r, hole_r), (wing_l, hole_l)):
            mark = curve([wing * .5 + hole * .5 - ey * width * .02, hole * .75 + wing * .25 - ey * width * .05, hole * .9 + base * .1], 10)
            self.pen.stroke(mark, u * 1.2 * taper(10, .4, .4, .2), self.palette.skin_line)
        mark = curve([hole_r * .6 + base * .4, base + ey * width * .03, hole_l * .6 + base * .4], 16)
        self.pen.stroke(mark, u * 0.8 * taper(16, .4, .4, .1), self.palette.skin_line)
        bridge = curve([p[197] * .6 + p[195] * .4 + ex * turn * width * .12, p[5] * .5 + p[4] * .5 + ex * turn * width * .20], 10)
        self.pen.stroke(bridge, u * 1.1 * taper(10, .5, .4, .0), self.palette.shade)

    def mouth(self) -> None:
        p, u = self.p, self.unit
        upper, lower = curve(p[list(fm.LIP_UPPER_OUTER)], 33), curve(p[list(fm.LIP_LOWER_OUTER)], 33)
        inner_u, inner_l = curve(p[list(fm.LIP_UPPER_INNER)], 33), curve(p[list(fm.LIP_LOWER_INNER)], 33)
        upper, lower = inner_u + (upper - inner_u) * 0.8, inner_l + (lower - inner_l) * 0.8
        self.pen.fill(np.vstack([upper, inner_u[::-1]]), self.palette.lip_dark)
        self.pen.fill(np.vstack([inner_l, lower[::-1]]), self.palette.lip)
        gap = fm.mouth_openness(p)
        if gap > 0.04:
            outline = np.vstack([inner_u, inner_l[::-1]])
            self.pen.clipped(outline, lambda pen: self.inside_mouth(pen, inner_u, inner_l, gap))
            self.pen.stroke(inner_u, u * (0.35 + 0.9 * taper(33, .5, .5, .1)), self.palette.dark)
            self.pen.stroke(inner_l, u * 0.6 * taper(33, .5, .5, .1), self.palette.skin_line)
        else:
            self.pen.stroke((inner_u + inner_l) / 2, u * (0.4 + 1.1 * taper(33, .5, .5, .1)), self.palette.dark)
        below = lower[12:21] + self.ey * 0.05 * np.linalg.norm(p[291] - p[61])
        self.pen.stroke(below, u * .8 * taper(9, .5, .5, 0), self.palette.shade)

    def inside_mouth(self, pen: Pen, upper: np.ndarray, lower: np.ndarray, gap: float) -> None:
        depth = lower - upper
        pen.fill(np.vstack([upper - depth, (lower + depth)[::-1]]), self.palette.mouth)
        if gap > 0.22:
            tongue = ellipse(lower[16] - self.ey * 0.02 * self.width, 0.11 * self.width, 0.3 * float(np.linalg.norm(depth[16])), self.angle)
            pen.fill(tongue, self.palette.tongue)
        shown = float(np.clip(0.92 - 1.0 * max(gap - 0.14, 0), 0.42, 0.92))
        round_off = smoothstep(0.0, 0.25, SIDE) * smoothstep(0.0, 0.25, 1 - SIDE)
        teeth = upper + depth * (shown * (0.25 + 0.75 * round_off))[:, None]
        pen.fill(np.vstack([(upper - 0.2 * depth)[2:-2], teeth[2:-2][::-1]]), self.palette.teeth)

    def brow(self, eye: fm.Eye) -> None:
        upper, lower = curve(self.p[list(eye.brow_upper)], 24), curve(self.p[list(eye.brow_lower)], 24)
        middle = upper * .55 + lower * .45 - self.ey * 0.012 * self.height * (self.style.eyes.enlarge - 1) * 3
        thick = float(np.linalg.norm(upper - lower, axis=1).mean())
        profile = np.interp(even(24), [0, .08, .35, .65, 1], [.4, .8, 1, .75, .08])
        self.pen.stroke(middle, 0.8 * thick * self.style.brow.weight * profile, self.palette.brow)

    def eye(self, eye: fm.Eye) -> None:
        """Template lids mixed with the visitor's own; height follows the real openness; shut is a curve."""
        p, st, u = self.p, self.style.eyes, self.unit
        inner, outer = p[eye.inner], p[eye.outer]
        own_width = float(np.linalg.norm(outer - inner)) + 1e-6
        ax = (outer - inner) / own_width
        down = np.array([-ax[1], ax[0]])
        down = down if down @ self.ey > 0 else -down
        sight = float(np.clip(own_width / (0.42 * self.iod), .45, 1.15))             # foreshortening
        openness = fm.eye_openness(p, eye) * min(sight, 1.0)
        g = float(np.clip((openness - CLOSED) / (OPEN - CLOSED), 0, 1.15))
        width = own_width * (1 + 0.55 * (st.enlarge - 1))
        full = 0.42 * self.iod * st.height * st.enlarge ** 0.6 * min(1.0, 0.4 + 0.6 * sight)
        centre = (inner + outer) / 2
        x = (SIDE - 0.5) * width
        tilt = -st.tilt * width * (SIDE - .3)
        mid = ((p[eye.upper[4]] + p[eye.lower[4]]) / 2 - centre) @ down * 0.5
        arch = mid * np.sin(np.pi * SIDE)
        at = lambda y: centre + np.outer(x, ax) + np.outer(y, down)
        lash_w = u * (0.9 + 1.25 * st.lash * eye_makeup(self.person))
        if g < 0.12:
            low = mid + 0.06 * width
            shut = at(low * np.sin(np.pi * SIDE) + tilt)
            self.pen.stroke(shut, lash_w * 1.2 * taper(33, .3, .2, .15), self.palette.dark)
            return
        tall = full * g ** 0.65
        own = np.clip(np.interp(SIDE, even(9), [(centre - q) @ down for q in p[list(eye.upper)]]), 0, None)
        own = own / max(own.max(), 1e-3) * smoothstep(0, .1, SIDE) * smoothstep(0, .1, 1 - SIDE)
        round_u, round_l = ROUND_UPPER + (SHARP_UPPER - ROUND_UPPER) * st.angular, ROUND_LOWER + (SHARP_LOWER - ROUND_LOWER) * st.angular
        curve_u, curve_l = (1 - st.own) * round_u + st.own * own, round_l
        upper, lower = at(-.68 * tall * curve_u + tilt + arch), at(.32 * tall * curve_l + tilt + arch)
        outline = np.vstack([upper, lower[::-1]])
        self.pen.clipped(outline, lambda pen: self.eyeball(pen, eye, upper, centre, ax, down, full, tall, mid, own_width, sight))
        profile = np.interp(SIDE, [0, .12, .5, .85, 1], [.3, .75, 1.1, 1.5, .9])
        lift = upper - down * (lash_w * profile * .25)[:, None]
        wing = lift[-1] + ax * width * .07 * st.lash - down * width * .05 * st.lash
        lash = np.vstack([lift[:-1], curve([lift[-2], lift[-1], wing], 6)[2:]])
        self.pen.stroke(lash, np.concatenate([lash_w * profile[:-1], np.linspace(lash_w * .9, .1, 4)]), self.palette.dark)
        if st.crease > 0.05:
            crease = upper[5:27] - down * (width * (.09 + .05 * np.sin(np.pi * SIDE[5:27])))[:, None]
            self.pen.stroke(crease, u * st.crease * taper(22, .5, .35, .05), self.palette.skin_line)
        if st.lower > 0.05:
            self.pen.stroke(lower[12:], u * st.lower * taper(21, .6, .1, .05), self.palette.skin_line)

    def eyeball(self, pen: Pen, eye: fm.Eye, upper, centre, ax, down, full, tall, mid, own_width, sight) -> None:
        pal, st = self.palette, self.style.eyes
        lids = np.vstack([upper - down * full, (upper + down * 2 * full)[::-1]])
        pen.fill(lids, pal.eye_white)
        iris_at = self.p[eye.iris]
        gaze_x = float(np.clip((iris_at - centre) @ ax / own_width, -.26, .26))
        gaze_y = float(np.clip((iris_at - (self.p[eye.upper[4]] + self.p[eye.lower[4]]) / 2) @ down / own_width, -.1, .1))
        radius = max(st.iris * 0.42 * self.iod * 1.1 * (1 + 0.35 * (st.enlarge - 1)), 1.5)
        rx, ry = radius * min(1.0, .7 + .3 * sight), radius * 1.12
        c = centre + ax * gaze_x * own_width * .95 + down * (-.16 * tall + mid + gaze_y * own_width * .8)
        pen.fill(np.vstack([upper - down * full, (upper + down * .20 * tall)[::-1]]), pal.eye_shade)
        pen.fill(ellipse(c, rx, ry, self.angle), pal.iris_rim)
        pen.fill(ellipse(c, rx * .86, ry * .86, self.angle), pal.iris)
        if st.glow > 0.05:
            pen.fill(ellipse(c + down * ry * .42, rx * .62, ry * .38, self.angle), pal.iris_light)
        pen.fill(ellipse(c - down * ry * .05, rx * st.pupil, ry * st.pupil * 1.1, self.angle), pal.pupil)
        top = ellipse(c - down * ry * .75, rx * .95, ry * .45, self.angle)
        pen.fill(top, pal.iris_rim)
        if st.shine > 0.05:
            pen.fill(ellipse(c - self.ex * rx * .34 - self.ey * ry * .36, rx * .28 * st.shine, ry * .28 * st.shine), pal.shine)
            pen.fill(ellipse(c + self.ex * rx * .36 + self.ey * ry * .40, rx * .13 * st.shine, ry * .13 * st.shine), pal.shine)
