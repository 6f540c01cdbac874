"""PKG001: one new record folder with everything needed to run and judge it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from datetime import date

from auditor.case import Case
from auditor.evidence.headline import claimed_scores
from auditor.findings import Confidence, Finding, Location, RuleResult, Status
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source
from auditor.submission.contents import entries_of
from auditor.submission.model import EntryKind, Submission

_ID = "PKG001"
#: Accepted pull requests brought at most a handful of files besides their folder.
_STRAY_FILES = 10
#: Results are also shipped as tables, notebooks or notes; then a missing `.log` proves little.
_OTHER_EVIDENCE = re.compile(
    r"(?:log|result|metric|run|eval)[^/]*\.(?:csv|jsonl?|ipynb|md|tsv)$", re.I
)


def check(case: Case) -> RuleResult:
    """Looks for the folder, its required files, and files that do not belong to it."""
    submission = case.submission
    if not submission.folder and submission.metadata is None:
        return _no_folder(submission)
    broken = [*_missing(case), *_second_submissions(submission)]
    stray = _stray(submission)
    if len(stray) > _STRAY_FILES:
        broken.append(_stray_finding(stray))
    if broken:
        summary = "; ".join(finding.message for finding in broken) + "."
        return RuleResult(_ID, Status.FAIL, Confidence.HIGH, summary, tuple(broken))
    asked = list(_let_through(case))
    if stray:
        asked.append(_stray_finding(stray))
    if asked:
        return RuleResult(
            _ID,
            Status.NEEDS_RULING,
            Confidence.MEDIUM,
            "; ".join(finding.message for finding in asked) + ".",
            tuple(asked),
            strict_side="A submission adds one folder, with README, submission.json, log and "
            "script, and nothing else.",
            lenient_side="Submissions with the same gap have been merged.",
        )
    where = submission.folder or "the given folder"
    return RuleResult(_ID, Status.PASS, Confidence.HIGH, f"{where} holds everything required.")


def _no_folder(submission: Submission) -> RuleResult:
    changed = [entry.path for entry in submission.snapshot.entries()]
    scripts = [path for path in changed if path.endswith(".py")] or changed
    locations = tuple(Location(path, 1, 1) for path in scripts[:5])
    return RuleResult(
        _ID,
        Status.FAIL,
        Confidence.HIGH,
        "The pull request adds no record folder: there is no claim with its script and logs to "
        "judge.",
        (Finding("changed instead of a record folder", locations),),
    )


def _missing(case: Case) -> Iterator[Finding]:
    submission = case.submission
    folder = (Location(submission.folder or ".", 1, 1),)
    script = submission.main_script
    if script is None or not script.startswith(
        f"{submission.folder}/" if submission.folder else ""
    ):
        yield Finding("no training script", folder)
    elif _is_empty(submission) and submission.is_record_claim:
        yield Finding("the training script is empty", (Location(script, 1, 1),))
    if submission.metadata is None and submission.is_record_claim:
        yield Finding("no submission.json", folder)
    if not submission.logs and not _other_evidence(submission):
        if submission.is_record_claim:
            yield Finding("no log of a run", folder)
        elif not claimed_scores(case.facts):
            yield Finding("neither a log of a run nor a score", folder)


def _let_through(case: Case) -> Iterator[Finding]:
    """What is required, and what some submissions were merged without."""
    submission = case.submission
    folder = (Location(submission.folder or ".", 1, 1),)
    if submission.readme is None and not _names(submission, "readme"):
        yield Finding("no README", folder)
    if submission.is_record_claim:
        return
    if submission.metadata is None:
        yield Finding("no submission.json", folder)
    if not submission.logs and not _other_evidence(submission):
        yield Finding("no log of a run", folder)
    if submission.main_script is not None and _is_empty(submission):
        yield Finding("the training script is empty", (Location(submission.main_script, 1, 1),))


def _second_submissions(submission: Submission) -> Iterator[Finding]:
    if not _knows_changes(submission):
        return
    snapshot = submission.snapshot
    added = [entry.path for entry in snapshot.entries() if entry.kind is EntryKind.FILE]
    for folder in submission.other_folders:
        inside = [path for path in added if posixpath.dirname(path) == folder]
        claims = [path for path in inside if path.endswith("/submission.json")]
        scripts = [path for path in inside if path.endswith(".py")]
        if claims and scripts:
            yield Finding(
                f"a second submission in {posixpath.basename(folder)}",
                (Location(claims[0], 1, 1), Location(scripts[0], 1, 1)),
            )


def _stray(submission: Submission) -> list[str]:
    """Files the pull request touches outside its folder and outside any second submission."""
    if not submission.folder or not _knows_changes(submission):
        return []
    folders = (submission.folder, *submission.other_folders)
    return [
        entry.path
        for entry in submission.snapshot.entries()
        if not any(entry.path.startswith(f"{folder}/") for folder in folders)
    ]


def _knows_changes(submission: Submission) -> bool:
    """Whether the files of the pull request are told from those that were there before it."""
    return submission.origin.base is not None


def _stray_finding(stray: list[str]) -> Finding:
    files = "a file" if len(stray) == 1 else f"{len(stray)} files"
    return Finding(
        f"touches {files} outside its folder", tuple(Location(path, 1, 1) for path in stray[:20])
    )


def _is_empty(submission: Submission) -> bool:
    entry = submission.snapshot.find(submission.main_script or "")
    return entry is not None and entry.size == 0


def _names(submission: Submission, word: str) -> bool:
    entries = entries_of(submission.snapshot, submission.folder)
    return any(word in posixpath.basename(entry.path).lower() for entry in entries)


def _other_evidence(submission: Submission) -> bool:
    entries = entries_of(submission.snapshot, submission.folder)
    return any(_OTHER_EVIDENCE.search(entry.path[len(submission.folder) :]) for entry in entries)


_JSON = '{"name": "Example", "author": "A", "github_id": "a", "val_bpb": 1.2}'
_LOG = "seed:42\nfinal_int8_zlib_roundtrip_exact val_loss:2.02000000 val_bpb:1.20000000\n"

RULE = Rule(
    id=_ID,
    title="One new record folder with everything in it",
    family=Family.PKG,
    severity=Severity.UNGRADABLE,
    requirement=(
        "A pull request adds one folder under `records/<track>/` and touches nothing else. The "
        "folder holds a README, `submission.json`, the logs of the claimed runs, and "
        "`train_gpt.py` with what it needs to run from there."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "Submissions are pull requests that only add a new folder to the records, with "
            "README, submission.json, train log and script.",
            date(2026, 3, 18),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/8",
            "A non-record entry needs a training log and a measured score, too.",
            date(2026, 3, 19),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/529",
            "Closed among other reasons because only the root script was changed and there is no "
            "submission.json.",
            date(2026, 3, 24),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1143",
            "A second, unrelated record folder was to be taken out.",
        ),
    ),
    fix=(
        "Put everything into one folder `records/<track>/YYYY-MM-DD_Name/`, add what is missing, "
        "and take out changes anywhere else."
    ),
    check=check,
    examples=(
        Example(
            ExampleKind.VALID,
            "all four kinds of files",
            {
                "README.md": "# Example\n",
                "submission.json": _JSON,
                "train_seed42.log": _LOG,
                "train_gpt.py": "print('trains')\n",
            },
        ),
        Example(
            ExampleKind.INVALID,
            "no log and no metadata",
            {"README.md": "# Example\n", "train_gpt.py": "print('trains')\n"},
        ),
    ),
)
