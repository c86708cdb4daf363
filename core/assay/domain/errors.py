"""Errors of Assay; each names the boundary it crossed and stays picklable (one text argument).

AssayError
    InputError          what the user gave cannot be read (exit code 2)
    ConfigError         a configuration is wrong (exit code 2)
    RuleError           a rule failed on a sample; the sample becomes `error`, never a verdict
    JudgeBackendError   a judge gave no usable answer; retryable, never a score
    BudgetError         the money or tokens granted are spent; what is judged is kept
    DedupError          deduplication could not be carried out
    AuditError          the audit database refused, or does not match its chain
    OutputError         results cannot be written
    RunStateError       a run is not in the state that the command needs
    RewardError         a reward could not be measured; null, never zero
        InvalidTaskError    the task itself cannot be graded
        RewardModelError    a reward model gave no usable number
"""


class AssayError(Exception):
    """Base of all errors that Assay raises on purpose."""


class InputError(AssayError):
    """What the user gave cannot be read."""


class ConfigError(AssayError):
    """A configuration is wrong."""


class RuleError(AssayError):
    """A rule failed on a sample."""


class JudgeBackendError(AssayError):
    """A judge gave no usable answer. `code` names what happened, for counting and for people.

    Codes: `context_overflow`, `malformed`, `low_label_mass`, `timeout`, `unreachable`,
    `server_error`, `saturated`, `refused`, `failed`. Beside it: the HTTP status, None without one.
    """

    def __init__(self, message: str, code: str = "failed", status: int | None = None) -> None:
        super().__init__(message, code, status)
        self.code = code
        self.status = status

    def __str__(self) -> str:
        return str(self.args[0])


class BudgetError(AssayError):
    """The money or tokens granted are spent."""


class DedupError(AssayError):
    """Deduplication could not be carried out."""


class AuditError(AssayError):
    """The audit database refused, or does not match its chain."""


class OutputError(AssayError):
    """Results cannot be written."""


class RunStateError(AssayError):
    """A run is not in the state that the command needs."""


class RewardError(AssayError):
    """A reward could not be measured."""


class InvalidTaskError(RewardError):
    """The task itself cannot be graded."""


class RewardModelError(RewardError):
    """A reward model gave no usable number. `code` names what happened, for counting.

    Codes: `too_long`, `unreadable` (the conversation cannot be put into the model's form),
    `not_finite`, `malformed`, `timeout`, `unreachable`, `server_error`, `saturated`, `refused`,
    `failed`.
    """

    def __init__(self, message: str, code: str = "failed") -> None:
        super().__init__(message, code)
        self.code = code

    def __str__(self) -> str:
        return str(self.args[0])
