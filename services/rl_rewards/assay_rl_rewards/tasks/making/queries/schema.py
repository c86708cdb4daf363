"""What a generated database looks like: three tables in a chain, and words for what they hold.

Each schema has groups (publishers), things that belong to a group (books), and events of a thing
(loans). The questions are written over these roles, so that each fits every schema.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["label", "category", "whole", "amount", "day"]
SQL_TYPES = {
    "label": "TEXT", "category": "TEXT", "whole": "INTEGER", "amount": "REAL", "day": "TEXT",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column, the words for it, and what its values are drawn from.

    Attributes:
        values: of a category; of a label the words that are paired into names.
        low: the least number, or the first year of a day.
        high: the greatest number, or the last year.
        is_nullable: some values are not known.
    """

    name: str
    phrase: str
    kind: Kind
    values: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    is_nullable: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `key` is its primary key, `parent_key` what points to the table before it."""

    name: str
    noun: str
    nouns: str
    key: str
    columns: tuple[Column, ...]
    parent_key: str | None = None

    @property
    def label(self) -> Column:
        return self.list_columns("label")[0]

    @property
    def categories(self) -> list[Column]:
        return self.list_columns("category")

    @property
    def numbers(self) -> list[Column]:
        """Numbers that are always known."""
        return [c for c in self.list_columns("whole", "amount") if not c.is_nullable]

    def list_columns(self, *kinds: Kind) -> list[Column]:
        return [column for column in self.columns if column.kind in kinds]


@dataclass(frozen=True, slots=True)
class Schema:
    """Groups, the things of a group, the events of a thing."""

    name: str
    groups: Table
    things: Table
    events: Table

    @property
    def tables(self) -> tuple[Table, Table, Table]:
        return self.groups, self.things, self.events

    def write_tables(self) -> str:
        """Return the CREATE statements."""
        return "\n".join(
            _write_table(table, parent)
            for table, parent in zip(self.tables, (None, self.groups, self.things), strict=True)
        )


def _write_table(table: Table, parent: Table | None) -> str:
    lines = [f"{table.key} INTEGER PRIMARY KEY"]
    if parent is not None:
        lines.append(f"{table.parent_key} INTEGER NOT NULL REFERENCES {parent.name} ({parent.key})")
    for column in table.columns:
        ending = "" if column.is_nullable else " NOT NULL"
        lines.append(f"{column.name} {SQL_TYPES[column.kind]}{ending}")
    return f"CREATE TABLE {table.name} (\n  " + ",\n  ".join(lines) + "\n);"
