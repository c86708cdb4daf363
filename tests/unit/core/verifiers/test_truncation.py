import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.truncation import WEIGHTS, cut_evidence, ends_in_mark

DROP, FLAG = 0.75, 0.5

CUT = [
    "The committee met on Monday. It decided to postpone the vote until the mem",
    "We tested two engines. The first one was quick, but the second was",
    "1. Wash the rice well.\n2. Boil the water.\n3. Add the rice and sti",
    "A cell has a nucleus, and the nucleus holds the",
    "The three causes are drought, war, and",
    "Install the package, open the settings page, choose your region,",
    "Here is the plan for the coming week (subject to",
    "Der Zug hielt in Bonn. Danach fuhr er weiter nach",
    "El museo abre a las nueve. La entrada cuesta diez euros y los",
    "Le musée ouvre à neuf heures. Le billet coûte dix euros et les",
    "O museu abre às nove. O bilhete custa dez euros e os",
    "Il museo apre alle nove. Il biglietto costa dieci euro e gli",
    "Het museum opent om negen uur. Een kaartje kost tien euro en de",
    "Muzeum otevírá v devět. Vstupenka stojí deset eur a",
    "يفتح المتحف في التاسعة. ثمن التذكرة عشرة يورو و",
    "博物馆九点开门。门票十欧元，学生可以",
    "博物館は九時に開きます。入場料は十ユーロで、学生は",
    "박물관은 아홉 시에 엽니다. 입장료는 십 유로이고 학생은",
    '{"name": "Ada", "skills": ["math", "poe',
    "function add(a, b) {\n  return a",
    "| Name | Age |\n|------|-----|\n| Ada | 36 |\n| Alan | 4",
    "1. First comes the flour.\n2. Then comes the sugar.\n3.",
]

WHOLE = [
    "Paris",
    "42",
    "x = 7",
    "The Art of Slow Travel: Notes from a Life on the Road",
    "apples, pears, plums, cherries, figs",
    "- milk\n- bread\n- two eggs\n- a bunch of parsley",
    "1. Ottawa\n2. Rome\n3. Lima",
    "Roses bloom in the morning light,\nStars keep watch through the night",
    "def add(a, b):\n    return a + b",
    "SELECT name FROM users WHERE age > 30",
    "See https://example.org/docs/install",
    "Great launch today! Thanks to everyone. #launch #teamwork",
    '"Simplicity is the soul of efficiency." - Austin Freeman',
    "Dear Sam,\n\nThank you for the lovely evening. We had fun.\n\nBest wishes,\nJohn Smith",
    "I am glad you wrote. See you soon.\n\nSincerely,",
    "We will meet at noon 😊",
    "The area is $\\pi r^2$",
    "Total = 3 * 4 = 12 apples",
    "What is H2O?\nA) Gold\nB) Salt\nC) Water",
    "Neues Programm hilft Jugendlichen beim Einstieg in den Beruf",
    "Rojo, verde y azul",
    "东京\n大阪\n京都",
    "天气预报：晴",
    "猫\n犬\n鳥",
    "사과, 배, 포도",
    "القاهرة",
    "Modrá, zelená a bílá",
    "She told me who they are",
    "Answer: the second option",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    '{"ok": true, "items": [1, 2]}',
    "**Conclusion**",
    "The meeting is at 5",
]


@pytest.mark.parametrize("text", CUT)
def test_a_cut_text_is_found(text: str) -> None:
    assert cut_evidence(text).score >= FLAG


@pytest.mark.parametrize("text", WHOLE)
def test_a_whole_text_without_a_final_mark_is_no_cut(text: str) -> None:
    assert cut_evidence(text).score < FLAG


def test_finished_prose_has_no_evidence_at_all() -> None:
    assert cut_evidence("The train leaves at nine. It arrives at ten.") == (0.0, ())


def test_a_word_of_the_prompt_makes_a_piece_recognisable() -> None:
    text = "Renewable sources help. They cut photosynthe"
    assert "word_piece" in cut_evidence(text, "Explain photosynthesis please").signals
    assert "word_piece" not in cut_evidence(text).signals


def test_inflection_is_no_piece_of_a_word() -> None:
    assert "word_piece" not in cut_evidence("He was playing all day. They play").signals


def test_ordinals_and_units_are_no_pieces() -> None:
    for text in (
        "The visit was on March 3rd and the trip on the 12th",
        "The wall is long, about 5 m",
    ):
        assert "word_piece" not in cut_evidence(text).signals


def test_more_signals_never_lower_the_score() -> None:
    one = cut_evidence("Nobody knew the answer. Everyone looked away")
    two = cut_evidence("Nobody knew the answer. Everyone looked at the")
    assert two.score > one.score


def test_a_language_is_told_by_its_own_words() -> None:
    german = cut_evidence("Es gibt viele Gründe und die Kinder mögen das Haus, denn sie lieben den")
    assert "dangling_word" in german.signals


@given(st.text(max_size=300))
def test_the_score_is_a_probability_with_known_signals(text: str) -> None:
    evidence = cut_evidence(text, text[::-1])
    assert 0.0 <= evidence.score <= 1.0
    assert set(evidence.signals) <= set(WEIGHTS)


@given(st.text(max_size=200))
def test_trailing_white_space_changes_nothing(text: str) -> None:
    assert cut_evidence(text + " \n\n") == cut_evidence(text)


@pytest.mark.parametrize("unit", ["((((", "a,a,a,", "- - -", "{'", "“", "1.\n", "中", "a. B "])
def test_hostile_text_is_linear(unit: str) -> None:
    text = unit * (400_000 // len(unit)) + "a"
    start = time.process_time()
    cut_evidence(text, text)
    assert time.process_time() - start < 1.0


def test_ends_in_mark_ignores_trailing_space() -> None:
    assert ends_in_mark("Done. \n") and ends_in_mark("  ") and not ends_in_mark("and so on we went")
