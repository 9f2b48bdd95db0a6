"""Who wears which character."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from booth.render.style import AnyStyle, ImageStyle
from booth.settings import PictureNetwork


@dataclass(frozen=True, eq=False, slots=True)
class Wardrobe:
    """``style`` draws the room, and everybody for whom nothing else is said. ``each``: visitors take turns in these ·
    ``chosen``: by track id, above all else."""

    style: AnyStyle
    each: tuple[AnyStyle, ...] = ()
    chosen: Mapping[int, AnyStyle] = field(default_factory=dict)

    def of(self, track_id: int) -> AnyStyle:
        if track_id in self.chosen:
            return self.chosen[track_id]
        return self.each[track_id % len(self.each)] if self.each else self.style

    def network_of(self, track_id: int) -> PictureNetwork | None:
        """The network that draws this visitor, if one does."""
        style = self.of(track_id)
        return style.network if isinstance(style, ImageStyle) else None
