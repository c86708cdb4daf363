"""`README.md` of an export: a data set card as the Hugging Face Hub reads it.

The front matter is YAML in the Hub's words (`language`, `license`, `size_categories`,
`task_categories`, `configs`); the text below tells where each row came from and what decided it.
What nobody said is called unknown.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from assay_filter.exporting.gathering import NONE, OTHER, UNKNOWN

MAX_SHOWN = 40
SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
)
LARGEST = "n>1B"


def render_card(name: str, manifest: Mapping[str, Any]) -> str:
    """Return the card of an export called `name`, from what its manifest says."""
    figures = manifest["figures"]
    return _template().render(
        name=_plain(name),
        front=_front(name, manifest),
        manifest=manifest,
        figures=figures,
        kinds=[
            (title, _shown(figures[key]))
            for title, key in (
                ("outcome", "outcomes"),
                ("source", "sources"),
                ("type", "types"),
                ("language", "languages"),
                ("assistant turns", "turns"),
                ("tokens", "tokens"),
                ("tier", "tiers"),
            )
            if figures[key]
        ],
        licenses=_shown_licenses(figures["licenses"]),
        rules=_rules(manifest["runs"]),
        unknown=UNKNOWN,
    )


def _front(name: str, manifest: Mapping[str, Any]) -> str:
    figures = manifest["figures"]
    languages = [code for code in figures["languages"] if _is_code(code)]
    licenses = sorted({_one_line(license) for _, license, _ in figures["licenses"]})
    body = {
        "pretty_name": _one_line(name),
        **({"language": sorted(languages)} if languages else {}),
        "license": licenses[0] if len(licenses) == 1 else licenses or UNKNOWN,
        "size_categories": [_size(figures["num_rows"])],
        "task_categories": ["text-generation"],
        "tags": ["assay", "conversational", "instruction-tuning"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [
                    {"split": Path(file).stem, "path": file} for file in manifest["files"]
                ],
            }
        ],
    }
    return yaml.safe_dump(body, sort_keys=False, allow_unicode=True)


def _is_code(text: str) -> bool:
    """Whether a label reads like a language's code (ISO 639, with a script or region or not)."""
    head = text.partition("-")[0]
    return text not in (NONE, OTHER) and 2 <= len(head) <= 3 and head.isascii() and head.isalpha()


def _size(num_rows: int) -> str:
    return next((name for limit, name in SIZES if num_rows < limit), LARGEST)


def _shown(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the first labels, safe in a table, and one line for the others."""
    entries = [(_plain(name), number) for name, number in counts.items()]
    rest = sum(number for _, number in entries[MAX_SHOWN:])
    more = [(f"{len(entries) - MAX_SHOWN} more", rest)] if rest else []
    return entries[:MAX_SHOWN] + more


def _shown_licenses(entries: Sequence[Sequence[Any]]) -> list[tuple[str, str, int]]:
    shown = [(_plain(source), _plain(license), rows) for source, license, rows in entries]
    rest = sum(rows for *_, rows in shown[MAX_SHOWN:])
    more = [(f"{len(shown) - MAX_SHOWN} more", "see manifest.json", rest)] if rest else []
    return shown[:MAX_SHOWN] + more


def _rules(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return `id v1` of the rules in force; versions that differ between the runs stand apart."""
    found = {(rule["id"], rule["version"]) for run in runs for rule in run["rules"]}
    return [f"`{_plain(id)}` v{version}" for id, version in sorted(found)]


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _plain(text: str) -> str:
    """Return a label that cannot break a Markdown table or begin markup."""
    printable = _one_line(text)
    for mark in "\\|`<>[]*_":
        printable = printable.replace(mark, f"\\{mark}")
    return printable.strip() or NONE


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=False,  # Markdown; labels pass `_plain`
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["plain"] = _plain
    return environment.get_template("card.md.j2")
