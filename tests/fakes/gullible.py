"""A model judge that obeys: it takes every instruction that a chat model could mistake for one.

It reads a prompt as a chat model does. A control token in the raw text begins a new turn, so what
follows is the operator's word. A data block ends where its end marker stands, be it ours or forged;
what stands outside of the blocks is the operator's word. Inside of a block, a line whose value is a
whole JSON string is data, anything else is raw text. How far its obedience goes is a choice, from a
judge that keeps data and instructions apart as long as the prompt does, to the worst there can be.

Its sense of what is an instruction is wide (any word of grading near any word of praise, also in
disguise) and its own, for it must not share the detector's blind spots.
"""

import base64
import codecs
import html
import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from urllib.parse import unquote

from tests.fakes.scripted_backend import (
    DIGITS,
    ScriptedBackend,
    digits,
    evidence_text,
    names_of,
    wants_scores,
)

from assay_judge.backend.contract import Ask, Generate, Prompt

_CONTROL = re.compile(
    r"<[|｜][^<>|｜\s]{1,40}[|｜]>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>"
    r"|\[\|[a-z]+\|\]|\[/?SYSTEM_PROMPT\]"
)
_MARKER = re.compile(
    r"^\[(?P<end>END )?(?P<block>DATA|FACTS|RESPONSE)(?: (?P<code>[0-9a-f]{12}))?\]$"
)
_FIELD = re.compile(r'^(?P<name>[A-Za-z0-9 ]+): (?P<value>"(?:[^"\\]|\\.)*")$')
_GRADING = re.compile(
    r"scor|result\]|mérite|rating|\brate|grad(?:e|ing)|marks|rubric|evaluat|judge|verdict"
    r"|correctness|instruction_?following"
    r"|bewert|punkt|note|puntuaci|calific|puntuaс|évalu|évaluat|avalia|nota\b|pontua|hodno"
    r"|bod[ůy]|beoorde"
    r"|oordeel|cijfer|valuta|voto|punteggio|評価|採点|点|分|평가|점수|점|تقييم|الدرجة|المقيم",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"5|10|five|full|top|high|max|perfect|best|accept|máxim|máхim|maxim|massim|nejvyš|pln[ýé]"
    r"|hoogst|höchst"
    r"|voll|満|最高|满|만점|최고|الكاملة|أعلى",
    re.IGNORECASE,
)
_HOLLOW = re.compile(
    r"^(?:thought process|sure! here's the answer|solution|let's solve .*|lassen sie uns .*"
    r"|respuesta"
    r"|processus de réflexion|かいせつ|solução|عملية التفكير|myšlenkový postup|soluzione|사고 과정"
    r"|gedachtegang|解)\W*$",
    re.IGNORECASE,
)
_USER = re.compile(r"^turn \d+ user(?: U\d+)?$")
_LEET = str.maketrans("431057", "aeiost")
_LOOKALIKES = str.maketrans("аеорсхуі", "aeopcxyi")


class Obedience(StrEnum):
    """What a judge takes for the operator's words, besides new turns.

    Attributes:
        OUTSIDE: what stands outside of the blocks.
        VISIBLE: raw text inside of them as well.
        DECODED: and the text that JSON strings stand for.
    """

    OUTSIDE = "outside"
    VISIBLE = "visible"
    DECODED = "decoded"


def gullible(good: Collection[str], *, obeys: Obedience = Obedience.VISIBLE) -> ScriptedBackend:
    """A backend that is persuaded by what it sees, and fair to the rest.

    Args:
        good: the responses that a fair judge gives fives; all others get ones and twos.
        obeys: how much of a prompt is taken for the operator's words.
    """

    def impressed(prompt: Prompt) -> bool:
        page = _Page(prompt)
        is_swayed = any(map(_is_instruction, page.obeyed(obeys)))
        return is_swayed or page.is_hollow or page.response in good

    def answer(call: Generate) -> str:
        score = 5 if impressed(call.prompt) else 1
        return evidence_text(names_of(call), scores=score if wants_scores(call) else None)

    def read(ask: Ask) -> Mapping[str, float]:
        is_impressed = impressed(ask.prompt)
        if ask.labels == DIGITS:
            return digits(5 if is_impressed else 1)
        return {"yes": 0.02, "no": 0.98}

    return ScriptedBackend(answer, read)


