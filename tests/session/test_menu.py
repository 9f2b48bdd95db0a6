"""What the operator offers changes between two visits, never within one."""

import pytest

from booth.errors import UsageError
from booth.session import Menu, Pause, SessionSettings, SetLanguage
from tests.session.guest import LAYOUTS, STYLES, Guest

OTHER = Menu(SessionSettings(languages=("ja", "en"), most_copies=1), ("night", "mine"), ("page",))


def test_another_menu_waits_for_the_end_of_a_visit():
    guest = Guest().go("character")
    guest.handle(OTHER)
    assert guest.screen.styles == STYLES
    assert guest.screen.languages == ("ko", "en", "ja")
    guest.press("cancel")
    assert SetLanguage("ja") in guest.new                           # the booth's own is not offered any more
    guest.until("noticed")
    guest.press("begin")
    assert (guest.screen.styles, guest.screen.style, guest.screen.language) == (("night", "mine"), "night", "ja")
    guest.press("language", "ko")
    assert guest.screen.language == "ja"
    guest.press("language", "en")
    assert guest.screen.language == "en"


@pytest.mark.parametrize("stage", ["attract", "noticed", "paused"])
def test_another_menu_counts_at_once_while_nobody_has_begun(stage):
    guest = Guest().go("attract" if stage == "paused" else stage)
    if stage == "paused":
        guest.handle(Pause())
    guest.handle(OTHER)
    assert guest.at == stage
    assert (guest.screen.language, guest.screen.languages) == ("ja", ("ja", "en"))


def test_with_one_of_a_kind_there_is_nothing_to_choose():
    guest = Guest(languages=("en",), language="ko").go("character")
    assert guest.screen.language == "en"
    assert "language" not in guest.screen.actions
    guest.press("cancel")
    guest.handle(Menu(SessionSettings(languages=("en",)), ("night",), LAYOUTS))
    guest.until("noticed")
    guest.press("begin")
    assert not {"surprise", "mix_with"} & set(guest.screen.actions)
    assert "bubbles" not in Guest(languages=("en",)).go("layout").screen.actions


def test_a_menu_without_anything_on_it_is_refused():
    with pytest.raises(UsageError, match="at least one character"):
        Menu(SessionSettings(), (), LAYOUTS)
