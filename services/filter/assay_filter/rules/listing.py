"""Writes the table of rules into the room's README, so that the two cannot drift apart.

Run as `python -m assay_filter.rules.listing` in a checkout.
"""

from pathlib import Path

from assay_filter.rules.catalogue import CORPUS_RULE, PAYLOAD_RULES, RULES

BEGIN = "<!-- rules: begin (written by `make docs`) -->"
END = "<!-- rules: end -->"
README = Path(__file__).parents[2] / "README.md"


def render_table() -> str:
    """Return the table as Markdown, in catalogue order."""
    lines = ["| rule | version | what it does |", "|---|---|---|"]
    lines += [
        f"| `{rule.id}` | {rule.version} | {rule.summary} |"
        for rule in (*PAYLOAD_RULES, *RULES, CORPUS_RULE)
    ]
    return "\n".join(lines)


def write_table() -> None:
    """Replace what stands between the two marks of the README."""
    text = README.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    _, tail = rest.split(END)
    README.write_text(f"{head}{BEGIN}\n{render_table()}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    write_table()
