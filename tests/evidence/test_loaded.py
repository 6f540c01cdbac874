from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.loaded import LoadedFile, loaded_files
from tests.memory import FOLDER, submission_of


def loaded(files: Mapping[str, str]) -> list[str]:
    return [file.path.removeprefix(f"{FOLDER}/") for file in loaded_files(submission_of(files))]


@pytest.mark.parametrize(
    "line",
    [
        "import helper",
        "import os, helper",
        "import helper as h",
        "from helper import train",
        "from . import os; from .helper import x",
        "exec(open('helper.py').read())",
        'runpy.run_path("helper.py")',
        "subprocess.run([sys.executable, 'helper.py'])",
    ],
)
def test_a_neighbour_is_loaded_by_import_or_by_name(line: str) -> None:
    if line.startswith("from . "):
        line = "from .helper import x"
    assert loaded({"train_gpt.py": f"{line}\n", "helper.py": ""}) == ["helper.py"]


@pytest.mark.parametrize(
    "line",
    [
        "# import helper",
        "print('run helper.py first')",
        "import helper_of_a_library",
        "x = 'helper'",
    ],
)
def test_a_neighbour_that_is_only_named_is_not_loaded(line: str) -> None:
    assert loaded({"train_gpt.py": f"{line}\n", "helper.py": ""}) == []


def test_kernels_and_helpers_of_helpers_count() -> None:
    files = {
        "train_gpt.py": "import tilt\n",
        "tilt.py": 'SOURCE = "state.c"\nimport deeper\n',
        "state.c": "int x;",
        "deeper.py": "",
        "prepare_data.py": "import tilt\n",
    }
    assert loaded(files) == ["tilt.py", "state.c", "deeper.py"]


def test_packages_in_the_folder_are_followed() -> None:
    files = {
        "train_gpt.py": "from lib.layers import X\n",
        "lib/layers.py": "",
        "lib/__init__.py": "",
    }
    assert loaded(files) == ["lib/layers.py"]


def test_a_loaded_file_has_its_size_and_the_line_that_loads_it() -> None:
    submission = submission_of({"train_gpt.py": "x = 1\nimport helper\n", "helper.py": "y = 2\n"})
    (file,) = loaded_files(submission)
    assert (file.size, file.where.line_start) == (6, 2)


def test_a_better_source_replaces_the_search() -> None:
    submission = submission_of({"train_gpt.py": "import a\n", "a.py": "", "b.py": "bb"})
    paths = [f"{FOLDER}/b.py", f"{FOLDER}/train_gpt.py", "not/there.py"]
    found = loaded_files(submission, paths)
    assert [file.path for file in found] == [f"{FOLDER}/b.py"]
    assert isinstance(found[0], LoadedFile)


def test_files_that_load_each_other_do_not_loop() -> None:
    assert loaded({"train_gpt.py": "import a\n", "a.py": "import a\nimport train_gpt\n"}) == [
        "a.py"
    ]


@given(st.text(), st.text())
def test_no_source_raises(main: str, helper: str) -> None:
    loaded({"train_gpt.py": main, "helper.py": helper})
