"""Errors on their way through the database or a pipe: the class by its name, the text as it was."""

from assay.domain import errors
from assay.domain.errors import AssayError
from assay_filter.semantic.embedder import EmbeddingError, EmbeddingOutageError


class NotYetError(AssayError):
    """The task's turn has not come: it goes back, and is tried again in a moment."""


KINDS: dict[str, type[AssayError]] = {
    kind.__name__: kind
    for kind in (
        errors.InputError,
        errors.ConfigError,
        errors.RuleError,
        errors.JudgeBackendError,
        errors.BudgetError,
        errors.DedupError,
        errors.AuditError,
        errors.OutputError,
        errors.RunStateError,
        EmbeddingError,
        EmbeddingOutageError,
    )
}


def error_of(kind: str | None, text: str | None) -> AssayError:
    """Return the error that stopped a run, as it was raised in a worker."""
    return KINDS.get(kind or "", errors.RunStateError)(text or "the run was stopped")
