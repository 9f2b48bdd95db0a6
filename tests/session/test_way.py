"""The way of a visit, told in sentences: from the first press to the last shot."""

from __future__ import annotations

import math

import pytest

from booth.session import Announce, Begin, Begun, Discard, Dress, Offers, Play, Refused, SetLanguage, Shoot, Slide, Taken
from tests.session.guest import STYLES, Guest


def test_somebody_who_stays_is_noticed_and_one_who_passes_by_is_not():
    guest = Guest(notice_s=0.7)
    guest.wait(0.5)
    assert guest.at == "attract"
    guest.wait(0.4)
    assert guest.at == "noticed"


def test_the_invitation_ends_when_nobody_is_there_for_its_time():
    guest = Guest().go("noticed")
    guest.people()
    guest.wait(7.8)
    assert guest.at == "noticed"
    guest.wait(0.4)
    assert guest.at == "attract"


def test_a_press_begins_a_visit_in_the_first_character():
    guest = Guest().go("noticed")
    assert guest.press("begin") == [Play("tap"), Dress("romance")]
    assert guest.at == "character"


def test_one_may_begin_before_being_noticed():
    guest = Guest(notice_s=5)
    guest.press("begin")
    assert guest.at == "character"


def test_a_press_with_nobody_there_does_not_begin():
    guest = Guest()
    guest.people()
    assert guest.press("begin") == []
    assert guest.at == "attract"


def test_the_language_changes_at_once_and_comes_back_after_the_visit():
    guest = Guest().go("noticed")
    assert guest.press("language", "ja") == [SetLanguage("ja")]
    assert guest.screen.language == "ja"
    guest.press("begin")
    assert guest.press("cancel") == [Dress(None), SetLanguage("ko")]
    assert guest.press("language", "tlh") == []


def test_a_character_is_worn_at_once():
    guest = Guest().go("character")
    assert guest.press("style", "chibi") == [Dress("chibi")]
    assert guest.press("style", "no such") == []
    assert guest.screen.style == "chibi"


def test_the_booth_chooses_another_one():
    guest = Guest().go("character")
    for _ in range(10):
        before = guest.screen.style
        guest.press("surprise")
        assert guest.screen.style in set(STYLES) - {before}


def test_two_characters_are_mixed_with_a_slider_as_fast_as_it_moves():
    guest = Guest().go("character")
    assert guest.handle(Slide(0.3)) == []
    assert guest.press("mix_with", "night") == [Dress("romance", "night", 0.5)]
    assert guest.handle(Slide(0.7)) + guest.handle(Slide(0.71)) == [Dress("romance", "night", 0.7), Dress("romance", "night", 0.71)]
    assert guest.handle(Slide(1.5)) + guest.handle(Slide(math.nan)) == []
    assert guest.press("mix_with", None) == [Dress("romance")]


def test_agreeing_is_possible_only_after_the_photo_switch_is_on():
    guest = Guest().go("consent")
    assert (guest.screen.photo, guest.screen.voice) == (False, False)
    assert guest.press("agree") == []
    guest.press("photo")
    assert guest.press("agree") == [Begin(1)]
    assert guest.at == "opening"


def test_a_switch_goes_off_again():
    guest = Guest().go("consent")
    guest.press("photo")
    guest.press("photo")
    assert "agree" not in guest.screen.actions


def test_the_voice_is_asked_for_apart_and_only_where_clips_are_offered():
    guest = Guest().go("consent")
    assert "voice" not in guest.screen.actions
    guest.handle(Offers(copies=0, talk=True))
    guest.press("voice")
    assert guest.screen.voice
    assert "agree" not in guest.screen.actions


def test_who_declines_goes_on_live_and_nothing_is_opened():
    guest = Guest().go("consent")
    guest.press("photo")
    assert guest.press("decline") == [Announce("hint_live_only")]
    assert (guest.at, guest.screen.hint) == ("character", "hint_live_only")
    guest.press("ready")
    assert not guest.screen.photo
    assert guest.of(Begin) == []


def test_consent_needs_somebody_to_give_it():
    guest = Guest().go("consent")
    guest.press("photo")
    guest.people()
    assert guest.press("agree", after=1.5) == []
    assert (guest.at, guest.screen.hint) == ("consent", "hint_come_back")


def test_an_open_draft_starts_the_countdown():
    guest = Guest().go("opening")
    assert guest.handle(Begun(guest.ask)) == [Play("tick")]
    assert (guest.at, guest.screen.number, guest.screen.cut, guest.screen.cuts) == ("countdown", 3, 1, 4)


def test_a_full_disk_is_told_calmly_and_the_booth_waits_for_the_next():
    guest = Guest().go("opening")
    assert guest.handle(Refused("disk full", guest.ask)) == [Discard()]
    assert (guest.at, guest.screen.reason) == ("refused", "disk full")
    guest.wait(7.8)
    assert guest.at == "refused"
    guest.wait(0.4)
    assert guest.over


def test_a_draft_that_is_never_answered_is_refused():
    guest = Guest().go("opening")
    assert Discard() in guest.wait(5.2)
    assert guest.at == "refused"
    assert guest.handle(Begun(guest.ask)) == []


def test_a_refusal_can_be_left_with_a_press():
    guest = Guest().go("refused")
    guest.press("done")
    assert guest.at == "attract"


