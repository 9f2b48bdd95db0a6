"""The talking clip beside the result, told in sentences."""

from __future__ import annotations

import math

import pytest

from booth.session import (
    Animate,
    Animated,
    AnimatingFailed,
    Announce,
    Begun,
    ConsentVoice,
    Discard,
    DiscardClip,
    KeepClip,
    KeepingFailed,
    Made,
    Offers,
    Pause,
    Play,
    PlayClip,
    Progress,
    Record,
    Recorded,
    Recording,
    RecordingFailed,
    Source,
    StopClip,
    StopRecording,
)
from tests.session.guest import CLIP, TALK, Guest


def test_the_picture_may_talk_where_there_is_a_microphone():
    guest = Guest().go("result")
    assert "talk" not in guest.screen.actions
    guest.handle(Offers(copies=0, talk=True))
    assert "talk" in guest.screen.actions
    guest.handle(Offers(copies=0, talk=False))
    assert guest.press("talk") == []
    assert guest.at == "result"


def test_the_voice_is_asked_for_before_it_is_recorded():
    guest = Guest().go("voice")
    assert (guest.screen.most_s, guest.screen.keep_hours) == (15, 72)
    guest.press("default", source=Source.REMOTE)
    assert guest.at == "voice"
    assert guest.press("agree_voice") == [Play("tick")]
    assert guest.at == "ready"
    assert guest.of(Record) == guest.of(ConsentVoice) == []


def test_who_agreed_on_the_consent_screen_is_not_asked_again():
    guest = Guest(shots=1)
    guest.handle(Offers(copies=0, talk=True))
    guest.go("consent")
    for action in ("voice", "photo", "agree"):
        guest.press(action)
    guest.handle(Begun(guest.ask))
    guest.shoot(10)
    guest.until("review")
    guest.press("go_on")
    guest.press("make")
    guest.handle(Made("s1", None, guest.ask))
    guest.press("talk")
    assert guest.at == "ready"


def test_who_agreed_once_is_not_asked_again_and_who_said_no_is():
    guest = Guest().go("voice")
    guest.press("back")
    guest.press("talk")
    assert guest.at == "voice"
    guest.press("agree_voice")
    guest.press("back")
    guest.press("talk")
    assert guest.at == "ready"


def test_three_two_one_with_a_tick_each_then_the_recording_without_a_sound():
    guest = Guest().go("ready")
    numbers = [guest.screen.number]
    while guest.at == "ready":
        guest.wait(0.1)
        numbers.append(guest.screen.number)
    assert numbers[0] == 3
    assert {1, 2, 3} < set(numbers)
    assert guest.new == [Record(0, guest.ask)]
    guest.effects.clear()
    guest.wait(4)
    assert guest.of(Play) == []


def test_nobody_is_recorded_who_is_not_there():
    guest = Guest().go("ready")
    guest.people()
    guest.wait(3.2)
    assert (guest.at, guest.screen.hint) == ("result", "hint_come_back")
    assert guest.of(Record) == []


def test_the_seconds_left_and_the_level_are_seen():
    guest = Guest().go("recording")
    assert (guest.screen.number, guest.screen.level) == (15, 0.0)
    guest.wait(2.5)
    guest.handle(Recording(0.4, None, guest.ask))
    assert (guest.screen.number, guest.screen.level, guest.screen.hint) == (13, 0.4, None)


@pytest.mark.parametrize(("level", "shown"), [(-1.0, 0.0), (2.0, 1.0), (math.nan, 0.0), (math.inf, 0.0)])
def test_a_level_that_cannot_be_is_shown_within_the_meter(level, shown):
    guest = Guest().go("recording")
    guest.handle(Recording(level, None, guest.ask))
    assert guest.screen.level == shown


@pytest.mark.parametrize(("warning", "hint"), [("quiet", "hint_too_quiet"), ("loud", "hint_too_loud")])
def test_too_quiet_and_too_loud_are_said_once_and_go_again(warning, hint):
    guest = Guest().go("recording")
    assert guest.handle(Recording(0.1, warning, guest.ask)) == [Announce(hint)]
    assert guest.handle(Recording(0.1, warning, guest.ask)) == []
    assert guest.screen.hint == hint
    guest.handle(Recording(0.3, None, guest.ask))
    assert guest.screen.hint is None


def speak(guest: Guest, seconds: float) -> None:
    """The microphone is heard for so long, or until the screen changes."""
    for _ in range(round(seconds * 5)):
        if guest.at == "recording":
            guest.handle(Recording(0.5, None, guest.ask))
            guest.wait(0.2)


