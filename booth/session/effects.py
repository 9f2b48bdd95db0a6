"""What the machine asks of the booth. Effects are carried out in their order; only those with ``ask`` are answered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dress:
    """Draw visitors as ``style``, ``mix`` (0 … 1) of the way to ``mix_with``. No style: as the booth's settings say."""

    style: str | None
    mix_with: str | None = None
    mix: float = 0.0


@dataclass(frozen=True, slots=True)
class Play:
    """A sound: tap, tick, last (of the countdown), shutter, done or bye."""

    sound: str


@dataclass(frozen=True, slots=True)
class Begin:
    """Open a draft and reserve its space. Answered by Begun or Refused. Exactly one Keep or Discard follows, even when refused."""

    ask: int


@dataclass(frozen=True, slots=True)
class Shoot:
    """Save the frame that the visitors see now as shot ``index`` (from 0). Answered by Taken or Missed."""

    index: int
    ask: int


@dataclass(frozen=True, slots=True)
class DropShot:
    """Throw away frame ``seq``, which was shot ``index`` until another took its place."""

    index: int
    seq: int


@dataclass(frozen=True, slots=True)
class Make:
    """Make the strip and the moving picture. ``order``: all shots, the best first · ``words``: the visitors' own, may be empty ·
    ``language``: of the bubbles. Answered by Progress, then Made or MakingFailed."""

    layout: str
    order: tuple[int, ...]
    words: str
    language: str
    ask: int


@dataclass(frozen=True, slots=True)
class Keep:
    """The draft is confirmed."""


@dataclass(frozen=True, slots=True)
class Discard:
    """Throw the draft away, whatever of it there is; work on it may stop."""


@dataclass(frozen=True, slots=True)
class Print:
    """``press`` is unique: a job with a press that was printed before must not print again."""

    session_id: str
    copies: int
    press: str


@dataclass(frozen=True, slots=True)
class Record:
    """Record the visitor's voice, in memory only; shot ``index`` will talk, so it may be prepared. Answered by Recording many times a
    second, and at the end by Recorded or RecordingFailed. Exactly one KeepClip or DiscardClip follows, even when it fails."""

    index: int
    ask: int


@dataclass(frozen=True, slots=True)
class StopRecording:
    """The visitor has spoken: the recording is whole. Answered, with the ``ask`` of Record, by Recorded or RecordingFailed."""


@dataclass(frozen=True, slots=True)
class Animate:
    """Make shot ``index`` of a kept session talk as recorded; again, when it failed. Answered by Progress, then Animated or
    AnimatingFailed."""

    session_id: str
    index: int
    ask: int


@dataclass(frozen=True, slots=True)
class PlayClip:
    """Show the clip, with its sound and from its beginning, over and over. Exactly one StopClip follows."""


@dataclass(frozen=True, slots=True)
class StopClip:
    """Picture and sound of the clip stop."""


@dataclass(frozen=True, slots=True)
class ConsentVoice:
    """Write down that the visitors of a kept session agree to keep their voice. Again: nothing."""

    session_id: str


@dataclass(frozen=True, slots=True)
class KeepClip:
    """Put the clip into the session. Answered only when that fails, by KeepingFailed."""

    session_id: str
    ask: int


@dataclass(frozen=True, slots=True)
class DiscardClip:
    """Throw away the recording and the clip, whatever there is of them; recording and work on it stop."""


@dataclass(frozen=True, slots=True)
class SetLanguage:
    language: str


@dataclass(frozen=True, slots=True)
class Announce:
    """Say or show the text ``key`` once."""

    key: str


Effect = (Dress | Play | Begin | Shoot | DropShot | Make | Keep | Discard | Print | Record | StopRecording | Animate | PlayClip | StopClip
          | ConsentVoice | KeepClip | DiscardClip | SetLanguage | Announce)
