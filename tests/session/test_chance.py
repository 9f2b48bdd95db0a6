"""Thousands of visits by chance, and what must hold in all of them."""

from __future__ import annotations

from random import Random

from booth.session import (
    Begin,
    Begun,
    Discard,
    DropShot,
    Keep,
    Machine,
    Made,
    Make,
    MakingFailed,
    Missed,
    Offers,
    Pause,
    Presence,
    Press,
    Print,
    Progress,
    Refused,
    Resume,
    SessionSettings,
    Shoot,
    Slide,
    Source,
    Taken,
    Talk,
    Typed,
)
from booth.session.table import TABLE
from tests.session.guest import CHOICES, LAYOUTS, STYLES

KINDS = sorted({kind for row in TABLE.values() for kind in row})


class Ledger:
    """Checks every effect against what must always hold, with its own books."""

    def __init__(self, settings: SessionSettings) -> None:
        self.settings = settings
        self.open = self.begun = self.closed = 0
        self.people: frozenset[int] = frozenset()
        self.jobs: set[str] = set()
        self.copies: dict[str, int] = {}
        self.made: set[str] = set()

    def book(self, before, event, effects, seen: dict[int, float], now: float) -> None:
        assert sum(isinstance(e, Print) for e in effects) <= isinstance(event, Press)
        if isinstance(event, Made):
            self.made.add(event.session_id)
        for effect in effects:
            match effect:
                case Begin():
                    assert self.open == 0
                    assert isinstance(event, Press)
                    assert (before.name, before.photo) == ("consent", True)
                    self.open, self.begun = 1, self.begun + 1
                    self.people = frozenset(id for id, at in seen.items() if now - at <= self.settings.gone_s)
                    assert self.people
                case Keep() | Discard():
                    assert self.open == 1
                    assert (before.name == "making" and isinstance(event, Made)) or effect == Discard()
                    self.open, self.closed = 0, self.closed + 1
                case Shoot() | Make() | DropShot():
                    assert self.open == 1
                    if isinstance(effect, Shoot):
                        assert any(now - seen[id] <= self.settings.gone_s for id in self.people)
                case Print():
                    assert effect.press not in self.jobs
                    assert effect.session_id in self.made
                    self.jobs.add(effect.press)
                    self.copies[effect.session_id] = self.copies.get(effect.session_id, 0) + effect.copies
                    assert self.copies[effect.session_id] <= self.settings.most_copies
                case Talk():
                    assert effect.session_id in self.made


