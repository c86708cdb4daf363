"""Makes a turn fit into the model's context; what is left out is recorded, and never the response.

The order is fixed: first the oldest turns go (system messages and everything from the last user
turn on stay), then the documents are shown in groups, each as large as fits, a document that is too
long for one group in pieces. Response, tools and facts are never cut: where they do not fit, that
is `context_overflow`. Where nobody can tell the size, everything is sent as it is and the server
decides. Invariant: whatever is returned fits by the gauge's measure, and the groups together hold
every document whole.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Reduction
from assay.domain.sample import Document
from assay_judge.backend.contract import Prompt
from assay_judge.engine.chunks import cut_document
from assay_judge.engine.gauge import Gauge
from assay_judge.prompts.exhibit import Exhibit, Rendered

MIN_PIECE_CHARS = 200  # shorter pieces of a document prove nothing
CHARS_PER_TOKEN_AT_MOST = 16  # bounds a search, nothing else


@dataclass(frozen=True, slots=True)
class Layout:
    """The prompt around an exhibit: what stands before and after it, and who renders it."""

    system: str
    tail: str
    max_tokens: int
    render: Callable[[Exhibit], Rendered]

    def prompt(self, rendered: Rendered) -> Prompt:
        """The prompt of the evidence call."""
        return Prompt(self.system, f"{rendered.text}\n\n{self.tail}")


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is shown: one text for each group of documents, mostly one.

    `num_neutralised` counts the control tokens of all that there was to show.
    """

    parts: tuple[Rendered, ...]
    num_neutralised: int
    reduction: Reduction | None = None


async def fit(
    exhibit: Exhibit,
    layout: Layout,
    gauge: Gauge,
    *,
    max_groups: int,
    max_group_chars: int | None = None,
    is_strict: bool = False,
) -> Fitted:
    """Return what can be shown of `exhibit`.

    Args:
        exhibit: everything there is to show.
        layout: what surrounds it.
        gauge: measures prompts.
        max_groups: more groups of documents than this are an overflow.
        max_group_chars: show documents in groups of about this length even where all would fit.
        is_strict: the server has refused what seemed to fit.

    Raises:
        JudgeBackendError: code `context_overflow`, or the server failed while counting.
    """
    return await _Fitting(exhibit, layout, gauge, max_groups, is_strict).run(max_group_chars)


