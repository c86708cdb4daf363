"""Answers a repeated request as the first time: the header `Idempotency-Key`, by Stripe's rules.

The first request with a key claims it; its answer is stored in the very transaction that takes
effect, so a crash leaves both or neither. A repetition gets the stored answer, another request
under the same key is refused, one that comes while the first is at work may come again. A request
that is refused keeps nothing: it can be corrected and sent under the same key.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    and_,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from starlette.requests import Request
from starlette.responses import Response

from assay.audit.clock import milliseconds_of
from assay.audit.service_tables import kept_answer
from assay.domain.errors import RunStateError
from assay.web.problems import FieldError, ProblemError, invalid
from assay_filter.service.parts import caller_of
from assay_filter.service.problems import KEY_IN_FLIGHT, KEY_REUSED, refused

HEADER = "idempotency-key"
REPLAYED = "idempotency-replayed"
MAX_KEY_CHARS = 255
ABANDONED_SECONDS = 300  # a request at work for longer has died with its process
RETRY_SECONDS = 1
HOUR_MILLISECONDS = 3_600_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with; JSON."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """Return the answer as it goes out."""
        return Response(
            self.body,
            status_code=self.status,
            headers=dict(self.headers),
            media_type="application/json",
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """A key in this request's hands."""

    caller: str
    key: str
    token: str

    def keep(self, connection: Connection, answer: Answer) -> None:
        """Store the answer, in the transaction that takes effect.

        Raises:
            RunStateError: the request took so long that another one took its key over.
        """
        kept = connection.execute(
            update(kept_answer)
            .where(_is(self.caller, self.key), kept_answer.c.token == self.token)
            .values(
                status=answer.status,
                headers=orjson.dumps(dict(answer.headers)).decode(),
                body=answer.body,
            )
        )
        if kept.rowcount != 1:
            raise RunStateError("expected to hold the Idempotency-Key, found it taken over")

    def release(self, engine: Engine) -> None:
        """Forget the key of a request that took no effect."""
        with engine.begin() as connection:
            connection.execute(
                delete(kept_answer).where(
                    _is(self.caller, self.key),
                    kept_answer.c.token == self.token,
                    kept_answer.c.status.is_(None),
                )
            )


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks under which key for what; `key` None: the request has none."""

    caller: str
    key: str | None
    digest: str

    @classmethod
    def of(cls, request: Request, body: bytes) -> "Asked":
        """Return what a request says of itself.

        Raises:
            ProblemError: 422, the key is none.
        """
        key = request.headers.get(HEADER)
        if key is not None and not (
            0 < len(key) <= MAX_KEY_CHARS and key.isascii() and key.isprintable()
        ):
            expected = f"1 to {MAX_KEY_CHARS} visible ASCII characters"
            raise ProblemError(invalid([FieldError("Idempotency-Key", expected, f"{key!r:.80}")]))
        head = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
        return cls(caller_of(request), key, hashlib.sha256(head + body).hexdigest())


def claim_key(engine: Engine, asked: Asked, *, kept_hours: float) -> Claim | Answer | None:
    """Claim the key of a request; an `Answer` is that of the first one. None: there is no key.

    Raises:
        ProblemError: 409 the first request is at work, 422 the key belongs to another request.
    """
    if asked.key is None:
        return None
    claim = Claim(asked.caller, asked.key, token_hex(16))
    with engine.begin() as connection:
        now = milliseconds_of(connection)
        dialect = sqlite if engine.dialect.name == "sqlite" else postgresql
        values = {
            "caller": claim.caller,
            "key": claim.key,
            "request_sha256": asked.digest,
            "token": claim.token,
            "created_at": now,
        }
        made = connection.execute(
            dialect.insert(kept_answer)
            .values(**values)
            .on_conflict_do_nothing()
            .returning(kept_answer.c.key)
        )
        if made.first() is not None:
            return claim
        found = connection.execute(
            select(kept_answer).where(_is(claim.caller, claim.key)).with_for_update()
        ).first()
        if found is not None and now - found.created_at < kept_hours * HOUR_MILLISECONDS:
            answer = _answer_of(found, asked.digest, now)
            if answer is not None:
                return answer
        connection.execute(delete(kept_answer).where(_is(claim.caller, claim.key)))
        connection.execute(insert(kept_answer).values(**values))
    return claim


def answer_once(
    engine: Engine, asked: Asked, *, kept_hours: float, make: Callable[[Claim | None], Answer]
) -> Answer:
    """Return the answer of `make`, or the one that it gave when it was asked before.

    Raises:
        ProblemError: what `make` raises, or 409 and 422 as `claim_key` does.
    """
    claim = claim_key(engine, asked, kept_hours=kept_hours)
    if isinstance(claim, Answer):
        return claim
    try:
        return make(claim)
    except BaseException:
        if claim is not None:
            claim.release(engine)
        raise


def expire_answers(connection: Connection, *, kept_hours: float) -> int:
    """Forget answers that are old enough; return how many."""
    before = milliseconds_of(connection) - round(kept_hours * HOUR_MILLISECONDS)
    return connection.execute(delete(kept_answer).where(kept_answer.c.created_at < before)).rowcount


def _answer_of(found: Row[Any], digest: str, now: int) -> Answer | None:
    """Return the stored answer; None where the first request died before it took effect."""
    if found.request_sha256 != digest:
        raise refused(
            KEY_REUSED,
            "expected the request that this Idempotency-Key was first sent with, found another "
            "one; make a new key for it",
        )
    if found.status is not None:
        headers = {**orjson.loads(found.headers), REPLAYED: "true"}
        return Answer(found.status, bytes(found.body), headers)
    if now - found.created_at < ABANDONED_SECONDS * 1000:
        raise refused(
            KEY_IN_FLIGHT,
            "expected no request under this Idempotency-Key, found the first one at work; ask "
            "again for its answer",
            retry_after_seconds=RETRY_SECONDS,
        )
    return None


def _is(caller: str, key: str) -> ColumnElement[bool]:
    return and_(kept_answer.c.caller == caller, kept_answer.c.key == key)
