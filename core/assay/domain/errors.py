"""Errors of Assay; each names the boundary it crossed and stays picklable (one text argument).

AssayError
    InputError          what the user gave cannot be read (exit code 2)
    ConfigError         a configuration is wrong (exit code 2)
    RuleError           a rule failed on a sample; the sample becomes `error`, never a verdict
    JudgeBackendError   a judge gave no usable answer; retryable, never a score
    DedupError          deduplication could not be carried out
    AuditError          the audit database refused, or does not match its chain
    OutputError         results cannot be written
    RunStateError       a run is not in the state that the command needs
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
    """A judge gave no usable answer."""


class DedupError(AssayError):
    """Deduplication could not be carried out."""


class AuditError(AssayError):
    """The audit database refused, or does not match its chain."""


class OutputError(AssayError):
    """Results cannot be written."""


class RunStateError(AssayError):
    """A run is not in the state that the command needs."""