class _Fitting:
    """The search for one exhibit; every question is whether something fits."""

    def __init__(
        self, exhibit: Exhibit, layout: Layout, gauge: Gauge, max_groups: int, is_strict: bool
    ) -> None:
        self._exhibit = exhibit
        self._layout = layout
        self._gauge = gauge
        self._max_groups = max_groups
        self._is_strict = is_strict
        self._room = gauge.room(layout.max_tokens)
        self._num_neutralised = 0

    async def run(self, max_group_chars: int | None) -> Fitted:
        whole = self._layout.render(self._exhibit)
        self._num_neutralised = whole.num_neutralised
        if await self._is_room_for(whole):
            return await self._by_choice(max_group_chars) or Fitted((whole,), whole.num_neutralised)
        await self._omit_turns()
        rendered = self._layout.render(self._exhibit)
        if await self._is_room_for(rendered):
            return Fitted((rendered,), whole.num_neutralised, self._reduction(1))
        return self._in_groups(await self._group_documents())

    async def _by_choice(self, max_group_chars: int | None) -> Fitted | None:
        """The documents in groups although they fit together; None where that is not asked for."""
        if max_group_chars is None:
            return None
        groups = pack_documents(self._exhibit.sample.documents, max_group_chars)
        if not 1 < len(groups) <= self._max_groups:
            return None
        fitted = self._in_groups(groups)
        fit = [await self._is_room_for(part) for part in fitted.parts]
        return fitted if all(fit) else None

    async def _is_room_for(self, rendered: Rendered) -> bool:
        if self._room is None:
            return True
        prompt = self._layout.prompt(rendered)
        # Not known counts as room: the server is asked, and its refusal is the error.
        fits = await self._gauge.fits(prompt, self._room, is_strict=self._is_strict)
        return fits is not False

    async def _shows(self, exhibit: Exhibit) -> bool:
        return await self._is_room_for(self._layout.render(exhibit))

    async def _omit_turns(self) -> None:
        """Begin at the oldest user turn from which on everything fits, else at the last one."""
        messages = self._exhibit.sample.messages[: self._exhibit.turn]
        oldest = next((at for at, m in enumerate(messages) if m.role != "system"), 0)
        starts = [at for at, m in enumerate(messages) if m.role == "user" and at > oldest]
        if starts:
            at = await _first_true(
                0, len(starts) - 1, lambda i: self._shows(self._begin(starts[i]))
            )
            self._exhibit = self._begin(starts[at])

    def _begin(self, first_turn: int) -> Exhibit:
        return replace(self._exhibit, first_turn=first_turn)

    async def _group_documents(self) -> list[tuple[Document, ...]]:
        left = list(self._exhibit.sample.documents)
        if not left or not await self._shows(replace(self._exhibit, documents=())):
            raise _overflow("the response with what must stand beside it")
        groups: list[tuple[Document, ...]] = []
        while left:
            if len(groups) == self._max_groups:
                raise _overflow(f"documents in {self._max_groups} groups at most")
            num_whole = await self._num_that_fit(left)
            if num_whole:
                group, left = left[:num_whole], left[num_whole:]
            else:
                head, rest = cut_document(left[0], await self._chars_that_fit(left[0]))
                group, left = [head], [rest, *left[1:]]
            groups.append(tuple(group))
        return groups

    async def _num_that_fit(self, documents: Sequence[Document]) -> int:
        """How many of the first documents fit together; a group never ends in a piece."""
        fits_not = await _first_true(
            1, len(documents) + 1, lambda n: self._overflows(tuple(documents[:n]), n, documents)
        )
        return fits_not - 1

    async def _overflows(
        self, group: tuple[Document, ...], num: int, documents: Sequence[Document]
    ) -> bool:
        return num > len(documents) or not await self._shows(self._with(group))

    async def _chars_that_fit(self, document: Document) -> int:
        most = len(document.text) - 1
        if self._room is not None:
            most = min(most, self._room * CHARS_PER_TOKEN_AT_MOST)
        if most < MIN_PIECE_CHARS or not await self._shows_head(document, MIN_PIECE_CHARS):
            raise _overflow("the response with a piece of a document")
        fits_not = await _first_true(
            MIN_PIECE_CHARS + 1, most + 1, lambda n: self._head_overflows(document, n, most)
        )
        return fits_not - 1

    async def _shows_head(self, document: Document, num_chars: int) -> bool:
        head = replace(document, text=document.text[:num_chars])
        return await self._shows(self._with((head,)))

    async def _head_overflows(self, document: Document, num_chars: int, most: int) -> bool:
        return num_chars > most or not await self._shows_head(document, num_chars)

    def _with(self, group: tuple[Document, ...]) -> Exhibit:
        # The note on groups stands there while measuring; its numbers have two digits at most.
        numbers = (self._max_groups, self._max_groups)
        return replace(self._exhibit, documents=group, group=numbers)

    def _in_groups(self, groups: Sequence[tuple[Document, ...]]) -> Fitted:
        parts = tuple(
            self._layout.render(
                replace(self._exhibit, documents=group, group=(number, len(groups)))
            )
            for number, group in enumerate(groups, 1)
        )
        return Fitted(parts, self._num_neutralised, self._reduction(len(groups)))

    def _reduction(self, num_groups: int) -> Reduction:
        earlier = self._exhibit.sample.messages[: self._exhibit.first_turn]
        num_omitted = sum(message.role != "system" for message in earlier)
        return Reduction(num_turns_omitted=num_omitted, num_document_groups=num_groups)


def pack_documents(documents: Sequence[Document], max_chars: int) -> list[tuple[Document, ...]]:
    """Return the documents in groups of at most `max_chars`, a longer document alone."""
    groups: list[list[Document]] = []
    length = 0
    for document in documents:
        if groups and length + len(document.text) <= max_chars:
            groups[-1].append(document)
            length += len(document.text)
        else:
            groups.append([document])
            length = len(document.text)
    return [tuple(group) for group in groups]


async def _first_true(low: int, high: int, test: Callable[[int], Awaitable[bool]]) -> int:
    """The least number in low..high for which `test` holds, taken to rise once; else `high`."""
    while low < high:
        middle = (low + high) // 2
        if await test(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _overflow(what: str) -> JudgeBackendError:
    return JudgeBackendError(
        f"expected {what} to fit into the model's context, found too much; use a model with a "
        "longer context",
        "context_overflow",
    )
