import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.finding import Report
from assay.domain.sample import Message, Sample
from assay.verifiers.arithmetic import check_arithmetic
from assay.verifiers.equations import find_claims, may_hold_claims
from assay.verifiers.numerals import to_plain
from assay.verifiers.view import View


def check(answer: str, question: str = "How many are there?") -> Report:
    sample = Sample((Message("user", question), Message("assistant", answer)))
    return check_arithmetic(View(sample))


TRUE = [
    "42 teeth per dog * 5 dogs = 210 teeth",
    "They have <<42*5=210>>210 teeth.",
    "So 2 + 3 = 5 * 4 = 20.",
    "7/2 = 3 remainder 1",
    "100 / 3 = 33.33",
    "2 / 3 = 0.66 and 2 / 3 = 0.67",
    "0.1 + 0.2 = 0.30000000000000004",
    "90 minutes / 60 = 1.5 hours",
    "20% of 50 = 10",
    "20% of the 50 = 10",
    "20/100*50 = 10",
    "$80 + 5% = $84",
    "15 / 60 = 25%",
    "5% + 7% = 12%",
    "2 1/2 * 4 = 10",
    "1½ + 2 = 3½",
    "252 = 2 x 2 x 3 x 3 x 7",
    "(2 + 3) * 4 = 20",
    "2(3 + 4) = 14",
    "[2 + 3] x 4 = 20",
    "-5 + 3 = -2",
    "5 - -3 = 8",
    "2^10 = 1024",
    "2**10 = 1024",
    "5² + 12² = 13²",
    "3 × 10^8 * 2 = 6 × 10^8",
    "6.02e23 * 2 = 1.204e24",
    r"\frac{1}{2} \times 10 = 5",
    r"$\frac{3}{4} + \frac{1}{4} = 1$",
    r"\(12 \div 4 = 3\)",
    r"$2 \cdot 3 = 6$",
    r"$$5\text{ m} \times 3\text{ m} = 15\text{ m}^2$$",
    "5! = 120",
    "60 miles/hour * 2 hours = 120 miles",
    "2 plus 3 equals 5",
    "12 multiplied by 4 is equal to 48",
    "9 ÷ 3 = 3",
    "9 ✕ 3 = 27",
    "1,000 + 234 = 1,234",
    "**3 + 4 = 7**",
    "- 3 + 4 = 7",
    "1. 2+2=4",
    "a) 2+2=4",
    "0.33 * 300 = 99",
    "(we know that 2 + 3 = 5)",
    "((2 + 3) * 2 = 10)",
    "10x5 = 50",
    "Costs (12 of them) rise by 3 * 4 = about 12.",
    "3 * 4 = 12 - so he has enough.",
    "3 * 4 = 12* per day",
    "50 percent of 30 = 15",
    "3 * 5 (kilos) = 15",
    "2 ^ -1 = 0.5 and 10⁻² * 100 = 1",
    "2 ^ 3 ^ 2 = 512",
    "0 ^ 2 + 1 = 1",
    "A triangular-shaped and/or oval field has 4 * 5 = 20 acres.",
    "2 / 3 ≈ 0.7, or 2 / 3 = ~0.67",
    "5 m² * 2 = 10 m²",
    "5 m^2 * 2 = 10 m^2",
    r"\left(2 + 3\right) \times 2 = 10",
    r"50\% \times 30 = 15",
    "<<12+30=42>> <<5-3=2>> <<2.5*2=5>>",
    "1.5e3 * 2 = 3,000",
    "2\u00a0500,5 + 0,5 = 2\u00a0501",
    "12,34,567 + 1 = 12,34,568",
    "dogs.5 + 3 = 8",
    "45° + 45° = 90°",
    "24 : 6 = 4",
    "The rest is 20 x 3/5 = 12 apples.",
]

