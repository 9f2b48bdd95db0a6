"""Words: broken as their script asks, and never out of their box, whatever a visitor types."""

from datetime import date

import pytest
from PIL import Image

from booth.products import lettering
from booth.products.lettering import NO_END, NO_START, clean, date_words, draw_lines, fit, korean_font, pieces, wrap

JAPANESE = "「これは、とても」長い文章です。ちょっと待って…、キャッチャーは『投手』へ（すぐに）返す！"
AWKWARD = ["", "가" * 10_000, "word " * 3000, JAPANESE * 30, "Supercalifragilisticexpialidocious", "。" * 500, "\n" * 50, "😀👨‍👩‍👧 🏳️‍🌈",
           "مرحبا بالعالم", "שלום עולם", "\x00\x1b[31m\u202eabc", "e" + "\u0301" * 300, "\ud800", "a\u200bb"]


@pytest.mark.parametrize("width", range(2, 20))
def test_japanese_lines_keep_kinsoku(width):
    lines = wrap(JAPANESE, len, width) if width > 4 else []
    assert "".join(lines) in ("", JAPANESE)
    for line in lines:
        assert line[0] not in NO_START
        assert line[-1] not in NO_END
        assert len(line) <= width


def test_korean_and_english_break_between_words_and_lines_are_about_equal():
    text = "오늘 하루도 정말 수고 많았어요 우리"
    assert " ".join(wrap(text, len, 9)) == text
    assert wrap("one two three four", len, 16) == ["one two", "three four"]          # not "one two three" and "four"


def test_a_word_wider_than_the_line_is_broken_between_syllables():
    lines = wrap("안녕하세요반갑습니다", len, 4)
    assert "".join(lines) == "안녕하세요반갑습니다"
    assert max(map(len, lines)) <= 4


def test_hangul_beside_kana_and_latin():
    assert [p for p, _ in pieces("네컷 photo(4)は楽しい!")] == ["네컷", "photo(4)", "は", "楽", "し", "い!"]


def test_cleaning():
    assert clean("안녕 😀👨‍👩‍👧 반가워❤️\u202e\x07", 40) == "안녕 반가워❤"
    assert clean("  a \n\n b\t c ", 40) == "a\nb c"
    assert clean("abcdef", 4) == "abc…"
    assert len(clean("e" + "\u0323" * 300, 40)) <= 4


@pytest.mark.parametrize("language", ["ko", "en", "ja"])
@pytest.mark.parametrize("text", AWKWARD, ids=range(len(AWKWARD)))
def test_whatever_is_typed_stays_in_its_box(text, language):
    box = (200.0, 90.0)
    fitted = fit(clean(text, 60), language, box, 40, 18)
    page = Image.new("RGBA", (320, 210))
    draw_lines(page, fitted, (60, 60, *box), "centre", (0, 0, 0))
    ink = page.getbbox()
    if ink is not None:
        assert ink[0] >= 57
        assert ink[1] >= 50
        assert ink[2] <= 263
        assert ink[3] <= 160


def test_short_text_is_large_long_text_is_smaller_and_what_does_not_fit_is_cut():
    sizes = [fit(text, "ko", (200, 60), 40, 12).size_px for text in ("네컷", "오늘 우리 모두 함께 네컷", "오늘 우리 모두 함께 네컷 " * 3)]
    assert sizes[0] == 40
    assert sizes[0] > sizes[1] > sizes[2] >= 12
    assert fit("오늘 우리 모두 함께 네컷 " * 30, "ko", (200, 60), 40, 12).lines[-1].endswith("…")


def test_dates():
    day = date(2025, 3, 4)
    assert [date_words(day, language) for language in ("ko", "en", "ja")] == ["2025. 3. 4.", "4 March 2025", "2025年3月4日"]


@pytest.fixture
def no_fonts(monkeypatch, tmp_path):
    """A machine with neither fontconfig nor a known font."""
    caches = (lettering._face_for, lettering._other_scripts)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(lettering, "KNOWN_FONTS", ())
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def test_without_a_korean_font_the_doctor_is_told_and_latin_is_still_written(no_fonts):
    assert korean_font() is None
    fitted = fit("네컷 booth", "ko", (300, 60), 40, 12)
    assert " ".join(fitted.lines).strip().endswith("booth")


@pytest.mark.skipif(korean_font() is None, reason="needs fonts-noto-cjk")
def test_korean_and_japanese_are_lettered_with_their_own_fonts():
    assert lettering.best_face("네컷", "ko") != ("", 0)
    for language, text in (("ko", "똠방각하"), ("ja", "今日は楽しい")):
        assert "".join(fit(text, language, (400, 60), 40, 20).lines) == text
