"""What each screen does with what it hears: the visit's way, from the first press to thanks."""

from __future__ import annotations

import unicodedata

from booth.session.effects import Begin, Discard, DropShot, Keep, Make, Play, Print, Shoot
from booth.session.events import Begun, Made, MakingFailed, Missed, Press, Progress, Refused, Slide, Taken, Typed
from booth.session.talking import Talking


class Machine(Talking):
    """One booth's visits, one after the other. Not thread-safe: events, ticks and the screen belong to one thread.

    ``styles``, ``layouts``: names to choose from; the first is what a visit starts with. ``chance`` is what "let the booth choose"
    draws from. ``now`` is monotonic seconds; one before the last counts as the last. Raises UsageError when there is nothing to choose.
    """

    # -- attract, noticed

    def _on_someone(self) -> None:
        self._enter("noticed")

    def _on_begin(self, press: Press) -> None:
        if self._in_picture():                                         # a press with nobody there is a ghost
            self._emit(Play("tap"))
            self._dress(style=self._house.styles[0])
            self._enter("character")

    # -- character

    def _on_style(self, press: Press) -> None:
        if press.value in self._house.styles:
            self._dress(style=press.value)

    def _on_surprise(self, press: Press) -> None:
        """Another character than now."""
        self._dress(style=self._chance.choice([style for style in self._house.styles if style != self._visit.style]))

    def _on_mix_with(self, press: Press) -> None:
        """A second character; without a value, none."""
        if press.value in self._house.styles:
            self._dress(mix_with=press.value, mix=self._visit.mix or 0.5)
        elif press.value is None:
            self._dress(mix_with=None, mix=0.0)

    def _on_slide(self, slide: Slide) -> None:
        if self._visit.mix_with is not None and 0 <= slide.mix <= 1:
            self._touched = self._now
            self._dress(mix=slide.mix)

    def _on_ready(self, press: Press) -> None:
        self._enter("consent")

    # -- consent, opening

    def _on_photo(self, press: Press) -> None:
        self._change(photo=not self._visit.photo)

    def _on_voice(self, press: Press) -> None:
        self._change(voice=not self._visit.voice)

    def _on_decline(self, press: Press) -> None:
        self._change(photo=False, voice=False)
        self._enter("character", reminder="hint_live_only")

    def _on_agree(self, press: Press) -> None:
        people = self._watch.here(self._now, self._settings.gone_s)
        if not people:                                                 # consent belongs to somebody
            self._reminder = "hint_come_back"
            return
        self._change(people=people, draft=True)
        self._emit(Begin(self._next_ask()))
        self._enter("opening")

    def _on_begun(self, answer: Begun) -> None:
        self._enter("countdown")

    def _on_refused(self, answer: Refused) -> None:
        self._refuse(answer.reason)

    def _refuse(self, reason: str) -> None:
        self._settle_draft(Discard())
        self._change(reason=reason)
        self._enter("refused")

    # -- countdown, shot, shown

    def _shutter(self) -> None:
        """The countdown is over: shoot, unless there is nobody to see; then count once more, and then no more."""
        if self._in_picture():
            self._emit(Play("shutter"), Shoot(self._visit.index, self._next_ask()))
            self._enter("shot")
        elif self._visit.called_off and self._visit.retaking:
            self._review()
        elif self._visit.called_off:
            self._end()
        else:
            self._change(called_off=True)
            self._enter("countdown", reminder="hint_come_back")

    def _on_taken(self, answer: Taken) -> None:
        index, shots = self._visit.index, self._visit.shots
        if answer.index != index:
            return
        if self._visit.retaking:                                       # the old one was kept until there was a better one
            self._emit(DropShot(index, shots[index]))
        self._change(shots=(*shots[:index], answer.seq, *shots[index + 1:]), misses=0, called_off=False,
                     retaken=self._visit.retaken or self._visit.retaking)
        self._enter("shown")

    def _on_missed(self, answer: Missed) -> None:
        self._miss(answer.reason)

    def _miss(self, reason: str) -> None:
        self._change(misses=self._visit.misses + 1, reason=reason)
        if self._visit.misses < self._settings.most_misses:
            self._enter("countdown", reminder="hint_missed")
        elif self._visit.retaking:
            self._review(reminder="hint_missed")
        else:
            self._fail(reason)

    def _after_shown(self) -> None:
        if len(self._visit.shots) < self._settings.shots:
            self._change(index=len(self._visit.shots))
            self._enter("countdown")
        else:
            self._review()

    # -- review, layout

    def _review(self, reminder: str | None = None) -> None:
        self._change(retaking=False, misses=0, called_off=False)
        self._enter("review", reminder)

    def _on_retake(self, press: Press) -> None:
        if press.value in range(len(self._visit.shots)):
            self._change(index=press.value, retaking=True)
            self._enter("countdown")

    def _on_best(self, press: Press) -> None:
        if press.value in range(len(self._visit.shots)):
            self._change(best=press.value)

    def _on_go_on(self, press: Press | None = None) -> None:
        self._enter("layout")

    def _on_layout(self, press: Press) -> None:
        if press.value in self._house.layouts:
            self._change(layout=press.value)

    def _on_bubbles(self, press: Press) -> None:
        if press.value in self._settings.languages:
            self._change(bubbles=press.value)

    def _on_typed(self, typed: Typed) -> None:
        """One line of what can be printed. Composed first, so that a Korean syllable is one letter."""
        words = "".join(letter for letter in unicodedata.normalize("NFC", typed.words) if letter.isprintable())
        self._touched = self._now
        self._change(words=words[:self._settings.most_letters])

    # -- making, failed

    def _on_make(self, press: Press | None = None) -> None:
        visit = self._visit
        self._change(share=0.0)
        self._emit(Make(visit.layout, visit.order(), visit.words.strip(), visit.bubbles or visit.language, self._next_ask()))
        self._enter("making")

    def _on_progress(self, answer: Progress) -> None:
        if self._visit.share < answer.share <= 1:
            self._progressed = self._now
            self._change(share=answer.share)

    def _on_making_failed(self, answer: MakingFailed) -> None:
        self._fail(answer.reason)

    def _fail(self, reason: str) -> None:
        self._change(reason=reason, misses=0)
        self._enter("failed")

    def _on_retry(self, press: Press) -> None:
        """Go on where it failed."""
        if self._stage == "talk_failed":
            self._talk_again()
        elif len(self._visit.shots) == self._settings.shots:
            self._on_make()
        else:
            self._enter("countdown")

    # -- result, thanks

    def _on_made(self, answer: Made) -> None:
        self._change(session_id=answer.session_id, url=answer.url)
        self._settle_draft(Keep())
        self._emit(Play("done"))
        self._enter("result")

    def _on_print(self, press: Press) -> None:
        """As many copies as the press says, one when it does not say."""
        visit, copies = self._visit, 1 if press.value is None else press.value
        if isinstance(copies, int) and 1 <= copies <= visit.copies(self._house):
            self._change(printed=visit.printed + copies, prints=visit.prints + 1)
            self._emit(Print(visit.session_id, copies, f"{visit.session_id}-{visit.prints + 1}"))

    def _on_done(self, press: Press | None = None) -> None:
        if self._stage == "result":
            self._emit(Play("bye"))
            self._enter("thanks")
        else:
            self._end()

    # -- when a screen's time is over, or nobody presses anything

    def _on_time(self) -> None:
        {
            "opening": lambda: self._refuse("opening the draft was not answered in time"),
            "countdown": self._shutter,
            "shot": lambda: self._miss("the shot was not answered in time"),
            "shown": self._after_shown,
            "making": lambda: self._fail("making stood still for too long"),
            "ready": self._begin_recording,
            "recording": self._on_stop,
            "animating": lambda: self._talk_failed("animating stood still for too long"),
            "thanks": self._end,
            "refused": self._end,
        }[self._stage]()

    def _on_idle(self) -> None:
        """Who consented and is still there gets the strip all the same; nobody consents by waiting, and no voice is kept by it."""
        {"review": self._on_go_on, "layout": self._on_make, "result": self._on_done, "voice": self._on_back, "preview": self._on_back,
         "talk_failed": self._on_back}.get(self._stage, self._end)()
