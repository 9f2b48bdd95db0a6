"""Makes what visitors take home: shots drawn again at print size, the strip, the link, and last the moving picture.

The work is done one after the other in a thread of its own; what visitors do not wait for (the moving picture) in another.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from PIL import Image

from booth.brand import Brand
from booth.errors import BoothError, SessionUnknown, StorageBroken, StorageFull
from booth.frame import Drawn, Take
from booth.house.heaps import give_back
from booth.products.layout import Layout
from booth.products.lettering import date_words
from booth.products.moving import moving
from booth.products.still import Studio
from booth.products.strip import Words, compose, encode, sheet
from booth.session import Begun, Event, Made, MakingFailed, Progress, Refused
from booth.session.effects import Make
from booth.settings import Engine
from booth.sinks.index import About
from booth.sinks.share import Share
from booth.sinks.store import Draft, Store

log = logging.getLogger(__name__)

CLIP_RATE = 10.0
"""Pictures a second of the moving picture."""
STRIP_MM = 60.0
"""Layouts narrower than this are printed two on a sheet."""


@dataclass
class _Visit:
    """One visitor's things. ``over``: nothing of it is wanted any more."""

    draft: Draft
    shots: dict[int, Drawn] = field(default_factory=dict)
    clips: dict[int, Sequence[Drawn]] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    over: bool = False