class Walk:
    """One booth, with guests and rooms that do by chance what they like; ``sense`` 0 … 1: how often it is what was asked."""

    def __init__(self, seed: int, seen_ways: set) -> None:
        self.chance = Random(seed)
        self.settings = SessionSettings(most_misses=self.chance.choice((1, 2, 3)), shots=self.chance.choice((1, 2, 4)))
        self.machine = Machine(self.settings, STYLES, LAYOUTS, Random(seed))
        self.ledger, self.ways = Ledger(self.settings), seen_ways
        self.now, self.ask, self.made = 0.0, 0, 0
        self.sense, self.bad_luck = self.chance.uniform(0.5, 1.0), self.chance.choice((0.0, 0.1, 0.4))
        self.latest = 0.0
        self.presence, self.seen = Presence(1, 0.0, frozenset({1})), {}
        self.machine.handle(Offers(self.chance.randrange(6), self.chance.random() < 0.7), 0.0)

    def step(self) -> None:
        if self.chance.random() < 0.5:
            self.tick()
        else:
            self.event(self._sensible() if self.chance.random() < self.sense else self._any())

    def tick(self, seconds: float | None = None) -> None:
        r = self.chance
        self.now += r.choice((0.05, 0.5, 0.5, 1.0, 3.1, 6.0, -2.0, *((130.0,) if r.random() < 0.02 else ()))) if seconds is None else seconds
        self.latest = max(self.now, self.latest)
        if seconds is None and r.random() < (1 - self.sense) * 0.4:
            ids = frozenset(r.sample(range(1, 10), r.choice((0, 1, 1, 2, 7)))) | r.choice((frozenset(), frozenset({1}), frozenset({1})))
            self.presence = Presence(len(ids), self.now, ids, r.random() < 0.2)
        self.seen |= dict.fromkeys(self.presence.ids, self.latest)
        self._do(None, lambda: self.machine.tick(self.now, self.presence))

    def event(self, event) -> None:
        self.latest = max(self.now, self.latest)
        self._do(event, lambda: self.machine.handle(event, self.now))

    def _do(self, event, call) -> None:
        before = self.machine.screen
        effects = call()
        self.ask = max([self.ask, *(e.ask for e in effects if isinstance(e, Begin | Shoot | Make))])
        self.ledger.book(before, event, effects, self.seen, self.latest)
        after = self.machine.screen
        assert after.actions or after.deadline is not None or after.name == "paused"
        if after.name != before.name:
            self.ways.add((before.name, after.name))

    def _sensible(self):
        screen, r = self.machine.screen, self.chance
        made = Made(f"s{self.made}", r.choice((None, "http://booth")), self.ask)
        self.made += screen.name == "making"
        bad = r.random() < self.bad_luck
        if screen.name == "shot":
            return Missed(screen.cut - 1, "r", self.ask) if bad else Taken(screen.cut - 1, r.randrange(9999), self.ask)
        if screen.name == "opening":
            return Refused("full", self.ask) if bad and r.random() < 0.3 else Begun(self.ask)
        if screen.name == "making":
            return MakingFailed("r", self.ask) if bad else r.choice((Progress(r.random(), self.ask), made))
        if screen.name == "paused" or r.random() < 0.01:
            return r.choice((Pause(), Resume()))
        others = [action for action in screen.actions if action != "cancel"]
        weights = {"retake": 9, "voice": 9, "print": 40, "talk": 40, screen.default: 12}
        action = r.choices([*others, "default", "cancel"], [*[weights.get(other, 3) for other in others], 5, 1 if others else 0.2])[0]
        return Press(action, r.choice(list(Source)), CHOICES.get(action))

    def _any(self):
        r = self.chance
        ask = r.choice((self.ask, self.ask - 1, self.ask + 1))
        self.made += 1
        return r.choice([
            Press(r.choice([*KINDS, "default", ""]), r.choice(list(Source)), r.choice((None, 0, 3, -1, "chibi", "ko")), r.random() < 0.2),
            Slide(r.uniform(-1, 2)), Typed("x" * r.randrange(100)), Offers(r.randrange(6), r.random() < 0.7), Begun(ask), Refused("r", ask),
            Taken(r.randrange(4), 7, ask), Missed(r.randrange(4), "r", ask), Progress(r.uniform(-1, 2), ask), Made(f"s{self.made}", None, ask),
            MakingFailed("r", ask), *([Pause()] if r.random() < 0.1 else []), Resume()])

    def leave(self) -> float:
        """Everybody goes and no room answers any more. Seconds until the booth waits for the next."""
        start = self.now = self.latest
        self.presence = Presence()
        self.event(Resume())
        while self.machine.screen.name != "attract":
            self.tick(1.0)
            assert self.now - start < 300, self.machine.screen.name
        return self.now - start


def test_whatever_happens_every_draft_is_kept_or_thrown_away_once_and_the_booth_finds_back():
    """See Ledger for all that must hold."""
    ways, begun, jobs = set(), 0, 0
    for seed in range(2000):
        walk = Walk(seed, ways)
        for _ in range(80):
            walk.step()
        walk.leave()
        assert walk.ledger.begun == walk.ledger.closed
        begun, jobs = begun + walk.ledger.begun, jobs + len(walk.ledger.jobs)
    told = {(stage, to) for stage, row in TABLE.items() for targets in row.values() for to in targets if to != stage}
    assert ways <= told
    assert {(stage, to) for stage, to in told - ways if to != "paused"} == set()
    assert begun > 1500
    assert jobs > 50