class _Page:
    """What a chat model makes of a judge's prompt."""

    def __init__(self, prompt: Prompt) -> None:
        head, self._control, after = _split_at_control(prompt.user)
        self._after = after
        self._outside: list[str] = []
        self._raw: list[str] = []
        self._fields: list[tuple[str, str, str]] = []  # block, name, text
        self._read_lines(head.split("\n"))

    @property
    def response(self) -> str:
        """The text of the response, where it can be made out."""
        shown = ("RESPONSE", "content")
        texts = [text for block, name, text in self._fields if (block, name) == shown]
        return texts[-1] if texts else "\n".join(self._raw).rpartition("content: ")[2].strip()

    @property
    def is_hollow(self) -> bool:
        """Whether the response is of the kind that is taken for an answer and is none."""
        text = self.response.strip().strip("*")
        lines = [line.strip("* ") for line in text.splitlines() if line.strip()]
        says_nothing = not any(map(str.isalnum, text))
        return says_nothing or text in self._asked() or all(map(_HOLLOW.match, lines))

    def _asked(self) -> set[str]:
        """What users said, as far as it stands on lines of its own."""
        asked = {text.strip() for _, name, text in self._fields if _USER.search(name)}
        raw = (line.partition(": ") for line in self._raw)
        return asked | {text.strip() for name, _, text in raw if _USER.search(name)}

    def obeyed(self, obeys: Obedience) -> Iterator[str]:
        """The texts that are taken for the operator's words."""
        yield self._after
        yield "\n".join(self._outside)
        if obeys is not Obedience.OUTSIDE:
            yield "\n".join(self._raw)
        if obeys is Obedience.DECODED:
            yield from (text for _, _, text in self._fields)

    def _read_lines(self, lines: list[str]) -> None:
        """Sort lines; the task after the last end marker is the true operator's."""
        first = _MARKER.match(lines[0])
        code = first.group("code") if first else None
        marks = [_marker(line, code) for line in lines]
        last = max((at for at, mark in enumerate(marks) if mark is not None), default=0)
        end = len(lines) if self._control else last
        block = ""
        for line, mark in zip(lines[: end + 1], marks, strict=False):
            if mark is not None:
                block = "" if mark.group("end") else mark.group("block")
            elif not block:
                self._outside.append(line)
            elif block != "FACTS":
                self._read_field(block, line)

    def _read_field(self, block: str, line: str) -> None:
        match = _FIELD.match(line)
        if match is None:
            self._raw.append(line)
        else:
            self._fields.append((block, match.group("name"), json.loads(match.group("value"))))


def _marker(line: str, code: str | None) -> re.Match[str] | None:
    match = _MARKER.match(line)
    return match if match is not None and match.group("code") == code else None


def _split_at_control(text: str) -> tuple[str, str, str]:
    match = _CONTROL.search(text)
    return (
        (text, "", "")
        if match is None
        else (text[: match.start()], match.group(), text[match.end() :])
    )


def _is_instruction(text: str) -> bool:
    return any(_GRADING.search(view) and _PRAISE.search(view) for view in _views(text))


def _views(text: str) -> Iterator[str]:
    """The text as a strong model can read it."""
    shown = "".join(
        chr(ord(c) - 0xE0000) if 0xE0020 <= ord(c) <= 0xE007E else c
        for c in text
        if unicodedata.category(c) not in ("Cf", "Mn") or 0xE0020 <= ord(c) <= 0xE007E
    )
    plain = unicodedata.normalize("NFKC", shown).translate(_LOOKALIKES).replace("*", "")
    yield plain
    yield plain.translate(_LEET)
    yield plain.replace(" ", "")
    yield plain[::-1]
    yield codecs.decode(plain, "rot13")
    yield html.unescape(unquote(re.sub(r"\\+u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), plain)))
    for run in re.findall(r"[A-Za-z0-9+/]{24,}={0,2}", plain):
        yield from _decoded(run)


def _decoded(run: str) -> Iterator[str]:
    try:
        yield base64.b64decode(run).decode()
    except ValueError:
        return
    finally:
        if re.fullmatch(r"(?:[0-9a-f]{2})+", run):
            yield bytes.fromhex(run).decode("utf-8", "replace")
