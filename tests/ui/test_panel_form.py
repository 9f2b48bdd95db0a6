"""The settings' form: every setting has its field, wrong values are said beside theirs."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QInputDialog

from booth.bench.screens.desk import FakeDesk
from booth.errors import UsageError
from booth.house.form import Field
from booth.house.kept import SettingsFile
from booth.settings import DemoCamera, DeviceCamera, Settings
from booth.ui.panel.editors import editor
from booth.ui.panel.form import SettingsForm


@pytest.fixture
def form(qtbot, tmp_path):
    form = SettingsForm(FakeDesk(file=SettingsFile(tmp_path / "settings.json")))
    qtbot.addWidget(form)
    form.resize(860, 560)
    form.show()
    return form


def put(form, path, text) -> None:
    """As if typed or composed: Qt's own key clicks know no Korean."""
    line = form.line(path).editor.line
    line.setText(text)
    line.textEdited.emit(text)


def test_every_setting_has_a_field_that_shows_what_is_in_use(form):
    from booth.house.form import leaves
    settings = form._desk.settings
    paths = [path for path, _ in leaves(settings.model_dump()) if not path.startswith("camera.")]
    assert len(paths) > 25
    for path in paths:
        assert form.line(path) is not None
    assert form.line("camera").value() == {"kind": "demo"}
    assert form.changes() == {}
    assert form.settings() == settings
    assert not form.use.isEnabled()
    for made in (Settings(), Settings(camera=DeviceCamera(device="x"), mix_with="night", mix=0.25, style="chibi", kiosk=True)):
        form.show_settings(made)
        assert form.changes() == {}


def test_what_is_typed_is_sent_when_it_is_right(qtbot, form):
    put(form, "event.volume", "0.25")
    put(form, "event.name", "가을 축제")
    form.line("mirror").editor.box.click()
    assert form.changes() == {"event.volume": "0.25", "event.name": "가을 축제", "mirror": False}
    with qtbot.waitSignal(form.save) as sent:
        qtbot.mouseClick(form.use, Qt.MouseButton.LeftButton)
    made = sent.args[0]
    assert (made.event.volume, made.event.name, made.mirror) == (0.25, "가을 축제", False)
    assert made.event.folder == form._desk.settings.event.folder
    qtbot.mouseClick(form.back, Qt.MouseButton.LeftButton)
    assert form.changes() == {}


def test_every_wrong_value_is_said_beside_its_field(qtbot, form):
    put(form, "event.volume", "3")
    put(form, "event.keep_h", "soon")
    put(form, "event.name", "x" * 81)
    put(form, "event.port", "80")
    with qtbot.assertNotEmitted(form.save, wait=50):
        qtbot.mouseClick(form.use, Qt.MouseButton.LeftButton)
    wrong = {path: form.line(path).wrong.text() for path in ("event.volume", "event.keep_h", "event.name", "event.port")}
    assert wrong["event.volume"].startswith("Must be 0 … 1")
    assert "1 … 8760" in wrong["event.keep_h"]
    assert "80 letters" in wrong["event.name"]
    assert wrong["event.port"] == ""
    assert form.state.text() == "not saved: 3 to mend"
    assert form.line("event.volume").editor.line.text() == "3"       # kept as typed, to be mended
    for path, text in (("event.volume", "1"), ("event.keep_h", "24"), ("event.name", "x")):
        put(form, path, text)
    with qtbot.waitSignal(form.save):
        qtbot.mouseClick(form.use, Qt.MouseButton.LeftButton)


def test_values_that_are_wrong_together(qtbot, form):
    put(form, "vision.region.left", "0.8")
    put(form, "vision.region.right", "0.3")
    with pytest.raises(UsageError, match="to mend"):
        form.settings()
    assert "region is empty" in form.line("vision.region.left").wrong.text()
    assert "region is empty" in form.line("vision.region.right").wrong.text()
    put(form, "vision.region.right", "0.9")
    assert form.settings().vision.region.left == 0.8


def test_another_kind_of_camera_has_its_own_fields(qtbot, form):
    line = form.line("camera")
    line.editor.box.setCurrentIndex(line.editor.box.findData("device"))
    line.editor.box.activated.emit(line.editor.box.currentIndex())
    parts = {part.field.path: part for part in line._parts["device"]}
    with pytest.raises(UsageError):
        form.settings()
    assert parts["camera.device"].wrong.text()
    parts["camera.device"].editor.line.setText("/dev/video0")
    parts["camera.width"].editor.line.setText("99999")
    with pytest.raises(UsageError):
        form.settings()
    assert "160 … 7680" in parts["camera.width"].wrong.text()
    parts["camera.width"].editor.line.setText("1280")
    assert form.settings().camera == DeviceCamera(device="/dev/video0", width=1280)
    form.show_settings(Settings())
    assert form.settings().camera == DemoCamera()


def test_each_field_says_when_it_counts(form):
    said = lambda path: form.line(path)._hint.text()
    assert said("event.volume").endswith("from the next picture on")
    assert said("engine").endswith("drawing starts anew")
    assert said("screen").endswith("after the next start")
    assert said("event.offer_layouts").endswith("from the next visit on")


