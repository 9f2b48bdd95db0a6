"""Visits with everything real but camera, screen and sound card: what was promised is on disk, and nothing else."""

import json
import random
import time
from contextlib import closing
from dataclasses import replace

import cv2
import numpy as np
import pytest

from booth.app import build_stages
from booth.brand import Brand
from booth.frame import frozen
from booth.host.host import Host
from booth.host.maker import Maker
from booth.host.reception import Reception
from booth.pipeline import Strangers, process
from booth.products.layout import load_layout
from booth.render.style import load_style
from booth.render.wardrobe import Wardrobe
from booth.session import Press, SessionSettings, Source, Typed
from booth.settings import EventSettings, Settings, VisionSettings
from booth.sinks import Budget
from booth.sinks.printer import FolderPrinter, Journal, PrinterTask, PrintSettings, Quota, make_printer
from booth.sinks.share import Share, ShareSettings
from booth.sinks.store import Store
from booth.translators import make_translator
from tests.fakes import frame_of

QUICK = SessionSettings(countdown_s=1, shown_s=0.5, notice_s=0.1, settle_ms=0, same_press_ms=0, away_s=3, away_choice_s=4, away_result_s=5,
                        thanks_s=1, strangers_s=1)


@pytest.fixture(scope="module")
def composite(photo):
    """A drawing of one visitor with the real network, as the live booth makes it."""
    translator = make_translator("cpu")
    stages = build_stages(Settings(vision=VisionSettings(still_s=0, birth_frames=1)), Wardrobe(load_style("romance")), translator)
    strangers, big = Strangers(), cv2.resize(photo, (1080, 1080), interpolation=cv2.INTER_CUBIC)
    for k in range(14):
        drawn = process(frame_of(np.roll(big, k % 3, axis=1), k, k / 30), stages, strangers)
    translator.close()
    assert drawn.faces
    return drawn


class Scene:
    """A host whose time is ours: ``run`` lets seconds pass as fast as the work allows."""

    def __init__(self, folder, composite, share=True, printer=False, budget=None, settings=QUICK, keep=None, microphone=None):
        self.composite, self.now, self.seq = composite, 100.0, 1000
        self.dressed = []
        self.store = Store(folder / "sessions", budget or Budget(session_mib=24, spare_mib=0))
        self.store.repair()
        self.share = Share(self.store, ShareSettings(host="127.0.0.1", port=0)) if share else None
        if self.share is not None:
            self.share.start()
        self.printer = None
        if printer:
            journal, wanted = Journal(folder / "prints.sqlite"), PrintSettings(printer=FolderPrinter(folder=folder / "paper"))
            self.printer = PrinterTask(make_printer(wanted, journal), journal, wanted)
            self.printer._settings = wanted.model_copy(update={"poll_s": 0.1})
            self.printer.step()
        make = lambda answer: Maker(self.store, self.share, lambda: Brand("봄 축제"), "cpu", answer, load_layout)
        dress = lambda *wanted: self.dressed.append(wanted)
        self.host = Host(settings, ["romance", "night"], ["strip", "grid"], make, self.store, dress, None, self.printer, random.Random(3),
                         microphone)

    @property
    def screen(self):
        return self.host.screen

    def run(self, seconds, here=True, until=None, ids=None):
        """Pass ``seconds``; while something is being made, real time passes too."""
        end = self.now + seconds
        while self.now < end and not (until is not None and self.screen.name == until):
            self.now += 0.05
            self.seq += 1
            shown = replace(self.composite, seq=self.seq, captured_at=self.now) if here else None
            if ids is not None and shown is not None:
                take = replace(shown.take, adapted=tuple(replace(a, face=replace(a.face, track_id=ids)) for a in shown.take.adapted))
                shown = replace(shown, take=take)
            if shown is not None:
                self.host.show(shown)
            if self.screen.name in ("opening", "making", "shot", "recording", "animating"):
                time.sleep(0.02)
                self.now -= 0.04
                end -= 0.02
            self.host.tick(self.now, shown)

    def press(self, action, value=None):
        self.host.hear(Press(action, Source.TOUCH, value), self.now)

    def to(self, name, limit=60.0):
        self.run(limit, until=name)
        assert self.screen.name == name, self.screen

    def begin(self):
        self.to("noticed")
        for action in ("begin", "ready", "photo", "agree"):
            self.press(action)
        self.run(0.1)

    def strip(self, layout="strip"):
        self.begin()
        self.to("review")
        self.press("go_on")
        self.press("layout", layout)
        self.press("make")
        self.to("result")
        return self.screen.session_id

    def close(self):
        self.host.close()
        if self.share is not None:
            self.share.stop()
        self.store.close()


