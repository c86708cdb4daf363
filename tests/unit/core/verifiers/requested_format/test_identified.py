import pytest

from assay.domain.sample import JsonValue, Message, Sample
from assay.verifiers.requested_format import check_requested_format
from assay.verifiers.requested_format.identified import (
    Identified,
    check_instruction,
    find_instructions,
)
from assay.verifiers.requested_format.table import INSTRUCTIONS
from assay.verifiers.view import View

SECTIONS = "SECTION 1\na\nSECTION 2\nb"
# id, parameters, an answer that satisfies it, one that does not
WITH_PARAMETERS: list[tuple[str, dict[str, JsonValue], str, str]] = [
    ("keywords:existence", {"keywords": ["moss", "fern"]}, "Moss and fern.", "Moss."),
    ("keywords:forbidden_words", {"forbidden_words": ["rain"]}, "Trains run.", "The rain fell."),
    ("keywords:frequency", {"keyword": "oak", "relation": "at least", "frequency": 2},
     "Oak, oak.", "Oak."),
    ("keywords:frequency", {"keyword": "oak", "relation": "less than", "frequency": 2}, "Oak.",
     "oak oak"),
    ("keywords:letter_frequency", {"letter": "z", "let_relation": "at least", "let_frequency": 2},
     "zz", "z"),
    ("language:response_language", {"language": "de"},
     "Das ist ein sehr kurzer Text über die Stadt.",
     "This is a very short text about the city."),
    ("length_constraints:number_words", {"relation": "at least", "num_words": 3}, "a b c", "a b"),
    ("length_constraints:number_words", {"relation": "less than", "num_words": 3}, "a b", "a b c"),
    ("length_constraints:number_sentences", {"relation": "at least", "num_sentences": 2},
     "Go. Be.", "Be."),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "a\n***\nb", "a\n\nb"),
    ("length_constraints:nth_paragraph_first_word",
     {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "moss"}, "a\n\nMoss b",
      "a\n\nmossy b"),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Hi\nP.S. bye", "Hi. PS bye"),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[a] [b]", "[a] [ ] []"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* a\n- b", "* a"),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a* **b**",
     "*a* ** **"),
    ("detectable_format:multiple_sections", {"section_spliter": "SECTION", "num_sections": 2},
     SECTIONS,
     "SECTION 1\na"),
    ("detectable_format:json_format", {}, '```json\n{"a": 1}\n```', "{'a': 1}"),
    ("detectable_format:title", {}, "<<Ferns>>\ntext", "<<  >> text"),
    ("detectable_format:constrained_response", {"options": ["Yes.", "No."]}, "No.", "Perhaps."),
    ("combination:two_responses", {}, "one\n******\ntwo", "one\n******\none"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say hi to me"}, "Say hi to me\n\nhi", "hi"),
    ("startend:end_checker", {"end_phrase": "Over and out."}, "Text. Over and out.",
     "Over and out. Bye"),
    ("startend:quotation", {}, '"All of it."', '"Part" of it'),
    ("change_case:english_capital", {}, "ALL OF THIS IS LOUD.", "ALL OF This IS LOUD."),
    ("change_case:english_lowercase", {}, "all of this is quiet.", "all of This is quiet."),
    ("change_case:capital_word_frequency", {"capital_relation": "at least", "capital_frequency": 2},
     "VERY LOUD text", "LOUD text"),
    ("punctuation:no_comma", {}, "one and two", "one, two"),
    ("punctuation:no_period", {}, "はい！", "はい。"),
    ("punctuation:question_marks", {}, "¿Qué?", "Nada."),
    ("punctuation:exclamation_marks", {}, "¡Hola!", "Hola."),
    ("detectable_content:no_digits", {}, "deux", "2"),
    ("special_character:no_accents", {}, "ete", "été"),
    ("letters:katakana_only", {}, "カタカナ", "カタカナと"),
    ("letters:hiragana_only", {}, "ひらがな", "ひらがな漢"),
    ("letters:no_katakana", {}, "漢字とかな", "テスト"),
    ("letters:no_hiragana", {}, "漢字テスト", "漢字と"),
    ("letters:kansuuji", {}, "一、米", "1、米"),
    ("letters:furigana", {}, "花（はな）がさく", "花がさく"),
]  # fmt: skip
# id, prompt that states the parameters, an answer that satisfies it, one that does not
FROM_PROMPT = [
    ("en:length_constraints:number_words", "Write a note with at least 4 words.", "a b c d",
     "a b c"),
    ("fr:length_constraints:number_words", "Votre réponse doit contenir un minimum de 4 mots.",
     "a b c d", "a b"),
    ("es:length_constraints:number_words", "Responde con un máximo de 3 palabras.", "a b c",
     "a b c d"),
    ("ja:length_constraints:number_letters", "5文字以内で答えてください。", "はい。",
     "とても長い答え。"),
    ("keywords:forbidden_words", "Tell a story. Do not use the words 'rain' or 'snow'.", "Sun.",
     "Rain!"),
    ("keywords:existence", 'Include the keywords "moss" and "fern" in it.', "Moss, fern.", "Fern."),
    ("keywords:frequency", "The word moss should appear at least twice.", "Moss on moss.", "Moss."),
    ("ja:keywords:frequency", "「苔」という単語を2回以上用いてください。", "苔と苔。", "苔。"),
    ("es:keywords:letter_frequency", 'La letra "b" debería aparecer al menos 2 veces.', "bb", "b"),
    ("length_constraints:nth_paragraph_first_word",
     'Write exactly 2 paragraphs. The second paragraph must start with the word "moss".',
     "a\n\nmoss b", "a\n\nb"),
    ("fr:length_constraints:number_paragraphs", "Structurez en deux paragraphes séparés par ***",
     "a\n***\nb", "a"),
    ("detectable_format:number_bullet_lists", "Use exactly 2 bullet points.", "* **A**: x\n* B",
     "* a"),
    ("fr:detectable_format:title", "Un titre entre doubles dièses, tel que ##titre##.",
     "##Le Bois##", "x"),
    ("ja:detectable_format:title", "二重鉤括弧で囲む。例えば『喜び』", "『森』", "森"),
    ("ja:detectable_format:multiple_sections", "「第1章」のように2つの章に分けて",
     "第1章 a\n第2章 b", "第1章 a"),
    ("ja:detectable_format:number_highlighted_sections", "少なくとも2つのセクションを《》で強調",
     "《a》《b》", "《a》"),
    ("fr:startend:end_checker", 'Terminez par la phrase exacte : "À bientôt !". Rien après.',
     "Oui. À bientôt !", "À bientôt ! Oui."),
    ("combination:repeat_prompt",
     "Write a poem about ferns.\n\nFirst repeat the request above, then answer.",
     "Write a poem about ferns.\n\nGreen", "Green ferns"),
    ("es:special_character:dieresis",
     'Debe haber 2 palabras con la letra "ü".', "pingüino cigüeña", "pingüino"),
    ("fr:special_character:ethel_or_cedilla", "Évitez d'utiliser le caractère œ.", "un coeur",
     "un cœur"),
    ("language:response_language",
     "Your answer should be in Russian, no other language is allowed.",
     "Это очень короткий текст о городе.", "This is a short text about the city."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parameters", "good", "bad"), WITH_PARAMETERS)
def test_each_instruction_with_parameters(
    name: str, parameters: dict[str, JsonValue], good: str, bad: str
) -> None:
    satisfied = check_instruction(good, "Do it.", Identified(name, parameters))
    violated = check_instruction(bad, "Do it.", Identified(name, parameters))
    assert satisfied is not None
    assert satisfied.failure is None
    assert violated is not None
    assert violated.failure is not None


@pytest.mark.parametrize(("name", "prompt", "good", "bad"), FROM_PROMPT)
def test_each_instruction_read_from_the_prompt(name: str, prompt: str, good: str, bad: str) -> None:
    satisfied = check_instruction(good, prompt, Identified(name, {}))
    violated = check_instruction(bad, prompt, Identified(name, {}))
    assert satisfied is not None
    assert satisfied.failure is None
    assert violated is not None
    assert violated.failure is not None


@pytest.mark.parametrize("name", sorted(INSTRUCTIONS))
@pytest.mark.parametrize("answer", ["", "   \n"])
def test_an_empty_answer_satisfies_nothing(name: str, answer: str) -> None:
    parameters: dict[str, JsonValue] = next((p for n, p, _, _ in WITH_PARAMETERS if n == name), {})
    outcome = check_instruction(answer, "Do it.", Identified(name, parameters))
    assert outcome is None or outcome.failure is not None


@pytest.mark.parametrize(
    "name",
    [
        "length_constraints:number_words",
        "keywords:frequency",
        "keywords:existence",
        "startend:end_checker",
        "detectable_format:number_bullet_lists",
        "language:response_language",
        "nobody:knows_this",
        "ja:detectable_format:nominal_ending",
    ],
)
def test_without_parameters_nothing_is_invented(name: str) -> None:
    assert check_instruction("Some text, and more.", "Write a poem.", Identified(name, {})) is None


@pytest.mark.parametrize("answer", ["1", '"x"', "[NaN]", "null", "[1,]"])
def test_scalars_and_nan_are_no_json_answer(answer: str) -> None:
    outcome = check_instruction(answer, "x", Identified("detectable_format:json_format", {}))
    assert outcome is not None
    assert outcome.failure is not None


def test_keywords_are_no_patterns() -> None:
    one = Identified("keywords:existence", {"keywords": ["C++", "a.*t"]})
    outcome = check_instruction("C and a cat", "x", one)
    assert outcome is not None
    assert outcome.failure is not None


@pytest.mark.parametrize(
    "metadata",
    [
        {"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]},
        {"labels": {"instruction_ids": ["en:punctuation:no_comma"]}},
        {"meta": {"instruction_id_list": ["punctuation:no_comma"], "kwargs": [None]}},
    ],
)
def test_ids_are_found_where_data_sets_keep_them(metadata: dict[str, JsonValue]) -> None:
    (one,) = find_instructions(metadata)
    assert one.id.endswith("punctuation:no_comma")
    view = View(Sample((Message("user", "Go"), Message("assistant", "a, b")), metadata=metadata))
    report = check_requested_format(view)
    assert (report.num_checked, len(report.findings)) == (1, 1)
    assert report.findings[0].kind == "instruction_violation"
    assert not report.findings[0].hard
    assert report.findings[0].place.quote == "a, b"


def test_published_verdicts_are_not_read() -> None:
    labels: JsonValue = {
        "instruction_ids": ["punctuation:no_comma"],
        "failed": ["punctuation:no_comma"],
    }
    sample = Sample(
        (Message("user", "Go"), Message("assistant", "a b")), metadata={"labels": labels}
    )
    assert check_requested_format(View(sample)).findings == ()


@pytest.mark.parametrize(
    "metadata", [{}, {"labels": None}, {"instruction_ids": "x"}, {"kwargs": [1]}]
)
def test_metadata_without_ids_names_none(metadata: dict[str, JsonValue]) -> None:
    assert find_instructions(metadata) == ()
