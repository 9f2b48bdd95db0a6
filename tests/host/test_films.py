"""Event films: of visits that are kept, and of no other."""

from __future__ import annotations

import json
import time
from datetime import date

import av
import numpy as np
import pytest

from booth.cli import parser
from booth.errors import UsageError
from booth.host import films as module
from booth.host.films import Films, Making, Words, event_film, letter_in, moments_of, visits_of
from booth.sinks import Budget
from booth.sinks.index import About, Consent
from booth.sinks.store import Store
from tests.sinks.programmes import BEGIN, DAY, plain, recording

START = DAY + BEGIN
TODAY = date.fromtimestamp(START)
WORDS = Words("봄 축제", "ko")
VISITS = {"quiet": (2, False), "gone": (8, True), "heard": (14, True)}
"""When each begins, seconds after the recording; whether they agreed to keep their voice."""
GREY = {2: 60, 8: 120, 14: 180}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """20 s with a tone all along; each visit has its own grey."""
    folder = tmp_path_factory.mktemp("recorded")
    with recording(folder) as show:
        for tick in range(600):
            at = tick / 30
            show.recorder.hear((0.4 * np.sin(2 * np.pi * 500 * (at + np.arange(1600) / 48_000))).astype(np.float32), BEGIN + at)
            show.show(plain(next((grey for begin, grey in GREY.items() if begin <= at < begin + 5), 20)), BEGIN + at)
    return folder


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """(store, films, id of each visit), an hour after the recording."""
    now = [0.0]
    films = Films(tmp_path / "films")
    store = Store(tmp_path / "sessions", Budget(session_mib=0.1, spare_mib=0), now=lambda: now[0], forget=[films.forget])
    ids = {}
    for name, (begin, voice) in VISITS.items():
        now[0] = START + begin
        draft = store.begin()
        draft.add("strip.png", b"strip", "strip")
        now[0] += 4
        ids[name] = draft.confirm(About(characters=("romance", "no longer there"), layout="strip", consent=Consent(photo=True, voice=voice),
                                        language="ko")).manifest.id
    now[0] += 3600
    monkeypatch.setattr(module.time, "time", lambda: now[0])
    yield store, films, ids
    store.close()


def seen(path) -> tuple[np.ndarray, np.ndarray]:
    """The grey in a corner without letters, and the loudness, of each tenth of a second."""
    with av.open(str(path)) as container:
        grey = np.array([frame.to_ndarray(format="rgb24")[5, -5, 0] for frame in container.decode(video=0)])[::3]
    with av.open(str(path)) as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    return grey, np.abs(sound[:len(sound) // 4800 * 4800].reshape(-1, 4800)).max(1)


def nothing(share: float) -> None:
    """Nobody watches."""


def test_a_deleted_visit_is_not_in_the_film_and_a_voice_only_with_consent(kept, recorded, tmp_path):
    store, _, ids = kept
    store.delete(ids["gone"], "visitor")
    shares = []
    reel = event_film(recorded, store.root, tmp_path / "film.mp4", TODAY, WORDS, shares.append)
    assert [moment.title.partition(" · ")[2] for moment in reel.shown] == ["로맨스", "로맨스"]
    grey, loud = seen(reel.path)
    shown = grey[31:].astype(int)                                   # after the card
    assert {round(int(level), -1) for level in shown} == {60, 180}
    assert loud[:30].max() < 0.01 > loud[31:58].max()
    assert loud[-25:-3].min() > 0.2
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_only_visits_of_the_day_that_are_not_over_their_time(kept, monkeypatch):
    store, _, ids = kept
    (store.root / f"{TODAY}_without_a_list").mkdir()
    assert [visit.id for visit in visits_of(store.root, TODAY)] == list(ids.values())
    assert visits_of(store.root, date(2020, 1, 1)) == []
    monkeypatch.setattr(module.time, "time", lambda: START + 90 * 3600)
    assert visits_of(store.root, TODAY) == []


def test_a_moment_lies_between_consent_and_strip(kept):
    store, _, _ = kept
    visits = visits_of(store.root, TODAY)
    for visit, moment in zip(visits, moments_of(visits, WORDS), strict=True):
        assert moment.start >= visit.created.timestamp() - 4
        assert moment.end <= visit.created.timestamp()
    jumped = visits[0].model_copy(update={"created": visits[2].created.replace(year=2030)})
    assert moments_of([jumped], WORDS) == []


def test_a_film_goes_with_the_first_of_its_visitors_who_deletes_theirs(kept, recorded, tmp_path):
    store, films, ids = kept
    other = tmp_path / "films" / f"{TODAY}.mp4"
    other.parent.mkdir()
    other.write_bytes(b"of this morning")
    film = films.make(recorded, store.root, TODAY, WORDS, nothing).path
    store.delete(ids["gone"], "expired")
    assert film.exists()
    store.delete(ids["quiet"], "visitor")
    assert list(other.parent.iterdir()) == [other]
    again = films.make(recorded, store.root, TODAY, WORDS, nothing).path
    assert json.loads(again.with_suffix(".visits.json").read_text()) == [ids["heard"]]
    assert other.read_bytes() == b"of this morning"


def test_who_deletes_theirs_meanwhile_or_a_full_disk_ends_the_film_without_a_rest(kept, recorded, tmp_path, monkeypatch):
    store, films, ids = kept

    def leave(share: float) -> None:
        if share > 0.5 and (store.root / ids["quiet"]).exists():
            store.delete(ids["quiet"], "visitor")

    with pytest.raises(UsageError, match="make it again"):
        films.make(recorded, store.root, TODAY, WORDS, leave)
    monkeypatch.setattr(module, "LEAST_FREE", 2**60)
    with pytest.raises(UsageError, match="nearly full"):
        films.make(recorded, store.root, TODAY, WORDS, nothing)
    assert list((tmp_path / "films").iterdir()) == []


def test_a_film_in_the_making_tells_how_far_it_is_and_can_be_called_off(kept, recorded, tmp_path):
    store, films, _ = kept
    making = Making(lambda progress: films.make(recorded, store.root, TODAY, WORDS, progress))
    making.stop(20)
    assert making.done
    assert making.reel is None
    assert "called off" in making.words
    assert list((tmp_path / "films").iterdir()) == []
    making = Making(lambda progress: films.make(recorded, store.root, TODAY, WORDS, progress))
    deadline = time.monotonic() + 30
    while not making.done and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (making.share, making.fault) == (1.0, None)
    assert making.words.startswith(str(making.reel.path))
    assert "3 visits" in making.words


def test_the_command_makes_it_too(kept, recorded, tmp_path, capsys):
    given = ["reel", str(recorded), "-o", str(tmp_path / "out.mp4"), "--sessions", str(tmp_path), "--day", TODAY.isoformat(), "--event", "Fair"]
    args = parser().parse_args(given)
    assert args.command(args) == 0
    assert "3 visits" in capsys.readouterr().out
    for wrong, words in ((["--day", "today"], "a day is needed"), (["--day", "2020-01-01"], "nothing to show"), ([], "new .mp4")):
        args = parser().parse_args([*given, *wrong])
        with pytest.raises(UsageError, match=words):
            args.command(args)


def test_words_are_lettered_in_the_languages_own_letters():
    for language, words in (("ko", "봄 축제"), ("ja", "春まつり"), ("en", "Spring fair")):
        ink = letter_in(language)(words, 400, 40)
        assert ink.shape == (40, 400)
        assert ink[:, :8].max() > 100
        assert ink[:, 350:].max() == 0
