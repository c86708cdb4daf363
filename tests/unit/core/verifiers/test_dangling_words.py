import pytest

from assay.verifiers.dangling_words import (
    DANGLING,
    is_dangling_cjk,
    is_dangling_word,
    language_by_words,
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the cat and the dog", "en"),
        ("der hund und die katze", "de"),
        ("el perro y los gatos", "es"),
        ("le chien et les chats", "fr"),
        ("o menino e os gatos do vizinho", "pt"),
        ("il cane e gli uccelli della casa", "it"),
        ("de hond en het huis van mij", "nl"),
        ("pes a kočka nebo pták protože", "cs"),
        ("في البيت من المدرسة", "ar"),
        ("qwx zzt", None),
    ],
)
def test_language_by_function_words(text: str, language: str | None) -> None:
    assert language_by_words(set(text.split())) == language


def test_a_conjunction_dangles_in_its_own_language_only() -> None:
    assert is_dangling_word("or", "en")
    assert not is_dangling_word("or", "fr")
    assert not is_dangling_word("or", None)


def test_german_separable_prefixes_may_end_a_sentence() -> None:
    assert DANGLING["de"].isdisjoint({"an", "auf", "ein", "aus", "ab", "mit", "vor"})


@pytest.mark.parametrize("text", ["我们和", "东西在", "学生は", "本を", "학생은", "서울에서"])
def test_cjk_particles_dangle(text: str) -> None:
    assert is_dangling_cjk(text)


@pytest.mark.parametrize("text", ["我们走了", "です", "했습니다", "東京", "cat", ""])
def test_other_cjk_ends_do_not(text: str) -> None:
    assert not is_dangling_cjk(text)
