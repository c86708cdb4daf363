"""The SQL functions a query may call: a list of those known to be harmless, a few of them guarded.

A list of what is allowed, not of what is refused: what a later SQLite adds stays out until somebody
has looked at it. Left out are those that read the clock, draw random numbers, load code, name the
engine's version, or only make a long string (`zeroblob`). Guarded are

- date functions: `date('now')` and the time zone of the machine would make a grade depend on where
  and when it is given;
- `printf` and `format`: `printf('%.*c', 900000000, 'x')` works for seconds inside one instruction
  of SQLite's machine, where no handler is asked and no interrupt is seen (measured with 3.40).

A guard checks the arguments and then has SQLite's own function do the work, on a connection of its
own that holds no data. A blob is refused, and text with a NUL in it: SQLite reads `x'6e6f77'` as
`now`, and text up to its NUL, so that a guard would look at other characters than the function.
"""

import sqlite3
from collections.abc import Callable

from assay_rl_rewards.sql.result import Cell

MAX_WIDTH_DIGITS = 2  # of a printf width or precision: up to 99

_PLAIN = (
    "-> ->> abs acos acosh asin asinh atan atan2 atanh avg ceil ceiling char coalesce concat"
    " concat_ws cos cosh count cume_dist degrees dense_rank exp first_value floor glob group_concat"
    " hex if ifnull iif instr json json_array json_array_length json_extract json_group_array"
    " json_group_object json_object json_quote json_type json_valid lag last_value lead length like"
    " likely ln log log10 log2 lower ltrim max min mod nth_value ntile nullif octet_length"
    " percent_rank pi pow power quote radians rank replace round row_number rtrim sign sin sinh"
    " sqrt string_agg substr substring sum tan tanh total trim trunc typeof unicode unlikely upper"
)
_DATES = ("date", "time", "datetime", "julianday", "unixepoch", "strftime")
_FORMATS = ("printf", "format")
ALLOWED_FUNCTIONS = frozenset((*_PLAIN.split(), *_DATES, *_FORMATS))

# What a column's DEFAULT calls is not asked for by the authorizer.
_REFUSED = {
    "current_date": 0, "current_time": 0, "current_timestamp": 0, "random": 0, "randomblob": 1,
}  # fmt: skip

_CLOCKS = frozenset(("now", "subsec", "subsecond"))
_ZONES = frozenset(("localtime", "utc"))
_FORMAT_FLAGS = frozenset("-+ #!,.*0123456789")


class Guards:
    """The guarded functions of one connection; `close` when that is closed."""

    def __init__(self, connection: sqlite3.Connection, max_chars: int) -> None:
        """Replace the functions of `connection`; their results are at most `max_chars` long."""
        self._max_chars = max_chars
        self._bare: sqlite3.Connection | None = None
        for name in (*_DATES, *_FORMATS):
            check = _check_format if name in _FORMATS else _check_date
            connection.create_function(name, -1, self._guard(name, check), deterministic=True)
        for name, num_arguments in _REFUSED.items():
            connection.create_function(name, num_arguments, _refuse)

    def close(self) -> None:
        if self._bare is not None:
            self._bare.close()

    def _guard(
        self, name: str, check: Callable[[str, tuple[Cell, ...]], None]
    ) -> Callable[..., Cell]:
        def call(*arguments: Cell) -> Cell:
            _check_characters(arguments)
            check(name, arguments)
            marks = ",".join("?" * len(arguments))
            result = self._open().execute(f"SELECT {name}({marks})", arguments)
            cell: Cell = result.fetchone()[0]
            return cell

        return call

    def _open(self) -> sqlite3.Connection:
        if self._bare is None:
            self._bare = sqlite3.connect(":memory:")
            self._bare.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, self._max_chars)
        return self._bare


def _refuse(*_: Cell) -> Cell:
    raise ValueError("a database is the same whenever it is built")


def _check_characters(arguments: tuple[Cell, ...]) -> None:
    """Refuse what SQLite reads as other text than Python does."""
    if any(
        isinstance(cell, bytes) or (isinstance(cell, str) and "\0" in cell) for cell in arguments
    ):
        raise ValueError("a blob or a NUL is not read as text here")


def _check_date(name: str, arguments: tuple[Cell, ...]) -> None:
    times = arguments[1:] if name == "strftime" else arguments
    if not times or str(times[0]).strip().lower() in _CLOCKS:
        raise ValueError("the clock is not read here")
    if any(str(modifier).strip().lower() in _ZONES for modifier in times[1:]):
        raise ValueError("the machine's time zone is not read here")


def _check_format(_: str, arguments: tuple[Cell, ...]) -> None:
    """Refuse a width that is an argument, or of more than `MAX_WIDTH_DIGITS` digits."""
    pattern = str(arguments[0]) if arguments else ""
    for field in pattern.split("%")[1:]:
        num_flags = next((i for i, c in enumerate(field) if c not in _FORMAT_FLAGS), len(field))
        flags = field[:num_flags]
        runs = "".join(c if c.isdigit() else " " for c in flags).split()
        if "*" in flags or any(len(run) > MAX_WIDTH_DIGITS for run in runs):
            raise ValueError("a wide field is not formatted here")
