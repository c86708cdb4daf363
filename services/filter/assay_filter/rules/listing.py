"""Writes what is derived from the catalogue: the README's table and the default pipeline's rules.

Settings and their vetted defaults live in the rules; the shipped file states them with a comment
each, so that a user edits a copy and needs no other page. A test holds the three together.

Run as `python -m assay_filter.rules.listing` in a checkout.
"""

from pathlib import Path

import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from assay.configs import configs_folder
from assay_filter.dedup.settings import DedupSettings
from assay_filter.rules.catalogue import ALL_RULES

BEGIN = "<!-- rules: begin (written by `make docs`) -->"
END = "<!-- rules: end -->"
PIPELINE_MARK = "# written by `make docs` from here on"
README = Path(__file__).parents[2] / "README.md"


def render_table() -> str:
    """Return the table as Markdown, in catalogue order."""
    lines = ["| rule | version | what it does |", "|---|---|---|"]
    lines += [f"| `{rule.id}` | {rule.version} | {rule.summary} |" for rule in ALL_RULES]
    return "\n".join(lines)


def render_pipeline() -> str:
    """Return the part of the default pipeline that the catalogue determines, as YAML."""
    lines = ["rules:"]
    for rule in ALL_RULES:
        lines += ["", f"  # {rule.summary}", f"  {rule.id}:"]
        lines += _render_settings(rule.settings_type, 4)
    lines += ["", "# duplicates are sought among accepted and borderline samples", "dedup:"]
    return "\n".join([*lines, *_render_settings(DedupSettings, 2)]) + "\n"


def _render_settings(settings: type[BaseModel], indent: int) -> list[str]:
    lines = []
    for name, field in settings.model_fields.items():
        value = field.get_default(call_default_factory=True)
        assert value is not PydanticUndefined, f"{settings.__name__}.{name} needs a default"
        plain = settings().model_dump(mode="json")[name]
        text = yaml.safe_dump(plain, default_flow_style=True, allow_unicode=True, width=10_000)
        shown = text.removesuffix("\n").removesuffix("\n...")
        margin = " " * indent
        lines += [f"{margin}# {field.description}", f"{margin}{name}: {shown}"]
    return lines


def write_pipeline() -> None:
    """Replace what stands below the mark of the default pipeline."""
    path = configs_folder() / "pipelines" / "default.yaml"
    head, _ = path.read_text(encoding="utf-8").split(PIPELINE_MARK)
    path.write_text(f"{head}{PIPELINE_MARK}\n{render_pipeline()}", encoding="utf-8")


def write_table() -> None:
    """Replace what stands between the two marks of the README."""
    text = README.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    _, tail = rest.split(END)
    README.write_text(f"{head}{BEGIN}\n{render_table()}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    write_table()
    write_pipeline()
