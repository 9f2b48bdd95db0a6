"""The second half of a visit, told in sentences: from the review to thanks."""

from __future__ import annotations

import math

import pytest

from booth.session import Discard, DropShot, Keep, Made, Make, MakingFailed, Offers, Play, Print, Progress, Typed
from tests.session.guest import Guest


def test_exactly_one_shot_is_retaken_and_the_old_one_goes_when_the_new_one_is_there():
    guest = Guest().go("review")
    guest.press("retake", 2)
    assert (guest.at, guest.screen.cut, guest.screen.again) == ("countdown", 3, True)
    guest.until("shot")
    assert guest.of(DropShot) == []
    assert guest.taken(99) == [DropShot(2, 12)]
    guest.until("review")
    assert guest.screen.shots == (10, 11, 99, 13)
    assert "retake" not in guest.screen.actions
    guest.press("retake", 1)
    assert guest.at == "review"


def test_a_retake_that_fails_leaves_the_old_shot():
    guest = Guest().go("review")
    guest.press("retake", 0)
    for _ in range(2):
        guest.until("shot")
        guest.missed()
    assert (guest.at, guest.screen.shots) == ("review", (10, 11, 12, 13))
    guest.press("retake", 3)
    guest.until("shot")
    guest.missed()
    assert (guest.at, guest.screen.cut) == ("countdown", 4)


def test_a_retake_with_nobody_there_goes_back_to_the_review():
    guest = Guest().go("review")
    guest.press("retake", 0)
    guest.people()
    guest.wait(6.3)
    assert guest.at == "review"
    assert guest.of(Discard) == []
    guest.people(1)
    guest.press("retake", 0)
    guest.people()
    guest.wait(4.5)
    assert guest.at == "countdown"


@pytest.mark.parametrize("value", [None, -1, 4, "1", 0.5])
def test_a_shot_that_is_not_there_is_not_retaken(value):
    guest = Guest().go("review")
    assert guest.press("retake", value) == []
    assert guest.at == "review"


def test_the_best_goes_first_and_the_others_stay_in_order():
    guest = Guest().go("review")
    guest.press("best", 3)
    guest.press("best", 2)
    assert guest.screen.best == 2
    guest.press("go_on")
    assert guest.press("make") == [Make("tall", (2, 0, 1, 3), "", "ko", guest.ask)]


def test_layout_bubbles_and_words_are_the_visitors():
    guest = Guest().go("layout")
    guest.press("layout", "square")
    guest.press("layout", "no such")
    guest.press("bubbles", "ja")
    guest.press("language", "en")
    guest.handle(Typed("우리\n 첫"))
    guest.handle(Typed("우리\n 첫 네컷 "))
    assert guest.screen.bubbles == "ja"
    assert guest.press("make") == [Make("square", (0, 1, 2, 3), "우리 첫 네컷", "ja", guest.ask)]


def test_words_are_cut_at_their_limit_where_a_korean_syllable_is_one_letter():
    guest = Guest().go("layout")
    guest.handle(Typed("각" * 70))
    assert guest.screen.words == "각" * 60


def test_who_stays_but_presses_nothing_gets_the_strip_all_the_same():
    guest = Guest().go("review")
    guest.wait(120.2)
    assert guest.at == "layout"
    guest.wait(120.2)
    assert guest.at == "making"


def test_progress_only_rises():
    guest = Guest().go("making")
    for share in (0.2, 0.5, 0.3, math.nan, 7.0):
        guest.handle(Progress(share, guest.ask))
    assert guest.screen.share == 0.5


def test_making_that_makes_progress_may_take_its_time_and_making_that_stands_still_has_failed():
    guest = Guest().go("making")
    for share in (0.3, 0.6):
        guest.wait(50)
        guest.handle(Progress(share, guest.ask))
    assert guest.at == "making"
    guest.wait(60.2)
    assert guest.at == "failed"


def test_failed_making_is_tried_again_with_the_same_choices_and_old_answers_do_not_count():
    guest = Guest().go("making")
    first = guest.of(Make)[0]
    guest.handle(Progress(0.9, guest.ask))
    assert guest.handle(MakingFailed("no memory", guest.ask)) == []
    assert guest.press("retry") == [Make(first.layout, first.order, first.words, first.language, first.ask + 1)]
    assert guest.screen.share == 0
    assert guest.handle(Made("s0", None, first.ask)) == []
    assert guest.handle(Made("s1", None, guest.ask)) == [Keep(), Play("done")]


def test_giving_up_after_failed_making_throws_the_draft_away():
    guest = Guest().go("failed")
    assert Discard() in guest.press("cancel")
    assert guest.at == "attract"


def test_the_result_is_kept_and_shown_with_its_link():
    guest = Guest().go("result")
    assert guest.of(Keep) == [Keep()]
    assert (guest.screen.session_id, guest.screen.url) == ("s1", "http://booth/s1")


def test_there_is_no_print_button_while_the_printer_cannot_print():
    guest = Guest().go("result")
    assert guest.press("print") == []
    guest.handle(Offers(copies=9, talk=False))
    assert "print" in guest.screen.actions
    guest.handle(Offers(copies=0, talk=False))
    assert "print" not in guest.screen.actions


def test_copies_end_at_the_quota_and_each_press_is_one_job():
    guest = Guest(most_copies=3).go("result")
    guest.handle(Offers(copies=9, talk=False))
    assert guest.press("print", 4) == []
    assert guest.press("print", 2) == [Print("s1", 2, "s1-1")]
    assert guest.screen.copies == 1
    assert guest.press("print") == [Print("s1", 1, "s1-2")]
    assert guest.press("print") == []
    assert "print" not in guest.screen.actions


def test_copies_are_no_more_than_the_printer_has_paper_for():
    guest = Guest().go("result")
    guest.handle(Offers(copies=1, talk=False))
    assert guest.press("print", 2) == []
    assert guest.press("print", 1) == [Print("s1", 1, "s1-1")]


def test_after_the_result_thanks_and_after_thanks_the_beginning():
    guest = Guest().go("result")
    assert guest.press("done") == [Play("bye")]
    assert guest.at == "thanks"
    guest.wait(5.2)
    assert guest.over
    assert guest.of(Discard) == []


def test_a_result_with_nobody_there_goes_and_stays_kept():
    guest = Guest().go("result")
    guest.people()
    guest.wait(44.8)
    assert guest.at == "result"
    guest.wait(0.4)
    assert guest.at == "attract"
    assert guest.of(Discard) == []


def test_a_result_waits_its_full_time_for_those_who_left_while_it_was_made():
    guest = Guest().go("making")
    guest.people()
    guest.wait(40)
    guest.handle(Made("s1", None, guest.ask))
    guest.wait(44.5)
    assert guest.at == "result"


def test_a_result_nobody_presses_ends_though_somebody_is_there():
    guest = Guest().go("result")
    guest.wait(120.2)
    assert guest.at == "thanks"