@pytest.fixture
def scene(tmp_path, composite):
    with closing(Scene(tmp_path, composite)) as made:
        yield made


def wait(done, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not done():
        time.sleep(0.02)
        assert time.monotonic() < deadline


def test_a_visit_leaves_one_whole_session(scene, monkeypatch):
    given_back = []
    monkeypatch.setattr("booth.host.maker.give_back", lambda: given_back.append(scene.screen.name))
    session = scene.strip()
    kept = scene.store.get(session)
    wait(lambda: len(scene.store.get(session).manifest.files) == 8)
    names = {e.name for e in scene.store.get(session).manifest.files}
    assert names == {"strip.png", "sheet.jpg", "cut1.jpg", "cut2.jpg", "cut3.jpg", "cut4.jpg", "moving.mp4", "moving.gif"}
    assert {p.name for p in kept.folder.iterdir()} == names | {"manifest.json"}
    about = json.loads((kept.folder / "manifest.json").read_text())
    assert about["characters"] == ["romance"]
    assert about["layout"] == "strip"
    assert about["consent"] == {"photo": True, "voice": False}
    assert scene.screen.url.startswith("http://127.0.0.1:")
    assert scene.host.strip().shape == (1800, 600, 3)
    shots = list(scene.host._takes.values())
    assert len(scene.host._pictures) == len(shots) == 4
    scene.press("done")
    scene.run(3, here=False)
    wait(lambda: given_back)
    assert not scene.host._pictures                                  # pictures of who is gone stay on the disk only
    assert not scene.host._takes
    assert scene.screen.name == "attract"
    assert scene.dressed[-1] == (None, None, 0.0)                    # the booth's own character again
    assert len(scene.store.sessions()) == 1


def test_what_was_shown_is_what_was_saved(composite, scene):
    """The same landmarks within a hundredth of the face, the same colours; four times as fine."""
    from booth.vision.mesh import FaceMesh

    drawn = scene.host._maker
    scene.begin()
    wait(lambda: drawn._studio is not None)
    saved = drawn._studio.again(composite.take)
    assert saved.image.shape == composite.image.shape
    box = composite.take.adapted[0].face.box
    mesh = FaceMesh()
    a, b = mesh.find(composite.image, box), mesh.find(saved.image, box)
    height = float(box[3] - box[1])
    assert np.linalg.norm(a[:, :2] - b[:, :2], axis=1).mean() < 0.01 * height
    x0, y0, x1, y1 = box.astype(int)
    assert np.abs(composite.image[y0:y1, x0:x1].astype(float).mean((0, 1)) - saved.image[y0:y1, x0:x1].mean((0, 1))).max() < 6
    assert saved.people[y0:y1, x0:x1].mean() > 230


def test_a_group_that_leaves_half_way_leaves_nothing(scene):
    scene.begin()
    scene.to("shown")
    scene.run(30, here=False)
    assert scene.screen.name == "attract"
    wait(lambda: not list(scene.store.root.glob(".draft-*")))
    assert scene.store.sessions() == []


def test_strangers_do_not_finish_it(scene):
    scene.begin()
    scene.to("countdown")
    scene.run(6, ids=777)
    assert scene.screen.name in ("attract", "noticed")
    wait(lambda: not list(scene.store.root.glob(".draft-*")))
    assert scene.store.sessions() == []


def test_cancelled_while_it_is_made_nothing_stays_even_when_it_was_ready(scene):
    scene.begin()
    scene.to("review")
    scene.press("go_on")
    scene.press("make")
    scene.press("cancel")
    scene.run(1, here=False)
    assert scene.screen.name == "attract"
    scene.host._maker._maker.submit(lambda: None).result(30)
    assert scene.store.sessions() == []
    assert list(scene.store.root.glob(".draft-*")) == []


def test_no_room_is_said_calmly_and_before_anything_is_taken(tmp_path, composite):
    with closing(Scene(tmp_path, composite, share=False, budget=Budget(session_mib=4096, spare_mib=10**9))) as scene:
        scene.begin()
        scene.to("refused")
        scene.run(20, here=False)
        assert scene.screen.name == "attract"
        assert list(scene.store.root.glob("*T*")) == []


def test_without_a_network_there_is_a_strip_and_paper_but_no_link(tmp_path, composite):
    """With ten thousand letters, some from the right; a double tap prints once."""
    with closing(Scene(tmp_path, composite, share=False, printer=True)) as scene:
        scene.host._maker._move = lambda *a: None                      # half of a visit's time; tested above
        scene.begin()
        scene.to("review")
        scene.press("go_on")
        scene.host.hear(Typed("שלום 🎉 안녕 " * 1000), scene.now)
        assert len(scene.screen.words) == 60
        scene.press("make")
        scene.to("result")
        assert scene.screen.url is None
        assert scene.host.strip() is not None
        scene.printer.quota = Quota(day=2)
        scene.printer.step()
        scene.run(0.2)
        assert scene.screen.copies == 2
        scene.press("print", 2)
        scene.press("print", 2)
        for _ in range(4):
            scene.printer.step()
        assert len([p for p in (tmp_path / "paper").rglob("*") if p.is_file() and p.suffix in (".jpg", ".png")]) == 2
        scene.run(0.2)
        assert "print" not in scene.screen.actions                  # the day's prints are used up
        job = scene.printer._journal.jobs()[0]
        assert job.picture is None or job.picture.name == "sheet.jpg"
        assert job.session == scene.screen.session_id


def test_a_retake_takes_the_place_of_the_old_one(scene):
    scene.begin()
    scene.to("review")
    before = scene.screen.shots
    scene.press("retake", 1)
    scene.to("countdown")
    scene.to("review")
    after = scene.screen.shots
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, True, True]
    assert scene.host.picture(before[1]) is None
    assert scene.host.picture(after[1]) is not None


