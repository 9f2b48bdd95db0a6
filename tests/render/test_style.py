import pytest

from booth.errors import UsageError
from booth.render.style import load_style, mix, style_files


def test_shipped_styles_load():
    assert len(style_files()) >= 6
    for name in style_files():
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


def test_a_folder_of_ones_own_goes_before_the_built_in_ones(tmp_path):
    (tmp_path / "romance").mkdir()
    (tmp_path / "romance" / "style.toml").write_text("kind = 'drawn'\n[title]\nen='mine'\n")
    assert load_style("romance", tmp_path).title == {"en": "mine"}
    assert set(style_files(tmp_path)) == set(style_files())


@pytest.mark.parametrize("t", [0.0, 0.25, 0.5, 1.0])
def test_any_two_mix(t):
    styles = [load_style(name) for name in style_files()]
    for a in styles:
        for b in styles:
            both = mix(a, b, t)
            assert both.eyes.enlarge == pytest.approx(a.eyes.enlarge * (1 - t) + b.eyes.enlarge * t)
            assert both.skin.shade_hue[1] == pytest.approx(a.skin.shade_hue[1] * (1 - t) + b.skin.shade_hue[1] * t)
            assert both.title == (a if t < 0.5 else b).title
    assert mix(styles[0], styles[1], 0) is styles[0]
    assert mix(styles[0], styles[1], 1) is styles[1]
