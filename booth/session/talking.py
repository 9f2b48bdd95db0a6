"""A talking clip, beside the result: the voice is recorded, the best shot speaks it, and it stays only when somebody says so.

    result ⇄ voice → ready → recording → animating → preview → result

The strip was kept before; whatever goes wrong here leads back to it.
"""

from __future__ import annotations

import math

from booth.session.clockwork import Clockwork
from booth.session.effects import Animate, ConsentVoice, KeepClip, Play, PlayClip, Record, StopClip, StopRecording
from booth.session.events import Animated, AnimatingFailed, KeepingFailed, Press, Recorded, Recording, RecordingFailed

HINTS = {"quiet": "hint_too_quiet", "loud": "hint_too_loud"}


class Talking(Clockwork):
    """The part of the machine that records and animates. See ``Machine``."""

    # -- result, voice, ready

    def _on_talk(self, press: Press | None = None) -> None:
        """Nobody comes to a recording without having agreed to it."""
        self._change(recorded=False)
        self._enter("ready" if self._visit.voice else "voice")

    def _on_agree_voice(self, press: Press) -> None:
        self._change(voice=True)
        self._enter("ready")

    def _begin_recording(self) -> None:
        """The countdown is over. With nobody there, nothing is recorded."""
        if self._in_picture():
            self._change(clip=True, recorded=False, level=0.0)
            self._emit(Record(self._visit.order()[0], self._next_ask()))
            self._enter("recording")
        else:
            self._enter("result", reminder="hint_come_back")

    # -- recording

    def _on_recording(self, answer: Recording) -> None:
        self._progressed = self._now
        self._change(level=min(1.0, max(0.0, answer.level)) if math.isfinite(answer.level) else 0.0)
        self._reminder = HINTS.get(answer.warning or "")

    def _on_stop(self, press: Press | None = None) -> None:
        """Enough was said; the recording itself comes as an answer."""
        self._emit(StopRecording())
        self._change(share=0.0)
        self._enter("animating")

    def _on_recorded(self, answer: Recorded) -> None:
        if answer.seconds >= self._settings.least_voice_s:
            self._change(recorded=True)
            self._animate()
        else:
            self._talk_failed(f"only {answer.seconds:.1f} s were recorded")

    def _on_recording_failed(self, answer: RecordingFailed) -> None:
        self._talk_failed(answer.reason)

    def _on_unheard(self) -> None:
        self._talk_failed("the microphone went away, or does not answer")

    # -- animating, preview

    def _animate(self) -> None:
        self._change(share=0.0)
        self._emit(Animate(self._visit.session_id, self._visit.order()[0], self._next_ask()))
        if self._stage != "animating":
            self._enter("animating")

    def _on_animated(self, answer: Animated) -> None:
        self._emit(PlayClip())
        self._enter("preview")

    def _on_animating_failed(self, answer: AnimatingFailed) -> None:
        self._talk_failed(answer.reason)

    def _on_keep_clip(self, press: Press) -> None:
        """The consent is written down before there is anything that needs it."""
        self._change(clip=False, talking="kept")
        self._emit(StopClip(), ConsentVoice(self._visit.session_id), KeepClip(self._visit.session_id, self._next_ask()), Play("done"))
        self._enter("result")

    def _on_keeping_failed(self, answer: KeepingFailed) -> None:
        if self._visit.talking == "kept":
            self._change(talking=None)
            self._talk_failed(answer.reason)

    def _on_again(self, press: Press) -> None:
        self._drop_clip()
        self._change(retakes=self._visit.retakes + 1)
        self._enter("ready")

    # -- failed, and back

    def _talk_failed(self, reason: str) -> None:
        """A whole recording stays for a second try; one that failed does not."""
        if not self._visit.recorded:
            self._drop_clip()
        self._change(reason=reason)
        self._enter("talk_failed")

    def _talk_again(self) -> None:
        """Go on where it failed."""
        if self._visit.clip:
            self._animate()
        else:
            self._on_talk()

    def _on_back(self, press: Press | None = None) -> None:
        self._drop_clip()
        self._enter("result")

    _on_discard_clip = _on_back

    def _on_nobody(self, *_: object) -> None:
        """Who went away while recording may be looking for the microphone, and finds the strip."""
        if self._stage == "recording":
            self._on_back()
        else:
            self._end()
