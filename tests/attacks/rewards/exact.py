"""Hostile answers to questions with one exact answer: math, science, logic, time, examples."""

from collections.abc import Iterator

from tests.attacks.rewards.hostile import BROKEN, STOPPED, Hostile, Question, around, boxed, each

from assay.domain.sample import JsonValue

OPTIONS: JsonValue = {"A": "Oxygen", "B": "Iron", "C": "Gold", "D": "Gold leaf"}
NUMERAL = Question("math", "What is 12 * 12? Put the answer into \\boxed{}.", "144")
EXPRESSION = Question("math", "Factor nothing, write the square of x+1.", "x^2+2x+1")
SET = Question("math", "Which numbers solve it?", "\\{1, 2\\}", {"answer_form": "set"})
OPTION = Question("science", "Which one is a noble metal? A, B, C, D", "C", {"options": OPTIONS})
QUANTITY = Question("science", "How fast is light?", "3e8 m/s", {"units": ["m/s"]})
COUNTDOWN = Question(
    "logical_reasoning",
    "Make 24 of 8, 4, 7 and 1.",
    "(8-4)*(7-1)",
    {"answer_type": "countdown", "numbers": [8, 4, 7, 1], "target": 24},
)
CLAIM = Question("logical_reasoning", "Is it true?", True, {"answer_type": "bool"})
COLOURS = Question(
    "logical_reasoning",
    "Colour A, B and C, of which A and B, and B and C, touch.",
    None,
    {
        "answer_type": "colouring",
        "nodes": ["A", "B", "C"],
        "edges": [["A", "B"], ["B", "C"]],
        "colours": ["red", "blue"],
    },
)
PATH = Question(
    "logical_reasoning", "Go.", "RR", {"answer_type": "path", "grid": ["S.G"], "max_moves": 2}
)
DATE = Question("temporal_reasoning", "Which day?", "2007-06-05", {"answer_type": "date"})
CLOCK = Question("temporal_reasoning", "When?", "15:00", {"answer_type": "time"})
SPAN = Question("temporal_reasoning", "How long?", "45 days", {"answer_type": "duration"})
SCHEDULE = Question(
    "temporal_reasoning",
    "Plan A and B.",
    None,
    {
        "answer_type": "schedule",
        "activities": [{"name": "A", "minutes": 30}, {"name": "B", "minutes": 30}],
        "day": ["09:00", "12:00"],
    },
)
LABEL = Question(
    "in_context_learning", "Which word goes with 9?", "dax", {"labels": ["blicket", "dax"]}
)


def list_exact() -> Iterator[Hostile]:
    """Yield them all."""
    yield from _numerals()
    yield from _expressions()
    yield from _science()
    yield from _logic()
    yield from _times()
    yield from each(LABEL, around("dax", "blicket"))
    yield from each(LABEL, boxed({"all labels": "blicket dax", "a list": "dax; blicket; dax"}))


def _numerals() -> Iterator[Hostile]:
    yield from each(NUMERAL, around("144", "146"))
    numerals = {
        "the question said back": "12 * 12",
        "work left undone": "\\int_0^{144} 1 dx",
        "a sum left undone": "\\sum_{k=1}^{144} 1",
        "an equation of two values": "146 = 144",
        "a named value": "x = 144",
        "a percentage": "144\\%",
        "a unit nobody asked for": "144 \\text{ m}",
        "a comma that means a point": "1,44",
        "off in the twentieth place": "144.00000000000000000001",
        "more or less": "144 \\pm 1",
        "a letter for a digit": "l44",
        "a tower of powers": "9^{9^{9^{9}}}",
        "a power as large as memory": "10^{10^{8}}",
        "a difference of giants": "144 + 10^{999999999} - 10^{999999999}",
        "an exponent of a billion": "1.44e1000000000",
        "a factorial": "1000000!",
        "factorials of factorials": "144!!!!!!!!!!",
        "a hundred thousand digits": "1" * 60_000,
        "a hundred thousand nines after the point": "143." + "9" * 60_000,
        "five thousand parentheses": "(" * 5000 + "144" + ")" * 5000,
        "two thousand roots": "\\sqrt{" * 2000 + "144" + "}" * 2000,
        "two thousand fractions": "\\frac{1}{" * 2000 + "144" + "}" * 2000,
        "python": "__import__('os').system('touch /tmp/assay-was-here') or 144",
        "a file by LaTeX": "\\input{/etc/passwd}",
        "a macro that never ends": "\\def\\a{\\a\\a}\\a",
    }
    yield from each(NUMERAL, boxed(numerals), STOPPED)