def test_the_recording_ends_by_itself_after_its_time():
    guest = Guest().go("recording")
    start = guest.now
    speak(guest, 20)
    assert guest.at == "animating"
    assert guest.now - start == pytest.approx(15, abs=0.3)
    assert guest.of(StopRecording) == [StopRecording()]


def test_a_stopped_recording_is_animated_when_it_is_there():
    guest = Guest().go("recording")
    asked = guest.ask
    assert guest.press("stop") == [StopRecording()]
    assert guest.at == "animating"
    assert guest.handle(Recording(0.5, "loud", asked)) == []
    assert guest.handle(Recorded(1.2, asked)) == [Animate("s1", 0, asked + 1)]
    assert guest.handle(Recorded(1.2, asked)) == []
    assert guest.at == "animating"


def test_a_microphone_that_ends_by_itself_is_heard():
    guest = Guest().go("recording")
    assert guest.handle(Recorded(15.0, guest.ask)) == [Animate("s1", 0, guest.ask)]
    assert guest.at == "animating"


def test_the_best_shot_talks():
    guest = Guest().go("review")
    guest.press("best", 2)
    guest.press("go_on")
    guest.press("make")
    guest.handle(Made("s1", None, guest.ask))
    guest.handle(Offers(copies=0, talk=True))
    guest.press("talk")
    assert guest.screen.shot == 12
    guest.press("agree_voice")
    guest.until("recording")
    guest.handle(Recorded(2.0, guest.ask))
    assert guest.of(Animate) == [Animate("s1", 2, guest.ask)]


def test_the_clip_is_played_and_kept_only_with_a_yes():
    guest = Guest().go("animating")
    guest.handle(Progress(0.6, guest.ask))
    assert guest.screen.share == 0.6
    assert guest.handle(Animated(guest.ask)) == [PlayClip()]
    assert (guest.at, guest.screen.retakes) == ("preview", 2)
    assert guest.press("keep_clip") == [StopClip(), ConsentVoice("s1"), KeepClip("s1", guest.ask), Play("done")]
    assert (guest.at, guest.screen.talking, guest.screen.body, guest.screen.url) == ("result", "kept", "result_talking", "http://booth/s1")
    assert "talk" not in guest.screen.actions
    assert guest.of(DiscardClip) == []


def test_a_single_key_stops_and_keeps():
    guest = Guest().go("recording")
    guest.press("default", source=Source.REMOTE)
    guest.handle(Recorded(2.0, guest.ask))
    guest.handle(Animated(guest.ask))
    guest.press("default", source=Source.REMOTE)
    assert guest.of(KeepClip) == [KeepClip("s1", guest.ask)]


def test_a_clip_that_is_not_wanted_is_thrown_away_at_once():
    guest = Guest().go("preview")
    assert guest.press("discard_clip") == [StopClip(), DiscardClip()]
    assert (guest.at, guest.screen.talking) == ("result", None)
    assert "talk" in guest.screen.actions


def test_nobody_keeps_a_voice_by_waiting():
    guest = Guest().go("preview")
    effects = guest.wait(120.5)
    assert effects == [StopClip(), DiscardClip()]
    assert guest.at == "result"


def test_two_retakes_and_no_more():
    guest = Guest().go("preview")
    for left in (1, 0):
        assert guest.press("again")[:2] == [StopClip(), DiscardClip()]
        assert guest.at == "ready"
        guest.until("recording")
        guest.handle(Recorded(2.0, guest.ask))
        guest.handle(Animated(guest.ask))
        assert guest.screen.retakes == left
    assert "again" not in guest.screen.actions
    assert guest.press("again") == []


@pytest.mark.parametrize(("stage", "effects"), [("voice", []), ("ready", []), ("recording", [DiscardClip()]), ("animating", [DiscardClip()]),
                                                ("preview", [StopClip(), DiscardClip()]), ("talk_failed", [])])
@pytest.mark.parametrize("action", ["back", "cancel"])
def test_the_way_back_leads_to_the_strip(stage, effects, action):
    guest = Guest().go(stage)
    if (stage, action) != ("preview", "back"):
        assert guest.press(action) == effects
        assert (guest.at, guest.screen.session_id, guest.screen.url) == ("result", "s1", "http://booth/s1")
    assert guest.of(Discard) == []


def test_a_silent_recording_is_told_calmly_and_tried_again():
    guest = Guest().go("recording")
    assert guest.handle(RecordingFailed("silence", guest.ask)) == [DiscardClip()]
    assert (guest.at, guest.screen.reason, guest.screen.body) == ("talk_failed", "silence", "talk_failed_unheard")
    guest.press("retry")
    guest.until("recording")
    assert len(guest.of(Record)) == 2


