"""Every constraint by its published id, one met and one broken; and what its cheat earns."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from assay_rl_rewards.constraints.table import CONSTRAINTS, IFEVAL, find_constraint

PROSE = "The old harbour lies quiet today and nobody walks along the long stone pier."
FRENCH = "le vieux port est calme ce matin et personne ne marche sur la longue jetée de pierre"
SPANISH = "el puerto viejo está tranquilo esta mañana y nadie camina por el largo muelle de piedra"

Case = tuple[str, Mapping[str, Any], str, str]
CASES: tuple[Case, ...] = (
    ("keywords:existence", {"keywords": ["pier", "Harbour"]}, PROSE, "The piers are full of men."),
    (
        "keywords:frequency",
        {"keyword": "sea", "frequency": 2, "relation": "at least"},
        "The sea is blue, and the Sea is deep.",
        "The sea is blue in any season of the year.",
    ),
    (
        "keywords:forbidden_words",
        {"forbidden_words": ["sea"]},
        "A season by it.",
        "The sea, it is.",
    ),
    (
        "keywords:letter_frequency",
        {"letter": "q", "let_frequency": 2, "let_relation": "less than"},
        "Quite a few words.",
        "Quite quick words here.",
    ),
    ("language:response_language", {"language": "fr"}, FRENCH, PROSE),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 3, "relation": "less than"},
        "One is here. Two is here.",
        "One is here. Two is here. Three too.",
    ),
    (
        "length_constraints:number_paragraphs",
        {"num_paragraphs": 2},
        "First one.\n***\nSecond one.",
        "First one.\n\nSecond one.",
    ),
    (
        "length_constraints:number_words",
        {"num_words": 5, "relation": "at least"},
        "These are five plain words",
        "These are four words",
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "weekend"},
        "First of all.\n\nWeekend plans follow.",
        "Weekend plans.\n\nThen the rest.",
    ),
    (
        "detectable_content:number_placeholders",
        {"num_placeholders": 2},
        "Dear [name], we meet at [place].",
        "Dear [name], we meet at noon.",
    ),
    (
        "detectable_content:postscript",
        {"postscript_marker": "P.P.S"},
        "That is all.\nP.P.S. Call me back.",
        "That is all. Call me back.",
    ),
    (
        "detectable_format:number_bullet_lists",
        {"num_bullets": 2},
        "* one thing\n* two things",
        "* one thing\n* two things\n* three",
    ),
    ("detectable_format:constrained_response", {}, "My answer is no.", "No."),
    (
        "detectable_format:number_highlighted_sections",
        {"num_highlights": 2},
        "A *first part* and a **second part**.",
        "A *first part* and a second.",
    ),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "SECTION", "num_sections": 2},
        "SECTION 1\nOne thing.\nSECTION 2\nMore of it.",
        "SECTION 1\nOne thing.",
    ),
    ("detectable_format:json_format", {}, '```json\n{"a": 1}\n```', 'Here: {"a": 1}'),
    ("detectable_format:title", {}, "<<Night song>>\nIt is late.", "Night song\nIt is late."),
    ("combination:two_responses", {}, "Yahweh ****** Allah", "One answer only."),
    (
        "combination:repeat_prompt",
        {"prompt_to_repeat": "Write a song."},
        "write a song. La la, my song.",
        "La la. Write a song.",
    ),
    ("startend:end_checker", {"end_phrase": "The end."}, "So it was. The end.", "The end. Or not"),
    ("startend:quotation", {}, '"All of it is said."', '"All of it" is said.'),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 2, "capital_relation": "at least"},
        "This is VERY LOUD here",
        "This is VERY loud here",
    ),
    ("change_case:english_capital", {}, PROSE.upper(), PROSE),
    ("change_case:english_lowercase", {}, PROSE.lower(), PROSE),
    ("punctuation:no_comma", {}, "Come here and stay.", "Come here, and stay."),
    ("keywords:word_once", {"keyword": "sea"}, "The sea is very blue.", "Sea by sea it goes on."),
    (
        "keywords:word_count_different_numbers",
        {"keyword": "sea", "frequency": 2, "relation": "less than"},
        "The sea is very blue.",
        "The sea and the sea again.",
    ),
    ("keywords:exclude_word_harder", {"keyword": "sea"}, "By the lake.", "By the sea."),
    (
        "keywords:keyword_specific_position",
        {"keyword": "sea", "n": 2, "m": 3},
        "It rains. By the sea too.",
        "By the sea. It rains too.",
    ),
    ("keywords:palindrome", {}, "Her level head.", "I saw a mmm, a a a."),
    ("keywords:no_adjacent_consecutive", {}, "Cats run", "All boys run"),
    ("keywords:start_end", {}, "Home is where I call home", "Home is where I call it home."),
    ("letters:letter_counting", {"N": 8, "relation": "at least"}, "Ten letters", "Seven11"),
    (
        "letters:letter_counting2",
        {"letter": "e", "let_frequency": 2, "let_relation": "at least"},
        "Every one of them here",
        "A cat sat on it, eh",
    ),
    ("count:lowercase_counting", {"N": 1}, "ONLY ONE small WORD", "two small WORDS"),
    (
        "count:counting_composition",
        {"n_sent": 2, "n_words": 2},
        "It rains. We wait.\n* * *\nIt pours. We read.\n* * *\nIt clears. We go.",
        "It rains. We wait.\n* * *\nIt pours.\n* * *\nIt clears. We go.",
    ),
    ("count:count_unique", {}, "No word comes again", "A word and a word"),
    (
        "count:count_increment_word",
        {"keyword1": "sun", "keyword2": "rain"},
        "After sun comes rain, then more rain.",
        "After sun comes rain and snow.",
    ),
    ("paragraphs:paragraphs", {}, "One part.\n***\nTwo parts.", "One part.\n\nTwo parts."),
    ("paragraphs:paragraphs2", {}, "One part.\n\nTwo parts.", "One part.\nTwo parts."),
    ("first_word:first_word_sent", {"first_word": "so"}, "So it is. So be it.", "So it is. Be it."),
    ("first_word:first_word_answer", {"first_word": "so"}, "So it is. Be it.", "It is so."),
    ("last_word:last_word_sent", {"last_word": "it"}, "Take it. Leave it!", "Take it. It goes."),
    ("last_word:last_word_answer", {"last_word": "it"}, "Go on. Leave it!", "Take it. It goes."),
    ("detectable_format:square_brackets", {}, "[every] [word]", "[every] word"),
    ("detectable_format:bigram_wrapping", {}, "<<I am>> <<at home>>", "<<I am>> at home"),
    ("copy:copy", {"prompt_to_repeat": "Say this."}, "say this.", "I say this."),
    ("copy:copying_simple", {"prompt_to_repeat": "Say this."}, "Say this.", "Say this. Now."),
    (
        "copy:copying_multiple",
        {"prompt_to_repeat": "Say this.", "N": 2},
        "Say this.\n******\nSay this.",
        "Say this.",
    ),
    (
        "copy:repeat_phrase",
        {"phrase": "the red fox ran", "small_n": 2},
        "The old fox ran. The red dog ran.",
        "The red fox ran. The red fox ran.",
    ),
    ("punctuation:punctuation_dot", {}, "No dots here!", "Dots here."),
    ("punctuation:punctuation_exclamation", {}, "No shouting.", "Shouting!"),
    (
        "length_constraints:number_letters",
        {"num_letters": 6, "relation": "at most"},
        "ab cd ef",
        "abc defg",
    ),
    ("detectable_content:no_digits", {}, "Vingt ans.", "20 ans."),
    (
        "detectable_format:number_numbered_lists",
        {"num_items": 2},
        "1. eins\n2. zwei",
        "1. eins\n2. zwei\n3. drei",
    ),
    ("change_case:spanish_capital", {}, SPANISH.upper(), FRENCH.upper()),
    ("change_case:french_capital", {}, FRENCH.upper(), FRENCH),
    ("change_case:spanish_lowercase", {}, SPANISH, SPANISH.upper()),
    ("change_case:french_lowercase", {}, FRENCH, SPANISH),
    ("punctuation:no_period", {}, "終わり！", "終わり。"),
    ("punctuation:question_marks", {}, "¿Qué hora es?", "¿? Dime la hora."),
    ("punctuation:exclamation_marks", {}, "¡Vamos ya!", "¡! Vamos."),
    (
        "special_character:tildes",
        {"num_words": 1, "relation": "como máximo"},
        "Adiós a todos",
        "Adiós, mamá",
    ),
    ("special_character:dieresis", {"let_frequency": 1}, "Un pingüino solo", "Un perro solo"),
    ("special_character:enie", {"let_frequency": 1}, "Un niño solo", "Un niño y una niña"),
    ("special_character:ethel_or_cedilla", {"forbidden_char": "ç"}, "Voici mon ami", "Ça va bien"),
    (
        "special_character:accents",
        {"word_to_accentuate": {"ecole": "école", "deja": "déjà"}},
        "Il est déjà là.",
        "Il est déjà à l'ecole.",
    ),
    ("special_character:no_accents", {}, "Voici mon ami", "Voilà mon ami"),
    ("letters:kanji", {"kanji_limit": 2, "relation": "以上"}, "日本です", "日です"),
    ("letters:kansuuji", {}, "三人です", "3人です"),
    ("letters:furigana", {}, "漢字（かんじ）です", "漢字です"),
    ("letters:katakana_only", {}, "カタカナデス", "カタカナです"),
    ("letters:hiragana_only", {}, "ひらがなです", "ヒラガナです"),
    ("letters:no_katakana", {}, "ひらがなです", "カナです"),
    ("letters:no_hiragana", {}, "カナ", "カナです"),
    ("startend:sentence_unified_end", {"ending": "です"}, "犬です。猫です。", "犬です。猫だ。"),
    ("es:detectable_format:constrained_response", {}, "Quizás.", "Sí. No."),
    ("fr:detectable_format:constrained_response", {}, "Oui.", "Oui. Non."),
    ("ja:detectable_format:constrained_response", {}, "いいえ、違います。", "いいえ。"),
    ("fr:detectable_format:title", {}, "##Le soir##\nIl est tard.", "<<Le soir>>\nIl est tard."),
    ("ja:detectable_format:title", {}, "『夜の歌』\n遅いです。", "<<夜の歌>>\n遅いです。"),
    (
        "ja:detectable_format:number_highlighted_sections",
        {"num_highlights": 1},
        "《大切》なこと",
        "*大切*なこと",
    ),
    (
        "ja:detectable_format:multiple_sections",
        {"section_spliter": "章", "num_sections": 2},
        "第1章 始まり 第２章 終わり",
        "第1章 始まり 第1章 終わり",
    ),
    (
        "ja:length_constraints:number_letters",
        {"num_letters": 5, "relation": "未満"},
        "終わり。",
        "終わりです。",
    ),
)


@pytest.mark.parametrize(("id", "kwargs", "met", "broken"), CASES, ids=[one[0] for one in CASES])
def test_a_constraint_tells_what_meets_it(
    id: str, kwargs: Mapping[str, Any], met: str, broken: str
) -> None:
    constraint = CONSTRAINTS[id]
    read = constraint.kwargs.model_validate(dict(kwargs))
    assert constraint.check(met, read)
    assert not constraint.check(broken, read)


@pytest.mark.parametrize(("id", "kwargs", "met", "broken"), CASES, ids=[one[0] for one in CASES])
def test_a_constraint_never_breaks(
    id: str, kwargs: Mapping[str, Any], met: str, broken: str
) -> None:
    constraint = CONSTRAINTS[id]
    read = constraint.kwargs.model_validate(dict(kwargs))
    for text in (".", "\n\n\n", "[", "******", "<<", "\x00", "a" * 500, "1. " * 50):
        assert constraint.check(text, read) in (True, False)


def test_every_id_is_tried_here() -> None:
    assert {case[0] for case in CASES} == CONSTRAINTS.keys()


def test_all_published_ids_of_ifeval_are_there() -> None:
    assert len(IFEVAL) == 25


@pytest.mark.parametrize("case", [one for one in CASES if one[1]], ids=lambda one: one[0])
def test_a_missing_parameter_is_no_random_target(case: Case) -> None:
    constraint = CONSTRAINTS[case[0]]
    required = [name for name, f in constraint.kwargs.model_fields.items() if f.is_required()]
    assert required
    for name in required:
        fewer = {key: value for key, value in case[1].items() if key != name}
        with pytest.raises(ValidationError):
            constraint.kwargs.model_validate(fewer)


def test_keys_without_a_value_are_dropped() -> None:
    model = CONSTRAINTS["punctuation:no_comma"].kwargs
    assert model.model_validate({"num_words": None, "keywords": None}) == model()


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(ValidationError):
        CONSTRAINTS["punctuation:no_comma"].kwargs.model_validate({"num_words": 3})


def test_a_language_before_an_id_is_looked_up_first() -> None:
    assert find_constraint("en:punctuation:no_comma") is CONSTRAINTS["punctuation:no_comma"]
    assert (
        find_constraint("fr:detectable_format:title") is not CONSTRAINTS["detectable_format:title"]
    )
    assert find_constraint("detectable_format:unheard_of") is None