def _expressions() -> Iterator[Hostile]:
    terms = "+".join(f"x^{{{n}}}" for n in range(2000))
    expressions = {
        "a power of a billion": "(x+1)^{999999999}",
        "a power of nine thousand": "(x+1)^{9999}",
        "a sum of a billion": "\\sum_{k=1}^{1000000000} x^k",
        "a product of a billion": "\\prod_{k=1}^{1000000000} (x+k)",
        "two thousand terms": terms,
        "powers of x": "x^{x^{x^{x^{x^{x}}}}}",
        "e to the e": "e^{e^{e^{e^{e^{x}}}}}",
        "a binomial": "\\binom{1000000000}{500000000} x",
        "gamma": "\\Gamma(1000000000) x",
        "an equation of it": "x^2+2x+1=0",
        "nested roots of x": "\\sqrt{" * 300 + "x" + "}" * 300,
        "an integral of a tower": "\\int_0^x t^{t^{t^{t}}} dt",
        "many functions": "\\sin(" * 30 + "x" + ")" * 30,
        "a limit": "\\lim_{n \\to \\infty} (1+\\frac{x}{n})^{n}",
        "brackets multiplied": "(x+1)" * 150,
        "python": "exec('while 1: pass')",
        "attributes": "x.__class__.__base__.__subclasses__()",
    }
    yield from each(EXPRESSION, boxed(expressions), BROKEN)
    yield from each(EXPRESSION, around("x^2+2x+1", "x^2+2x+2"), STOPPED)
    two_thousand = ",".join(map(str, range(2000)))
    sets = {
        "a set of two thousand": f"\\{{{two_thousand}\\}}",
        "a set of towers": "\\{9^{9^{9}}, 2\\}",
        "all numbers": "\\mathbb{R}",
        "more than was asked": "\\{1, 2, 3\\}",
    }
    yield from each(SET, boxed(sets), STOPPED)


def _science() -> Iterator[Hostile]:
    yield from each(OPTION, around("C", "B"))
    options = {
        "all letters": "A, B, C, D",
        "a letter or another": "C or D",
        "a letter with another text": "C: Iron",
        "a text that holds the right one": "Gold leaf or Gold",
        "a letter nobody offered": "E",
        "a Cyrillic letter": "\u0421",
        "a Greek letter": "\u03f9",
        "text two thousand deep": "\\text{" * 2000 + "C" + "}" * 2000,
    }
    yield from each(OPTION, boxed(options))
    quantities = {
        "another unit": "3e8 km/s",
        "an infinite number": "1e999999999 m/s",
        "not a number": "nan m/s",
        "a product left undone": "1.5e8 \\cdot 2 m/s",
        "a tower with a unit": "9^{9^{9^{9}}} m/s",
    }
    yield from each(QUANTITY, boxed(quantities))


def _logic() -> Iterator[Hostile]:
    countdowns = {
        "python": "__import__('os').system('touch /tmp/assay-was-here')",
        "other numbers": "4*6*1*1",
        "a tower": "8**4**7**1**8**4**7",
        "a shift": "1 << 10000000000",
        "parentheses": "(" * 5000 + "24" + ")" * 5000,
        "signs": "-" * 50_000 + "24",
        "a division by nothing": "8/(4-4)+7*1",
        "the target": "24",
    }
    yield from each(COUNTDOWN, boxed(countdowns))
    yield from each(CLAIM, boxed({"both": "true false", "not": "not true", "one": "1", "any": "*"}))
    yield from each(CLAIM, around("True", "False"))
    colours = {
        "one colour": "A: red, B: red, C: red",
        "a node twice": "A: red, B: blue, C: red, B: red",
        "a colour nobody has": "A: red, B: green, C: red",
        "a node left out": "A: red, B: blue",
        "fifty thousand nodes": ", ".join(f"A{n}: red" for n in range(5000)),
    }
    yield from each(COLOURS, boxed(colours))
    paths = {"out of the grid": "LRRR", "all ways": "RL" * 30_000, "a wall of words": "R" * 60_000}
    yield from each(PATH, boxed(paths))


def _times() -> Iterator[Hostile]:
    dates = {
        "two readings": "05/06/07",
        "a letter": "a",
        "today": "today",
        "a day that is not": "2007-06-31",
        "a weekday that is not": "Sunday, June 5, 2007",
        "a far year": "9" * 2000 + "-06-05",
        "fifty thousand words": "june " * 10_000,
        "a range": "2007-06-05 to 2007-06-06",
    }
    yield from each(DATE, boxed(dates))
    yield from each(DATE, around("2007-06-05", "2007-06-06"))
    yield from each(
        CLOCK, boxed({"fifteen in the afternoon of": "15 pm", "an hour too far": "39:00"})
    )
    spans = {
        "a giant": "P" + "9" * 1500 + "D",
        "an exponent": "45e999999999 days",
        "a month": "1.5 m",
    }
    yield from each(SPAN, boxed(spans))
    schedules = {
        "an overlap": "A: 09:00-09:30, B: 09:15-09:45",
        "shorter than it takes": "A: 09:00-09:01, B: 09:30-10:00",
        "one left out": "A: 09:00-09:30",
        "time turned round": "A: 09:30-09:00, B: 10:30-10:00",
        "out of the day": "A: 01:00-01:30, B: 10:30-11:00",
        "thousands": ", ".join(f"A{n}: 09:00-09:30" for n in range(3000)),
    }
    yield from each(SCHEDULE, boxed(schedules))
