"""The panel's questions put to a real booth."""

import time
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from booth.app import Booth
from booth.cameras.faulty import Faulty
from booth.errors import CameraLost, SessionUnknown, UsageError, WeightsError
from booth.frame import Composite, Frame, frozen
from booth.host.crew import Crew
from booth.house import day
from booth.house.health import camera as camera_row
from booth.house.kept import SettingsFile
from booth.settings import BroadcastSettings, DemoCamera, EventSettings, RecordSettings, Region, Settings, VisionSettings
from booth.sinks.index import About, Consent
from booth.translators.passthrough import PassthroughTranslator
from booth.ui.panel import parts, shelf
from booth.ui.panel.booth_desk import BoothDesk
from tests.fakes import ListCamera

WAIT_S = 30.0
BLANK = frozen(np.full((72, 128, 3), 120, np.uint8))
ABOUT = About(characters=("romance",), layout="strip", consent=Consent(photo=True), language="ko")


class Thread:
    """Stands for a worker of the booth's, with what is wrong with it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.fault = self.error = None


class Idle(Booth):
    """A booth whose threads do nothing: what they see and draw is put in by hand."""

    def start(self) -> None:
        self._workers = [Thread(name) for name in ("draw", "see", "camera", "styles")]

    def stop(self) -> bool:
        self._workers = []
        return True

    def describe_camera(self) -> str:
        return "camera of the test"

    def show(self, *faces: int, age_s: float = 0.0, calm: bool = False, covered: int = 0) -> None:
        at = time.monotonic() - age_s
        self.frames.put(Frame(BLANK, 1, at))
        picture = Composite(BLANK, 1, at, faces, covered, calm)
        self.composites.put(picture)
        self.stats.composited(picture)


def until(condition, timeout=WAIT_S):
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def made():
    """Booths with desks, all stopped at the end."""
    all_of_them = []

    def make(file=None, note=None, **event):
        booth = Idle(Settings(event=EventSettings(host="127.0.0.1", port=0, **event)))
        booth.open()
        desk = BoothDesk(booth, file, note)
        all_of_them.append((booth, desk))
        return booth, desk

    yield make
    for booth, desk in all_of_them:
        booth.stop()
        booth.close()
        desk.close()


def keep_one(booth, clip=False) -> str:
    draft = booth.reception.store.begin()
    _, png = cv2.imencode(".png", np.full((90, 30, 3), 200, np.uint8))
    draft.add("strip.png", png.tobytes(), "strip")
    if clip:
        draft.add("talk.mp4", b"film", "clip")
    return draft.confirm(ABOUT.model_copy(update={"consent": Consent(photo=True, voice=clip)})).manifest.id


def row(desk, name):
    return desk.look().health[name]


def test_a_real_booth_is_looked_at_while_it_draws(photo):
    camera = Faulty(ListCamera(cv2.resize(photo, None, fx=2, fy=2)), rate=20)
    booth = Booth(Settings(vision=VisionSettings(still_s=0)), translator=PassthroughTranslator, camera=lambda _: camera)
    desk = BoothDesk(booth)
    assert row(desk, "camera").remedy.id == "start"
    assert desk.mend("start") == "drawing has started"
    assert until(lambda: row(desk, "camera").state == "green" and desk.look().numbers.visitors == 1)
    look = desk.look()
    assert look.health.state == "green"
    assert (look.numbers.faces, look.numbers.engine) == (1, "passthrough")
    assert look.numbers.fps > 0
    assert look.numbers.latency_ms > 0
    assert look.day["visitors"].sum() == 1
    assert np.isfinite(look.day["fps"]).sum() >= 1
    camera.fault = "lost"
    assert until(lambda: row(desk, "camera").state == "red")
    assert "plug it in again" in row(desk, "camera").words
    camera.fault = "none"
    assert until(lambda: row(desk, "camera").state == "green")
    assert booth.stop()
    desk.close()


def test_the_cameras_faults(made):
    booth, desk = made()
    desk.mend("start")
    desk.look()
    assert row(desk, "camera").words == "waiting for its first picture"
    booth.show(1)
    assert row(desk, "camera") == camera_row("camera of the test", True, None, 0.0, False)
    booth.show(age_s=0.5, calm=True)
    assert "black" in row(desk, "camera").words
    desk._parts._began -= 60
    booth.show(1, age_s=4)
    assert "no new picture for 4 s" in row(desk, "camera").words
    booth.show(1, age_s=100)                                       # from before drawing was started anew
    assert "no new picture for 60 s" in row(desk, "camera").words
    booth._workers[2].fault = CameraLost("it was unplugged")
    assert row(desk, "camera").words == "it was unplugged"
    assert desk.mend("reconnect_camera")
    assert row(desk, "camera").state == "amber"
    booth.stop()
    assert row(desk, "camera").remedy.id == "start"


def test_the_engines_faults(made, monkeypatch):
    booth, desk = made()
    desk.mend("start")
    booth.show(1)
    assert row(desk, "engine").state == "green"
    booth.stats.failed()
    assert "cannot be drawn" in row(desk, "engine").words
    monkeypatch.setattr(parts, "FAILING_S", 0.0)
    assert row(desk, "engine").state == "green"
    monkeypatch.setattr(parts, "FAILING_S", 5.0)
    monkeypatch.setattr(parts, "COVERED_S", 0.0)
    booth.show(covered=2)
    desk.look()
    assert row(desk, "engine").remedy.id == "cpu_engine"             # everybody is covered: nobody is drawn
    booth._workers[1].error = WeightsError("webtoon.onnx is gone")
    assert row(desk, "engine").words == "webtoon.onnx is gone"
    desk.mend("cpu_engine")
    assert (booth.settings.engine, booth.running) == ("cpu", True)
    assert row(desk, "engine").remedy is None or row(desk, "engine").remedy.id == "restart_drawing"


def test_live_out_and_the_virtual_camera_have_rows_of_their_own(made):
    booth, desk = made()
    assert not any(row(desk, name).used for name in ("recording", "live", "virtual"))
    booth.crew = Crew(Settings(live=BroadcastSettings(url="rtmp://127.0.0.1:1/app/key", sound=False)), None)
    assert row(desk, "live").words == "waits for the server"
    assert until(lambda: booth.crew.show(Composite(BLANK, 1, time.monotonic())) or row(desk, "live").state == "red")
    assert "rtmp://127.0.0.1:1 does not take the broadcast" in row(desk, "live").words
    assert not row(desk, "virtual").used


def test_who_stays_is_a_visitor_and_the_rate_is_kept_for_the_day(made, monkeypatch):
    booth, desk = made()
    desk.mend("start")
    monkeypatch.setattr(day, "STAYED_S", 0.0)
    for _ in range(3):
        booth.show(7, 8)
        desk.look()
    assert desk.look().numbers.visitors == 2
    assert desk.look().day["visitors"].sum() == 2
    assert np.isfinite(desk.look().day["latency_ms"]).sum() in (1, 2)


def test_sessions_and_prints_are_counted_once(made, tmp_path, monkeypatch):
    monkeypatch.setattr(shelf, "LOOK_S", 0.0)
    booth, desk = made(folder=tmp_path, printer=f"{tmp_path}/paper/")
    keep_one(booth)
    id = keep_one(booth, clip=True)
    assert until(lambda: booth.reception.printer.state.ready)
    assert desk.reprint(id) == "one sheet is printed"
    assert until(lambda: desk.look().sessions and desk.look().numbers.prints == 1)
    look = desk.look()
    assert (look.numbers.sessions, look.numbers.strips, look.numbers.clips) == (2, 2, 1)
    first = look.sessions[0]
    assert (first.id, first.prints, first.pictures, first.others) == (id, 1, ("strip.png",), ("talk.mp4",))
    assert len(list((tmp_path / "paper").iterdir())) == 1
    assert desk.look().sessions is look.sessions
    assert "deleted" in desk.delete(id)
    look = desk.look()
    assert id not in [session.id for session in look.sessions]
    assert (len(look.sessions), look.numbers.sessions, look.numbers.clips) == (1, 2, 1)      # what was counted stays counted
    assert '"why": "operator"' in (tmp_path / "sessions" / "purges.log").read_text()
    with pytest.raises(SessionUnknown):
        desk.delete(id)
    desk.close()
    again = BoothDesk(booth)
    assert again.look().numbers.sessions == 2
    again.close()


def test_the_days_prints_used_up_are_amber_and_the_operator_prints_on(made, tmp_path):
    booth, desk = made(folder=tmp_path, printer=f"{tmp_path}/paper/", prints_a_day=1)
    id, printer = keep_one(booth), booth.reception.printer
    assert until(lambda: printer.state.ready)
    assert desk.look().gate.print
    printer.ask("visitors", tmp_path / "sessions" / id / "strip.png", 1, id)
    assert until(lambda: row(desk, "printer").state == "amber")
    assert "prints of today are used up" in row(desk, "printer").words
    assert not desk.look().gate.print
    assert desk.reprint(id) == "one sheet is printed"
    assert until(lambda: len(list((tmp_path / "paper").iterdir())) == 2)
    event = desk.settings.event.model_copy(update={"prints_a_day": 2})
    desk.apply(desk.settings.model_copy(update={"event": event}))
    assert until(lambda: desk.look().gate.print)


def test_a_reprint_without_a_printer_is_refused_in_words(made, tmp_path):
    booth, desk = made(folder=tmp_path)
    id = keep_one(booth)
    with pytest.raises(UsageError, match="no printer"):
        desk.reprint(id)
    assert not desk.look().health["printer"].used


def test_printing_faults_follow_the_printer(made, tmp_path):
    (tmp_path / "file").write_text("")
    _, desk = made(folder=tmp_path, printer=f"{tmp_path}/file/paper/")
    assert until(lambda: "name another folder" in desk.look().health["printer"].words)
    assert not desk.look().gate.print
    (tmp_path / "file").unlink()
    assert until(lambda: desk.look().gate.print)
    assert "told to go on" in desk.mend("resume_printer")


def test_the_phones_page_is_started_again(made, tmp_path):
    booth, desk = made(folder=tmp_path)
    assert desk.look().health["share"].state == "green"
    booth.reception.share.stop()
    row = desk.look().health["share"]
    assert (row.state, row.remedy.id) == ("red", "restart_share")
    assert not desk.look().gate.share
    assert "again" in desk.mend("restart_share")
    assert desk.look().health["share"].state == "green"


def test_pause_and_go_on(made, tmp_path):
    booth, desk = made(folder=tmp_path)
    desk.pause()
    assert desk.paused
    assert booth.reception.host.screen.name == "paused"
    desk.resume()
    assert booth.reception.host.screen.name == "attract"


def test_a_clock_in_doubt_is_red_until_a_person_has_looked(made, tmp_path):
    booth, desk = made(folder=tmp_path)
    keep_one(booth)
    store = booth.reception.store
    store.now = lambda: time.time() - 86400
    assert "went back" in desk.mend("purge")
    row = desk.look().health["clock"]
    assert (row.state, row.remedy.id) == ("red", "trust_clock")
    assert "0 expired" in desk.mend("trust_clock")
    assert desk.look().health["clock"].state == "green"


def test_the_end_of_the_day_purges_and_writes_the_summary(made, tmp_path):
    booth, desk = made(folder=tmp_path, name="Festival", keep_h=1)
    keep_one(booth)
    store = booth.reception.store
    store.now = lambda: time.time() + 7200
    ended = desk.end_of_day()
    assert ended.words.startswith("1 expired sessions were deleted")
    assert store.sessions() == []
    table = ended.table.read_text("utf-8-sig")
    assert ended.table.parent == tmp_path / "days"
    assert "all,0,1,1,0,0" in table
    page = ended.page.read_text()
    assert "Festival" in page
    assert str(datetime.now(UTC).year) in page


def test_the_film_of_the_day_is_made_from_what_was_recorded(made, tmp_path):
    booth, desk = made(folder=tmp_path)
    assert not desk.can_film
    with pytest.raises(UsageError, match="not recorded"):
        desk.film()
    booth.crew = Crew(Settings(record=RecordSettings(folder=tmp_path / "recorded", sound=False)), None)
    assert desk.can_film
    for kept, said in ((False, "no visit of"), (True, "holds no recording")):
        if kept:
            keep_one(booth)
        making = desk.film()
        assert until(lambda: making.done)  # noqa: B023
        assert said in making.words


def test_settings_are_used_at_once_where_they_can_be_and_saved(made, tmp_path):
    file = SettingsFile(tmp_path / "settings.json")
    booth, desk = made(file, folder=tmp_path / "event")
    desk.mend("start")
    old = desk.settings
    wanted = old.model_copy(update={"style": "night", "mirror": False, "screen": 1,
                                    "vision": old.vision.model_copy(update={"region": Region(left=0.2)}),
                                    "event": old.event.model_copy(update={"volume": 0.2})})
    worker = booth._workers[0]
    booth.show(1)
    said = desk.apply(wanted)
    assert said == "saved; after the next start: screen"
    assert booth._workers[0] is worker                             # nothing was stopped for it
    assert booth.wardrobe.style.title["en"] == "Night"
    assert booth.reception.sounds.volume == 0.2
    assert booth.settings.vision.region.left == 0.2
    assert file.load() == (wanted, None)
    assert desk.apply(wanted) == "nothing has changed"
    desk.apply(wanted.model_copy(update={"camera": DemoCamera(), "vision": wanted.vision.model_copy(update={"most_faces": 2})}))
    assert booth._workers[0] is not worker
    assert booth.running
    assert [v.number for v in desk.versions()] == [2, 1]
    assert desk.version(1) == wanted


def test_settings_that_cannot_be_used_or_saved_change_nothing(made, tmp_path):
    (tmp_path / "file").write_text("")
    booth, desk = made(SettingsFile(tmp_path / "file" / "settings.json"))
    before = booth.settings
    with pytest.raises(UsageError, match="no style called"):
        desk.apply(before.model_copy(update={"style": "nobody"}))
    assert booth.settings == before
    with pytest.raises(UsageError, match="cannot be written"):
        desk.apply(before.model_copy(update={"style": "night"}))
    assert booth.settings.style == before.style
    assert booth.wardrobe.style.title["en"] != "Night"


def test_an_event_is_checked_and_used_between_two_pictures(made, tmp_path):
    file = SettingsFile(tmp_path / "settings.json")
    booth, desk = made(file, folder=tmp_path / "event")
    event = lambda **said: desk.settings.model_copy(update={"event": desk.settings.event.model_copy(update=said)})
    for wrong, words in (({"logo": tmp_path / "none.png"}, "there is no file"), ({"offer_layouts": ("strip", "poster")}, "there is no 'poster'")):
        with pytest.raises(UsageError, match=words):
            desk.apply(event(**wrong))
    assert not file.path.exists()
    wanted = event(offer_layouts=("strip", "page"), accent="#0a7f5a", offer_languages=("ja",)).model_copy(update={"rotation": 90})
    assert desk.apply(wanted) == "saved"
    assert file.load() == (wanted, None)
    assert booth.settings.rotation == 90
    assert booth.reception.brand.accent == (10, 127, 90)
    assert booth.reception.host.screen.language == "ja"
    assert set(desk.suggestions("event.offer_layouts")) > {"strip", "page"}
    assert "night" in desk.suggestions("event.offer_characters")


def test_a_visitors_character_is_not_taken_for_the_operators(made, tmp_path):
    booth, desk = made(folder=tmp_path)
    booth.dress(style="chibi", mix_with=None, mix=0.0, each=False)      # as a visit does
    assert desk.settings.style == "romance"


def test_what_a_remedy_cannot_do_is_said(made):
    _, desk = made()
    for remedy, why in (("nonsense", "nothing here"), ("choose_microphone", "no sessions"), ("place_signage", "plug the display"),
                        ("purge", "no sessions"), ("restart_share", "no sessions")):
        with pytest.raises(UsageError, match=why):
            desk.mend(remedy)
    assert desk.mend("verify_models") == "the models are as they were made"
    assert desk.mend("reload_characters")
    assert desk.choices("purge") == []
    assert desk.suggestions("camera.device") is not None
    assert "romance" in desk.suggestions("style")


def test_what_was_wrong_with_the_settings_file_is_said_until_it_was_read(made):
    _, desk = made(note="settings.json has a mistake")
    assert desk.look().health["settings"].state == "amber"
    desk.mend("settings_read")
    assert desk.look().health["settings"].state == "green"


def test_a_character_with_a_mistake_is_amber(made, tmp_path):
    booth, desk = made()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "style.toml").write_text("kind = 'nonsense'\n")
    booth.settings = booth.settings.model_copy(update={"styles": tmp_path, "style": "mine"})
    booth.reload_styles()
    row = desk.look().health["characters"]
    assert (row.state, row.remedy.id) == ("amber", "reload_characters")
    assert "style.toml" in row.words
