"""Shapes asked for in plain words: JSON, a table, a numbered list, so many bullet points."""

import json
from collections.abc import Iterator
from functools import lru_cache

from assay.verifiers.patterns import compile_pattern
from assay.verifiers.requested_format.bounds import find_bounds
from assay.verifiers.requested_format.counting import (
    count_bullets,
    count_list_lines,
    count_numbered,
    split_paragraphs,
)
from assay.verifiers.requested_format.instruction import SATISFIED, Outcome
from assay.verifiers.requested_format.markup import json_outcome
from assay.verifiers.requested_format.request import Request
from assay.verifiers.view import find_code_blocks

_GATE = compile_pattern(
    r"json|tab(?:le|el|la|ul)|numbered|nummerier|numerad|enumerad|numérot|genummer|číslov|bullet"
    r"|stichpunkt|aufzähl|viñeta|puces|opsomming|odráž|表|番号|编号|箇条|项目符号|번호|글머리"
    r"|표로|جدول|مرقم",
    ignore_case=True,
)
_JSON = compile_pattern(
    r"\b(?:answer|respond|reply|output|return|format|give|provide|write|wrap|respuesta|responde"
    r"|réponse"
    r"|répond\pL*|antwort\pL*|ausgabe|gib|devuelve|回答|返回|输出|応答|答え|응답"
    r"|답변)(?:[^\pL.!?\n][^.!?\n]{0,80})?"
    r"(?:in|as|en|im|als|au|nel|no|v|用|以)? ?(?:valid |a |un |ein |formato |format |gültiges "
    r"|strict )?json"
    r"(?:[ -]?(?:format|object|only|formato|objekt|形式|格式|으로))?(?:[^\pL\pN/_-]|$)",
    ignore_case=True,
)
_NO_JSON = compile_pattern(
    r"json (?:file|schema|parser|library|api|string to|to )|(?:convert|parse|from|this"
    r"|the following|validate)"
    r"[^.\n]{0,30}json",
    ignore_case=True,
)
_TABLE = compile_pattern(
    r"(?:as|in|into|using) (?:a |an )?(?:markdown |comparison |simple "
    r"|two[- ]column )?table(?: format| form)?"
    r"(?:[.,;!]|$|\n)|in (?:a )?tabular (?:form|format)|(?:als|in einer) tabelle(?:[.,;!]|$|\n)"
    r"|en (?:una |forma de |formato de )tabla(?:[.,;!]|$|\n)|sous (?:la )?forme (?:de|d'un) tableau"
    r"|(?:em|numa|em uma|in una|in een|als een) (?:forma de )?(?:tabela|tabella|tabel)(?:[.,;!]"
    r"|$|\n)"
    r"|v tabulce|表形式で|以表格(?:的)?形式|用表格|표로|في جدول",
    ignore_case=True,
)
_SHOWS = compile_pattern(
    r"present|format|organi|show|put|list|display|summar|compar|arrang|provid|answer|write|give"
    r"|creat"
    r"|darstell|stell|schreib|zeig|gib|erstell|muestra|present|compara|organiz|montr|compar"
    r"|mostra|toon|zet"
    r"|zobraz|で|用|표|جدول",
    ignore_case=True,
)
_TABLE_ROW = compile_pattern(
    r"(?mi)[^\n|]\|[^\n|]|<table|<tr|\t|\\begin\{tabular|^[-=+]{3,}|\S {3,}\S|,[^,\n]+,[^\n]+\n"
)
_NUMBERED = compile_pattern(
    r"(?:as|in|into|with) (?:a )?numbered list|(?:als|in einer) nummerierte[nr]? liste"
    r"|(?:como|en|em|in) (?:una |uma )?(?:lista|elenco|forma de lista) (?:numerad|enumerad)\pL+"
    r"|(?:liste|énumération) numérotée|genummerde lijst|číslovan\pL+ seznam"
    r"|番号付き(?:の)?リスト(?:で|として)"
    r"|用编号列表|번호 (?:목록|리스트)|قائمة مرقمة",
    ignore_case=True,
)
_PRODUCES = compile_pattern(
    r"write|list|give|provide|use|answer|respond|include|contain|create|summar|describe|make|in "
    r"|als|mit"
    r"|gib|nenn|schreib|schrijf|escrib|enumera|donne|écri|liste|elenca|scriv|uveď|で|用|列|작성"
    r"|اكتب|اذكر",
    ignore_case=True,
)

