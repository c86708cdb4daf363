"""How many workers the pool has, and what one answer may take of them.

Deadlines are in seconds of processor time, not of the clock: an answer is not worth less because
the machine is busy. A worker that gets no processor at all for `patience_seconds` is given up, and
its answer has no reward (null) instead of a zero.
"""

from pydantic import BaseModel, ConfigDict, Field

GIB = 1 << 30


class PoolSettings(BaseModel):
    """Settings of the pool; the service makes them from its own.

    Attributes:
        num_workers: processes; one a core.
        max_queued: items that may wait; further ones are `overloaded`.
        max_cached: outcomes that are remembered (about 1 kB each).
        deadline_seconds: processor time for one answer, and as much again for reading its task
            where the worker does not hold it; then the worker is interrupted.
        grace_seconds: processor time beyond it until the worker is killed: code that does not
            return to the interpreter cannot be interrupted.
        turn_seconds: processor time of an answer's first turn; where others wait, one that takes
            longer starts anew behind them.
        patience_seconds: on the clock, without processor time, until a worker is given up.
        memory_bytes: address space that a worker may take beyond what it has at its start.
        max_answers: of one worker, which is then replaced.
        startup_seconds: for loading all verifiers, on the clock.
        drain_seconds: for the answers in hand when the pool closes, on the clock.
        table: where the verifiers are, `module:name`.
        warm_up: `module:name` of items that are graded once, before the workers are forked, so
            that none begins with empty caches: the first LaTeX expressions of a process take
            some 400 ms of processor time to parse, the next ones 5. Each must score 1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    num_workers: int = Field(default=2, ge=1, le=512)
    max_queued: int = Field(default=32_768, ge=1)
    max_cached: int = Field(default=32_768, ge=1)
    deadline_seconds: float = Field(default=2.0, gt=0)
    grace_seconds: float = Field(default=0.5, gt=0)
    turn_seconds: float = Field(default=0.1, gt=0)
    patience_seconds: float = Field(default=30.0, gt=0)
    memory_bytes: int = Field(default=GIB, ge=1 << 24)
    max_answers: int = Field(default=5_000, ge=1)
    startup_seconds: float = Field(default=60.0, gt=0)
    drain_seconds: float = Field(default=3.0, ge=0)
    table: str = Field(default="assay_rl_rewards.catalogue:VERIFIERS", pattern=r"^[\w.]+:\w+$")
    warm_up: str | None = Field(default=None, pattern=r"^[\w.]+:\w+$")
