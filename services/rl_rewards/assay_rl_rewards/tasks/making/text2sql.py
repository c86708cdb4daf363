"""Endless text2sql tasks over generated databases, with golds that two ways of reckoning agree on.

A task is a schema of ours, random rows, two copies with other values, and a question from a
template. The template gives the gold query and, apart from it, a solver in Python over the same
rows. A task is handed out only when the query gives the solver's answer on all three databases and
the verifier takes it: golds that are empty, constant or open to chance are dropped and counted.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue
from assay_rl_rewards.domains.text2sql import QueryTask, Text2SqlVerifier
from assay_rl_rewards.sql.comparison import are_equal
from assay_rl_rewards.sql.result import Table
from assay_rl_rewards.tasks.making.queries import belonging, choosing, counting, dates, joined
from assay_rl_rewards.tasks.making.queries.draft import Answer, Draft, Scene
from assay_rl_rewards.tasks.making.queries.rows import (
    World,
    draw_world,
    perturb_world,
    write_script,
)
from assay_rl_rewards.tasks.making.queries.schema import Schema
from assay_rl_rewards.tasks.making.queries.schemas import SCHEMAS
from assay_rl_rewards.verifier import Task

NUM_VARIANTS = 3
SOURCE = "assay/text2sql"
QUESTIONS = (
    *choosing.QUESTIONS,
    *counting.QUESTIONS,
    *dates.QUESTIONS,
    *joined.QUESTIONS,
    *belonging.QUESTIONS,
)

_PROMPT = """\
An SQLite database has these tables:

{tables}

{question}

Days are text of the form YYYY-MM-DD. Answer with one query in a block that begins with ```sql; \
its columns in the order in which the question names them."""


def make(seed: int, drops: Counter[str] | None = None) -> Iterator[dict[str, JsonValue]]:
    """Yield RL tasks without end, no two of them with the same question about the same schema.

    Args:
        seed: the same tasks come for the same seed.
        drops: counts what was not handed out, by reason: `unequal` (query and solver disagree),
            `refused` (the verifier does not take it), `repeated`.
    """
    chance = random.Random(seed)
    verifier = Text2SqlVerifier()
    counts = Counter[str]() if drops is None else drops
    seen: set[bytes] = set()
    while True:
        schema = chance.choice(SCHEMAS)
        first = draw_world(schema, chance)
        worlds = [first, *(perturb_world(schema, first, chance) for _ in range(NUM_VARIANTS - 1))]
        draft = chance.choice(QUESTIONS)(Scene(schema, first, chance))
        digest = hashlib.sha256(f"{schema.name}\n{draft.question}".encode()).digest()[:16]
        if digest in seen:
            counts["repeated"] += 1
            continue
        scripts = [write_script(schema, world) for world in worlds]
        fault = _find_fault(verifier, draft, worlds, scripts)
        if fault:
            counts[fault] += 1
            continue
        seen.add(digest)
        yield _write_task(schema, draft, scripts, digest.hex())


def _find_fault(
    verifier: Text2SqlVerifier, draft: Draft, worlds: list[World], scripts: list[str]
) -> str | None:
    """Solve first: that is cheap, and a third of all drafts have an answer that is empty."""
    answers = [draft.solve(world) for world in worlds]
    if not all(answers):
        return "refused"
    try:
        task = verifier.read_task(
            Task("text2sql", (), draft.sql, {"databases": _list_databases(scripts)})
        )
    except InvalidTaskError:
        return "refused"
    return None if _agree(task, answers) else "unequal"


def _agree(task: QueryTask, answers: list[Answer]) -> bool:
    tables = [Table(len(answer[0]), tuple(answer)) for answer in answers]
    return are_equal(task.golds, tables, is_ordered=task.is_ordered, any_column_order=False)


def _write_task(
    schema: Schema, draft: Draft, scripts: list[str], digest: str
) -> dict[str, JsonValue]:
    prompt = _PROMPT.format(tables=schema.write_tables(), question=draft.question)
    return {
        "id": f"text2sql-{digest}",
        "domain": "text2sql",
        "messages": [{"role": "user", "content": prompt}],
        "reference": draft.sql,
        "params": {"databases": _list_databases(scripts)},
        "language": "en",
        "source": SOURCE,
    }


def _list_databases(scripts: list[str]) -> list[JsonValue]:
    return [{"script": script} for script in scripts]
