import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.sample import Message, Sample
from assay.verifiers import language
from assay.verifiers.language import (
    LANGUAGES,
    detect_language,
    message_language,
    script_counts,
    statistical_guess,
)
from assay.verifiers.language_names import mentions_translation, named_languages
from assay.verifiers.view import View

PROSE = {
    "en": "The river rises in the hills and runs through three villages before it meets the sea.",
    "de": "Der Fluss entspringt in den Bergen und fließt durch drei Dörfer, bevor er das "
    "Meer erreicht.",
    "es": "El río nace en las montañas y pasa por tres pueblos antes de llegar al mar.",
    "fr": "La rivière prend sa source dans les collines et traverse trois villages avant la mer.",
    "pt": "O rio nasce nas montanhas e passa por três aldeias antes de chegar ao mar.",
    "it": "Il fiume nasce sulle montagne e attraversa tre villaggi prima di arrivare al mare.",
    "nl": "De rivier ontspringt in de heuvels en stroomt door drie dorpen voordat ze de zee "
    "bereikt.",
    "cs": "Řeka pramení v horách a protéká třemi vesnicemi, než se vlije do moře, které je daleko.",
    "ja": "その川は山から流れ出て、三つの村を通ってから海に注ぎます。",
    "ko": "그 강은 산에서 시작하여 세 마을을 지나 바다로 흘러갑니다.",
    "zh": "这条河发源于山区，流经三个村庄，最后汇入大海。",
    "ar": "ينبع النهر من الجبال ويمر بثلاث قرى قبل أن يصل إلى البحر.",
}


@pytest.mark.parametrize("code", LANGUAGES)
def test_prose_of_each_language_is_recognised_with_confidence(code: str) -> None:
    guess = detect_language(PROSE[code])
    assert guess.code == code
    assert guess.confidence >= 0.7
    assert guess.letters > 15


@pytest.mark.parametrize("code", LANGUAGES)
def test_longer_prose_is_certain(code: str) -> None:
    assert detect_language(" ".join([PROSE[code]] * 3)).confidence >= 0.9


@pytest.mark.parametrize(
    "text",
    ["", "Paris.", "42", "x = 3", "Angela Merkel", "- 1984\n- 1985", "👍", "...", "BMW, Audi, VW"],
)
def test_names_numbers_and_marks_are_undecidable(text: str) -> None:
    guess = detect_language(text)
    assert guess.code is None or guess.confidence < 0.7


@pytest.mark.parametrize(
    "text",
    [
        "def add(a, b):\n    return a + b\n\nfor i in range(3):\n    print(add(i, i))",
        "for (int i = 0; i < n; i++) { sum += values[i]; }",
        '{"name": "Ada", "tags": ["a", "b"], "is_on": true}',
    ],
)
def test_bare_code_is_no_language(text: str) -> None:
    assert detect_language(text).code is None


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Река берёт начало в горах и впадает в море.", "cyrillic"),
        ("Το ποτάμι πηγάζει από τα βουνά.", "greek"),
        ("แม่น้ำไหลจากภูเขาลงสู่ทะเล", "thai"),
        ("नदी पहाड़ों से निकलती है।", "devanagari"),
        ("הנהר זורם מההרים אל הים", "hebrew"),
        ("رودخانه از کوه‌ها سرچشمه می‌گیرد و پس از گذر از چند روستا به دریا می‌ریزد", "arabic"),
    ],
)
def test_other_scripts_are_named_without_a_code(text: str, script: str) -> None:
    guess = detect_language(text)
    assert (guess.code, guess.script) == (None, script)


@pytest.mark.parametrize(
    "text",
    [
        "Nehir dağlardan doğar ve üç köyden geçtikten sonra denize ulaşır; çok güzeldir.",
        "Rzeka wypływa z gór i przepływa przez trzy wioski, zanim dotrze do morza, które "
        "jest daleko.",
        "Con sông bắt nguồn từ những ngọn đồi và chảy qua ba ngôi làng trước khi ra biển.",
        "Râul izvorăște din munți și trece prin trei sate înainte de a ajunge la mare.",
    ],
)
def test_latin_languages_outside_the_twelve_get_no_code(text: str) -> None:
    assert detect_language(text).code is None


