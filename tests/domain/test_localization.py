"""Which text somebody is shown, and that what is shared by many is what each would be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.localization import choose, is_culture, is_empty, variant_of, variants

BOTH = {"de-DE": "Hallo", "en-US": "Hello"}


@pytest.mark.parametrize(
    ("texts", "language", "order", "shown"),
    [
        (BOTH, "de-DE", (), "Hallo"),
        (BOTH, "DE_de", (), "Hallo"),
        (BOTH, "de-AT", (), "Hallo"),
        (BOTH, "en", (), "Hello"),
        (BOTH, "fr-FR", ("en-US", "de-DE"), "Hello"),
        (BOTH, "fr-FR", ("it", "de-CH"), "Hallo"),
        (BOTH, "fr-FR", ("it",), "Hallo"),
        (BOTH, None, ("en-US",), "Hello"),
        (BOTH, None, (), "Hallo"),
        ({"de-AT": "Servus", "de": "Hallo"}, "de-DE", (), "Hallo"),
        ({"de-AT": "Servus", "de": "Hallo"}, "de-AT", (), "Servus"),
        ({"de-DE": None, "en-US": "Hello"}, "de-DE", (), "Hello"),
        ({"de-DE": None}, "de-DE", (), None),
        ({}, "de-DE", ("en-US",), None),
        (None, "de-DE", (), None),
    ],
)
def test_choosing(texts, language, order, shown) -> None:
    assert choose(texts, language, order) == shown


@pytest.mark.parametrize("text", ["de", "de-DE", "en_US", "zh-Hans-CN", "sr-Latn-RS"])
def test_cultures(text: str) -> None:
    assert is_culture(text)


@pytest.mark.parametrize("text", ["", "d", "german", "de-", "de.DE", "$de", "de DE", "de-DE\n"])
def test_no_cultures(text: str) -> None:
    assert not is_culture(text)


def test_empty() -> None:
    assert is_empty({})
    assert is_empty({"de-DE": None})
    assert not is_empty({"de-DE": ""})


CULTURES = st.sampled_from(["de", "de-DE", "de-AT", "en", "EN-us", "en_GB", "fr-FR", "pt"])
TEXTS = st.dictionaries(CULTURES, st.none() | st.text(max_size=3), max_size=6)


@given(TEXTS, TEXTS, st.none() | CULTURES, st.lists(CULTURES, max_size=2))
def test_a_variant_is_what_each_of_its_readers_would_be_shown(title, text, language, order) -> None:
    shared = variant_of(language, variants(title, text))
    for texts in (title, text):
        assert choose(texts, shared or None, order) == choose(texts, language, order)
