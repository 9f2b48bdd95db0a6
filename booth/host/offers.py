"""What of all there is visitors are offered, and whether the settings of an event can be used as they are."""

from __future__ import annotations

from collections.abc import Iterable

from booth.brand import load_brand
from booth.errors import UsageError
from booth.products.layout import layout_files
from booth.render.style import style_files
from booth.session.settings import Filmed
from booth.settings import EventSettings, Settings


def offered(wanted: Iterable[str], there: Iterable[str]) -> tuple[str, ...]:
    """Those of ``wanted`` that are there, in their order; all there are when none is."""
    there = tuple(there)
    return tuple(name for name in dict.fromkeys(wanted) if name in there) or there


def missing(event: EventSettings, characters: Iterable[str], layouts: Iterable[str]) -> str | None:
    """The first name that the event offers and that is not among those there are, in one plain line; None: all are there."""
    for place, there in (("offer_characters", tuple(characters)), ("offer_layouts", tuple(layouts))):
        for name in getattr(event, place):
            if name not in there:
                return f"event.{place}: there is no {name!r}; there are: {', '.join(there)}"
    return None


def filmed(settings: Settings) -> Filmed:
    """What of everybody before the booth goes into its film, live out, or to other programs."""
    outlets = [outlet for outlet in (settings.record, settings.live) if outlet is not None]
    if settings.record is not None and settings.record.camera:
        return "camera_sound" if any(outlet.sound for outlet in outlets) else "camera"
    if any(outlet.sound for outlet in outlets):
        return "drawn_sound"
    return "drawn" if outlets or settings.virtual is not None else "no"


def check_event(settings: Settings) -> None:
    """Raises ``UsageError`` for a logo that cannot be used, and for what is offered but is not there."""
    load_brand(settings.event)
    why = missing(settings.event, style_files(settings.styles), layout_files(settings.event.layouts))
    if why is not None:
        raise UsageError(why)