_BULLET_WORDS = (
    "bullet", "stichpunkt", "aufzählungspunkt", "viñetas", "puces", "opsommingstekens", "odráž",
    "箇条書き", "项目符号", "글머리",
)  # fmt: skip


def check_structure(answer: str, request: Request) -> Iterator[tuple[str, Outcome]]:
    """Yield an outcome for each shape that the request states."""
    if not request.says(_GATE):
        return
    if _asks_json(request):
        yield "json", _json_anywhere(answer)
    if request.makes_other:
        return
    if request.says(_TABLE) and any(
        _TABLE.search(c.text) and _SHOWS.search(c.text) for c in request.clauses
    ):
        has_rows = _TABLE_ROW.search(answer) is not None
        yield "table", SATISFIED if has_rows else Outcome("expected a table, found no rows")
    if request.says(_NUMBERED) and any(_NUMBERED.search(c.text) for c in request.clauses):
        has_numbers = count_numbered(answer) > 0
        yield (
            "numbered_list",
            SATISFIED
            if has_numbers
            else Outcome("expected a numbered list, found no numbered line"),
        )
    yield from _check_bullets(answer, request)


def _asks_json(request: Request) -> bool:
    if "json" not in request.text.lower() or request.says(_NO_JSON) or request.makes_other:
        return False
    return any(_orders_json(clause.text) for clause in request.clauses)


@lru_cache(maxsize=256)
def _orders_json(clause: str) -> bool:
    return "json" in clause.lower() and _JSON.search(clause) is not None


def _json_anywhere(answer: str) -> Outcome:
    """Satisfied by an answer that is JSON, or holds a fenced block or a span of braces that is."""
    outcome = json_outcome(answer)
    if outcome.failure is None:
        return outcome
    candidates = [block.body for block in find_code_blocks(answer)]
    for left, right in ("{}", "[]"):
        candidates.append(answer[answer.find(left) : answer.rfind(right) + 1])
    return SATISFIED if any(_parses(text) for text in candidates if text.strip()) else outcome


def _parses(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _check_bullets(answer: str, request: Request) -> Iterator[tuple[str, Outcome]]:
    lowered = request.text.lower()
    if not any(word in lowered for word in _BULLET_WORDS):
        return
    for clause in request.clauses:
        if not any(word in clause.text.lower() for word in _BULLET_WORDS):
            continue
        if _PRODUCES.search(clause.text) is None:
            continue
        for found in find_bounds(clause.text, "plain_bullets", gap=2):
            if found.is_distributive:
                continue
            counts = _list_counts(answer)
            if not any(found.bounds.holds(number) for number in counts):
                yield (
                    "bullets",
                    Outcome(
                        f"expected {found.bounds} bullet points, found {max(counts)} list lines"
                    ),
                )
            else:
                yield "bullets", SATISFIED
            return


def _list_counts(answer: str) -> set[int]:
    """Every plausible number of list items in `answer`."""
    lines = [line for line in answer.split("\n") if line.strip()]
    top = [line for line in lines if not line[0].isspace()]
    return {
        count_bullets(answer),
        count_numbered(answer),
        count_list_lines(answer),
        count_bullets("\n".join(top)),
        count_list_lines("\n".join(top)),
        len(lines),
        len(lines) - 1,
        len(split_paragraphs(answer)),
    }