class Maker:
    """All methods return at once and may be called by one thread; ``answer`` is called from another.

    Of every visit that was begun exactly one of ``keep`` and ``discard`` follows.
    """

    def __init__(self, store: Store, share: Share | None, brand: Callable[[], Brand], engine: Engine, answer: Callable[[Event], None],
                 layout: Callable[[str], Layout]) -> None:
        self._store, self._share, self._brand, self._engine, self._answer, self._layout = store, share, brand, engine, answer, layout
        self._studio: Studio | None = None
        self._visit: _Visit | None = None
        self._kept: str | None = None
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="maker")
        self._after = ThreadPoolExecutor(1, thread_name_prefix="moving")

    def begin(self, ask: int) -> None:
        """Answers Begun or Refused."""
        self._maker.submit(self._guarded, self._begin, ask, lambda why: Refused(why, ask))

    def shoot(self, index: int, take: Take, clip: Sequence[Drawn]) -> None:
        """Shot ``index`` is ``take``; ``clip`` is what was seen before it, small. A second one takes the first one's place."""
        self._maker.submit(self._guarded, self._shoot, (index, take, clip), None)

    def make(self, wanted: Make, about: About) -> None:
        """Answers Progress, then Made or MakingFailed."""
        self._maker.submit(self._guarded, self._make, (wanted, about), lambda why: MakingFailed(why, wanted.ask))

    def work(self, job: Callable[[Studio], object], failed: Callable[[str], Event] | None) -> None:
        """Something else that needs the studio, after what is being done; ``failed`` makes the answer of why it could not be."""
        self._maker.submit(self._guarded, self._with_studio, (job,), failed)

    def keep(self) -> None:
        """The visitor has seen it and it stays."""
        self._maker.submit(self._let_go, True)

    def discard(self) -> None:
        """Nothing of this visit stays; what is being made of it may stop."""
        if self._visit is not None:
            self._visit.over = True
        self._maker.submit(self._let_go, False)

    def close(self) -> None:
        """Ends what is being done; an unconfirmed visit is thrown away."""
        self._maker.submit(self._let_go, False)
        self._maker.shutdown()
        self._after.shutdown(cancel_futures=True)
        if self._studio is not None:
            self._studio.close()

    def _guarded(self, work: Callable, args, failed: Callable[[str], Event] | None) -> None:
        """Whatever goes wrong is an answer: a visit ends calmly, the booth goes on."""
        try:
            work(*args) if isinstance(args, tuple) else work(args)
        except BoothError as error:
            log.warning("%s", error)
            if failed is not None:
                self._answer(failed(str(error)))
        except Exception:
            log.exception("a visit's work failed")
            if failed is not None:
                self._answer(failed("something is wrong with the booth; see the log"))

    def _begin(self, ask: int) -> None:
        self._kept = None
        self._visit = _Visit(self._store.begin())
        self._answer(Begun(ask))
        self._with_studio(lambda studio: None)

    def _with_studio(self, job: Callable[[Studio], object]) -> None:
        if self._studio is None:
            self._studio = Studio(self._engine)
        job(self._studio)

    def _shoot(self, index: int, take: Take, clip: Sequence[Drawn]) -> None:
        visit = self._visit
        if visit is None or visit.over:
            return
        assert self._studio is not None
        visit.shots[index], visit.clips[index] = self._studio.again(take), clip

    def _make(self, wanted: Make, about: About) -> None:
        visit, brand = self._visit, self._brand()
        if visit is None or visit.over:
            return
        missing = [i for i in wanted.order if i not in visit.shots]
        if missing:
            raise StorageBroken(f"shot {missing[0] + 1} could not be drawn")
        step = lambda share: self._answer(Progress(share, wanted.ask))
        layout = self._layout(wanted.layout)
        said = (wanted.words,) if wanted.words else ()
        language: Any = wanted.language
        words = Words(brand.name, date_words(date.today(), about.language), language, said, brand.logo, brand.accent)
        strip = compose(layout, [visit.shots[i] for i in wanted.order], words)
        step(0.5)
        if visit.over:
            return
        self._add(visit, "strip.png", encode(strip, layout, "PNG"))
        if layout.unit == "mm" and layout.width < STRIP_MM:
            self._add(visit, "sheet.jpg", encode(sheet(strip), layout, "JPEG"))
        step(0.8)
        for i, drawn in visit.shots.items():
            self._add(visit, f"cut{i + 1}.jpg", _jpeg(drawn))
        if visit.over:
            return
        kept = visit.draft.confirm(about)
        self._kept = kept.manifest.id
        url = None
        if self._share is not None:
            try:
                url = self._share.publish(self._kept)
            except BoothError as error:                                # no network: the strip is there all the same
                log.warning("no link: %s", error)
        self._answer(Made(self._kept, url, wanted.ask))
        clips = [visit.clips[i] for i in wanted.order]
        self._after.submit(self._guarded, self._move, (self._kept, layout, clips, words), None)

    def _add(self, visit: _Visit, name: str, data: bytes) -> None:
        """Once: a second try at making finds what the first one has written."""
        if name not in visit.written:
            visit.draft.add(name, data, "strip" if name.startswith("strip") else "cut" if name.startswith("cut") else "other")
            visit.written.add(name)

    def _move(self, session_id: str, layout: Layout, clips: Sequence[Sequence[Drawn]], words: Words) -> None:
        made = moving(layout, clips, words, CLIP_RATE)
        with suppress(SessionUnknown):                                  # deleted meanwhile
            self._store.add(session_id, "moving.mp4", made.mp4, "moving")
            self._store.add(session_id, "moving.gif", made.gif, "moving")

    def _let_go(self, keep: bool) -> None:
        visit, self._visit = self._visit, None
        kept, self._kept = self._kept, None
        self._after.submit(give_back)                                   # behind what is still made of this visit
        if visit is None or keep:
            return
        try:
            if kept is not None:
                self._store.delete(kept, "visitor")
            else:
                visit.draft.discard()
        except (SessionUnknown, StorageBroken, StorageFull) as error:
            log.warning("a visit that was called off could not be thrown away: %s", error)


def _jpeg(drawn: Drawn) -> bytes:
    data = io.BytesIO()
    Image.fromarray(drawn.image).save(data, "JPEG", quality=92)
    return data.getvalue()


def printed_file(folder: Path) -> Path:
    """What goes onto paper: the sheet with two strips where there is one, else the strip."""
    return folder / "sheet.jpg" if (folder / "sheet.jpg").exists() else folder / "strip.png"