@pytest.mark.parametrize("seconds", [0.0, 0.4, math.nan])
def test_a_recording_too_short_to_say_anything_fails(seconds):
    guest = Guest().go("recording")
    asked = guest.ask
    guest.press("stop")
    assert guest.handle(Recorded(seconds, asked)) == [DiscardClip()]
    assert guest.at == "talk_failed"
    assert guest.of(Animate) == []


def test_a_failed_clip_is_made_again_of_the_same_recording():
    guest = Guest().go("animating")
    assert guest.handle(AnimatingFailed("no memory", guest.ask)) == []
    assert (guest.at, guest.screen.body) == ("talk_failed", "talk_failed_body")
    assert guest.press("retry") == [Animate("s1", 0, guest.ask)]
    assert (guest.at, len(guest.of(Record))) == ("animating", 1)
    guest.handle(AnimatingFailed("no memory", guest.ask))
    assert guest.press("back") == [DiscardClip()]


def test_making_that_stands_still_fails_and_its_late_answer_is_ignored():
    guest = Guest().go("animating")
    guest.wait(50)
    guest.handle(Progress(0.5, guest.ask))
    guest.wait(50)
    assert guest.at == "animating"
    guest.wait(11)
    assert guest.at == "talk_failed"
    assert guest.handle(Animated(guest.ask)) == []
    assert guest.at == "talk_failed"


def test_a_recording_that_never_comes_fails_and_begins_anew():
    guest = Guest().go("recording")
    guest.press("stop")
    assert DiscardClip() in guest.wait(61)
    guest.press("retry")
    assert guest.at == "ready"


def test_a_microphone_that_says_nothing_for_long_fails():
    guest = Guest().go("recording")
    speak(guest, 6)
    assert guest.at == "recording"
    assert DiscardClip() in guest.wait(5.2)
    assert (guest.at, guest.screen.body) == ("talk_failed", "talk_failed_unheard")


@pytest.mark.parametrize("stage", ["voice", "ready", "recording"])
def test_without_a_microphone_there_is_nothing_to_retry_until_there_is_one_again(stage):
    guest = Guest().go(stage)
    guest.handle(Offers(copies=0, talk=False))
    guest.wait(0.1)
    assert guest.at == "talk_failed"
    assert guest.screen.actions == ("back",)
    guest.handle(Offers(copies=0, talk=True))
    guest.press("retry")
    assert guest.at == ("voice" if stage == "voice" else "ready")
    assert len(guest.of(DiscardClip)) == (stage == "recording")


def test_without_a_microphone_what_was_recorded_is_animated_all_the_same():
    guest = Guest().go("animating")
    guest.handle(Offers(copies=0, talk=False))
    guest.wait(1)
    guest.handle(AnimatingFailed("no memory", guest.ask))
    guest.press("retry")
    guest.handle(Animated(guest.ask))
    assert guest.at == "preview"


def test_a_clip_that_could_not_be_kept_is_not_promised():
    guest = Guest().go("preview")
    guest.press("keep_clip")
    guest.handle(KeepingFailed("disk full", guest.ask))
    assert (guest.at, guest.screen.body) == ("talk_failed", "talk_failed_body")
    guest.press("back")
    assert (guest.at, guest.screen.talking, guest.screen.body) == ("result", None, "result_body")
    assert guest.of(DiscardClip) == []


def test_who_goes_away_while_recording_finds_the_strip_and_no_voice_stays():
    guest = Guest().go("recording")
    speak(guest, 2)
    guest.people()
    speak(guest, 9)
    assert guest.at == "result"
    assert guest.of(DiscardClip) == [DiscardClip()]


@pytest.mark.parametrize("stage", ["voice", "animating", "preview", "talk_failed"])
def test_when_everybody_is_gone_nothing_of_the_voice_stays_and_the_strip_does(stage):
    guest = Guest().go(stage)
    guest.people()
    guest.wait(45.2)
    assert guest.over
    assert len(guest.of(DiscardClip)) == (stage != "voice")
    assert guest.of(KeepClip) == guest.of(Discard) == []


@pytest.mark.parametrize("stage", TALK)
def test_the_next_visitor_finds_nothing_of_this_one(stage):
    guest = Guest().go(stage)
    guest.handle(Pause())
    assert guest.machine._visit == guest.machine._fresh()
    assert len(guest.of(DiscardClip)) == (stage in (*CLIP, "talk_failed"))
