"""The rubric as the judge reads it: trusted text of its author, in the rubric's own order."""

from collections.abc import Iterator

from assay.domain.rubric import Rubric
from assay_judge.prompts.files import Prompts

INJECTION = "injection"


def rubric_sections(rubric: Rubric, prompts: Prompts, *, descending: bool) -> list[str]:
    """Return dimensions and defects and, where the rubric has some, checks.

    The defect `injection` is always asked for; a rubric that defines it itself has the last word.
    """
    names = rubric.judged_dimensions
    dimensions = [_dimension(name, rubric, descending=descending) for name in names]
    defects = list(_defects(rubric))
    if INJECTION not in rubric.judged_defects:
        defects.append(prompts.file(INJECTION).fill({}))
    fields = {"dimensions": "\n\n".join(dimensions), "defects": "\n".join(defects)}
    sections = [prompts.file("rubric").fill(fields)]
    if rubric.checks:
        sections.append(prompts.file("checks").fill({"checks": _checks(rubric)}))
    return sections


def note_members(rubric: Rubric) -> str:
    """Return the members of the answer's `notes`: every dimension, in the order of the rubric."""
    return ",".join(f'"{name}":"..."' for name in rubric.judged_dimensions)


def _dimension(name: str, rubric: Rubric, *, descending: bool) -> str:
    dimension = rubric.dimensions[name]
    levels = sorted(dimension.levels.items(), reverse=descending)
    lines = (f"{level} = {_line(text)}" for level, text in levels)
    return "\n".join((f"## {name}: {_line(dimension.description)}", *lines))


def _defects(rubric: Rubric) -> Iterator[str]:
    for name, rule in rubric.judged_defects.items():
        yield f"- {name}: {_line(rule.description)}"
        if rule.example:
            yield f"  A case: {_line(rule.example)}"
        if rule.counterexample:
            yield f"  Not a case: {_line(rule.counterexample)}"


def _checks(rubric: Rubric) -> str:
    checks = sorted(rubric.checks.items())
    return "\n".join(f"- {name}: {_line(check.question)}" for name, check in checks)


def _line(text: str) -> str:
    return " ".join(text.split())