FALSE = [
    ("42 teeth per dog * 5 dogs = 211 teeth", "42 teeth per dog * 5 dogs = 211"),
    ("They have <<42*5=211>>211 teeth.", "42*5=211"),
    ("So 2 + 3 = 6 * 4 = 24.", "2 + 3 = 6 * 4"),
    ("It costs $12/adult x 3 adults = $38 in all.", "$12/adult x 3 adults = $38"),
    ("20% of 50 = 11", "20% of 50 = 11"),
    ("In 2 days he reads 10 * 2 = 21 pages.", "10 * 2 = 21"),
    ("1. 2+2=5", "2+2=5"),
    ("- 30 - 12 = 28", "30 - 12 = 28"),
    (r"$\frac{1}{2} \times 10 = 6$", r"\frac{1}{2} \times 10 = 6"),
    (r"\(12 \div 4 = 4\)", r"12 \div 4 = 4"),
    ("**3 + 4 = 8**", "3 + 4 = 8"),
    ("2^10 = 1000", "2^10 = 1000"),
    ("5² + 12² = 14²", "5² + 12² = 14²"),
    ("12 multiplied by 4 is equal to 49", "12 multiplied by 4 is equal to 49"),
    ("1,000 + 234 = 1,235", "1,000 + 234 = 1,235"),
    ("252 = 2 x 2 x 3 x 7", "252 = 2 x 2 x 3 x 7"),
    ("-5 + 3 = 2.5", "-5 + 3 = 2.5"),
    ("3 * 4 ≈ 20", "3 * 4 ≈ 20"),
    ("100 / 8 = 12.6", "100 / 8 = 12.6"),
    ("x = 3 * 5 = 16", "3 * 5 = 16"),
    ("0.5 kg * 4 = 2.1 kg", "0.5 kg * 4 = 2.1 kg"),
    ("5! = 125", "5! = 125"),
    ("(2 + 3) * 4 = 21", "(2 + 3) * 4 = 21"),
]

EXPLAINED = [
    "3 * $0.25 = 75 cents",
    "5 kg * 9.8 m/s^2 = 49 N",
    "1 hour + 30 minutes = 90 minutes",
    "2 million * 3 = 6,000,000",
    "3 dozen * 2 = 72",
    "30 minutes * 4 = 2 hours",
    "2.5 m * 100 = 250 cm",
    "0.33 * 300 = 100",
    "9.8 * 1251.3 = 12300 J",
    "60 miles/hour * 30 minutes = 30 miles",
    "4 pounds - 6 ounces = 58 ounces",
    "1/2 * 1000 kg * (16.67 m/s)^2 = 1/2 * 1000 kg * 277.89 m^2/s^2",
    "1015 / 1.0384 = 977.48",
    "16!/14!*2! = 120",
    "2 miles / 1/6 hour = 12 miles per hour",
]

NOT_CLAIMS = [
    "x + 2 + 3 = 10",
    "3x + 5 = 20",
    "2a * 3 = 12",
    "2g + 4s = 70 legs",
    "The price p * 2 + 3 = 11",
    "f(2) + 3 = 11",
    "a[0] = 5",
    "x1 = 5 and y2 + 3 = 9",
    "10 / total * 100 = 50",
    "sqrt(16) + 3 = 7",
    "√16 + 3 = 7",
    "2π * 3 = 18.85",
    r"\sqrt{16} + 3 = 7",
    r"\sin 30 + 2 = 2.5",
    "17 % 5 = 2",
    "17 mod 5 = 2",
    "9 + 5 = 2 (mod 12)",
    "In binary, 10 + 10 = 100.",
    "3:2 = 6:5",
    "The 9-17 shift = 8 hours",
    "pages 10-12 = 3 pages",
    "Half of 10 + 6 = 8",
    "The average of 3 + 4 + 5 = 4",
    "12 boys and 6 girls * 2 = 36 hands",
    "5 - 8 = 3 less",
    "1800 - 2000 = 200 short",
    "Step 1 - 5 * 3 = 15",
    "if x == 3 * 4: y += 2 - 1",
    "2 + 2 >= 5",
    "2 + 2 != 5",
    "2 + 2 ≠ 5",
    "It is wrong that 2 + 2 = 5.",
    "Use `2 + 2 = 5` here.",
    "```\ny = 2 + 2 = 5\n```",
    "1/4 = 60 people",
    "1/2 cup = 120 ml",
    "Visit https://example.com/a?x=1+1&y=3",
    "1 hour 30 minutes * 2 = 3 hours",
    "5 + 5 = 0 feet 10 inches",
    "9**9**9**9 = 5",
    "2 + 3 = ?",
    "2 + 3 = five",
    "Version 1.2.3 + 1 = 1.2.4",
    "24/7 = always",
    "5 / 0 = 7",
    "2 ^ 0.5 = 2",
    "0 ^ 0 + 1 = 5",
    "3.5! + 1 = 2",
    "2 + 3 = (5 + x",
    "5 dogs and n + 3 = 9",
    "3 * (4 + 2 = 8",
    "0x1F + 1 = 50",
    "1.2.3.4 + 1 = 9",
    "1e999 + 1 = 3",
    "() + 3 = 9",
    "2 + ² = 9",
    r"\frac12 + 1 = 9",
    r"\alpha + 3 + 4 = 9",
    "2 + 3 = units of 9",
    "5 " + "word " * 8 + "+ 3 = 9",
    "25% 4 + 3 = 9",
    "2024-01-01 + 5 = 2024-01-06",
    "|-5| + 3 = 8",
    "5' 10\" + 2\" = 6'",
    "2H2 + O2 = 2H2O",
    "3 + 4i + 2 - i = 5 + 3i",
    "1 + 2 + ... + 10 = 55",
    "9:30 + 2 = 11:30",
    "12 : 4 = 5",
    "- 3 + 4 = 1",
    "125% of 120% of A = 225",
    "2 x1 + 3 x2 = 7",
    "3!4!/6! = 1/5",
    "10% of the $400 + $1580 = $1980",
    "Work done in 1/4 day = 7/12 * 1/4",
    "264/17 = 9 (Remainder)",
]


