import time

import pytest

from assay.domain.sample import Message, Sample, ToolCall
from assay.verifiers.requested_format import check_requested_format
from assay.verifiers.view import View

WORDS_40 = "moss fern oak pine birch ash elm reed " * 5
GERMAN = "Der Wald ist ruhig, und die Tiere schlafen noch, weil die Sonne nicht aufgegangen ist."
ENGLISH = (
    "The forest is quiet and the animals are still asleep because the sun has not come up yet."
)
THREE = "The oak is old. The fern is green. The moss is soft. The elm is tall."
SMALL = "the forest is quiet today, and so are the animals"


def codes(user: str, answer: str) -> tuple[int, list[str]]:
    view = View(Sample((Message("user", user), Message("assistant", answer))))
    report = check_requested_format(view)
    return report.num_checked, [finding.code for finding in report.findings]


@pytest.mark.parametrize(
    ("user", "answer", "code"),
    [
        ("List the planets. Respond in JSON format.", "Mercury and Venus.", "json"),
        ("Devuelve la respuesta en formato JSON.", "Mercurio y Venus.", "json"),
        ("Gib die Antwort als JSON aus.", "Merkur und Venus.", "json"),
        ("Describe a forest in no more than 10 words.", WORDS_40, "words"),
        ("Write an essay of at least 200 words about moss.", WORDS_40, "words"),
        ("Beschreibe den Wald in höchstens 10 Wörtern.", WORDS_40, "words"),
        ("Describe el bosque con un máximo de 10 palabras.", WORDS_40, "words"),
        ("Décris la forêt en moins de 10 mots.", WORDS_40, "words"),
        ("Descreva a floresta em no máximo 10 palavras.", WORDS_40, "words"),
        ("Descrivi la foresta in massimo 10 parole.", WORDS_40, "words"),
        ("Beschrijf het bos in maximaal 10 woorden.", WORDS_40, "words"),
        ("Popiš les, použij maximálně 10 slov.", WORDS_40, "words"),
        ("森について20文字以内で説明してください。", "もりのなかは" * 9, "letters"),
        ("请用不超过20字介绍森林。", "森林里有很多树木和动物" * 4, "letters"),
        ("숲을 최대 10 단어로 설명해 주세요.", "숲 은 아주 조용 하다 " * 8, "words"),
        ("صف الغابة في أقل من 10 كلمات.", "الغابة هادئة جدا اليوم " * 10, "words"),
        ("Explain photosynthesis in one sentence.", THREE, "sentences"),
        ("Erkläre das in einem Satz.", THREE, "sentences"),
        ("Explique la photosynthèse en une phrase.", THREE, "sentences"),
        (
            "Summarize the story in exactly 3 bullet points.",
            "- a\n- b\n- c\n- d\n- e\n- f\n\nx",
            "bullets",
        ),
        ("Answer in all caps.", SMALL, "capitals"),
        ("Antworte nur in Großbuchstaben.", SMALL, "capitals"),
        ("Responde en mayúsculas.", SMALL, "capitals"),
        ("Write the answer in all lowercase letters.", "THE Forest Is Quiet Today", "lowercase"),
        ("Describe a tree. Do not use commas.", "Tall, green, and old.", "no_comma"),
        ("Décris un arbre sans virgules.", "Grand, vert et vieux.", "no_comma"),
        ("読点を使わずに木を説明してください。", "高く、緑です。", "no_comma"),
        ('Write a poem and include the word "moss".', "Green is the fern.", "required_word"),
        (
            'Describe winter without using the word "cold".',
            "It is a cold season.",
            "forbidden_word",
        ),
        ('Beschreibe den Winter ohne das Wort "kalt".', "Es ist sehr kalt.", "forbidden_word"),
        ('Start your answer with "Dear reader".', "Hello there, friend.", "starts_with"),
        ('End your response with the phrase "Over and out".', "That is all.", "ends_with"),
        ("List the steps as a numbered list.", "First mix, then bake, then eat.", "numbered_list"),
        ("Present the results as a table.", "The oak is 3 m and the elm 4 m.", "table"),
        ("Stelle die Werte dar: schreibe sie als Tabelle.", "Die Eiche ist groß.", "table"),
        ("Explain what a forest is. Answer in French.", ENGLISH, "language"),
        ("Beschreibe den Wald und antworte auf Englisch", GERMAN, "language"),
        (
            "用英文回答：森林是什么？",
            "森林是由很多树木组成的地方，也是许多动物的家园，非常重要。" * 2,
            "language",
        ),
    ],
)
def test_a_clear_violation_is_found(user: str, answer: str, code: str) -> None:
    _, found = codes(user, answer)
    assert code in found


