r"""LaTeX commands among formula tokens, rewritten as plain operators, brackets and words.

`\frac{1}{2} \times 4` becomes `((1)/(2)) * 4`. Tokens keep the offsets of what they replace. A
command that is not known stays as it is, and the scanner then refuses the expression.
"""

from collections.abc import Sequence

from assay.verifiers.formulas import CLOSE, COMMAND, OPEN, OPERATOR, OTHER, Token

_OPERATORS = {"\\times": "*", "\\cdot": "*", "\\ast": "*", "\\*": "*", "\\div": "/", "\\-": "-"}
_BLANKS = frozenset(
    ("\\left", "\\right", "\\bigl", "\\bigr", "\\big", "\\Big", "\\quad", "\\qquad", "\\,", "\\;",
     "\\:", "\\!", "\\$", "\\ ", "\\displaystyle", "\\boxed", "\\mathbf", "\\bf", "\\underline")
)  # fmt: skip
_STOPS = frozenset(
    ("\\(", "\\)", "\\[", "\\]", "\\\\", "\\n", "\\implies", "\\Rightarrow", "\\rightarrow", "\\to")
)
_FRACTIONS = frozenset(("\\frac", "\\dfrac", "\\tfrac", "\\cfrac"))
_TEXTS = frozenset(("\\text", "\\mathrm", "\\textbf", "\\operatorname", "\\mbox", "\\textrm"))


def resolve_commands(tokens: Sequence[Token]) -> list[Token]:
    """Replace the commands in `tokens`."""
    if not any(token.kind == COMMAND for token in tokens):
        return list(tokens)
    resolver = _Resolver()
    for token in tokens:
        resolver.take(token)
    return resolver.tokens


class _Resolver:
    def __init__(self) -> None:
        self.tokens: list[Token] = []
        self.due = ""  # what the next bracket opens: numerator, denominator or text
        self.open: list[str] = []

    def take(self, token: Token) -> None:
        if token.kind == COMMAND:
            self._command(token)
        elif token.kind == OPEN:
            self._open(token)
        elif token.kind == CLOSE and self.open:
            self._close(token)
        elif self.due:  # \frac12: rare, and not worth a reading
            self.due = ""
            self._emit(OTHER, "\\", token)
        else:
            self.tokens.append(token)

    def _command(self, token: Token) -> None:
        name = token.text
        if name in _OPERATORS:
            self._emit(OPERATOR, _OPERATORS[name], token)
        elif name in _FRACTIONS:
            self.due = "numerator"
            self._emit(OPEN, "(", token)
        elif name in _TEXTS:
            self.due = "text"
        elif name == "\\%":
            self._emit(OTHER, "%", token)
        elif name in _STOPS:
            self._emit(OTHER, ";", token)
        elif name not in _BLANKS:
            self._emit(OTHER, "\\", token)

    def _open(self, token: Token) -> None:
        self.open.append(self.due)
        if self.due != "text":
            self._emit(OPEN, "(", token, tight=token.tight and not self.due)
        self.due = ""

    def _close(self, token: Token) -> None:
        kind = self.open.pop()
        if kind == "text":
            return
        self._emit(CLOSE, ")", token)
        if kind == "numerator":
            self._emit(OPERATOR, "/", token)
            self.due = "denominator"
        elif kind == "denominator":
            self._emit(CLOSE, ")", token)

    def _emit(self, kind: str, text: str, token: Token, *, tight: bool = False) -> None:
        self.tokens.append(Token(kind, text, token.start, token.end, tight))
