"""What drives the machine: which events count, which limits have passed, and the change from screen to screen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from booth.session.effects import Announce, Discard, DiscardClip, Dress, Effect, Keep, Play, SetLanguage, StopClip
from booth.session.events import Answer, Event, Menu, Offers, Pause, Press
from booth.session.guard import Guard
from booth.session.presence import NEVER, Presence, Watch
from booth.session.screens import Screen, actions, draw
from booth.session.settings import SessionSettings
from booth.session.table import AWAY, COUNTS, LASTS, TABLE, Stage
from booth.session.visit import House, Visit

IDLE: tuple[Stage, ...] = ("attract", "noticed", "paused")
"""Nobody has begun: another menu counts at once."""


class Clockwork:
    """Asks the table first, then calls ``_on_<kind>``: handlers run only on screens whose row has them. See ``Machine``."""

    def __init__(self, settings: SessionSettings, styles: Sequence[str], layouts: Sequence[str], chance: Random) -> None:
        self._menu = menu = Menu(settings, tuple(styles), tuple(layouts))
        self._house = House(menu.settings, menu.styles, menu.layouts)
        self._chance = chance
        self._guard = Guard(settings.same_press_ms / 1000, settings.settle_ms / 1000)
        self._watch = Watch()
        self._visit = self._fresh()
        self._out: list[Effect] = []
        self._ask = 0
        self._now = self._entered = self._touched = self._progressed = NEVER
        self._number = 0
        self._announced: set[str] = set()
        self._reminder: str | None = None
        self._stage: Stage = "attract"

    @property
    def _settings(self) -> SessionSettings:
        return self._house.settings

    @property
    def screen(self) -> Screen:
        """What to draw, as of the last event or tick."""
        deadline = min((at for _, at in self._limits()), default=None)
        return draw(self._stage, self._visit, self._house, self._number, deadline, self._hint())

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Something happened; what to do about it, in this order."""
        self._now = max(self._now, now)
        if isinstance(event, Offers):
            self._house = replace(self._house, copies=event.copies, talk=event.talk)
        elif isinstance(event, Menu):
            self._menu = event
            if self._stage in IDLE:
                self._begin_anew()
        elif isinstance(event, Press):
            self._press(event)
        elif event.kind in TABLE[self._stage] and not (isinstance(event, Answer) and event.ask != self._ask):
            getattr(self, f"_on_{event.kind}")(event)
        return self._take_effects()

    def tick(self, now: float, presence: Presence) -> list[Effect]:
        """Time went on, with these people there; call it many times a second."""
        self._now = max(self._now, now)
        self._watch.see(presence, self._now)
        if (kind := self._due()) is not None:
            getattr(self, f"_on_{kind}")()
        self._count()
        return self._take_effects()

    # -- time and presence

    def _due(self) -> str | None:
        """The first of the table's words for time and presence that holds now."""
        row, settings = TABLE[self._stage], self._settings
        if "strangers" in row and self._watch.only_others(self._visit.people, self._now, settings.strangers_s):
            return "strangers"
        if "unheard" in row and not self._house.talk:
            return "unheard"
        if "someone" in row and self._watch.latest.faces > 0 and self._now - self._watch.latest.since >= settings.notice_s:
            return "someone"
        return next((kind for kind, at in self._limits() if self._now >= at), None)

    def _limits(self) -> list[tuple[str, float]]:
        """What ends this screen by itself, and when."""
        row, limits = TABLE[self._stage], []
        answered = max(self._entered, self._progressed)
        if "nobody" in row:
            limits.append(("nobody", max(self._entered, self._watch.anyone_at) + getattr(self._settings, AWAY[self._stage])))
        if "idle" in row:
            limits.append(("idle", self._touched + self._settings.idle_s))
        if "time" in row:
            since = answered if "progress" in row else self._entered
            limits.append(("time", since + getattr(self._settings, LASTS[self._stage])))
        if "recording" in row:
            limits.append(("unheard", answered + self._settings.answer_limit_s))
        return limits

    def _count(self) -> None:
        """The countdown's number, with a tick at each change; none into a recording."""
        number = 0
        if self._stage in COUNTS:
            number = max(1, math.ceil(self._entered + getattr(self._settings, LASTS[self._stage]) - self._now))
        if number not in (0, self._number) and self._stage != "recording":
            self._emit(Play("tick" if number > 1 else "last"))
        self._number = number

    def _hint(self) -> str | None:
        presence = self._watch.latest
        if self._stage not in ("noticed", "character", "consent", "countdown"):
            return self._reminder
        if self._stage != "noticed" and not self._in_picture():
            return "hint_come_back"
        if self._reminder is not None:
            return self._reminder
        if presence.low:
            return "hint_low"
        return "hint_crowded" if presence.faces > self._settings.most_faces else None

    def _in_picture(self) -> bool:
        """Those who gave consent are there; before that, anybody."""
        if self._visit.people:
            return bool(self._visit.people & self._watch.here(self._now, self._settings.gone_s))
        return self._now - self._watch.anyone_at <= self._settings.gone_s

    # -- moving on

    def _press(self, press: Press) -> None:
        counts = self._guard.lets(press, self._now, self._entered)
        allowed = actions(self._stage, self._visit, self._house)
        action = self.screen.default if press.action == "default" else press.action
        if action == "cancel" and "cancel" not in allowed:
            # what is finished or refused cannot be cancelled, only left
            action = next((other for other in ("back", "discard_clip") if other in allowed), "done")
        if counts and action in allowed:
            self._touched = self._now
            getattr(self, f"_on_{action}")(press)

    def _enter(self, stage: Stage, reminder: str | None = None) -> None:
        self._stage, self._reminder = stage, reminder
        self._entered = self._touched = self._now
        self._announced.clear()
        self._number = 0
        self._count()

    def _emit(self, *effects: Effect) -> None:
        self._out.extend(effects)

    def _take_effects(self) -> list[Effect]:
        hint = self._hint()
        if hint is not None and hint not in self._announced:
            self._announced.add(hint)
            self._emit(Announce(hint))
        effects, self._out = self._out, []
        return effects

    def _change(self, **fields: object) -> None:
        self._visit = replace(self._visit, **fields)                   # type: ignore[arg-type]

    def _next_ask(self) -> int:
        self._ask += 1
        return self._ask

    def _fresh(self) -> Visit:
        language, languages = self._settings.language, self._settings.languages
        return Visit(language=language if language in languages else languages[0], layout=self._house.layouts[0])

    def _begin_anew(self) -> None:
        """Nothing is left of the visit before; the next one has the newest menu."""
        menu = self._menu
        self._house = replace(self._house, settings=menu.settings, styles=menu.styles, layouts=menu.layouts)
        before, self._visit = self._visit, self._fresh()
        if before.style is not None:
            self._emit(Dress(None))
        if before.language != self._visit.language:
            self._emit(SetLanguage(self._visit.language))

    def _settle_draft(self, effect: Keep | Discard) -> None:
        if self._visit.draft:
            self._change(draft=False)
            self._emit(effect)

    def _drop_clip(self) -> None:
        if self._stage == "preview":
            self._emit(StopClip())
        if self._visit.clip:
            self._change(clip=False, recorded=False)
            self._emit(DiscardClip())

    def _dress(self, **fields: object) -> None:
        self._change(**fields)
        self._emit(Dress(self._visit.style, self._visit.mix_with, self._visit.mix))

    def _end(self, *_: object) -> None:
        """Back to the beginning, with nothing left of the visit. What was not confirmed is thrown away."""
        self._settle_draft(Discard())
        self._drop_clip()
        self._begin_anew()
        self._enter("attract")

    _on_cancel = _on_nobody = _on_strangers = _on_resume = _end

    def _on_pause(self, event: Pause) -> None:
        self._end()
        self._enter("paused")

    def _on_language(self, press: Press) -> None:
        if press.value in self._settings.languages:
            self._change(language=press.value)
            self._emit(SetLanguage(self._visit.language))