def test_technical_terms_do_not_turn_japanese_into_english() -> None:
    text = (
        "Dockerコンテナを起動するには、docker compose upコマンドを実行してください。"
        "GitHub Actionsでも使えます。"
    )
    assert detect_language(text).code == "ja"


def test_anglicisms_do_not_turn_german_into_english() -> None:
    text = (
        "Im Meeting haben wir das Feedback vom Team besprochen und die Deadline für das "
        "Update verschoben."
    )
    assert detect_language(text).code == "de"


def test_quoted_passages_do_not_speak_for_the_text() -> None:
    text = (
        'Bitte erkläre mir, was der Satz "The early bird catches the worm" in diesem Text bedeutet.'
    )
    assert detect_language(text).code == "de"


def test_links_and_formulas_are_left_out() -> None:
    text = (
        "Siehe https://example.com/the/page/of/the/day und $\\text{for all the cases}$ "
        "auf der Seite."
    )
    assert detect_language(text).code == "de"


def test_code_blocks_are_left_out_of_a_message() -> None:
    content = (
        "```python\n# the sum of all the values\n```\nDas ist die Summe der Werte, die wir haben."
    )
    view = View(Sample((Message("user", "Hallo"), Message("assistant", content))))
    assert message_language(view, 1).code == "de"
    assert message_language(view, 1) is message_language(view, 1)


def test_statistical_guess_reads_a_bare_list_of_words() -> None:
    assert statistical_guess("pleasant, gentle, soothing, melodious, vibrant, warm").code == "en"
    assert statistical_guess("angenehm, sanft, beruhigend, melodisch, lebendig").code == "de"


def test_script_counts_count_letters_alone() -> None:
    assert script_counts("ab 漢字 かな 한글 12 !?") == {
        "latin": 2,
        "han": 2,
        "kana": 2,
        "hangul": 2,
    }


@given(st.text(max_size=300))
def test_any_text_gets_a_sound_guess(text: str) -> None:
    guess = detect_language(text)
    assert guess.code is None or guess.code in LANGUAGES
    assert 0.0 <= guess.confidence <= 1.0


@pytest.mark.parametrize("unit", ["(", "a,", '"', "漢", "a漢 ", "$", "http://", "é ", "<"])
def test_a_megabyte_of_anything_is_read_at_once(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()
    detect_language(text)
    assert time.process_time() - start < 2.0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Answer in French", "fr"),
        ("antworte auf Englisch", "en"),
        ("en español, por favor", "es"),
        ("traduis en allemand", "de"),
        ("日本語で書いて", "ja"),
        ("用英文回答", "en"),
        ("한국어로 써 줘", "ko"),
        ("in het Nederlands", "nl"),
        ("em português", "pt"),
        ("in italiano", "it"),
        ("napiš to česky", "cs"),
        ("بالعربية", "ar"),
    ],
)
def test_languages_are_known_by_name_in_each_language(text: str, code: str) -> None:
    assert named_languages(text) == {code}


def test_two_names_side_by_side_are_both_found() -> None:
    assert named_languages("German French dictionary") == {"de", "fr"}


@pytest.mark.parametrize("text", ["I finish early", "The Germans won", "frangible", "a spanner"])
def test_parts_of_words_are_no_language_names(text: str) -> None:
    assert named_languages(text) == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "Translate this",
        "Übersetze das",
        "Traduce esto",
        "翻译一下",
        "翻訳して",
        "번역해 줘",
        "ترجم هذا",
    ],
)
def test_translation_is_recognised(text: str) -> None:
    assert mentions_translation(text)


def test_plain_questions_do_not_mention_translation() -> None:
    assert not mentions_translation("How tall is the Eiffel tower?")


@given(st.text(alphabet='"ab\n x', max_size=40))
def test_straight_quotes_are_left_out_as_the_pattern_says(text: str) -> None:
    assert language._without_straight_quotes(text) == language._QUOTED.sub(" ", text)


@given(st.text(alphabet=st.characters(max_codepoint=0x2122), max_size=20))
def test_the_quick_count_of_letters_is_the_full_one(text: str) -> None:
    assert script_counts(text) == language._counts_of_any_script(text)
