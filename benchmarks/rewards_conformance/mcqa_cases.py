"""Runs the multiple-choice tests of a NeMo Gym checkout through the science verifier.

    python -m benchmarks.rewards_conformance.mcqa_cases --checkout PATH

The tests are followed through their syntax tree (response, request, copies of it, asserted reward);
nothing of the checkout is imported. Tests that grade by a regular expression of the data set are
left out and counted: no verifier here takes one. Every disagreement is printed with our reason.
"""

import argparse
import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue
from assay_rl_rewards.domains.science import Science
from assay_rl_rewards.verifier import Task

TESTS = Path("resources_servers/mcqa/tests/test_app.py")
SERVERS = ("self._make_server", "MCQAResourcesServerConfig")
DEFAULT_MODE = "strict_single_letter_boxed"
EXTRACTORS = {
    "strict_single_letter_boxed": "boxed_last",
    "lenient_boxed": "boxed_last",
    "lenient_answer_colon": "answer_line",
    "lenient_answer_colon_md": "answer_line",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A request as far as a test has built it, and the reward that the test asserts."""

    text: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    expected: str = ""
    mode: str = DEFAULT_MODE
    has_pattern: bool = False
    reward: float | None = None
    place: str = ""


@dataclass(slots=True)
class Trace:
    """What the names of one test stand for."""

    values: dict[str, ast.expr] = field(default_factory=dict)
    mode: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)


def read_cases(path: Path) -> Iterator[Case]:
    """Follow every test of `path`; a case for every asserted reward."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            constants = {
                statement.targets[0].id: statement.value
                for statement in node.body
                if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
            }
            for test in node.body:
                if isinstance(test, ast.AsyncFunctionDef) and test.name.startswith("test_"):
                    trace = Trace(values={f"self.{k}": v for k, v in constants.items()})
                    trace.mode = _default_mode(node)
                    yield from _follow(trace, test.body, test.name)


def _default_mode(tests: ast.ClassDef) -> str:
    """The mode of the servers that a class of tests makes."""
    for node in tests.body:
        if isinstance(node, ast.FunctionDef) and node.name == "_make_server":
            return str(ast.literal_eval(node.args.defaults[0]))
    return ""


def _follow(trace: Trace, body: Sequence[ast.stmt], place: str) -> Iterator[Case]:
    for statement in body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            _assign(trace, statement.targets[0].id, statement.value)
        elif isinstance(statement, ast.Assert):
            yield from _asserted(trace, statement.test, place)
        elif isinstance(statement, ast.For):
            rows = _resolved(trace, statement.iter)
            for row in rows.elts if isinstance(rows, ast.List) else []:
                _bind(trace, statement.target, row)
                yield from _follow(trace, statement.body, place)


def _bind(trace: Trace, target: ast.expr, row: ast.expr) -> None:
    if isinstance(target, ast.Name):
        trace.values[target.id] = row
    elif isinstance(target, ast.Tuple) and isinstance(row, ast.Tuple):
        for name, value in zip(target.elts, row.elts, strict=True):
            _bind(trace, name, value)


def _resolved(trace: Trace, value: ast.expr) -> ast.expr:
    """The expression that a name stands for, or `value` itself."""
    return trace.values.get(ast.unparse(value), value)


def _string(trace: Trace, value: ast.expr) -> str:
    """A string constant, also by name or put together from such."""
    value = _resolved(trace, value)
    if isinstance(value, ast.JoinedStr):
        return "".join(
            _string(trace, part.value)
            if isinstance(part, ast.FormattedValue)
            else _string(trace, part)
            for part in value.values
        )
    return str(ast.literal_eval(value))


def _assign(trace: Trace, name: str, value: ast.expr) -> None:
    if isinstance(value, ast.Await):
        value = value.value
    if not isinstance(value, ast.Call):
        trace.values[name] = value
        return
    called = ast.unparse(value.func)
    fields = {k.arg: k.value for k in value.keywords if k.arg}
    if called == "MCQAVerifyRequest":
        trace.cases[name] = _updated(trace, Case(), fields)
    elif called.startswith("_make_verify_request"):
        trace.cases[name] = _made(trace, value.args, fields)
    elif called in SERVERS:
        if "grading_mode" in fields:
            trace.mode = _string(trace, fields["grading_mode"])
    elif called.endswith(".model_copy") and called.partition(".")[0] in trace.cases:
        original = trace.cases[called.partition(".")[0]]
        trace.cases[name] = _updated(trace, original, _entries(fields["update"]))
    elif called.endswith(".verify") and ast.unparse(value.args[0]) in trace.cases:
        trace.cases[name] = trace.cases[ast.unparse(value.args[0])]
    elif (text := _text_in(value)) is not None:
        trace.texts[name] = text


