"""The form that the user asked for: see `checker.py`."""

from assay.verifiers.requested_format.checker import check_requested_format

__all__ = ["check_requested_format"]
