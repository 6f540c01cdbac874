from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.command import Auditor, runner
from tests.submission.builders import World

# A busy machine is no failure of the code: properties are judged by what they find, not how fast.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A bare clone to commit to."""
    return World(tmp_path / "clone.git")


@pytest.fixture
def auditor(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Auditor:
    """Runs one command and returns its exit status and what it printed."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return runner(monkeypatch, capfd)
