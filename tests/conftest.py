from __future__ import annotations

import os

import pytest

from auditor.submission import Clone


@pytest.fixture(scope="session")
def challenge() -> Clone:
    """A clone of the challenge with the heads of its pull requests."""
    place = os.environ.get("PARAMETER_GOLF_CLONE")
    if not place:
        pytest.skip("set PARAMETER_GOLF_CLONE to a clone that holds refs/pull/*/head")
    return Clone(place)
