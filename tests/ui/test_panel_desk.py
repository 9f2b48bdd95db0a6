"""The panel's questions put to a real booth."""

import time
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from booth.app import Booth
from booth.cameras.faulty import Faulty
from booth.errors import PrintRefused, SessionUnknown, UsageError
from booth.house.kept import SettingsFile
from booth.settings import DemoCamera, EventSettings, Region, Settings, VisionSettings
from booth.sinks.index import About, Consent
from booth.translators.passthrough import PassthroughTranslator
from booth.ui.panel.booth_desk import BoothDesk
from tests.fakes import FailingTranslator, ListCamera

WAIT_S = 20.0
ABOUT = About(characters=("romance",), layout="strip", consent=Consent(photo=True), language="ko")


def until(condition, timeout=WAIT_S):
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def made(photo):
    """Booths with desks, all stopped at the end."""
    all_of_them = []

    def make(file=None, translator=PassthroughTranslator, **event):
        camera = Faulty(ListCamera(cv2.resize(photo, None, fx=2, fy=2)), rate=20)
        settings = Settings(vision=VisionSettings(still_s=0), event=EventSettings(host="127.0.0.1", port=0, **event))
        booth = Booth(settings, translator=translator, camera=lambda _: camera)
        booth.open()
        desk = BoothDesk(booth, file)
        all_of_them.append((booth, camera, desk))
        return booth, camera, desk

    yield make
    for booth, camera, desk in all_of_them:
        camera.fault = "none"
        assert booth.stop()
        booth.close()
        desk.close()


def keep_one(booth, clip=False) -> str:
    draft = booth.reception.store.begin()
    _, png = cv2.imencode(".png", np.full((90, 30, 3), 200, np.uint8))
    draft.add("strip.png", png.tobytes(), "strip")
    if clip:
        draft.add("talk.mp4", b"film", "clip")
    return draft.confirm(ABOUT.model_copy(update={"consent": Consent(photo=True, voice=clip)})).manifest.id


def test_a_booth_without_sessions(made):
    _, camera, desk = made()
    assert desk.look().health["camera"].remedy.id == "start"
    assert desk.mend("start") == "drawing has started"
    assert until(lambda: desk.look().health["camera"].state == "green" and desk.look().numbers.faces == 1)
    look = desk.look()
    assert look.health.state == "green"
    assert not look.gate.sessions
    assert "nothing is kept" in look.gate.why
    assert look.numbers.fps > 0
    assert look.numbers.latency_ms > 0
    assert not desk.can_pause
    with pytest.raises(UsageError, match="no sessions"):
        desk.pause()
    camera.fault = "lost"
    assert until(lambda: desk.look().health["camera"].state == "red")
    assert "plug it in again" in desk.look().health["camera"].words
    camera.fault = "none"
    desk.mend("reconnect_camera")
    assert until(lambda: desk.look().health["camera"].state == "green")
    camera.fault = "black"
    assert until(lambda: "black" in desk.look().health["camera"].words)


def test_a_frozen_camera_is_noticed(made):
    _, camera, desk = made()
    desk.mend("start")
    assert until(lambda: desk.look().health["camera"].state == "green")
    camera.fault = "frozen"
    began = time.monotonic()
    assert until(lambda: desk.look().health["camera"].state == "red")
    assert 2 < time.monotonic() - began < 6
    assert "no new picture" in desk.look().health["camera"].words


def test_an_engine_that_fails_is_red_and_the_processor_takes_over(made, caplog):
    booth, _, desk = made(translator=FailingTranslator)
    desk.mend("start")
    assert until(lambda: desk.look().health["engine"].state == "red")
    assert desk.look().health["engine"].remedy.id == "cpu_engine"
    booth._translator = PassthroughTranslator
    desk.mend("cpu_engine")
    assert booth.settings.engine == "cpu"
    assert until(lambda: desk.look().health["engine"].state == "green")
    caplog.clear()


def test_visitors_and_sessions_and_prints_are_counted_once(made, tmp_path):
    booth, _, desk = made(folder=tmp_path, printer=f"{tmp_path}/paper/")
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
    assert [session.id for session in look.sessions] != [id, *[]]
    assert (len(look.sessions), look.numbers.sessions, look.numbers.clips) == (1, 2, 1)      # what was counted stays counted
    assert '"why": "operator"' in (tmp_path / "sessions" / "purges.log").read_text()
    with pytest.raises(SessionUnknown):
        desk.delete(id)
    desk.close()
    again = BoothDesk(booth)
    assert again.look().numbers.sessions == 2
    again.close()


def test_a_visitor_who_stays_is_counted(made):
    _, _, desk = made()
    desk.mend("start")
    assert until(lambda: desk.look().numbers.visitors == 1)
    assert desk.look().day["visitors"].sum() == 1
    assert np.isfinite(desk.look().day["fps"]).sum() >= 1


