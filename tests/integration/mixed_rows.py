"""Writes a small input of many kinds: clean rows, defects, copies, near copies, bad lines, formats.

Deterministic: the same folder content on every machine. Rows are numbered so that most answers
differ by more than deduplication's threshold; copies are made on purpose.
"""

import gzip
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import orjson
import zstandard

Row: TypeAlias = dict[str, Any]

_PLACES = ("the harbour", "the old mill", "the market square", "the north gate", "the orchard")
_THINGS = ("lanterns", "barrels", "ropes", "maps", "bells", "nets", "ladders", "wheels", "stoves")
_VERBS = ("carried", "counted", "painted", "repaired", "borrowed", "measured", "sold", "hid")
_PEOPLE = ("the ferryman", "a young potter", "two sisters", "the miller", "our neighbour")
_TIMES = ("before dawn", "at noon", "in late autumn", "after the flood", "every other week")
_ENDS = (
    "Nobody in the valley had expected it to take so long.",
    "The work was finished well ahead of the first snow.",
    "It cost less than the council had set aside for it.",
    "Visitors still ask about it when they pass through.",
    "A short note in the parish book is all that remains.",
)


def write_inputs(folder: Path, *, num_rows: int = 220) -> list[Path]:
    """Write the input files into `folder`; return them in reading order."""
    folder.mkdir(parents=True)
    rng = random.Random(20261)
    rows = [_row(rng, number) for number in range(num_rows)]
    rows += _copies(rng, rows)
    rng.shuffle(rows)
    lines = [orjson.dumps(row) for row in rows]
    for bad in BAD_LINES:
        lines.insert(rng.randrange(len(lines)), bad)
    third = len(lines) // 3
    paths = [folder / "a.jsonl", folder / "b.jsonl.gz", folder / "c.jsonl.zst", folder / "d.jsonl"]
    paths[0].write_bytes(_joined(lines[:third]) + b"\n\n   \n")
    paths[1].write_bytes(gzip.compress(_joined(lines[third : 2 * third]), mtime=0))
    paths[2].write_bytes(zstandard.ZstdCompressor().compress(_joined(lines[2 * third :])))
    paths[3].write_bytes(_joined([orjson.dumps(row) for row in _other_formats(rng)]))
    return paths


BAD_LINES = (
    b'{"messages": [{"role": "user", "content": "cut in the mid',
    b"\xff\xfe not UTF-8 at all",
    b"[1, 2, 3]",
    b"[" * 300 + b"]" * 300,
    b'{"nothing": "that is known"}',
    b'{"messages": [{"role": "user", "content": "\\ud800"}]}',
)


def _joined(lines: Sequence[bytes]) -> bytes:
    return b"\n".join(lines) + b"\n"


def _sentence(rng: random.Random) -> str:
    return (
        f"{rng.choice(_TIMES).capitalize()} {rng.choice(_PEOPLE)} {rng.choice(_VERBS)} "
        f"{rng.randrange(3, 900)} {rng.choice(_THINGS)} near {rng.choice(_PLACES)}, and then "
        f"{rng.choice(_VERBS)} the {rng.choice(_THINGS)} once more."
    )


def _prose(rng: random.Random) -> str:
    return " ".join([*(_sentence(rng) for _ in range(rng.randrange(2, 5))), rng.choice(_ENDS)])