def test_three_two_one_with_a_tick_each_and_then_the_shot():
    guest = Guest().go("countdown")
    numbers = [guest.screen.number]
    while guest.at == "countdown":
        guest.wait(0.1)
        numbers.append(guest.screen.number)
    assert sorted(set(numbers), reverse=True) == [3, 2, 1, 0]
    assert guest.of(Play)[-4:-1] == [Play("tick"), Play("tick"), Play("last")]
    assert guest.new == [Play("shutter"), Shoot(0, 2)]


def test_the_countdown_lasts_as_long_as_set():
    guest = Guest(countdown_s=7).go("countdown")
    start = guest.now
    guest.until("shot")
    assert guest.now - start == pytest.approx(7, abs=0.15)


def test_a_late_tick_shoots_at_once():
    guest = Guest().go("countdown")
    guest.now += 9
    assert guest.machine.tick(guest.now, guest.presence) == [Play("shutter"), Shoot(0, 2)]


def test_time_that_goes_backwards_stands_still():
    guest = Guest().go("countdown")
    guest.machine.tick(guest.now - 500, guest.presence)
    assert guest.screen.number == 3
    guest.wait(3.1)
    assert guest.at == "shot"


def test_nobody_in_the_picture_is_asked_back_once_and_then_the_visit_ends():
    guest = Guest().go("countdown")
    guest.people()
    assert Announce("hint_come_back") in guest.wait(1.5)
    guest.wait(1.7)
    assert (guest.at, guest.screen.hint) == ("countdown", "hint_come_back")
    assert Discard() in guest.wait(3.2)
    assert guest.at == "attract"
    assert guest.of(Shoot) == []


def test_who_comes_back_in_time_is_shot():
    guest = Guest().go("countdown")
    guest.people()
    guest.wait(4)
    guest.people(1)
    guest.until("shot")


def test_a_face_lost_for_a_moment_is_still_there():
    guest = Guest().go("countdown")
    guest.wait(2.5)
    guest.people()
    guest.wait(0.6)
    assert guest.at == "shot"


def test_every_shot_may_be_called_off_once():
    guest = Guest().go("countdown")
    for seq in range(2):
        guest.people()
        guest.wait(4)
        guest.people(1)
        guest.shoot(seq)
        guest.until("countdown")
    assert guest.screen.shots == (0, 1)


def test_strangers_are_not_shot_even_before_they_are_found_out():
    guest = Guest(strangers_s=60).go("countdown")
    guest.people(7)
    guest.wait(8)
    assert guest.of(Shoot) == []
    assert guest.over


@pytest.mark.parametrize(("people", "low", "hint"), [
    ((1,), False, None), ((1,), True, "hint_low"), (tuple(range(1, 8)), False, "hint_crowded"), (tuple(range(1, 7)), False, None)])
def test_a_low_face_and_a_crowd_are_told_once_and_it_goes_on(people, low, hint):
    guest = Guest().go("countdown")
    guest.people(*people, low=low)
    told = [e for e in guest.wait(2) if isinstance(e, Announce)]
    assert guest.screen.hint == hint
    assert told == ([Announce(hint)] if hint else [])
    guest.until("shot")


def test_a_hint_is_told_again_on_the_next_screen():
    guest = Guest().go("character")
    guest.people(1, low=True)
    guest.press("ready")
    guest.wait(2)
    assert guest.of(Announce) == [Announce("hint_low")] * 2


def test_a_shot_is_shown_at_once_and_the_next_countdown_follows():
    guest = Guest().go("shot")
    guest.taken(41)
    assert (guest.at, guest.screen.shots[guest.screen.cut - 1]) == ("shown", 41)
    guest.wait(1.8)
    assert guest.at == "shown"
    guest.wait(0.4)
    assert (guest.at, guest.screen.cut) == ("countdown", 2)


def test_after_the_last_shot_comes_the_review():
    guest = Guest().go("review")
    assert guest.screen.shots == (10, 11, 12, 13)
    assert [e.index for e in guest.of(Shoot)] == [0, 1, 2, 3]


def test_a_missed_shot_is_taken_again():
    guest = Guest().go("shot")
    assert Announce("hint_missed") in guest.missed()
    assert (guest.at, guest.screen.cut) == ("countdown", 1)


def test_every_shot_may_be_missed_once():
    guest = Guest().go("shot")
    for seq in range(4):
        guest.missed()
        guest.shoot(seq)
        guest.until("review" if seq == 3 else "shot")
    assert guest.screen.shots == (0, 1, 2, 3)


def test_a_shot_never_answered_is_a_missed_one_and_its_late_answer_is_ignored():
    guest = Guest().go("shot")
    late = Taken(0, 5, guest.ask)
    guest.wait(5.2)
    assert guest.at == "countdown"
    guest.until("shot")
    assert guest.handle(late) == []
    assert guest.at == "shot"


def test_an_answer_about_another_shot_is_ignored():
    guest = Guest().go("shot")
    guest.handle(Taken(3, 5, guest.ask))
    assert guest.at == "shot"


def test_a_shot_missed_twice_is_a_fault_and_retry_goes_on_with_it():
    guest = Guest().go("shown")
    for _ in range(2):
        guest.until("shot")
        guest.missed()
    assert (guest.at, guest.screen.reason) == ("failed", "dropped")
    guest.press("retry")
    assert (guest.at, guest.screen.cut, guest.screen.shots) == ("countdown", 2, (10,))
    guest.until("shot")
    guest.missed()
    assert guest.at == "countdown"
