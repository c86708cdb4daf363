"""Finding the expression that stands at an equals sign, among words, units and currency signs.

The scanner walks the terms of one side. It collects operands and operators and lets unit words pass
(`42 teeth per dog * 5 dogs`). Where a clause ends it starts afresh (left side) or stops (right
side). What it does not understand, such as a letter used as an unknown, taints the expression: a
tainted side is never evaluated.
"""

from collections.abc import Callable, Sequence

from assay.verifiers import math_words
from assay.verifiers.evaluation import NEGATION
from assay.verifiers.expressions import Expression, ExpressionBuilder
from assay.verifiers.formulas import (
    CLOSE,
    NUMERAL,
    OPEN,
    OPERATOR,
    SUPERSCRIPT,
    WORD,
    exponent_text,
    is_alphabetic,
)
from assay.verifiers.numerals import read_numeral
from assay.verifiers.terms import CURRENCY, VERBAL, Term
from assay.verifiers.units import UNITS, Unit

MAX_WORDS = 6  # words that may stand between an operand and the next operator

_PLAIN_OPERATORS = {"**": "^", "x": "*", "X": "*"}
_MARKUP = frozenset("\"“”‘’«»„|>#&_`'~")
_STOPS = frozenset(",;.:?!\n")
_END = Term("end", "", 0, 0, False)


def scan_left(terms: Sequence[Term], *, is_cut: bool = False) -> Expression:
    """The expression that ends where `terms` end; `is_cut`: the text began before them."""
    scanner = _Scanner(terms, stops=False)
    scanner.expression.is_tainted = is_cut
    return scanner.scan()


def scan_right(terms: Sequence[Term]) -> Expression:
    """The expression that begins where `terms` begin."""
    return _Scanner(terms, stops=True).scan()


