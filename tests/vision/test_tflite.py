"""Networks compiled once are kept; what is kept is believed only when it is whole."""

import numpy as np
import pytest

from booth.errors import WeightsError
from booth.vision import tflite
from booth.vision.tflite import compile_network

NAME = "face_detection/face_detection_short_range"


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "toonbooth" / "networks"


def answer(network):
    request = network.create_infer_request()
    request.infer([np.random.default_rng(0).random(network.input(0).shape, np.float32)])
    return request.get_output_tensor(0).data.copy()


def test_a_network_is_compiled_once_and_the_same_afterwards(kept, monkeypatch):
    first = answer(compile_network(NAME, 2))
    file, = kept.iterdir()
    monkeypatch.setattr(tflite, "read_network", None)                # from here on nothing is compiled
    again = compile_network(NAME, 2)
    assert np.array_equal(answer(again), first)
    assert again.get_property("NUM_STREAMS") == 2
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(TypeError):                                   # it is to be compiled again
        compile_network(NAME, 2)
    monkeypatch.undo()


def test_a_damaged_file_is_replaced_and_an_old_one_goes(kept, monkeypatch):
    compile_network(NAME, 2)
    file, = kept.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:1000])
    compile_network(NAME, 2)
    assert len(file.read_bytes()) == len(whole)
    monkeypatch.setattr(tflite, "__version__", "9.9")
    compile_network(NAME, 2)
    newer, = kept.iterdir()
    assert newer != file


def test_without_a_place_to_keep_it_and_without_the_network(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert answer(compile_network(NAME)).size
    with pytest.raises(WeightsError, match="install Toonbooth again"):
        compile_network("face_detection/none")
