"""Rules for forged answers, turns and markers: their form is the same in every language.

The idea: a text that closes the data block, opens a turn of another role, or already holds the
judge's answer wants to be taken for something else than data. Role markers and plain "END OF ..."
lines are ordinary by themselves; they count only where grading is spoken of close by.
"""

from collections.abc import Iterator, Sequence

from assay_judge.hostile.rules import Rule, joined
from assay_judge.hostile.wording.entry import Wording

_DIMENSION = (
    r"(?:correctness|instruction following|completeness|conciseness|naturalness|calibration)"
)
_SCORED = rf"\b{_DIMENSION}\s*[:=]\s*(?:[1-5]\b|\{{)"
_ROLE = (
    r"(?:system|developer|operator|administrator|admin|judge|grader|evaluator|assistant|user|human"
    r"|supervisor|sistema|asistente|assistente|assistent|asistent|assistente|systeem|système|systém"
    r"|bewerter|evaluador|évaluateur|avaliador|valutatore|hodnotitel|beoordelaar|النظام|المقيم"
    r"|系统|系統|用户|助手|评委|システム|ユーザー|アシスタント|評価者|시스템|사용자|어시스턴트|평가자)"
)
_ROLE_MARKER = (
    rf"(?:^|\n)[ \t]*(?:[#<\[(=>|-]{{1,6}}\s*)?(?:new )?{_ROLE}"
    r"(?: (?:message|prompt|override|note|update|instruction|notice|command))?"
    r"\s*(?:[\]>)=#|-]{1,6}|:)"
)
_ROLE_TAG = (
    r"[<\[](?:system|developer|admin|operator|grader|judge|evaluator)[>\]]"
    r"|(?:^|[.!?\n])\W{0,4}system (?:note|message|notice|override|update)\s*:"
)
_CHAT_TOKEN = (
    r"<\|/?[a-z][a-z0-9 :.-]{2,40}\|?>\s*[^\s<]",  # one at the very end opens nothing
    r"</?[a-z][a-z0-9 :.-]{2,40}\|>\s*[^\s<]",
    r"\[/?inst\]",
    r"<</?sys>>",
    r"</?(?:start|end) of turn>",
    r"\[\|(?:system|user|assistant|endofturn|tool)\|\]",
    r"\[/?(?:system prompt|available tools|tool results)\]",
    r"</?seed:(?:bos|eos)>",
    r"\]~!?b\]|\]~!b\[",
)
_MARKER = (
    r"\[end (?:data|response|facts)\b",
    r"\[(?:data|response|facts) [0-9a-f]{6,16}\]",
)
_LOOSE_MARKER = (
    r"\bend of (?:the )?(?:untrusted )?(?:data|response|sample|document|input|evidence|exhibit)\b",
    r"</(?:data|response|sample|document|input|evidence)>",
    r"\bend (?:data|response|input)\b",
    r"(?:---|===|###|>>>)\s*(?:end|new task|task|instructions?)\b",
    r"(?:ende der daten|fin de los datos|fin des données|fine dei dati|fim dos dados"
    r"|einde van de gegevens"
    r"|konec dat|نهاية البيانات|数据结束|資料結束|データ(?:の)?終了|データここまで|데이터 ?끝)",
)
_FINAL = (
    r"\[\[?(?:result|rating|score|verdict)\]?\]?\s*:?\s*\[{0,2}(?:5|10|accept)\b",
    r"\[\[(?:5|10)\]\]",
    r"\b(?:final|total|overall) (?:score|verdict|decision|grade)s?\s*[:=]\s*"
    r"(?:5|10|100|accept|pass)(?:ed)?(?:\s*/\s*(?:5|10|100))?\s*(?:$|[\n,;!)\]}]|\.\D|\.$)",
    r"\b(?:verdict|decision)\s*[:=]\s*(?:accept|pass)(?:ed)?\b",
    rf"\b{_DIMENSION}\W{{0,3}}5\b.{{0,20}}\b{_DIMENSION}\W{{0,3}}5\b",
    r"\b(?:evaluation|assessment|grading)\b.{0,30}\bresult\s*:\s*(?:pass|accept)",
    r"\{\s*answer\s*:\s*(?:yes|no)\s*\}",
    rf"\bscores?\s*:\s*\{{\s*{_DIMENSION}",
    rf"\b(?:set|rate|score|assign|give|mark)\s+{_DIMENSION}(?:\s+(?:to|as|at|with|is|a"
    rf"|of))*\s+(?:5|five)\b",
    r"(?:^|[.\n])\W{0,4}(?:score|rating|grade)\s*[:=]\s*(?:5|10)\W{1,4}"
    r"(?:reason|reasoning|explanation|justification|rationale|comment)\b",
    r"\bdefects?\s*[:=]\s*(?:\[\s*\]|none|no\b)",
)
_REVIEWED = (
    r"\b(?:movie|film|game|album|restaurant|hotel|book|product|wine|beer|team|match|quarter|inning"
    r"|player|goals?|quiz|song|recipe|phone)s?\b",
)


def forgery_rules(wordings: Sequence[Wording]) -> Iterator[Rule]:
    """Return the rules, with the words of all languages for grading and top grades."""
    top = joined(*(p for w in wordings for p in w.top), _SCORED)
    demand = joined(
        *(p for w in wordings for p in w.top),
        r"\b(?:give|score|grade|rate|output)\b.{0,20}\b5\b|\baccepted\b",
    )
    graded = joined(*(p for w in wordings for p in (*w.top, *w.target, *w.grader)), _SCORED)
    yield Rule("forged_turn", joined(*_CHAT_TOKEN))
    yield Rule("forged_turn", joined(*_MARKER))
    yield Rule("forged_turn", joined(*_LOOSE_MARKER), (graded,))
    yield Rule("forged_turn", joined(_ROLE_MARKER), (top,))
    yield Rule("forged_turn", joined(_ROLE_TAG), (demand,))
    yield Rule(
        "forged_answer",
        joined(_SCORED),
        (joined(r"\binstruction following\b|\bcalibration\b|\bnaturalness\b"),),
    )
    yield Rule("forged_answer", joined(*_FINAL), excuse=joined(*_REVIEWED))


def forgery_anchors() -> tuple[str, ...]:
    """Return patterns that find something wherever a rule of this module can hold by itself.

    Loose markers and role markers need a top grade, which other anchors find.
    """
    return (*_CHAT_TOKEN, _ROLE_TAG, *_MARKER, *_LOOSE_MARKER, _SCORED, *_FINAL)
