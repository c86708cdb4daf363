"""Whether a block of SQL parses in any of the common dialects.

sqlglot is imported on first use: it is heavy, and few samples hold SQL. Procedural code, shell
sessions and sketches are not decided; nor is what sqlglot itself fails on.
"""

import logging

from assay.verifiers.code_outcome import PARSES, UNDECIDED, Outcome, bracket_depth, fault
from assay.verifiers.patterns import compile_pattern

MAX_CHARS = 8_000
MAX_DEPTH = 12

# Dialects tried after the declared one; "" is sqlglot's own superset.
_FALLBACKS = ("", "mysql", "postgres", "tsql", "sqlite", "oracle", "bigquery", "snowflake")
_DIALECTS = {
    "sql": "", "sqlite": "sqlite", "sqlite3": "sqlite", "mysql": "mysql", "mariadb": "mysql",
    "postgres": "postgres", "postgresql": "postgres", "pgsql": "postgres", "psql": "postgres",
    "tsql": "tsql", "t-sql": "tsql", "mssql": "tsql", "oracle": "oracle", "bigquery": "bigquery",
    "snowflake": "snowflake", "redshift": "redshift", "hive": "hive", "duckdb": "duckdb",
}  # fmt: skip
SQL_LANGUAGES = frozenset(_DIALECTS)

_NOT_PLAIN = compile_pattern(
    r"(?im)\.\.\.|…|\{\{|\{%|<[a-z][^<>\n=]*>|\[[a-z]+(?:[ _][a-z]+)+\]"  # sketches, templates
    r"|^\s*(?:mysql|sqlite|\w*=[#>])>?|^\s*[\\|+.]|^\s*\$ |\$\$"  # sessions and their output
    r"|\b(?:delimiter|declare|begin|procedure|function|trigger|loop|elsif|exec|do)\b"  # procedures
    r"|^\s*(?:go|use|set|show|explain|pragma|grant|revoke|alter|vacuum|copy|load)\b"
)
_PERCENT = compile_pattern(r"%(?:\(\w+\))?s\b")


def check_sql(body: str, language: str) -> Outcome:
    """Parse `body` in the dialect of `language`, then in others."""
    if len(body) > MAX_CHARS or not body.strip() or _NOT_PLAIN.search(body):
        return UNDECIDED
    if bracket_depth(body, MAX_DEPTH) > MAX_DEPTH:
        return UNDECIDED
    text = _PERCENT.sub("?", body)
    declared = _DIALECTS[language]
    first = _parse(text, declared)
    if first.line == 0:
        return first
    for dialect in _FALLBACKS:
        if dialect != declared and _parse(text, dialect).line == 0:
            return PARSES
    return first


def _parse(text: str, dialect: str) -> Outcome:
    import sqlglot  # heavy, and rarely needed
    from sqlglot.errors import ErrorLevel, ParseError, SqlglotError

    # It warns of every statement that it does not model; that is no news to a curation run.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        sqlglot.parse(text, read=dialect or None, error_level=ErrorLevel.RAISE)
    except ParseError as error:
        known = error.errors[0] if error.errors else {}
        return fault(known.get("line"), str(known.get("description") or "it does not parse"))
    except (SqlglotError, RecursionError):
        return UNDECIDED
    except (LookupError, TypeError, AttributeError, ValueError):
        return UNDECIDED  # a defect of the parser is not one of the sample
    return PARSES
