from booth.texts import LANGUAGES, visitor_texts


def test_every_text_is_there_in_every_language():
    for words in visitor_texts().values():
        assert set(words) == set(LANGUAGES)
        assert all(w.strip() for w in words.values())