@pytest.mark.parametrize("answer", TRUE)
def test_true_equations_are_decided_and_pass(answer: str) -> None:
    report = check(answer)
    assert report.findings == ()
    assert report.num_checked >= 1


@pytest.mark.parametrize(("answer", "quote"), FALSE)
def test_false_equations_are_found_with_their_words(answer: str, quote: str) -> None:
    report = check(answer)
    assert [finding.place.quote for finding in report.findings] == [quote]
    (finding,) = report.findings
    assert finding.hard
    assert finding.kind == "incorrect_computation"
    assert answer[finding.place.start :].startswith(quote)


@pytest.mark.parametrize("answer", EXPLAINED)
def test_a_result_in_another_unit_or_rounding_is_no_mistake(answer: str) -> None:
    assert check(answer).findings == ()


@pytest.mark.parametrize("answer", NOT_CLAIMS)
def test_what_is_no_claim_or_doubtful_is_left_alone(answer: str) -> None:
    assert check(answer).findings == ()


LANGUAGES = [
    ("en", "Together they have 1,250.50 + 749.50 = 2,000 dollars.", "2,000", "2,100"),
    ("de", "Zusammen sind es 1.250,50 + 749,50 = 2.000 Euro.", "2.000", "2.100"),
    ("de", "Das sind 12 mal 4 ergibt 48.", "48", "47"),
    ("es", "En total son 3,5 por 2 = 7 metros.", "7", "8"),
    ("fr", "Au total, 1 250 + 750 = 2 000 euros.", "2 000", "2 200"),
    ("fr", "Cela fait 12 fois 3 = 36 œufs.", "36", "38"),
    ("pt", "São 15 vezes 4 = 60 reais.", "60", "62"),
    ("it", "Sono 0,75 più 0,25 = 1 litro.", "1", "3"),
    ("nl", "Dat is 6 keer 7 = 42 euro.", "42", "41"),
    ("cs", "Celkem 8 krát 7 = 56 korun.", "56", "54"),
    ("ja", "全部で３×５＝15個です。", "15", "16"),
    ("zh", "小明一共有12个苹果＋8个梨＝20个水果。", "20", "21"),
    ("zh", "所以（3+4）×5等于35元。", "35", "36"),
    ("ko", "모두 7개 곱하기 6 = 42개입니다.", "42", "43"),
    ("ar", "المجموع هو ١٢ + ٣٠ = ٤٢ كتابا", "٤٢", "٤٣"),
]