@pytest.mark.parametrize(
    ("user", "answer"),
    [
        (
            "List the planets. Respond in JSON format.",
            'Here it is:\n```json\n{"a": [1]}\n```\nEnjoy!',
        ),
        ("List the planets. Respond in JSON format.", 'Sure: {"planets": ["Venus"]}'),
        ("Describe a forest in no more than 40 words.", WORDS_40 + "and two more"),
        ("Write about 40 words on moss.", WORDS_40),
        ("Explain photosynthesis in one sentence.", "Plants, e.g. mosses, turn light into sugar."),
        ("Explain it in two sentences.", "Here is the explanation:\n\nIt is a forest. It is old."),
        ("Summarize the story in 3 bullet points.", "Summary:\n1. a\n2. b\n3. c"),
        ("Summarize it in exactly 3 bullet points.", "- a\n  - a1\n  - a2\n- b\n- c"),
        ("Answer in all caps.", "THE FOREST IS QUIET (see www.example.com)."),
        ("Describe a tree. Do not use commas.", "Tall and green and old."),
        ('Write a poem and include the word "hike".', "We were hiking all day."),
        ('Describe winter without using the word "cold".', "It was a scolding, icy wind."),
        ("List the steps as a numbered list.", "1) Mix\n2) Bake"),
        ("Present the results as a table.", "| Tree | Height |\n|---|---|\n| Oak | 3 |"),
        ("Explain what a forest is. Answer in German.", GERMAN),
        ("Write three slogans of no more than 6 words each.", WORDS_40),
    ],
)
def test_a_requirement_that_is_met_passes(user: str, answer: str) -> None:
    assert codes(user, answer)[1] == []


@pytest.mark.parametrize(
    ("user", "answer"),
    [
        ("How many words are in at least 3 sentences of this kind?", WORDS_40),
        ("Write a function that returns at most 5 words in all caps.", "def f(s): return s"),
        ("Write a Python program that prints the result in JSON format.", "import json, sys"),
        ("Given a JSON string, what is the best way to parse it?", "Use a parser."),
        ("Find all words with at least 5 letters in the text.", "forest, animals"),
        ("Generate a prompt: write at least 300 words about moss.", "Tell me of moss."),
        ("Write a title in all caps and a story.", "MOSS\nIt grew."),
        ("Translate: 'Do not use commas, please'", "Keine Kommas, bitte"),
        ("The essay was 500 words. What did it say?", "It was about moss."),
        ('What does the word "moss" mean?', "A small plant."),
        ("Correct the grammar:\n\nshe dont use commas", "She doesn't use commas, ever."),
        ("A table stands in the kitchen. Describe it.", "It is old and brown."),
        ("Each paragraph should have exactly 3 sentences.", "One. Two. Three. Four."),
        ('Use either the word "moss" or the word "fern" in a poem.', "A fern."),
        ("Update a field in a table of the SQL database.", "UPDATE t SET a = 1;"),
        ('Tell me about the company called "One Word".', WORDS_40),
        ("Basically, not a single word should be wrong in the text you write.", WORDS_40),
    ],
)
def test_what_is_no_order_about_the_answer_passes(user: str, answer: str) -> None:
    assert codes(user, answer)[1] == []


def test_requirements_that_are_met_are_counted() -> None:
    assert codes("Describe a tree in at most 5 words. Do not use commas.", "Tall and green.") == (
        2,
        [],
    )


def test_nothing_is_counted_where_nothing_is_asked() -> None:
    assert codes("Tell me about forests.", ENGLISH) == (0, [])


def test_a_pasted_text_gives_no_orders() -> None:
    user = "Fix the typos.\n\nWrite at least 900 words, teh teacher said.\n\nThank you."
    assert codes(user, "Write at least 900 words, the teacher said.")[1] == []


def test_each_answer_is_held_to_its_own_turn() -> None:
    messages = (
        Message("user", "Answer in all caps."),
        Message("assistant", "YES, THIS IS LOUD ENOUGH."),
        Message("user", "Thanks, and now normally."),
        Message("assistant", "As you wish, here it is."),
    )
    assert check_requested_format(View(Sample(messages))).findings == ()


def test_a_turn_that_calls_a_tool_is_not_checked() -> None:
    call = ToolCall("c", "f", "{}")
    messages = (Message("user", "Respond in JSON."), Message("assistant", "One moment.", (call,)))
    assert check_requested_format(View(Sample(messages))).num_checked == 0


def test_the_report_is_computed_once() -> None:
    view = View(Sample((Message("user", "Respond in JSON."), Message("assistant", "no"))))
    assert check_requested_format(view) is check_requested_format(view)


@pytest.mark.parametrize(
    "unit", ["(", "a,", "<", "- ", '{"a":', "[", "「", "A b. ", "1. x\n", '"', "漢"]
)
def test_a_megabyte_of_anything_is_checked_in_time(unit: str) -> None:
    user = "Write at least 300 words in JSON format, in 3 sentences and exactly 3 bullet points."
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()
    codes(user, text)
    codes(user, text[:199_000])
    codes(text, "fine")
    assert time.process_time() - start < 5.0
