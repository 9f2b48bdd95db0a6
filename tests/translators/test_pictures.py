"""Characters drawn by somebody's own network: a good one runs through everything, a wrong one is told in one line."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="the lab is not installed")

from onnx import TensorProto, helper

from booth.characters import load_character
from booth.errors import UsageError
from booth.products.still import Studio
from booth.render.style import ImageStyle, load_style, mix
from booth.settings import PictureNetwork
from booth.translators.pictures import load_picture_network


def network(path, shape, node="Neg", out=None, inputs=("x",)):
    """A one-node network: the negative of its picture."""
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n in inputs]
    given = helper.make_tensor_value_info("y", TensorProto.FLOAT, out or shape)
    graph = helper.make_graph([helper.make_node(node, list(inputs), ["y"])], "g", values, [given])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "negative").mkdir()
    network(tmp_path / "negative" / "face.onnx", [1, 3, "h", "w"])
    (tmp_path / "negative" / "style.toml").write_text(
        "kind = 'image'\nskin = 0.0\n[title]\nen = 'Negative'\n[network]\nfile = 'face.onnx'\nsize = 128\n")
    return tmp_path


@pytest.mark.parametrize(("order", "layout", "shape"), [
    ("RGB", "NCHW", [1, 3, 64, 64]), ("BGR", "NCHW", [1, 3, "h", "w"]), ("BGR", "NHWC", ["n", 64, 64, 3])])
def test_a_network_gets_what_it_expects_and_gives_a_picture_back(tmp_path, order, layout, shape):
    spec = PictureNetwork(file=network(tmp_path / "n.onnx", shape), order=order, layout=layout, size=64)
    image = np.zeros((256, 256, 3), np.uint8)
    image[...] = (250, 120, 10)
    assert np.abs(load_picture_network(spec).draw(image).astype(int) - (5, 135, 245)).max() <= 2


def test_a_narrow_network_leaves_the_rest_black(tmp_path):
    spec = PictureNetwork(file=network(tmp_path / "n.onnx", [1, 3, 64, 64]), span=1.4)
    drawn = load_picture_network(spec).draw(np.full((256, 256, 3), 30, np.uint8))
    assert drawn[:40].max() == 0
    assert drawn[128, 128].min() > 200


def test_it_is_a_character_like_any_other(folder, photo):
    style = load_character("negative", folder)
    assert isinstance(style, ImageStyle)
    assert style.network.file == folder / "negative" / "face.onnx"
    studio = Studio("cpu")
    drawn = studio.draw(photo, style)
    picture, faces = drawn.image, len(drawn.boxes)
    plain = studio.draw(photo, load_style("office")).image
    studio.close()
    assert faces == 1
    scale = picture.shape[0] / photo.shape[0]
    y, x = int(130 * scale), int(225 * scale)                  # on a cheek: the negative of light skin is dark and blue
    assert picture[y, x].mean() < 0.6 * plain[y, x].mean()
    assert picture[y, x, 2] > picture[y, x, 0]


def test_its_skin_can_keep_the_visitors_tone(folder, photo):
    studio = Studio("cpu")
    plain = load_character("negative", folder)
    kept = studio.draw(photo, plain.model_copy(update={"skin": 1.0})).image
    lost = studio.draw(photo, plain).image
    scale = kept.shape[0] / photo.shape[0]
    y, x = int(130 * scale), int(225 * scale)
    own = photo[125:135, 220:230].mean((0, 1))
    assert np.abs(kept[y, x] - own).mean() < 0.5 * np.abs(lost[y, x] - own).mean()


def test_a_mix_with_it_is_the_nearer_one(folder):
    mine, ours = load_character("negative", folder), load_style("romance")
    assert mix(ours, mine, 0.4) is ours
    assert mix(ours, mine, 0.6) is mine


@pytest.mark.parametrize(("shape", "more", "words"), [
    ([1, 28], {}, "layout right"),
    ([1, 1, 64, 64], {}, "layout right"),
    ([1, 3, 64, 64], {"layout": "NHWC"}, "layout right"),
    ([1, 3, 64, 64], {"node": "Add", "inputs": ("x", "z")}, "2 inputs"),
])
def test_what_does_not_fit_is_said_in_one_line(tmp_path, shape, more, words):
    more = dict(more)
    layout = more.pop("layout", "NCHW")
    spec = PictureNetwork(file=network(tmp_path / "n.onnx", shape, **more), layout=layout)
    with pytest.raises(UsageError, match=words) as error:
        load_picture_network(spec)
    assert "n.onnx" in str(error.value)
    assert "\n" not in str(error.value)


def test_no_file_and_no_network(tmp_path):
    with pytest.raises(UsageError, match="there is no network"):
        load_picture_network(PictureNetwork(file=tmp_path / "none.onnx"))
    (tmp_path / "text.onnx").write_text("hello")
    with pytest.raises(UsageError, match="cannot be read"):
        load_picture_network(PictureNetwork(file=tmp_path / "text.onnx"))
