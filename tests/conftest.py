from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from auditor.submission import Clone
from tests.command import Auditor, runner
from tests.submission.builders import World

# A busy machine is no failure of the code: properties are judged by what they find, not how fast.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.fixture(scope="session")
def challenge() -> Clone:
    """A clone of the challenge with the heads of its pull requests."""
    place = os.environ.get("PARAMETER_GOLF_CLONE")
    if not place:
        pytest.skip("set PARAMETER_GOLF_CLONE to a clone that holds refs/pull/*/head")
    return Clone(place)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A bare clone to commit to."""
    return World(tmp_path / "clone.git")


@pytest.fixture
def auditor(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Auditor:
    """Runs one command and returns its exit status and what it printed."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return runner(monkeypatch, capfd)
