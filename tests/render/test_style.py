import pytest

from booth.errors import UsageError
from booth.render.style import load_style, style_names


def test_shipped_styles_load():
    assert "romance" in style_names()
    for name in style_names():
        assert set(load_style(name).title) == {"ko", "en", "ja"}


@pytest.mark.parametrize(("text", "words"), [
    ("kind = 'drawn'\n[title]\nen='x'\n[eyes]\nenlarge = 99", "eyes.enlarge"),
    ("kind = 'drawn'\ncolor = 3", "title"),
    ("kind = 'drawn'\n[title]\nen='x'\n[line]\ncolour = [1, 2]", "line.colour"),
    ("kind = [", "style.toml"),
])
def test_a_wrong_style_names_file_and_field(tmp_path, text, words):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "style.toml").write_text(text)
    with pytest.raises(UsageError, match=words) as error:
        load_style("mine", tmp_path)
    assert str(tmp_path) in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_style_lists_what_there_is():
    with pytest.raises(UsageError, match="romance"):
        load_style("nobody")
