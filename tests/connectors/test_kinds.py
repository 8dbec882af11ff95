"""The table of kinds: every name leads to its connector, and costs nothing before it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from connectors import KINDS


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_name_leads_to_the_connector_of_that_kind(kind: str) -> None:
    assert KINDS[kind].kind == kind


def test_who_reads_a_folder_alone_loads_no_other_kind() -> None:
    code = (
        "import sys; from connectors import KINDS; assert 'git' in KINDS; KINDS['folder'];"
        "print({'connectors.git', 'connectors.http', 'httpx'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_an_unknown_kind_is_a_key_error() -> None:
    assert "telex" not in KINDS
    with pytest.raises(KeyError):
        KINDS["telex"]
