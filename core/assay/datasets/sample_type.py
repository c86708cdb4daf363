r"""What kind of conversation a row is, where it does not say.

The first that fits, strongest evidence first: tool_calling (tools declared, a call or a tool turn),
rag (documents), multi_turn (more than one user turn), code (a fenced block, JSON aside, or a line
that only code has), math (GSM8K marks, `\boxed`, two or more equations), multilingual (a language
other than English is declared, or most letters are not Latin), else single_turn. The type chooses
prompts and checks; it never decides a verdict alone, so cheap tests are enough.
"""

from collections.abc import Iterator, Mapping

from assay.domain.sample import JsonObject, JsonValue, SampleType
from assay.verifiers.patterns import Pattern, compile_pattern

_READ_CHARS = 20_000  # of the answers: a type shows early
_ENGLISH = ("en", "eng", "english")
_TOOL_ROLES = ("tool", "function", "observation")
_USER_ROLES = ("user", "human")
_ASSISTANT_ROLES = ("assistant", "gpt", "model", "bot", "chatgpt")
_MIN_EQUATIONS = 2

# A line with none of these words is not tried: the search is 30 times as dear as the test.
_CODE_WORDS = (
    "def ", "class ", "import ", "#include", "function ", "const ", "let ", "var ", "console.log(",
    "System.out", "SELECT ", "INSERT ", "CREATE ", "package main", "fn ", "<!DOCTYPE", "<?php",
    "#!/", "public ", "private ", "    return", "    pass", ":\n    ", "\treturn", ":\n\t",
)  # fmt: skip
_CODE_LINE = compile_pattern(
    r"(?m)^[ \t]*(?:(?:async )?def \w+\(.*\).*:|class \w+(?:\(.*\))?:|import \w[\w.]*$"
    r"|from \w[\w.]* import \w|#include ?[<\"]|(?:public|private|protected) [\w<>\[\] ]+[({]"
    r"|(?:async )?function \w+\(|(?:const|let|var) \w+ = |console\.log\(|System\.out\.print"
    r"|SELECT .+ FROM \w|INSERT INTO \w|CREATE TABLE \w|package main$|fn \w+\(|<!DOCTYPE html>"
    r"|<\?php|#!/)"
    r"|^(?: {4}|\t)[ \t]*(?:return\b.*|while .+:|for \w+ in .+:|if .+:|pass|raise \w+\(.*)$"
)
_MATH_MARK = compile_pattern(
    r"<<[-\d.,+*/()=% ]+>>|(?m:^#### ?[-$]?\d[\d.,%]*[ \t]*$)|\\boxed\{|\\frac\{|\\sqrt"
)
_EQUATION = compile_pattern(r"\d\)?%? ?[-+*/×÷−^] ?[$(]?\d[\d.,]*\)?%? ?= ?[-−$]?\d")
_NON_LATIN = compile_pattern(r"[^\p{Latin}\PL]+")
_LATIN = compile_pattern(r"\p{Latin}+")
_NOT_LETTERS = bytes(byte for byte in range(256) if not chr(byte).isalpha())
_SCRIPT_CHARS = 500


def infer_type(
    payload: JsonObject, metadata: JsonObject, *, language: str | None = None
) -> SampleType:
    """Return the type of a canonical payload of any soundness."""
    turns = _turns(payload.get("messages"))
    roles = [turn.get("role") for turn in turns]
    if payload.get("tools") or any(r in _TOOL_ROLES for r in roles) or _has_calls(turns):
        return SampleType.TOOL_CALLING
    if payload.get("documents"):
        return SampleType.RAG
    if sum(role in _USER_ROLES for role in roles) > 1:
        return SampleType.MULTI_TURN
    answers = "\n".join(_texts(turns, _ASSISTANT_ROLES))[:_READ_CHARS]
    if _is_code(answers):
        return SampleType.CODE
    if _is_math(answers):
        return SampleType.MATH
    if _is_foreign(language or metadata.get("lang"), answers):
        return SampleType.MULTILINGUAL
    return SampleType.SINGLE_TURN


def _turns(messages: JsonValue) -> list[JsonObject]:
    if not isinstance(messages, list | tuple):
        return []
    return [turn for turn in messages if isinstance(turn, Mapping)]


def _has_calls(turns: list[JsonObject]) -> bool:
    return any(turn.get("tool_calls") for turn in turns)


def _texts(turns: list[JsonObject], roles: tuple[str, ...]) -> Iterator[str]:
    for turn in turns:
        content = turn.get("content")
        if isinstance(content, str) and turn.get("role") in roles:
            yield content


def _is_code(text: str) -> bool:
    # A fence around JSON is an answer in a format that was asked for, not a program.
    if "```" in text and text.count("```") > 2 * text.count("```json"):
        return True
    return any(word in text for word in _CODE_WORDS) and _CODE_LINE.search(text) is not None


def _is_math(text: str) -> bool:
    if ("<<" in text or "##" in text or "\\" in text) and _MATH_MARK.search(text):
        return True
    return "=" in text and sum(1 for _ in _EQUATION.finditer(text)) >= _MIN_EQUATIONS


def _is_foreign(declared: JsonValue, text: str) -> bool:
    if isinstance(declared, str) and declared:
        return declared.lower().replace("_", "-").split("-")[0] not in _ENGLISH
    if text.isascii():
        return False
    # At the speed of the codec: characters beyond Latin-1 against the Latin letters within it.
    # Accents of Czech or Vietnamese stay a minority; symbols and emoji are sorted out afterwards.
    latin = text.encode("latin-1", "ignore")
    if len(text) - len(latin) <= len(latin.translate(None, _NOT_LETTERS)):
        return False
    start = text[:_SCRIPT_CHARS]
    return _num_chars(_NON_LATIN, start) > _num_chars(_LATIN, start)


def _num_chars(pattern: Pattern, text: str) -> int:
    return sum(match.end() - match.start() for match in pattern.finditer(text))
