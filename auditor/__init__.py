"""Audits Parameter Golf submissions: reads a pull request and says which rules it breaks, and why."""

__version__ = "0.1.0"
