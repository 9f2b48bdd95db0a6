"""Which screen hears what, and where that leads. What is not in a screen's row is ignored there, on purpose:
answers that come late, buttons that are not on the screen, words typed where nothing is typed.

Presses come first in each row, in the order in which their buttons are drawn. No target: the screen stays. Two words mean time:
``time`` (the screen's own time is over) and ``idle`` (nothing was pressed for long, though somebody is there). Three mean
presence: ``someone`` (somebody came), ``nobody`` (all are away for long), ``strangers`` (those who consented are gone, others came).
``unheard``: the microphone is gone, or says nothing while it should.
"""

from __future__ import annotations

from typing import Literal

Stage = Literal["attract", "noticed", "character", "consent", "opening", "countdown", "shot", "shown", "review", "layout", "making",
                "result", "voice", "ready", "recording", "animating", "preview", "talk_failed", "thanks", "refused", "failed", "paused"]
Row = dict[str, tuple[Stage, ...]]

_END: tuple[Stage, ...] = ("attract",)
_PAUSE: Row = {"pause": ("paused",)}
_LEFT: Row = {"strangers": _END, **_PAUSE}
_BACK: Row = {"back": ("result",)}

TABLE: dict[Stage, Row] = {
    "attract": {"begin": ("character",), "language": (), "someone": ("noticed",), **_PAUSE},
    "noticed": {"begin": ("character",), "language": (), "nobody": _END, **_PAUSE},
    "character": {"ready": ("consent",), "style": (), "surprise": (), "mix_with": (), "language": (), "cancel": _END,
                  "slide": (), "nobody": _END, "idle": _END, **_PAUSE},
    "consent": {"photo": (), "voice": (), "agree": ("opening",), "decline": ("character",), "language": (), "cancel": _END,
                "nobody": _END, "idle": _END, **_PAUSE},
    "opening": {"cancel": _END, "begun": ("countdown",), "refused": ("refused",), "time": ("refused",), **_LEFT},
    "countdown": {"cancel": _END, "time": ("shot", "countdown", "review", "attract"), **_LEFT},
    "shot": {"cancel": _END, "taken": ("shown",), "missed": ("countdown", "review", "failed"), "time": ("countdown", "review", "failed"), **_LEFT},
    "shown": {"cancel": _END, "time": ("countdown", "review"), **_LEFT},
    "review": {"go_on": ("layout",), "retake": ("countdown",), "best": (), "language": (), "cancel": _END,
               "nobody": _END, "idle": ("layout",), **_LEFT},
    "layout": {"make": ("making",), "layout": (), "bubbles": (), "language": (), "cancel": _END,
               "typed": (), "nobody": _END, "idle": ("making",), **_LEFT},
    "making": {"cancel": _END, "progress": (), "made": ("result",), "making_failed": ("failed",), "time": ("failed",), "nobody": _END, **_LEFT},
    "result": {"print": (), "talk": ("voice", "ready"), "done": ("thanks",), "language": (), "keeping_failed": ("talk_failed",), "nobody": _END,
               "idle": ("thanks",), **_LEFT},
    "voice": {"agree_voice": ("ready",), "language": (), **_BACK, "unheard": ("talk_failed",), "nobody": _END, "idle": ("result",), **_LEFT},
    "ready": {**_BACK, "unheard": ("talk_failed",), "time": ("recording", "result"), **_LEFT},
    "recording": {"stop": ("animating",), **_BACK, "recording": (), "recorded": ("animating", "talk_failed"), "recording_failed": ("talk_failed",),
                  "unheard": ("talk_failed",), "time": ("animating",), "nobody": ("result",), **_LEFT},
    "animating": {**_BACK, "recorded": ("talk_failed",), "recording_failed": ("talk_failed",), "progress": (), "animated": ("preview",),
                  "animating_failed": ("talk_failed",), "time": ("talk_failed",), "nobody": _END, **_LEFT},
    "preview": {"keep_clip": ("result",), "again": ("ready",), "discard_clip": ("result",), "nobody": _END, "idle": ("result",), **_LEFT},
    "talk_failed": {"retry": ("voice", "ready", "animating"), **_BACK, "nobody": _END, "idle": ("result",), **_LEFT},
    "thanks": {"done": _END, "time": _END, **_PAUSE},
    "refused": {"done": _END, "time": _END, **_PAUSE},
    "failed": {"retry": ("making", "countdown"), "cancel": _END, "nobody": _END, "idle": _END, **_LEFT},
    "paused": {"resume": _END},
}

NO_PRESS = frozenset({"someone", "nobody", "strangers", "idle", "time", "slide", "typed", "pause", "resume",
                      "begun", "refused", "taken", "missed", "progress", "made", "making_failed", "unheard", "recording", "recorded",
                      "recording_failed", "animated", "animating_failed", "keeping_failed"})

LASTS: dict[Stage, str] = {
    "opening": "answer_limit_s", "countdown": "countdown_s", "shot": "answer_limit_s", "shown": "shown_s", "making": "making_limit_s",
    "ready": "countdown_s", "recording": "most_voice_s", "animating": "making_limit_s", "thanks": "thanks_s", "refused": "refused_s",
}
"""The setting that says how long a screen lasts …"""

AWAY: dict[Stage, str] = {
    "noticed": "away_s", "character": "away_choice_s", "consent": "away_choice_s", "review": "away_choice_s", "layout": "away_choice_s",
    "failed": "away_choice_s", "making": "away_result_s", "result": "away_result_s", "voice": "away_result_s", "recording": "away_s",
    "animating": "away_result_s", "preview": "away_choice_s", "talk_failed": "away_result_s",
}
"""… and how long it waits for people who went away."""

DEFAULTS: dict[Stage, str] = {
    "attract": "begin", "noticed": "begin", "character": "ready", "consent": "photo", "review": "go_on", "layout": "make", "result": "done",
    "recording": "stop", "preview": "keep_clip", "talk_failed": "retry", "thanks": "done", "refused": "done", "failed": "retry",
}
"""What a remote with one key does. On consent it agrees with a second press only; a voice is agreed to with its own button only."""
COUNTS = {"countdown", "ready", "recording"}
"""Screens that count the seconds of their own time down."""
