"""Somebody before the booth, for tests: presses, waits, and plays the rooms that answer."""

from __future__ import annotations

from random import Random

import pytest

from booth.session import (
    Animate,
    Animated,
    Begin,
    Begun,
    KeepClip,
    Machine,
    Made,
    Make,
    MakingFailed,
    Missed,
    Offers,
    Pause,
    Presence,
    Press,
    Record,
    Recorded,
    RecordingFailed,
    Refused,
    SessionSettings,
    Shoot,
    Source,
    Taken,
)

STYLES = ("romance", "chibi", "night")
LAYOUTS = ("tall", "square")
CHOICES = {"style": "chibi", "mix_with": "night", "language": "en", "bubbles": "ja", "layout": "square", "retake": 1, "best": 2, "print": 1}
"""A value for each action that takes one."""
TALK = ("voice", "ready", "recording", "animating", "preview", "talk_failed")
CLIP = ("recording", "animating", "preview")
"""Where there is a recording, or a clip of it."""
ASKING = Begin | Shoot | Make | Record | Animate | KeepClip


class Guest:
    """A machine, its time, and who stands before it. Keeps all effects; ``new`` are those of the last call."""

    def __init__(self, **settings) -> None:
        self.machine = Machine(SessionSettings(**settings), STYLES, LAYOUTS, Random(1))
        self.now, self.effects, self.new = 1000.0, [], []
        self.people(1)

    @property
    def screen(self):
        return self.machine.screen

    @property
    def at(self) -> str:
        return self.machine.screen.name

    def people(self, *ids: int, low: bool = False) -> None:
        self.presence = Presence(len(ids), self.now, frozenset(ids), low)

    def _note(self, effects):
        self.new = effects
        self.effects += effects

    def handle(self, event):
        self._note(self.machine.handle(event, self.now))
        return self.new

    def wait(self, seconds: float):
        """Ticks for so long, ten a second; their effects."""
        collected = []
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            self._note(self.machine.tick(self.now, self.presence))
            collected += self.new
        return collected

    def press(self, action: str, value=None, after: float = 0.5, **more):
        self.wait(after)
        return self.handle(Press(action, more.pop("source", Source.TOUCH), value, **more))

    @property
    def over(self) -> bool:
        return self.at in ("attract", "noticed")

    @property
    def ask(self) -> int:
        return max((e.ask for e in self.effects if isinstance(e, ASKING)), default=0)

    def taken(self, seq: int):
        return self.handle(Taken(self.screen.cut - 1, seq, self.ask))

    def missed(self):
        return self.handle(Missed(self.screen.cut - 1, "dropped", self.ask))

    def of(self, kind):
        return [e for e in self.effects if isinstance(e, kind)]

    def until(self, stage: str, limit_s: float = 10) -> None:
        for _ in range(round(limit_s * 10)):
            if self.at == stage:
                return
            self.wait(0.1)
        pytest.fail(f"still at {self.at}, not at {stage}")

    def shoot(self, seq: int) -> None:
        self.until("shot")
        self.taken(seq)

    def go(self, stage: str) -> Guest:
        """The straight way to a screen."""
        steps = {
            "attract": lambda: self.wait(0.1), "noticed": lambda: self.until("noticed"), "character": lambda: self.press("begin"),
            "consent": lambda: self.press("ready"), "opening": lambda: (self.press("photo"), self.press("agree")),
            "countdown": lambda: self.handle(Begun(self.ask)), "shot": lambda: self.until("shot"), "shown": lambda: self.taken(10),
            "review": lambda: ([(self.until("countdown"), self.shoot(n)) for n in (11, 12, 13)], self.until("review")),
            "layout": lambda: self.press("go_on"), "making": lambda: self.press("make"),
            "result": lambda: self.handle(Made("s1", "http://booth/s1", self.ask)), "thanks": lambda: self.press("done"),
        }
        talk = {
            "voice": lambda: (self.handle(Offers(copies=0, talk=True)), self.press("talk")), "ready": lambda: self.press("agree_voice"),
            "recording": lambda: self.until("recording"), "animating": lambda: (self.press("stop"), self.handle(Recorded(2.0, self.ask))),
            "preview": lambda: self.handle(Animated(self.ask)),
        }
        if stage in TALK:
            steps = {name: step for name, step in steps.items() if name != "thanks"} | talk
        aside = {"refused": ("opening", lambda: Refused("disk full", self.ask)), "paused": ("attract", Pause),
                 "failed": ("making", lambda: MakingFailed("no memory", self.ask)),
                 "talk_failed": ("recording", lambda: RecordingFailed("silence", self.ask))}
        for name, step in steps.items():
            step()
            assert self.at == name
            if stage in aside and aside[stage][0] == name:
                self.handle(aside[stage][1]())
                name = stage
            if name == stage:
                return self
        raise AssertionError(stage)