@pytest.mark.parametrize(("language", "answer", "result", "wrong"), LANGUAGES)
def test_every_language_writes_claims(language: str, answer: str, result: str, wrong: str) -> None:
    assert language
    assert check(answer).findings == ()
    assert check(answer).num_checked == 1
    head, _, tail = answer.rpartition(result)
    assert len(check(head + wrong + tail).findings) == 1


def test_either_decimal_mark_makes_a_claim_true() -> None:
    assert check("1.500 + 500 = 2.000").findings == ()
    assert check("1,5 + 0,5 = 2").findings == ()
    assert len(check("1,5 + 0,5 = 3").findings) == 1


def test_an_equation_that_the_user_wrote_is_not_held_against_the_answer() -> None:
    assert check("You wrote 2 + 2 = 5, let me see.", "Is 2+2 = 5 right?").findings == ()


def test_only_assistant_turns_are_checked() -> None:
    sample = Sample((Message("user", "2 + 2 = 5"), Message("assistant", "That makes four.")))
    assert check_arithmetic(View(sample)) == Report("arithmetic", 0)


def test_an_annotation_and_its_equation_count_as_one_mistake() -> None:
    report = check("He pays 3 * 4 = $<<3*4=13>>13.")
    assert [finding.place.quote for finding in report.findings] == ["3*4=13"]


def test_the_reason_names_both_results() -> None:
    (finding,) = check("So 7 * 8 = 54 eggs.").findings
    assert finding.reason == "expected 7 * 8 = 56, found 54"


@given(st.integers(-999, 999), st.integers(-999, 999), st.sampled_from("+-*"))
def test_integer_arithmetic_is_decided_exactly(a: int, b: int, operator: str) -> None:
    exact = {"+": a + b, "-": a - b, "*": a * b}[operator]
    right = f"({b})" if b < 0 else str(b)
    assert check(f"Then {a} {operator} {right} = {exact}").findings == ()
    assert len(check(f"Then {a} {operator} {right} = {abs(exact) + 7}0001").findings) == 1


@given(st.integers(1, 9999), st.integers(1, 99), st.integers(0, 4))
def test_rounded_quotients_are_true(a: int, b: int, digits: int) -> None:
    assert check(f"That is {a} / {b} = {a / b:.{digits}f}").findings == ()


@given(st.text(alphabet="0123456789+-*/=()^%$.,x <>\\{}\n!:²a", max_size=60))
def test_any_text_is_survived_and_quotes_are_verbatim(text: str) -> None:
    for finding in check(text).findings:
        start = finding.place.start
        assert text[start : start + len(finding.place.quote)] == finding.place.quote


HOSTILE = [
    "(" * 200_000 + "=1",
    "1+" * 100_000 + "1=3",
    "1=" * 200_000,
    "<<" * 200_000 + "=1",
    "<<1+1=3>>" * 20_000,
    "2+2=5 " * 50_000,
    "9" * 300_000 + "+1=2",
    "1+1=" + "9" * 300_000,
    "9^9^9^9^9 = 1 " * 20_000,
    "(" * 100 + "1" + ")" * 100 + "+1=3",
    "100!" * 1000 + "=1",
    "- - -" * 50_000 + "=2",
    "5 (" * 50_000 + "=3",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_takes_bounded_time(text: str) -> None:
    started = time.process_time()
    check(text)
    assert time.process_time() - started < 2


_FRAGMENTS = st.sampled_from(
    [
        "2", "34", "½", "٣", "２", "=", "==", "≈", "＝", "equals", "is equal to", "ergibt",
        "ist gleich", "等于", "يساوي", "+", "*", "×", "\\approx", "<<1+1=2>>", "<<2*2=5>>",
        "apples", "x", ",", ". ", "\n", "so", "(", ")", "%", "$", "a" * 250,
    ]
)  # fmt: skip


@given(st.lists(_FRAGMENTS, max_size=12).map(" ".join))
def test_a_text_that_holds_no_claims_by_the_cheap_test_holds_none(text: str) -> None:
    if not may_hold_claims(text):
        assert list(find_claims(to_plain(text))) == []


def test_a_text_without_digits_needs_no_closer_look() -> None:
    assert not may_hold_claims("Two and two equals four, so x = y.")
    assert may_hold_claims("½ + ½ = two halves")
