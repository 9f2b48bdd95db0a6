import pytest
from pydantic import ValidationError

from booth.settings import DeviceCamera, Region, Settings


def test_unknown_fields_and_bad_values_are_refused():
    with pytest.raises(ValidationError):
        Settings.model_validate({"colour": "red"})
    with pytest.raises(ValidationError, match="empty"):
        Region(left=0.6, right=0.5)
    with pytest.raises(ValidationError):
        DeviceCamera(device="x", rate=0)


def test_cameras_are_told_apart_by_their_kind():
    settings = Settings.model_validate({"camera": {"kind": "device", "device": "ABC"}})
    assert settings.camera == DeviceCamera(device="ABC")
    assert Settings.model_validate_json(settings.model_dump_json()) == settings


def test_settings_are_values():
    with pytest.raises(ValidationError):
        Settings().style = "other"
