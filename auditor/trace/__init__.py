"""Follows values and learned states: what flowed from which tokens into which score."""

from auditor.trace.tracing import Trace, trace_submission

__all__ = ["Trace", "trace_submission"]