def test_nobody_on_the_screen_is_a_missed_shot_not_an_error(composite, scene):
    scene.begin()
    scene.to("countdown")
    scene.host._shown = replace(composite, faces=())
    scene.host.show = lambda c: None
    scene.run(8)
    assert scene.screen.name in ("countdown", "failed", "shot")


def test_scripted_visits_in_a_row_lose_nothing(tmp_path, composite, request):
    """Random ways through: whole visits, cancels, leavings, double taps. As many as TOONBOOTH_VISITS says, 8 by default: each way once at least."""
    import os

    import psutil
    visits, chance = int(os.environ.get("TOONBOOTH_VISITS", "8")), random.Random(5)
    with closing(Scene(tmp_path, composite)) as scene:
        scene.host._maker._move = lambda *a: None                      # half of a visit's time; tested above
        confirmed, memory = [], []
        for number in range(visits):
            scene.run(4, here=False)
            kind = chance.choice(["whole", "whole", "whole", "cancel", "leave", "double"])
            scene.begin()
            if kind == "cancel":
                scene.to(chance.choice(["countdown", "shown", "review"]))
                scene.press("cancel")
            elif kind == "leave":
                scene.run(chance.uniform(0.5, 4))
                scene.run(30, here=False)
            else:
                scene.to("review")
                for action, value in (("go_on", None), ("layout", ("strip", "grid")[number % 2]), ("make", None)):
                    scene.press(action, value)
                    if kind == "double":
                        scene.press(action, value)
                scene.to("result")
                confirmed.append(scene.screen.session_id)
                scene.press("done")
            scene.run(60, here=False, until="attract")
            assert scene.screen.name == "attract", (number, kind, scene.screen)
            memory.append(psutil.Process().memory_info().rss / 2**20)
        scene.host._maker._maker.submit(lambda: None).result(30)
        assert {k.manifest.id for k in scene.store.sessions()} == set(confirmed)
        assert scene.store.repair() == type(scene.store.repair())()
        inside = {p.name for p in (tmp_path / "sessions").iterdir() if not p.name.startswith(".") and p.is_dir()}
        assert inside == set(confirmed)
        assert {p.name for p in tmp_path.iterdir()} == {"sessions"}
        if visits >= 40:                                               # too few say nothing about memory
            third = len(memory) // 3
            assert abs(np.median(memory[-third:]) / np.median(memory[third:2 * third]) - 1) < 0.05, memory


