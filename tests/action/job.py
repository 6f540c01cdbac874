"""A job as GitHub runs it: the commands of `action.yml` with the payload of an event."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.submission.builders import World

ROOT = Path(__file__).parents[2]
STEPS = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]
OWNER, NAME = "openai", "parameter-golf"
BRANCH = "x`$(id)`\n::error::y"


def repository(owner: str) -> dict[str, Any]:
    return {
        "id": 1,
        "name": NAME,
        "full_name": f"{owner}/{NAME}",
        "fork": owner != OWNER,
        "owner": {"login": owner, "type": "User"},
        "default_branch": "main",
    }


def pull_request(number: int, base: str, head: str) -> dict[str, Any]:
    """A pull request of a fork, as the API and the event describe it."""
    return {
        "number": number,
        "state": "open",
        "draft": False,
        "title": "::error::forged <!-- parameter-golf-auditor -->",
        "body": None,
        "user": {"login": "somebody", "type": "User"},
        "base": {"ref": "main", "sha": base, "repo": repository(OWNER)},
        "head": {"ref": BRANCH, "sha": head, "repo": repository("somebody")},
    }


def event_of_pull(number: int, base: str, head: str) -> dict[str, Any]:
    return {
        "action": "synchronize",
        "number": number,
        "before": base,
        "after": head,
        "pull_request": pull_request(number, base, head),
        "repository": repository(OWNER),
        "sender": {"login": "somebody", "type": "User"},
    }


def event_of_run(head: str) -> dict[str, Any]:
    """What follows a run for a fork: the pull request is not named."""
    return {
        "action": "completed",
        "workflow_run": {
            "id": 2,
            "name": "audit",
            "event": "pull_request",
            "status": "completed",
            "conclusion": "failure",
            "head_branch": BRANCH,
            "head_sha": head,
            "head_repository": repository("somebody"),
            "pull_requests": [],
        },
        "repository": repository(OWNER),
    }


@dataclass(frozen=True)
class Ran:
    """What a job left behind."""

    log: str
    outputs: Mapping[str, str]
    summary: str
    conclusion: int
    folder: Path

    def file(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")

    def sarif(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.file("audit.sarif"))
        return loaded


class Job:
    """A machine with a checkout of the base, on which the steps run one after the other."""

    def __init__(self, temp: Path, world: World, api: str = "https://api.github.com") -> None:
        self.temp = temp
        self.api = api
        self.workspace = temp / "workspace"
        subprocess.run(
            ["git", "clone", "--quiet", world.path, self.workspace], check=True, capture_output=True
        )
        python = temp / "auditor" / "bin" / "python"
        python.parent.mkdir(parents=True)
        # Instead of the installation: this tree, under the interpreter of the tests.
        python.write_text(
            f'#!/bin/sh\n[ "$1" = -I ] && shift\nPYTHONPATH="{ROOT}" exec "{sys.executable}" "$@"\n'
        )
        python.chmod(0o755)

    def run(self, event: Mapping[str, Any], inputs: Mapping[str, str] | None = None) -> Ran:
        """Runs the action's own steps but the installation and the upload."""
        given = {"repo": str(self.workspace), "fail-on": "fail", "comment": "false", "token": ""}
        context = {
            **{f"inputs.{name}": value for name, value in (given | dict(inputs or {})).items()},
            "runner.temp": str(self.temp),
        }
        (self.temp / "event.json").write_text(json.dumps(event), "utf-8")
        log = ""
        status = 0
        for step in STEPS:
            if step.get("name", "").startswith("Install") or "run" not in step or status:
                continue
            if not _holds(step.get("if", ""), context):
                continue
            ended = self._step(step, context)
            log += ended.stdout
            status = ended.returncode
            assert ended.stderr == ""
            for line in self._file("output").splitlines():
                key, _, value = line.partition("=")
                context[f"steps.{step.get('id')}.outputs.{key}"] = value
        outputs = {
            key.rpartition(".")[2]: value
            for key, value in context.items()
            if key.startswith("steps.")
        }
        return Ran(log, outputs, self._file("summary"), status, self.temp / "audit")

    def _step(
        self, step: Mapping[str, Any], context: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        (self.temp / "output").write_text("")
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.temp),
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.api,
            "GITHUB_EVENT_PATH": str(self.temp / "event.json"),
            "GITHUB_OUTPUT": str(self.temp / "output"),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
            "GITHUB_REPOSITORY": f"{OWNER}/{NAME}",
            **{key: _filled(value, context) for key, value in step.get("env", {}).items()},
        }
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
            check=False,
            cwd=self.workspace,
            env=env,
            capture_output=True,
            text=True,
        )

    def _file(self, name: str) -> str:
        path = self.temp / name
        return path.read_text("utf-8") if path.exists() else ""


def _filled(text: str, context: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ ([a-z._-]+) \}\}", lambda match: context[match[1]], text)


def _holds(condition: str, context: Mapping[str, str]) -> bool:
    """Whether a condition of comparisons, `&&`, `||` and parentheses holds."""
    python = condition.replace("&&", " and ").replace("||", " or ").replace("\n", " ")
    words = re.sub(
        r"(?:steps|inputs)\.[a-z._-]+", lambda match: repr(context.get(match[0], "")), python
    )
    return bool(eval(words)) if words.strip() else True  # noqa: S307  (our own file's words)
