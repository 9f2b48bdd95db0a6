"""A thousand visits by chance, and what must hold in all of them."""

from __future__ import annotations

from random import Random

from booth.session import (
    Animate,
    Animated,
    AnimatingFailed,
    Begin,
    Begun,
    ConsentVoice,
    Discard,
    DiscardClip,
    DropShot,
    Keep,
    KeepClip,
    KeepingFailed,
    Machine,
    Made,
    Make,
    MakingFailed,
    Missed,
    Offers,
    Pause,
    PlayClip,
    Presence,
    Press,
    Print,
    Progress,
    Record,
    Recorded,
    Recording,
    RecordingFailed,
    Refused,
    Resume,
    SessionSettings,
    Shoot,
    Slide,
    Source,
    StopClip,
    StopRecording,
    Taken,
    Typed,
)
from booth.session.table import TABLE
from tests.session.guest import ASKING, CHOICES, LAYOUTS, STYLES, TALK

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
        self.clips, self.playing, self.retakes, self.agreed, self.kept = 0, False, 0, False, 0

    def book(self, before, event, effects, seen: dict[int, float], now: float) -> None:
        assert sum(isinstance(e, Print) for e in effects) <= isinstance(event, Press)
        if isinstance(event, Made):
            self.made.add(event.session_id)
        self.voice(before, event, effects, seen, now)
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

    def voice(self, before, event, effects, seen: dict[int, float], now: float) -> None:
        """Recorded only of those who agreed and are there, and kept only by a press that says so."""
        if before.name == "consent":
            self.agreed = before.voice
        for effect in effects:
            match effect:
                case Begin():
                    self.retakes = 0
                case Record():
                    assert (self.clips, before.name) == (0, "ready")
                    assert self.agreed
                    assert any(now - seen[id] <= self.settings.gone_s for id in self.people)
                    self.clips = 1
                case StopRecording():
                    assert (self.clips, before.name) == (1, "recording")
                case Animate():
                    assert self.clips == 1
                    assert effect.session_id in self.made
                case PlayClip():
                    assert (self.clips, self.playing) == (1, False)
                    self.playing = True
                case StopClip():
                    assert self.playing
                    self.playing = False
                case ConsentVoice():
                    assert isinstance(effects[effects.index(effect) + 1], KeepClip)
                case KeepClip():
                    assert isinstance(event, Press)
                    assert (self.clips, before.name, effect.session_id in self.made) == (1, "preview", True)
                    assert ConsentVoice(effect.session_id) in effects
                    self.clips, self.kept = 0, self.kept + 1
                case DiscardClip():
                    assert self.clips == 1
                    self.clips = 0
        if isinstance(event, Press) and before.name == "voice" and event.action == "agree_voice":
            self.agreed = True
        self.retakes += isinstance(event, Press) and event.action == "again" and DiscardClip() in effects
        assert self.retakes <= self.settings.voice_retakes


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
        self.ask = max([self.ask, *(e.ask for e in effects if isinstance(e, ASKING))])
        self.ledger.book(before, event, effects, self.seen, self.latest)
        after = self.machine.screen
        assert self.ledger.playing == (after.name == "preview")
        assert self.ledger.clips == 0 or after.name in TALK
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
        if screen.name == "talk_failed" and "retry" not in screen.actions:
            return Offers(3, True)
        if screen.name in TALK and r.random() < 0.07:
            return r.choice((Offers(3, r.random() < 0.5), Press("cancel", Source.REMOTE)))
        if screen.name == "recording" and r.random() < 0.6:
            return RecordingFailed("r", self.ask) if bad else r.choice((
                Recording(r.random(), r.choice((None, "quiet", "loud")), self.ask), Recorded(r.uniform(0, 9), self.ask)))
        if screen.name == "animating":
            return r.choice((AnimatingFailed, RecordingFailed))("r", self.ask) if bad else r.choice((
                Recorded(r.uniform(0, 9), self.ask), Progress(r.random(), self.ask), Animated(self.ask)))
        if screen.name == "result" and screen.talking and bad:
            return KeepingFailed("r", self.ask)
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
            MakingFailed("r", ask), Recording(r.uniform(-1, 2), "loud", ask), Recorded(r.uniform(-1, 20), ask), RecordingFailed("r", ask),
            Animated(ask), AnimatingFailed("r", ask), KeepingFailed("r", ask), *([Pause()] if r.random() < 0.1 else []), Resume()])

    def straight_to_result(self) -> None:
        """By a guest and rooms that do as they should; the voice may have been agreed to on the way, or not."""
        self.event(Offers(3, True))
        press = lambda *actions: [Press(action, Source.TOUCH) for action in actions]
        answers = {"attract": press("begin"), "noticed": press("begin"), "character": press("ready"), "review": press("go_on"),
                   "layout": press("make"), "consent": press("photo", *self.chance.choice(((), ("voice",))), "agree")}
        while (screen := self.machine.screen).name != "result":
            self.tick(0.5)
            for event in answers.get(screen.name, ()):
                self.event(event)
            if self.machine.screen.name == "opening":
                self.event(Begun(self.ask))
            elif self.machine.screen.name == "shot":
                self.event(Taken(self.machine.screen.cut - 1, 7, self.ask))
            elif self.machine.screen.name == "making":
                self.event(Made("straight", None, self.ask))

    def leave(self) -> float:
        """Everybody goes and no room answers any more. Seconds until the booth waits for the next."""
        start = self.now = self.latest
        self.presence = Presence()
        self.event(Resume())
        while self.machine.screen.name != "attract":
            self.tick(1.0)
            assert self.now - start < 300, self.machine.screen.name
        return self.now - start


def told() -> set[tuple[str, str]]:
    """The table's ways from screen to screen, but to paused: walks pause seldom."""
    return {(stage, to) for stage, row in TABLE.items() for targets in row.values() for to in targets if to not in (stage, "paused")}


def test_whatever_happens_every_draft_is_kept_or_thrown_away_once_and_the_booth_finds_back():
    """See Ledger for all that must hold."""
    ways, begun, jobs = set(), 0, 0
    for seed in range(1000):
        walk = Walk(seed, ways)
        for _ in range(80):
            walk.step()
        walk.leave()
        assert walk.ledger.begun == walk.ledger.closed
        begun, jobs = begun + walk.ledger.begun, jobs + len(walk.ledger.jobs)
    assert {way for way in ways if way[1] != "paused"} <= told()
    assert {way for way in told() - ways if not set(TALK) & set(way)} == set()
    assert begun > 750
    assert jobs > 20


def test_whatever_happens_beside_the_result_a_voice_is_kept_by_a_press_or_thrown_away():
    ways, kept = set(), 0
    for seed in range(250):
        walk = Walk(seed, ways)
        walk.straight_to_result()
        for _ in range(45):
            walk.step()
        walk.leave()
        assert (walk.ledger.clips, walk.ledger.playing) == (0, False)
        kept += walk.ledger.kept
    assert {way for way in told() - ways if set(TALK) & set(way)} == set()
    assert kept > 15