class _Scanner(ExpressionBuilder):
    def __init__(self, terms: Sequence[Term], *, stops: bool) -> None:
        super().__init__(stops=stops)
        self.terms = terms
        self.index = 0

    def scan(self) -> Expression:
        while self.index < len(self.terms) and not self.done:
            term = self.terms[self.index]
            _HANDLERS.get(term.kind, _Scanner._other)(self, term)
            self.index += 1
        self.finish()
        return self.expression

    def _before(self) -> Term:
        return self.terms[self.index - 1] if self.index else _END

    def _after(self) -> Term:
        return self.terms[self.index + 1] if self.index + 1 < len(self.terms) else _END

    # What each kind of term does.

    def _number(self, term: Term) -> None:
        if self.after_operand:
            is_unit = isinstance(self.expression.items[-1], Unit)
            self.expression.has_compound = is_unit and self.num_words <= 2
            self.break_off()
            if self.done:
                return
        assert term.numeral is not None
        self._begin(term)
        self.expression.items.append(term.numeral)
        self.operand_ends(term.end)

    def _superscript(self, term: Term) -> None:
        digits = exponent_text(term.text)
        numeral = read_numeral(digits.lstrip("-"))
        if not self.after_operand or numeral is None:
            self.break_off(taints=True)
            return
        if not self.num_words:  # otherwise the power of a unit: m²
            sign = [NEGATION] if digits.startswith("-") else []
            self.expression.items += ["^", *sign, numeral]
            self.expression.num_operators += 1
        self.expression.end = term.end

    def _verbal(self, term: Term) -> None:
        if self.after_operand:
            # 10% of the $400 + $1580 = $1980: the equation may begin after the word
            self.expression.dashes.append(len(self.expression.items))
            self.append_operator(term.text)
        else:
            self.break_off(taints=bool(self.expression.items))

    def _word(self, term: Term) -> None:
        if self.after_operand:
            self._word_after_operand(term)
        elif self.expression.items:
            self._word_for_operand(term)
        else:
            self._leading_word(term)

    def _operator(self, term: Term) -> None:
        if term.text == "**" and not (term.tight and self._after().tight):
            self._markup(term)
        elif self.after_operand:
            self._binary(term)
        else:
            self._sign(term)

    def _open(self, term: Term) -> None:
        if self.after_operand:
            self._open_after_operand(term)
            return
        if not self.expression.items and term.tight and self._is_callable(self._before()):
            self.break_off(taints=True)  # f(2), a[3]
            return
        self._begin(term)
        self.expression.items.append("(")
        self.depth += 1

    def _close(self, term: Term) -> None:
        if not self.depth:
            self.break_off(keeps=False)
        elif not self.after_operand:
            self.break_off(taints=True)
        else:
            self.depth -= 1
            self.expression.items.append(")")
            self.operand_ends(term.end)

    def _other(self, term: Term) -> None:
        text = term.text
        if text in CURRENCY:
            self._currency(term)
        elif text == "%":
            self._percent(term)
        elif text == "!" and self.after_operand and term.tight and not self.num_words:
            self._factorial(term)
        elif text == ":" and self.after_operand and self._after().kind == NUMERAL:
            self._colon(term)
        elif text in _STOPS:
            self.break_off(keeps=False)
        elif text in "°℃℉" and self.after_operand and term.tight:
            self.expression.end = term.end
        elif text in _MARKUP:
            self._markup(term)
        else:
            self.break_off(taints=True)

    # Words.

    def _word_after_operand(self, term: Term) -> None:
        text = term.text
        is_touching = term.tight and self._before().kind in (NUMERAL, CLOSE)
        if text in math_words.CLAUSE:
            self.break_off(keeps=False)
        elif text in ("x", "mod") or (is_touching and (_is_symbol(text) or not text.isalpha())):
            self.break_off(taints=True)  # 2x, 3ab, 0x1F
        elif (len(text) == 1 and self._before().text in math_words.OF) or text[1:].isdecimal():
            self.break_off(taints=True)  # 120% of A, 2 x1
        elif text in ("percent", "prozent") and not self.num_words:
            self._percent(term)
        else:
            self._unit_word(term)

    def _unit_word(self, term: Term) -> None:
        self.num_words += 1
        if self.num_words > MAX_WORDS and not self.stops:
            self.break_off(keeps=False)
            return
        expression = self.expression
        expression.words.append(term.text)
        unit = UNITS.get(term.text)
        if self.num_words == 1:
            if unit is not None:
                expression.items.append(unit)
                expression.units.add(unit)
            expression.has_letter_unit |= len(term.text) == 1 and term.text.isascii()
        if not self.stops or (self.num_words == 1 and unit is not None):
            expression.end = term.end

    def _leading_word(self, term: Term) -> None:
        text = term.text
        if self.stops:
            self.expression.is_approximate |= text in math_words.APPROXIMATE
            if text not in math_words.FILLERS:
                self.break_off(taints=True)
        elif self._before().kind == WORD:
            self.expression.is_tainted = False  # far enough from what was not understood
        self.expression.lead = [*self.expression.lead[-2:], text]

    def _word_for_operand(self, term: Term) -> None:
        """A word where a number was due: a unit after a slash or hyphen, or an unknown."""
        last, operator = self.expression.items[-1], self._before()
        is_unit = len(term.text) > 1 or term.text in UNITS
        is_priced = bool(self.expression.words) and len(term.text) > 2  # $12/adult
        is_slashed = last == "/" and (self.num_words > 0 or term.text in UNITS or is_priced)
        is_compound = last == "-" and operator.tight and term.tight
        if is_unit and (is_slashed or is_compound):
            self.drop_operator()
            self.num_words += 1
            self._unit_word(term)
            self.expression.units |= {UNITS[term.text]} if term.text in UNITS else set()
        elif self.stops and last == "-" and not term.tight and len(term.text) > 1:
            self.drop_operator()  # 5 - so he has more
            self.done = True
        else:
            self.break_off(taints=True)

    # Operands.

    def _begin(self, term: Term) -> None:
        if not self.expression.items and not (
            self._before().text in CURRENCY and term.kind == NUMERAL
        ):
            self.expression.start = term.start

    def _currency(self, term: Term) -> None:
        expression = self.expression
        if not expression.items and self._after().kind == NUMERAL:
            expression.start = term.start
        expression.words.append(term.text)
        if term.text in UNITS:
            expression.units.add(UNITS[term.text])
        is_suffix = self.after_operand and not self.num_words and term.tight
        if is_suffix and term.text != "$":  # that one more often ends a formula
            expression.end = term.end

    def _percent(self, term: Term) -> None:
        if not self.after_operand or self.num_words or self._after().kind == NUMERAL:
            self.break_off(taints=True)  # 17 % 5
            return
        self.expression.items.append("%")
        self.expression.end = term.end

    def _factorial(self, term: Term) -> None:
        after = self._after()
        if after.kind == NUMERAL and after.tight:
            self.break_off(taints=True)  # 2!3!
        elif after.kind in (OPERATOR, CLOSE) or (after is _END and not self.stops):
            self.expression.items.append("!")
            self.expression.num_operators += 1
            self.expression.end = term.end
        else:
            self.break_off(keeps=False)

    # Operators.

    def _binary(self, term: Term) -> None:
        operator = _PLAIN_OPERATORS.get(term.text, term.text)
        after = self._after()
        if operator == "^" and self.num_words:
            self.index += 1 + (after.text == "-")  # the power of a unit: m^2, s^-1
        elif operator == "*" and term.tight and not after.tight and after.kind != NUMERAL:
            self.break_off(keeps=False)  # 5* per day; the end of an emphasis
        elif after is _END and self.stops:
            self.done = True
        elif self.num_words and self._ends_in_symbol():
            self.break_off(taints=True)  # 2 apples and n + 3
        else:
            if term.tight and after.text[:1] == "0" and after.text.isdecimal():
                self.expression.has_remark |= len(after.text) > 1  # a date: 2024-01-05
            if operator == "-":
                self._note_dash(term, after)
            elif operator == "/" and self.num_words and term.tight:
                self.expression.has_unit_quotient |= after.tight and after.kind == NUMERAL
            self.append_operator(operator)

    def _ends_in_symbol(self) -> bool:
        """Whether the words after an operand end in an unknown (not in a unit: m/s)."""
        last = self._before()
        if last.kind != WORD:
            return False
        is_apart = self.num_words > 1 and self.terms[self.index - 2].kind == WORD
        return _is_symbol(last.text) or (is_apart and len(last.text) == 1 and last.text.isascii())

    def _note_dash(self, term: Term, after: Term) -> None:
        if term.tight and after.tight and after.kind == NUMERAL:
            self.expression.has_range = True
        elif not term.tight and not self.depth:
            self.expression.dashes.append(len(self.expression.items))

    def _sign(self, term: Term) -> None:
        """A sign where an operand is due: a negative number, a bullet, markup or an unknown."""
        items = self.expression.items
        is_first = not items
        touches = self._after().tight
        if is_first and term.tight and touches and term.text in "-/" and self._joins_words():
            return  # triangular-shaped, and/or
        if is_first and self._before().kind in (WORD, CLOSE) and (term.tight or not touches):
            self.break_off(taints=True)  # x + 2, (x) - 3
        elif term.text == "-" and (touches or self.stops or not is_first):
            self._begin(term)
            items.append(NEGATION)
        elif term.text not in "+-*" or not is_first:
            self.break_off(taints=True)
        else:
            self.expression.has_bullet = term.text == "-"

    def _joins_words(self) -> bool:
        return self._before().kind == WORD and self._after().kind == WORD

    def _colon(self, term: Term) -> None:
        """A ratio or a division when both sides look alike (3:2, 12 : 4), else a stop."""
        if term.tight == self._after().tight:
            self.expression.has_ratio = True
            self.append_operator("/")
        else:
            self.break_off(keeps=False)

    # Brackets and ends.

    def _open_after_operand(self, term: Term) -> None:
        """A bracket after an operand: a factor when it touches it, else a remark."""
        if term.tight and not self.num_words:
            self.append_operator("*")
            self.expression.items.append("(")
            self.depth += 1
            return
        end = self._matching_close()
        if end is None:
            self.break_off(keeps=False)
            return
        remark = self.terms[self.index : end]
        self.expression.has_remark |= any(inner.kind == NUMERAL for inner in remark)
        self.index = end

    def _is_callable(self, before: Term) -> bool:
        return before.kind == CLOSE or (before.kind == WORD and is_alphabetic(before.text))

    def _matching_close(self) -> int | None:
        depth = 0
        for index in range(self.index, len(self.terms)):
            kind = self.terms[index].kind
            depth += (kind == OPEN) - (kind == CLOSE)
            if not depth:
                return index
        return None

    def _markup(self, term: Term) -> None:
        """Quote and emphasis signs are nothing at an edge, but end an expression inside."""
        after = self._after()
        if term.text == "~":
            self.expression.is_approximate = True
        elif term.text == "|" and (after.tight or (self.after_operand and term.tight)):
            self.break_off(taints=True)  # |-5|
        elif self.after_operand and (after.kind == NUMERAL or (self.stops and after.tight)):
            self.break_off(keeps=False)
        elif self.expression.items and not self.after_operand:
            self.break_off(taints=True)
        elif self.after_operand and term.tight and term.text in "'\"":
            self.expression.has_remark = True  # feet and inches


def _is_symbol(text: str) -> bool:
    """Whether a word is rather an unknown: one or two letters that are no unit."""
    is_short = len(text) <= 2 and is_alphabetic(text)
    return is_short and text not in UNITS and text not in math_words.OF


_HANDLERS: dict[str, Callable[[_Scanner, Term], None]] = {
    NUMERAL: _Scanner._number,
    SUPERSCRIPT: _Scanner._superscript,
    VERBAL: _Scanner._verbal,
    WORD: _Scanner._word,
    OPERATOR: _Scanner._operator,
    OPEN: _Scanner._open,
    CLOSE: _Scanner._close,
}
