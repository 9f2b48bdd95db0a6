"""Several stills of one character: which of them the puppet is made from, and what the others show that it does not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from booth import facemap as fm
from booth.errors import UsageError
from booth.geometry import smoothstep
from booth.puppet.rig import Colour, Lips, Rig

MOST = 16
AJAR = 0.12
"""Inner gap over mouth width from which a mouth shows its inside."""


def best_view(rigs: Sequence[Rig]) -> int:
    """Number of the rig that looks to the front most surely, eyes open, mouth nearly shut. Raises ``UsageError`` without 1 … 16."""
    if not 1 <= len(rigs) <= MOST:
        raise UsageError(f"a character has 1 to {MOST} stills, not {len(rigs)}")
    return int(np.argmax([_worth(rig) for rig in rigs]))


def borrow(rigs: Sequence[Rig]) -> Rig:
    """The best view's rig. Where its mouth is shut, the colours of the inside are those of the view whose mouth is open widest;
    lips that it draws as a line get the colour of views that show lips. Views in another light are moved to this one's skin."""
    best = rigs[best_view(rigs)]
    colours = best.colours.model_dump()
    if best.lips.open < AJAR:
        speaking = max(rigs, key=lambda rig: rig.lips.open * (rig.lips.confidence > 0.5))
        if speaking.lips.open >= AJAR:
            for name in ("cavity", "teeth", "tongue"):
                colours[name] = _in_light(getattr(speaking.colours, name), speaking.colours.skin, best.colours.skin)
    if best.lips.filled < 0.3:
        made_up = max(rigs, key=lambda rig: rig.lips.filled * rig.lips.confidence)
        if made_up.lips.filled > 0.6:
            colours["lips"] = _in_light(made_up.colours.lips, made_up.colours.skin, best.colours.skin)
    return best.model_copy(update={"colours": type(best.colours)(**colours)})


def _worth(rig: Rig) -> float:
    eyes = min(eye.open for eye in rig.eyes)
    sharp = smoothstep(20, 120, rig.eye_distance)
    return float(rig.confidence + 0.6 * smoothstep(0.5, 0.05, abs(fm.head_yaw(rig.points))) + 0.5 * smoothstep(0.05, 0.25, eyes)
                 + 0.5 * _calm(rig.lips) + 0.2 * rig.silhouette.confidence + 0.2 * sharp)


def _calm(lips: Lips) -> float:
    return float(smoothstep(0.35, 0.03, lips.open))


def _in_light(colour: Colour, there: Colour, here: Colour) -> Colour:
    """``colour`` seen beside skin that is ``there``, as it is beside skin that is ``here``: scaled by how much lighter that is."""
    gain = np.clip((sum(here) + 30) / (sum(there) + 30), 0.5, 2.0)
    red, green, blue = (int(v) for v in np.clip(np.rint(np.array(colour) * gain), 0, 255))
    return red, green, blue