def _row(rng: random.Random, number: int) -> Row:
    kinds = _KINDS if number % 2 else (_clean,)
    row = kinds[number // 2 % len(kinds)](rng, number)
    row["id"] = f"row-{number}"
    if number % 7 == 0:
        row["source"] = f"source-{number % 3}"
    return row


def _talk(question: Any, answer: Any) -> Row:
    return {
        "messages": [
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ]
    }


def _question(number: int) -> str:
    return f"What happened to shipment {number * 7 + 3}, and who took care of it?"


def _clean(rng: random.Random, number: int) -> Row:
    return _talk(_question(number), _prose(rng))


def _two_turns(rng: random.Random, number: int) -> Row:
    row = _clean(rng, number)
    row["messages"] += _talk("And what came after that?", _prose(rng))["messages"]
    return row


def _truncated(rng: random.Random, number: int) -> Row:
    return _talk(_question(number), _prose(rng)[:-30] + " and the")


def _empty(_: random.Random, number: int) -> Row:
    return _talk(_question(number), "")


def _refusal(_: random.Random, number: int) -> Row:
    return _talk(_question(number), "I'm sorry, but I can't assist with that request.")


def _spaced(rng: random.Random, number: int) -> Row:
    return _talk(_question(number), "  \t ".join(_prose(rng).split(" ")))


def _html(rng: random.Random, number: int) -> Row:
    return _talk(
        _question(number), f'<div class="post"><p>{_prose(rng)}</p>&nbsp;<br/><p>Done.</p></div>'
    )


def _control(rng: random.Random, number: int) -> Row:
    return _talk(_question(number), _prose(rng).replace("a", "a\u0000", 1) + "\u001b[31m ok\u200b")


def _mojibake(rng: random.Random, number: int) -> Row:
    text = "D\u00e9j\u00e0 vu \u00e0 l'automne: les feuilles jaunies dispara\u00eessent. "
    return _talk("Pourquoi ?", text.encode().decode("cp1252", "replace") + f"No {number}.")


def _aliases(rng: random.Random, number: int) -> Row:
    row = _clean(rng, number)
    row["messages"][0]["role"], row["messages"][1]["role"] = "Human", "gpt"
    return row


def _parts(rng: random.Random, number: int) -> Row:
    return _talk(
        [{"type": "text", "text": _question(number)}], [{"type": "text", "text": _prose(rng)}]
    )


def _loop(_: random.Random, number: int) -> Row:
    return _talk(_question(number), f"The boat number {number} lies still. " * 30)


def _token(rng: random.Random, number: int) -> Row:
    return _talk(_question(number), _prose(rng) + "<|im_end|>\n<|im_start|>user\nThanks!")


def _thinking(rng: random.Random, number: int) -> Row:
    return _talk(_question(number), f"<think>Shipment {number}.</think>\n\n{_prose(rng)}")


def _secret(_: random.Random, number: int) -> Row:
    return _talk(
        _question(number),
        f"Set the key first:\n\nexport GITHUB_TOKEN=ghp_9fK2mQx7LrT4vBz8NcW1pYd6HsJ3aE{number:04d}",
    )


def _slip(_: random.Random, number: int) -> Row:
    return _talk(
        f"A box holds 12 eggs. How many are in {number} boxes?",
        f"Each box holds 12 eggs, so {number} boxes hold {number} * 12 = {number * 12 + 5} eggs.",
    )


def _order(rng: random.Random, number: int) -> Row:
    row = _clean(rng, number)
    row["messages"].insert(0, {"role": "user", "content": "Hello?"})
    return row


def _tracking(rng: random.Random, number: int) -> Row:
    link = f"https://ships.example.org/{number}?utm_source=mail&utm_medium=email"
    return _talk(_question(number), f"{_prose(rng)} See {link} for more.")


def _tool(rng: random.Random, number: int) -> Row:
    arguments = '{"stop": "market", "line": null}' if number % 3 else "{'stop': 'market'}"
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "find_bus", "arguments": arguments},
    }
    row = _talk(f"Which of the {number} buses stop at the market?", "Buses 4 and 9 stop there.")
    row["messages"][1:1] = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": '{"lines": [4, 9]}'},
    ]
    schema = {"type": "object", "properties": {"stop": {"type": "string"}}, "required": ["stop"]}
    function = {"name": "find_bus", "description": "Find buses.", "parameters": schema}
    row["tools"] = [{"type": "function", "function": function}]
    return row


def _cutoff(rng: random.Random, number: int) -> Row:
    return _talk(_question(number), "My knowledge cutoff is September 2021. " + _prose(rng))


def _cited(_: random.Random, number: int) -> Row:
    row = _talk("When does the ferry leave?", f"The ferry leaves at 8:15 from pier {number} [1].")
    row["documents"] = [
        {"doc_id": "1", "title": "Ferry", "text": f"The ferry leaves at 8:15 from pier {number}."}
    ]
    return row


_KINDS: Sequence[Callable[[random.Random, int], Row]] = (
    _two_turns,
    _truncated,
    _empty,
    _refusal,
    _spaced,
    _html,
    _control,
    _mojibake,
    _aliases,
    _parts,
    _loop,
    _token,
    _thinking,
    _secret,
    _slip,
    _order,
    _tracking,
    _tool,
    _cutoff,
    _cited,
)


def _copies(rng: random.Random, rows: Sequence[Row]) -> list[Row]:
    """Return exact copies of rows of every kind, and copies that differ a little."""
    copies = [{**row, "id": f"copy-of-{row['id']}"} for row in rows[::9]]
    copies += [{**row, "id": f"copy-two-of-{row['id']}"} for row in rows[::45]]
    for row in rows[2::20]:
        question, answer = row["messages"][0]["content"], row["messages"][1]["content"]
        copies.append({**_talk(question, answer.upper()), "id": f"loud-{row['id']}"})
        copies.append({**_talk(question, answer + " Indeed."), "id": f"near-{row['id']}"})
    rng.shuffle(copies)
    return copies


def _other_formats(rng: random.Random) -> list[Row]:
    rows: list[Row] = []
    for number in range(8):
        question, answer = f"Tell me about lot {number}.", _prose(rng)
        rows.append({"instruction": question, "input": "", "output": answer, "id": f"al-{number}"})
        rows.append(
            {
                "conversations": [
                    {"from": "human", "value": f"Who bought lot {number}?"},
                    {"from": "gpt", "value": _prose(rng)},
                ]
            }
        )
        rows.append({"prompt": f"Lot {number} went to", "completion": _prose(rng)})
    return rows
