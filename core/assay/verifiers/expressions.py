"""One side of an equation as understood: what to evaluate, and what is uncertain about it.

The builder holds the state that the scanner moves: whether an operand or an operator is due, and
how deep in brackets it is. On the left of an equals sign a break begins a new expression, on the
right it is the end.
"""

from dataclasses import dataclass, field

from assay.verifiers.evaluation import Item
from assay.verifiers.units import Unit


@dataclass(slots=True)
class Expression:
    """The items of one side, where they stand in its text, and the doubts about them.

    Attributes:
        items: what `evaluation.evaluate` reads.
        words: words after its operands; units: those of them that name a known unit.
        lead: the words just before it.
        first: number of items of its first operand.
        is_tainted: it holds what is not understood, for example an unknown.
        is_complete: it has an operand after its last operator.
        dashes: items ("-") that may be dashes of prose.
        previous: an expression that words cut off just before this one.
    """

    items: list[Item] = field(default_factory=list)
    start: int = 0
    end: int = 0
    words: list[str] = field(default_factory=list)
    lead: list[str] = field(default_factory=list)
    first: int = 0
    num_operators: int = 0
    is_tainted: bool = False
    is_complete: bool = False
    is_whole: bool = True  # nothing stood before it
    has_words_at_end: bool = False
    units: set[Unit] = field(default_factory=set)
    has_letter_unit: bool = False  # `3 m`: a metre, or the unknown m
    has_range: bool = False  # `9-17`
    has_ratio: bool = False  # `6 : 2`
    has_bullet: bool = False  # `- 3 + 4`: a list item, or a negative number
    has_compound: bool = False  # `1 hour 30 minutes`
    has_unit_quotient: bool = False  # `1 hour/60 miles`
    has_remark: bool = False  # `8 (2 left)`, `2024-01-05`, `5"`: more than plain arithmetic
    is_approximate: bool = False
    dashes: list[int] = field(default_factory=list)
    previous: list[Item] = field(default_factory=list)

    @property
    def is_usable(self) -> bool:
        return bool(self.items) and self.is_complete and not self.is_tainted


class ExpressionBuilder:
    """An expression in the making."""

    def __init__(self, *, stops: bool) -> None:
        self.stops = stops  # at the first break: the right side
        self.done = False
        self.after_operand = False
        self.num_words = 0  # since the last operand
        self.depth = 0
        self.expression = Expression()

    def operand_ends(self, end: int) -> None:
        """An operand is complete; its text ends at `end`."""
        self.expression.end = end
        self.after_operand = True
        self.num_words = 0

    def append_operator(self, operator: str) -> None:
        self._note_first()
        self.expression.items.append(operator)
        self.expression.num_operators += 1
        self.after_operand = False

    def drop_operator(self) -> None:
        self.expression.items.pop()
        self.expression.num_operators -= 1
        self.after_operand = True

    def break_off(self, *, taints: bool = False, keeps: bool = True) -> None:
        """End the expression here: for good on the right, to begin another on the left."""
        old = self.expression
        if self.stops:
            self.done = True
            old.is_tainted |= taints
            return
        self.expression = Expression(is_tainted=taints, is_whole=False)
        if keeps and self.after_operand and not taints and not self.depth:
            self.expression.previous = old.items
            self.expression.lead = old.words[-3:]
        self.depth = 0
        self.after_operand = False
        self.num_words = 0

    def _note_first(self) -> None:
        if not self.expression.first and not self.depth:
            self.expression.first = len(self.expression.items)

    def finish(self) -> None:
        if self.depth:
            self._unwrap()
        self._note_first()
        self.expression.has_words_at_end = self.num_words > 0
        self.expression.is_complete = self.after_operand

    def _unwrap(self) -> None:
        """Drop what stands outside a bracket that closes after the equation: `(2 + 3 = 5)`."""
        expression = self.expression
        if self.stops:
            expression.is_tainted = True
            return
        depth = 0
        for index in range(len(expression.items) - 1, -1, -1):
            depth += (expression.items[index] == ")") - (expression.items[index] == "(")
            if depth < 0:
                expression.has_remark |= index > 0
                expression.items = expression.items[index + 1 :]
                break
        expression.num_operators = sum(
            isinstance(item, str) and item in "+-*/^!" for item in expression.items
        )
        expression.dashes.clear()