def test_a_reprint_beyond_the_quota_or_without_a_printer_is_refused_in_words(made, tmp_path):
    booth, _, desk = made(folder=tmp_path)
    id = keep_one(booth)
    with pytest.raises(UsageError, match="no printer"):
        desk.reprint(id)
    assert not desk.look().health["printer"].used


def test_printing_faults_follow_the_printer(made, tmp_path):
    booth, _, desk = made(folder=tmp_path, printer=f"{tmp_path}/file/paper/")
    (tmp_path / "file").write_text("")
    assert until(lambda: "name another folder" in desk.look().health["printer"].words)
    assert not desk.look().gate.print
    (tmp_path / "file").unlink()
    assert until(lambda: desk.look().gate.print)
    assert "told to go on" in desk.mend("resume_printer")
    booth.reception.printer._quota = booth.reception.printer._quota.__class__(0, None)
    with pytest.raises(PrintRefused, match="no more than 0"):
        desk.reprint(keep_one(booth))


def test_the_phones_page_is_started_again(made, tmp_path):
    booth, _, desk = made(folder=tmp_path)
    assert desk.look().health["share"].state == "green"
    booth.reception.share.stop()
    row = desk.look().health["share"]
    assert (row.state, row.remedy.id) == ("red", "restart_share")
    assert not desk.look().gate.share
    assert "again" in desk.mend("restart_share")
    assert desk.look().health["share"].state == "green"


def test_pause_and_go_on(made, tmp_path):
    booth, _, desk = made(folder=tmp_path)
    desk.pause()
    assert desk.paused
    assert booth.reception.host.screen.name == "paused"
    desk.resume()
    assert booth.reception.host.screen.name == "attract"


def test_a_clock_in_doubt_is_red_until_a_person_has_looked(made, tmp_path):
    booth, _, desk = made(folder=tmp_path)
    keep_one(booth)
    store = booth.reception.store
    store.now = lambda: time.time() - 86400
    assert "went back" in desk.mend("purge")
    row = desk.look().health["clock"]
    assert (row.state, row.remedy.id) == ("red", "trust_clock")
    assert "trusted" in desk.mend("trust_clock") or "0 expired" in desk.mend("trust_clock")
    assert desk.look().health["clock"].state == "green"


def test_the_end_of_the_day_purges_and_writes_the_summary(made, tmp_path):
    booth, _, desk = made(folder=tmp_path, name="Festival", keep_h=1)
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


def test_settings_are_used_at_once_where_they_can_be_and_saved(made, tmp_path):
    file = SettingsFile(tmp_path / "settings.json")
    booth, _, desk = made(file, folder=tmp_path / "event")
    desk.mend("start")
    old = desk.settings
    wanted = old.model_copy(update={"style": "night", "mirror": False, "screen": 1,
                                    "vision": old.vision.model_copy(update={"region": Region(left=0.2)}),
                                    "event": old.event.model_copy(update={"volume": 0.2})})
    worker = booth._workers[0]
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
    booth, _, desk = made(SettingsFile(tmp_path / "file" / "settings.json"))
    before = booth.settings
    with pytest.raises(UsageError, match="no style called"):
        desk.apply(before.model_copy(update={"style": "nobody"}))
    assert booth.settings == before
    with pytest.raises(UsageError, match="cannot be written"):
        desk.apply(before.model_copy(update={"style": "night"}))
    assert booth.settings.style == before.style
    assert booth.wardrobe.style.title["en"] != "Night"


def test_a_visitors_character_is_not_taken_for_the_operators(made, tmp_path):
    booth, _, desk = made(folder=tmp_path)
    booth.dress(style="chibi", mix_with=None, mix=0.0, each=False)      # as a visit does
    assert desk.settings.style == "romance"


def test_what_a_remedy_cannot_do_is_said(made):
    _, _, desk = made()
    for remedy, why in (("nonsense", "nothing here"), ("choose_microphone", "system's sound settings"), ("place_signage", "plug the display"),
                        ("purge", "no sessions"), ("restart_share", "no sessions")):
        with pytest.raises(UsageError, match=why):
            desk.mend(remedy)
    assert desk.mend("verify_models") == "the models are as they were made"
    assert desk.mend("reload_characters")
    assert desk.choices("purge") == []
    assert desk.suggestions("camera.device") is not None
    assert "romance" in desk.suggestions("style")


def test_what_was_wrong_with_the_settings_file_is_said_until_it_was_read(made):
    booth, _, _ = made()
    desk = BoothDesk(booth, note="settings.json has a mistake")
    assert desk.look().health["settings"].state == "amber"
    desk.mend("settings_read")
    assert desk.look().health["settings"].state == "green"
    desk.close()


def test_a_character_with_a_mistake_is_amber(made, tmp_path):
    booth, _, desk = made()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "style.toml").write_text("kind = 'nonsense'\n")
    booth.settings = booth.settings.model_copy(update={"styles": tmp_path, "style": "mine"})
    booth.reload_styles()
    row = desk.look().health["characters"]
    assert (row.state, row.remedy.id) == ("amber", "reload_characters")
    assert "style.toml" in row.words
