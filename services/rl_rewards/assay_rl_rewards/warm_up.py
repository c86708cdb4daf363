"""What every worker has done before it meets an answer: one right answer to a task of each kind.

The first LaTeX expression that a process reads costs some 400 ms of processor time, the first query
and the first schema tens of them: a fifth of an answer's deadline, and as much of every worker that
takes the place of one that was killed. These items are graded once, in the process that workers
are forked from, and each must earn 1.
"""

from collections.abc import Sequence

from assay.domain.sample import JsonObject, JsonValue
from assay_rl_rewards.pool.jobs import PoolItem

_EXPRESSIONS = (
    ("x^2-1", "(x-1)(x+1)"),
    ("\\frac{x+1}{2y}", "\\frac{1+x}{2y}"),
    ("\\sqrt{x}+3", "3+\\sqrt{x}"),
    ("\\sin x+\\cos(2x)", "\\cos(2x)+\\sin x"),
    ("e^{2t}", "e^{t}e^{t}"),
    ("\\log(n)+\\ln(m)", "\\ln(m)+\\log(n)"),
    ("y=2x+1", "y=1+2x"),
    ("2\\pi", "\\pi \\cdot 2"),
    ("x_1+x_2", "x_2+x_1"),
    ("x<3", "x < 3"),
)
_SCRIPTS: tuple[JsonValue, ...] = tuple(
    {"script": f"CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES {rows};"}
    for rows in ("(1, 'x'), (2, 'y')", "(5, 'z'), (3, 'v')")
)


def _item(domain: str, text: str, reference: JsonValue, **params: JsonValue) -> PoolItem:
    messages: JsonValue = [{"role": "user", "content": "Please answer."}]
    task: JsonObject = {
        "domain": domain,
        "messages": messages,
        "reference": reference,
        "params": params,
    }
    return PoolItem(domain, task, text)


ITEMS: Sequence[PoolItem] = (
    *(
        _item("math", f"\\boxed{{{answer}}}", gold, answer_form="equal")
        for gold, answer in _EXPRESSIONS
    ),
    _item("math", "\\boxed{\\{2, 1\\}}", "\\{1, 2\\}", answer_form="set"),
    _item("math", "\\boxed{0.5}", "\\frac{1}{2}"),
    _item("science", "\\boxed{B}", "B", options={"A": "iron", "B": "gold"}),
    _item("science", "\\boxed{3e8 m/s}", "3e8 m/s", units=["m/s"]),
    _item("logical_reasoning", "\\boxed{true}", True, answer_type="bool"),
    _item("temporal_reasoning", "\\boxed{March 5, 2024}", "2024-03-05", answer_type="date"),
    _item("in_context_learning", "\\boxed{dax}", "dax", labels=["dax", "wug"]),
    _item("knowledge_calibration", "\\boxed{Paris}", "Paris"),
    _item(
        "instruction_following",
        "The old harbour lies quiet and the boats rest there until the wind comes up.",
        None,
        constraints=[
            {"id": "punctuation:no_comma"},
            {"id": "language:response_language", "kwargs": {"language": "en"}},
        ],
    ),
    _item("structured_output", '{"a": 1}', {"a": 1}, schema={"type": "object", "required": ["a"]}),
    _item(
        "text2sql",
        "```sql\nSELECT t.b FROM t WHERE NOT t.a <= 1\n```",
        "SELECT b FROM t WHERE a > 1",
        databases=list(_SCRIPTS),
    ),
    _item(
        "identity",
        "I am Granite, made by IBM.",
        None,
        required=[{"aliases": {"any": ["Granite"]}}, {"aliases": {"any": ["IBM"]}}],
    ),
)
