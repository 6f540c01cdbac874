"""Models of the libraries that submissions use: what their calls do to values and states."""

from auditor.trace.library.dispatch import Library

__all__ = ["Library"]
