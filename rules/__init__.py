"""The rules of the challenge, one file each; a new file is a new rule."""

from __future__ import annotations

import pkgutil
import re
from functools import cache
from importlib import import_module

from auditor.rule import Rule

_RULE_MODULE = re.compile(r"[a-z]+\d{3}")


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, sorted by its id."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if _RULE_MODULE.fullmatch(m.name)]
    found: list[Rule] = [import_module(f"rules.{name}").RULE for name in sorted(names)]
    return tuple(found)