def test_it_follows_changes_made_elsewhere_unless_somebody_types(qtbot, form):
    desk = form._desk
    desk.settings = desk.settings.model_copy(update={"mirror": False})
    form.follow()
    assert form.line("mirror").value() is False
    put(form, "event.name", "mine")
    desk.settings = desk.settings.model_copy(update={"mirror": True})
    form.follow()
    assert form.line("mirror").value() is False
    assert form.line("event.name").value() == "mine"


def test_earlier_settings_come_back_to_be_saved_again(qtbot, form, monkeypatch):
    qtbot.mouseClick(form.earlier, Qt.MouseButton.LeftButton)
    assert form.state.text() == "nothing was saved yet"
    desk = form._desk
    first = desk.settings
    for volume in (0.1, 0.9):
        desk.apply(first.model_copy(update={"event": first.event.model_copy(update={"volume": volume})}))
    form.show_settings(desk.settings)
    monkeypatch.setattr(QInputDialog, "getItem", lambda *args: (args[3][1], True))
    qtbot.mouseClick(form.earlier, Qt.MouseButton.LeftButton)
    assert form.settings().event.volume == 0.1
    assert form.use.isEnabled()


def test_what_may_be_left_out_has_a_switch_and_fields_of_its_own(form):
    line = form.line("record")
    assert line.value() is None
    line.editor.box.click()
    assert not form.line("record")._parts[True][0].isHidden()
    with pytest.raises(UsageError, match="1 to mend"):
        form.settings()
    parts = {part.field.path: part for part in line._parts[True]}
    assert parts["record.folder"].wrong.text()
    parts["record.folder"].editor.line.setText("/srv/films")
    parts["record.minutes"].editor.line.setText("5")
    made = form.settings().record
    assert (str(made.folder), made.minutes, made.cap_gib) == ("/srv/films", 5.0, 50.0)
    form.show_settings(Settings(record=made))
    assert form.changes() == {}
    line.editor.box.click()
    assert form.settings().record is None


def test_what_is_offered_is_ticked_and_put_in_order(qtbot, form):
    picks = form.line("event.offer_languages").editor
    rows = picks.rows
    assert [rows.item(n).text() for n in range(3)] == ["ko", "en", "ja"]
    assert all(rows.item(n).checkState() == Qt.CheckState.Checked for n in range(3))         # none said: all are offered
    rows.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert form.settings().event.offer_languages == ("en", "ja")
    rows.setCurrentRow(2)
    qtbot.mouseClick(picks.up, Qt.MouseButton.LeftButton)
    assert form.settings().event.offer_languages == ("ja", "en")
    form.show_settings(form.settings())
    assert [rows.item(n).text() for n in range(3)] == ["ja", "en", "ko"]
    assert form.changes() == {}
    picks.show_value(["fr", "ko"])                                   # chosen once, not there any more
    with pytest.raises(UsageError):
        form.settings()
    assert "one of ko, en, ja" in form.line("event.offer_languages").wrong.text().lower()
    rows.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert form.settings().event.offer_languages == ("ko",)
    for n in range(1, 4):
        rows.item(n).setCheckState(Qt.CheckState.Unchecked)
    assert form.settings().event.offer_languages == ()


def test_a_colour_is_typed_or_picked(qtbot, form, monkeypatch):
    tint = form.line("event.accent").editor
    assert tint.value() is None
    put(form, "event.accent", "greenish")
    with pytest.raises(UsageError):
        form.settings()
    assert "as #d9421f" in form.line("event.accent").wrong.text()
    monkeypatch.setattr(QColorDialog, "getColor", lambda *args: QColor(10, 127, 90))
    qtbot.mouseClick(tint.pick, Qt.MouseButton.LeftButton)
    assert form.settings().event.accent == "#0a7f5a"
    put(form, "event.accent", "")
    assert form.settings().event.accent is None


@pytest.mark.parametrize(("field", "shown", "typed", "value"), [
    (Field("a", "a", "list", item=Field("a", "a", "text")), ["ko", "en"], "ja , ko,", ["ja", "ko"]),
    (Field("a", "a", "path", optional=True), "/srv", " ", None),
    (Field("a", "a", "text", optional=True), None, "", None),
    (Field("a", "a", "text"), " x ", " y ", " y "),
    (Field("a", "a", "float"), 0.5, "1e-3", "1e-3"),
])
def test_editors_of_each_kind(qtbot, field, shown, typed, value):
    made = editor(field)
    qtbot.addWidget(made)
    made.show_value(shown)
    assert made.value() in (shown, str(shown))
    made.line.setText(typed)
    assert made.value() == value


def test_an_optional_choice_may_be_none(qtbot):
    made = editor(Field("a", "a", "choice", choices=(1, 2), optional=True))
    qtbot.addWidget(made)
    for value in (2, None, 1):
        made.show_value(value)
        assert made.value() == value


def test_the_form_turns_to_the_page_of_a_mistake(qtbot, form):
    put(form, "event.volume", "3")
    form.pages.setCurrentRow(0)
    qtbot.mouseClick(form.use, Qt.MouseButton.LeftButton)
    assert form.pages.currentItem().text() == "Event"
    assert form.line("event.volume").wrong.isVisible()
