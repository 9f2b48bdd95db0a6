import os

import pytest

from booth.files import appear, write_atomic


def test_replaces_in_one_step_and_leaves_no_rest(tmp_path):
    target = tmp_path / "deep" / "a.json"
    write_atomic(target, b"old")
    write_atomic(target, b"new")
    assert target.read_bytes() == b"new"
    assert os.listdir(target.parent) == ["a.json"]


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "a.json"
    write_atomic(target, b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(target, b"new")
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.parametrize("links", [True, False])
def test_what_appears_replaces_nothing_also_on_a_disk_without_second_names(tmp_path, monkeypatch, links):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    half, target = tmp_path / ".half", tmp_path / "film.mp4"
    half.write_bytes(b"whole")
    appear(half, target)
    assert target.read_bytes() == b"whole"
    assert os.listdir(tmp_path) == ["film.mp4"]
    half.write_bytes(b"another")
    with pytest.raises(FileExistsError):
        appear(half, target)
    assert target.read_bytes() == b"whole"
