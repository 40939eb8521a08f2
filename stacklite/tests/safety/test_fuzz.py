"""Damaged files: every case ends in success or in an exception of the stack.

10 000 cases by default; ``STACKLITE_FUZZ_CASES`` sets another number and
``STACKLITE_FUZZ_FIRST`` another first case, for longer runs by hand. Cases run
in processes of their own, so that one that crashes, hangs, or takes more than
2 GB is a failure of that case.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lsst.afw.fits import FitsError
from stacklite_support.fuzz_damage import undamaged
from stacklite_support.fuzz_kinds import KINDS
from stacklite_support.paths import TESTS

CASES = int(os.environ.get("STACKLITE_FUZZ_CASES", "10000"))
FIRST = int(os.environ.get("STACKLITE_FUZZ_FIRST", "0"))
# A worker needs as long for its first case as for the next thousand.
BATCH = max(1, -(-CASES // 4))


def results(first: int, last: int) -> Iterator[dict[str, Any]]:
    """Run cases in a worker, in a new one after each that died."""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    while first < last:
        command = [sys.executable, "-m", "stacklite_support.fuzzing", str(first), str(last)]
        worker = subprocess.run(command, cwd=TESTS, env=environment, capture_output=True, text=True)
        lines = [json.loads(line) for line in worker.stdout.splitlines()]
        yield from lines
        if worker.returncode == 0:
            return
        number = max((line["case"] for line in lines if "case" in line), default=first)
        what = f"the worker ended with {worker.returncode}: {worker.stderr[-3000:]}"
        yield {"failed": number, "kind": "?", "file": "?", "what": what}
        first = number + 1


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, each in KINDS.items() for name in each.files]
)
def test_undamaged_files(kind: str, name: str, tmp_path: Path) -> None:
    """Reading and all evaluations work before there is any damage."""
    path = tmp_path / f"file{KINDS[kind].suffix}"
    path.write_bytes(undamaged(kind, name))
    if kind == "image of another compression":
        with pytest.raises(FitsError, match=f"{name}.*not supported"):
            list(KINDS[kind].read(str(path)))
        return
    for evaluate in list(KINDS[kind].read(str(path))):
        evaluate()


@pytest.mark.parametrize("first", range(FIRST, FIRST + CASES, BATCH))
def test_damaged_files(first: int) -> None:
    found = list(results(first, min(first + BATCH, FIRST + CASES)))
    failed = [each for each in found if "failed" in each]
    assert not failed, "\n".join(
        f"case {each['failed']} ({each['kind']}, {each['file']}): {each['what']}" for each in failed[:5]
    )
    assert len({each["case"] for each in found if "case" in each}) == min(BATCH, FIRST + CASES - first)