def _entries(update: ast.expr) -> dict[str, ast.expr]:
    """The entries of a dict that is written out."""
    assert isinstance(update, ast.Dict)
    keys = [str(ast.literal_eval(key)) for key in update.keys if key is not None]
    return dict(zip(keys, update.values, strict=True))


def _made(trace: Trace, args: Sequence[ast.expr], fields: dict[str, ast.expr]) -> Case:
    """A request of the helpers: text, expected letter, mode, and options or their letters."""
    text = _string(trace, fields.get("text") or args[0])
    expected = _string(trace, fields["expected"]) if "expected" in fields else "B"
    letters = _string(trace, fields["option_letters"]) if "option_letters" in fields else "ABCD"
    if len(args) > 1:  # options of the class, written as a comprehension over ten letters
        options = tuple((letter, f"option {letter} text") for letter in "ABCDEFGHIJ")
    else:
        options = tuple((letter, f"opt{letter}") for letter in letters)
    mode = trace.mode or _string(trace, fields.get("grading_mode", ast.Constant(DEFAULT_MODE)))
    return Case(text, options, expected, mode)


def _updated(trace: Trace, case: Case, fields: dict[str, ast.expr]) -> Case:
    for name, value in fields.items():
        if name == "response":
            text = trace.texts.get(value.id) if isinstance(value, ast.Name) else _text_in(value)
            case = replace(case, text=text)
        elif name == "options":
            pairs = [pair for entry in ast.literal_eval(value) for pair in entry.items()]
            case = replace(case, options=tuple(pairs))
        elif name == "expected_answer":
            case = replace(case, expected=ast.literal_eval(value))
        elif name == "grading_mode":
            case = replace(case, mode=ast.literal_eval(value))
        elif name == "template_metadata":
            case = replace(case, has_pattern=True)
    return case


def _text_in(value: ast.expr) -> str | None:
    """The text of the assistant in a response that is written out."""
    for node in ast.walk(value):
        if isinstance(node, ast.Dict):
            for key, entry in zip(node.keys, node.values, strict=True):
                is_text = isinstance(key, ast.Constant) and key.value == "text"
                if is_text and isinstance(entry, ast.Constant) and isinstance(entry.value, str):
                    return entry.value
    return None


def _asserted(trace: Trace, test: ast.expr, place: str) -> Iterator[Case]:
    if not isinstance(test, ast.Compare) or not isinstance(test.left, ast.Attribute):
        return
    case = trace.cases.get(ast.unparse(test.left.value))
    expected = test.comparators[0]
    if case is None or test.left.attr != "reward" or not isinstance(expected, ast.Constant):
        return
    yield replace(case, reward=float(str(expected.value)), place=place)


def grade(case: Case, verifier: Science) -> tuple[float, str]:
    """Our reward and reason for `case`; a refused task is 0."""
    params: dict[str, JsonValue] = {"options": dict(case.options)}
    params["extractor"] = EXTRACTORS[case.mode]
    try:
        task = verifier.read_task(Task("science", (), case.expected, params))
    except InvalidTaskError as error:
        return 0.0, f"task refused: {error}"
    found = verifier.grade(task, case.text or "")
    return found.score, found.reason


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--checkout", type=Path, help="a checkout of NeMo Gym")
    checkout = parser.parse_args().checkout
    if checkout is None or not (checkout / TESTS).is_file():
        print(f"skipped: give --checkout PATH, a checkout of NeMo Gym with {TESTS}")
        sys.exit(0)
    verifier = Science()
    cases = list(read_cases(checkout / TESTS))
    graded = [case for case in cases if not case.has_pattern and case.text is not None]
    num_agreed = 0
    for case in graded:
        reward, reason = grade(case, verifier)
        num_agreed += reward == case.reward
        if reward != case.reward:
            print(f"{case.place} [{case.mode}] {(case.text or '')[-60:]!r} of {case.options}")
            print(f"    theirs {case.reward}, ours {reward}: {reason}")
    print(f"asserted rewards {len(cases)}, by pattern or not followed {len(cases) - len(graded)}")
    print(f"agreed {num_agreed} of {len(graded)}")


if __name__ == "__main__":
    main()
