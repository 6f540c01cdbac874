"""Audits Parameter Golf submissions: which rules a pull request breaks, where, and why."""

__version__ = "0.1.0"
