"""Settings that a program reads from a file of the submission decide its branches."""

from __future__ import annotations

import json

import pytest

from auditor.audit import audit
from auditor.deep import deeply
from auditor.findings import TttOrder
from rules.miniature import program
from rules.ttt001 import ADAPT_ALL
from tests.memory import submission_of

READERS = {
    "json beside the script": (
        "import json, os\n"
        "here = os.path.dirname(os.path.abspath(__file__))\n"
        'config = json.load(open(os.path.join(here, "config.json")))\n'
    ),
    "json through a path object": (
        "import json\nfrom pathlib import Path\n"
        'config = json.loads((Path(__file__).parent / "config.json").read_text())\n'
    ),
    "toml": (
        "import tomllib\nfrom pathlib import Path\n"
        'with open(Path(__file__).with_name("config.toml"), "rb") as file:\n'
        "    config = tomllib.load(file)\n"
    ),
}


def order(reader: str, *, adapt: bool) -> TttOrder:
    script = program(
        READERS[reader] + ADAPT_ALL,
        before_scoring='if config["adapt"]:\n    adapt(model, val_tokens)',
    )
    files = {
        "train_gpt.py": script,
        "config.json": json.dumps({"adapt": adapt, "seeds": [1, 2]}),
        "config.toml": f"adapt = {str(adapt).lower()}\n",
    }
    return deeply(lambda: audit(submission_of(files)).ttt_order)


@pytest.mark.parametrize("reader", sorted(READERS))
def test_a_switch_in_a_file_is_read(reader: str) -> None:
    assert order(reader, adapt=True) is TttOrder.ADAPT_THEN_SCORE
    assert order(reader, adapt=False) is TttOrder.NONE
