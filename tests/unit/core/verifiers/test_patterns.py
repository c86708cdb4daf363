import pickle

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers import patterns
from assay.verifiers.patterns import Match, compile_pattern, escape

PATTERNS = (
    r"a*", r"(a)|(b)", r"(?P<x>é+)(\d)?", r"\pL+", r"x?$", r"^", r"\b", r"(?m)^a", r"", r"ab|ü",
)  # fmt: skip
TEXTS = st.text(alphabet="aAbBéÜü1 x\n", max_size=12)


def _facts(match: Match | None) -> object:
    if match is None:
        return None
    return match.span(), match.group(), match.groups(), match.groupdict(), match.start()


@given(st.sampled_from(PATTERNS), st.booleans(), TEXTS, st.integers(0, 6))
def test_every_method_finds_what_the_library_finds(
    source: str, ignore_case: bool, text: str, position: int
) -> None:
    options = re2.Options()
    options.case_sensitive = not ignore_case
    library, ours = (
        re2.compile(source, options=options),
        compile_pattern(source, ignore_case=ignore_case),
    )
    for name in ("search", "match", "fullmatch"):
        assert _facts(getattr(ours, name)(text)) == _facts(getattr(library, name)(text))
        assert _facts(getattr(ours, name)(text, position)) == _facts(
            getattr(library, name)(text, position)
        )
    assert [*map(_facts, ours.finditer(text))] == [*map(_facts, library.finditer(text))]
    assert [*map(_facts, ours.finditer(text, 0, position))] == [
        *map(_facts, library.finditer(text, 0, position))
    ]


@given(st.sampled_from(PATTERNS), TEXTS, st.integers(0, 2))
def test_substitution_is_that_of_the_library(source: str, text: str, count: int) -> None:
    library, ours = re2.compile(source), compile_pattern(source)
    assert ours.sub("_", text, count) == library.sub("_", text, count)
    assert ours.sub(r"<\g<0>>", text) == library.sub(r"<\g<0>>", text)
    assert ours.sub(lambda m: m.group() * 2, text) == library.sub(lambda m: m.group() * 2, text)


def test_a_group_is_found_by_its_name() -> None:
    match = compile_pattern(r"(?P<year>\d{4})-(?P<month>\d\d)?").search("am 1999-")
    assert match is not None
    assert match.group("year") == "1999"
    assert match.groupdict() == {"year": "1999", "month": None}


def test_a_pickled_pattern_finds_the_same() -> None:
    again = pickle.loads(pickle.dumps(compile_pattern("ab", ignore_case=True)))
    assert again.search("xAB").span() == (1, 3)


def test_invalid_syntax_is_refused() -> None:
    with pytest.raises(re2.error):
        compile_pattern("(")


def test_an_escaped_text_matches_itself() -> None:
    assert compile_pattern(escape("a+(b)")).fullmatch("a+(b)") is not None


@pytest.mark.parametrize("source", [r"[\pL\pN]{2,40}(x)", r"[a-z\x{e0}-\x{ff}]{2,4}(x)"])
def test_pattern_that_forgets_its_states_finds_the_same(source: str) -> None:
    pattern = compile_pattern(source)
    for _ in range(3):
        before = pattern._regexp  # type: ignore[attr-defined]
        found = pattern.search("\u00e9\u00e8 abcx")
        assert found is not None
        assert (found.span(), found.group(1)) == ((3, 7), "x")
        assert pattern._regexp is before  # type: ignore[attr-defined]
        patterns.forget_states()
        assert [match.span() for match in pattern.finditer("abx cdx")] == [(0, 3), (4, 7)]
        assert pattern._regexp is not before  # type: ignore[attr-defined]


def test_short_pattern_keeps_little_and_a_long_one_what_it_needs() -> None:
    short, long = compile_pattern(r"a{2,40}b"), compile_pattern(r"[\pL\pN]{2,80}b")
    assert short.max_bytes == patterns.LEAST_MEMORY  # type: ignore[attr-defined]
    assert long.max_bytes > 16 << 20  # type: ignore[attr-defined]
