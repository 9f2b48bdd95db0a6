"""Who leaves, who stays, and presses that were not meant."""

from __future__ import annotations

import pytest

from booth.session import Begun, Discard, DiscardClip, Dress, KeepClip, Made, Offers, Pause, Print, Resume, Source, StopClip
from booth.session.table import AWAY, DEFAULTS, TABLE
from tests.session.guest import CLIP, TALK, Guest

OPEN = [stage for stage, row in TABLE.items() if "strangers" in row and stage not in ("result", *TALK)]


@pytest.mark.parametrize("stage", [stage for stage, row in TABLE.items() if "cancel" in row])
def test_cancel_ends_the_visit(stage):
    guest = Guest().go(stage)
    effects = guest.press("cancel")
    assert guest.at == "attract"
    assert (Discard() in effects) == (stage in OPEN)


@pytest.mark.parametrize(("stage", "then"), [("result", "thanks"), ("thanks", "attract"), ("refused", "attract")])
def test_cancel_means_done_where_nothing_is_left_to_cancel(stage, then):
    guest = Guest().go(stage)
    assert Discard() not in guest.press("cancel")
    assert guest.at == then


@pytest.mark.parametrize("stage", TABLE)
def test_the_operator_pauses_everywhere_and_resumes(stage):
    guest = Guest().go(stage)
    effects = guest.handle(Pause())
    assert guest.at == "paused"
    assert (Discard() in effects) == (stage in OPEN)
    assert (DiscardClip() in effects) == (stage in CLIP)
    guest.people(1)
    guest.wait(300)
    guest.press("begin")
    assert guest.at == "paused"
    guest.handle(Resume())
    assert guest.at == "attract"


@pytest.mark.parametrize("stage", OPEN)
def test_strangers_do_not_finish_a_visit(stage):
    guest = Guest().go(stage)
    guest.people(8, 9)
    assert Discard() in guest.wait(6.5)
    assert guest.over


@pytest.mark.parametrize("stage", TALK)
def test_strangers_neither_hear_nor_keep_a_voice(stage):
    guest = Guest().go(stage)
    guest.people(8, 9)
    effects = guest.wait(3.2)
    assert guest.at not in TALK
    assert (guest.of(DiscardClip) == [DiscardClip()]) == (stage in (*CLIP, "talk_failed"))
    assert (StopClip() in effects) == (stage == "preview")
    assert guest.of(KeepClip) == []


def test_who_is_out_of_sight_for_a_moment_behind_others_goes_on():
    guest = Guest().go("review")
    guest.people(8)
    guest.wait(2.5)
    guest.people(1, 8)
    guest.wait(3)
    guest.people(8)
    guest.wait(2.5)
    assert guest.at == "review"


def test_strangers_do_not_see_the_result_which_stays_kept():
    guest = Guest().go("result")
    guest.people(8)
    guest.wait(3.2)
    assert guest.at != "result"
    assert guest.of(Discard) == []


@pytest.mark.parametrize("stage", OPEN)
def test_one_of_the_group_is_enough_to_go_on(stage):
    guest = Guest()
    guest.people(1, 2)
    guest.go(stage)
    guest.people(2, 8)
    guest.wait(3.3)
    assert guest.of(Discard) == []


@pytest.mark.parametrize("stage", [stage for stage, setting in AWAY.items() if setting == "away_choice_s"])
def test_a_choice_ends_when_the_group_has_left(stage):
    guest = Guest().go(stage)
    guest.people()
    guest.wait(19.5)
    assert guest.at == stage
    guest.wait(0.7)
    assert guest.at == "attract"


@pytest.mark.parametrize("stage", ["character", "consent", "failed"])
def test_a_choice_nobody_makes_ends_though_somebody_is_there(stage):
    guest = Guest().go(stage)
    guest.wait(119)
    assert guest.at == stage
    guest.wait(1.2)
    assert guest.over


def test_the_deadline_is_when_the_screen_goes():
    guest = Guest().go("review")
    guest.people()
    deadline = guest.screen.deadline
    while guest.at == "review":
        guest.wait(0.1)
    assert guest.now == pytest.approx(deadline, abs=0.15)


def test_a_double_tap_counts_once():
    guest = Guest().go("consent")
    guest.press("photo")
    guest.press("photo", after=0.2)
    assert guest.screen.photo


def test_a_bouncing_button_counts_once_however_long_it_bounces():
    guest = Guest().go("consent")
    guest.wait(0.5)
    for _ in range(30):
        guest.press("photo", after=0.2, source=Source.BUTTON)
        assert guest.screen.photo


def test_another_choice_right_after_counts():
    guest = Guest().go("character")
    guest.press("style", "chibi")
    assert guest.press("style", "night", after=0.1) == [Dress("night")]


def test_a_press_right_after_a_change_was_meant_for_the_screen_before():
    guest = Guest().go("character")
    guest.press("ready", after=0.3)
    assert guest.at == "character"
    guest.press("ready", after=0.5)
    assert guest.at == "consent"


def test_a_held_key_does_nothing_more():
    guest = Guest().go("noticed")
    guest.press("default", source=Source.KEYBOARD)
    for _ in range(50):
        guest.press("default", after=0.7, source=Source.KEYBOARD, repeat=True)
    assert guest.at == "character"


def test_two_bounced_print_presses_print_once():
    guest = Guest().go("result")
    guest.handle(Offers(copies=9, talk=False))
    guest.press("print")
    guest.press("print", after=0.1)
    assert len(guest.of(Print)) == 1


def test_a_remote_with_one_key_goes_all_the_way():
    guest = Guest().go("noticed")
    way = []
    while guest.at != "thanks":
        if guest.at in DEFAULTS:
            guest.press("default", source=Source.REMOTE)
        elif guest.at == "opening":
            guest.handle(Begun(guest.ask))
        elif guest.at == "shot":
            guest.taken(5)
        elif guest.at == "making":
            guest.handle(Made("s1", None, guest.ask))
        guest.wait(0.5)
        way.append(guest.at)
        assert len(way) < 200
    assert {"character", "consent", "review", "layout", "result"} <= set(way)