def test_the_matte_and_boxes_of_a_take_fit_its_picture(composite):
    from booth.host.host import CLIP_WIDTH, _small

    small = _small(composite)
    assert small.image.shape[1] == CLIP_WIDTH
    assert small.people.shape == small.image.shape[:2]
    x0, y0, x1, y1 = small.boxes[0].astype(int)
    assert small.people[y0:y1, x0:x1].mean() > 200
    assert frozen(small.image) is small.image


@pytest.fixture
def reception(tmp_path):
    """Everything that serves visits, with an event of its own."""
    event = EventSettings(folder=tmp_path / "event", host="127.0.0.1", port=0, printer=f"{tmp_path}/paper/", offer_characters=("night", "nobody"))
    with closing(Reception(Settings(event=event), lambda *a: None)) as made:
        yield made


def to_character(reception, composite, later=0.0):
    host = reception.host
    for step in range(200):
        now = time.monotonic() + later + step / 10
        host.tick(now, composite)
        if host.screen.name == "noticed":
            host.hear(Press("begin", Source.TOUCH), now + 1)
            return host.screen
    raise AssertionError(host.screen)


def test_another_event_is_served_from_the_next_visit_on(reception, composite):
    assert to_character(reception, composite).styles == ("night",)
    assert reception.mistakes == [next(line for line in reception.faults() if "'nobody'" in line)]
    event = reception._event.model_copy(update={"offer_characters": ("chibi", "romance"), "offer_languages": ("en", "ko"), "prints_a_visit": 1,
                                                "prints_a_day": 9, "name": "Fair", "volume": 0.1})
    reception.use(Settings(event=event))
    assert reception.mistakes == []
    assert reception.host.screen.styles == ("night",)                # the visit goes on as it began
    assert (reception.brand.name, reception.sounds.volume) == ("Fair", 0.1)
    assert reception.printer.quota == Quota(session=1, day=9)
    reception.host.hear(Press("cancel", Source.TOUCH), time.monotonic() + 90)
    assert (reception.host.screen.language, reception.host.screen.languages) == ("ko", ("en", "ko"))
    assert to_character(reception, composite, 91).styles == ("chibi", "romance")


def test_a_logo_is_used_at_once_and_outlives_its_file(reception, tmp_path):
    from PIL import Image
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (80, 40), "navy").save(logo)
    before = reception.preview("grid", [])
    reception.use(Settings(event=reception._event.model_copy(update={"logo": logo, "accent": "#0a7f5a", "offer_characters": ()})))
    seen = reception.preview("grid", [])
    assert not np.array_equal(before, seen)
    assert reception.share.brand.logo.size == (80, 40)
    assert not reception.reload_layouts()
    logo.unlink()
    assert reception.reload_layouts()
    assert reception.mistakes == [f"event.logo: there is no file {logo}; choose another, or none"]
    assert np.array_equal(seen, reception.preview("grid", []))
    Image.new("RGBA", (50, 40), "navy").save(logo)
    assert reception.reload_layouts()
    assert reception.mistakes == []
    assert reception.brand.logo.size == (50, 40)


def test_a_saved_layout_is_used_at_once_and_a_mistake_in_it_changes_nothing(tmp_path):
    import shutil

    from booth import resources

    own = tmp_path / "layouts" / "mine"
    shutil.copytree(resources.assets() / "layouts" / "grid", own)
    event = EventSettings(folder=tmp_path / "event", layouts=tmp_path / "layouts", host="127.0.0.1", port=0)
    with closing(Reception(Settings(event=event), lambda *a: None)) as reception:
        assert "mine" in reception.layouts
        before = reception.preview("mine", [])
        assert not reception.reload_layouts()
        text = (own / "layout.toml").read_text()
        (own / "layout.toml").write_text(text.replace("width = 45.8", "width = 30"))
        assert reception.reload_layouts()
        assert not np.array_equal(before, reception.preview("mine", []))
        now = reception.preview("mine", [])
        (own / "layout.toml").write_text("nonsense = 1\n")
        assert reception.reload_layouts()
        assert any("nonsense" in fault or "mine" in fault for fault in reception.faults())
        assert np.array_equal(now, reception.preview("mine", []))
        (own / "layout.toml").write_text(text)
        assert reception.reload_layouts()
        assert not any("mine" in fault for fault in reception.faults())
