"""A worker that reads damaged copies of files of every kind.

``python -m stacklite_support.fuzzing FIRST LAST`` runs the cases with these numbers. The worker
writes one line of JSON for each case before it starts, and one for each
failure; a worker that dies or hangs is a failure of the case that it wrote
last. ``python -m stacklite_support.fuzzing --count FIRST LAST`` counts the cases of each kind.
"""

from __future__ import annotations

__all__ = ["run_case", "run_cases"]

import faulthandler
import json
import resource
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

from astropy.utils.exceptions import AstropyWarning

from stacklite_support.fuzz_damage import damage
from stacklite_support.fuzz_kinds import KINDS, FuzzError, check_name, check_type

MEMORY = 2 * 1024**3
SECONDS = 10.0
WALL_SECONDS = 60.0


def run_case(number: int, directory: str) -> None:
    """Run one case.

    Raises
    ------
    FuzzError
        Raised if the case ends in anything but success or an exception of
        the stack; one from reading must name the file.
    """
    kind, _, data = damage(number)
    path = f"{directory}/damaged{KINDS[kind].suffix}"
    Path(path).write_bytes(data)
    evaluations = iter(())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if number % 2:
            warnings.simplefilter("error", AstropyWarning)
        try:
            evaluations = iter(list(KINDS[kind].read(path)))
        except BaseException as err:
            # A model that did not come from a file has no file to name.
            (check_type(err) if kind == "Piff model" else check_name(err, path))
        for evaluate in evaluations:
            try:
                evaluate()
            except BaseException as err:
                check_type(err)


def run_cases(first: int, last: int) -> None:
    """Run cases, writing a line for each before it starts, and for each failure."""
    with tempfile.TemporaryDirectory() as directory:
        for number in range(first, last):
            print(json.dumps({"case": number}), flush=True)
            faulthandler.dump_traceback_later(WALL_SECONDS, exit=True)
            start = time.process_time()
            try:
                run_case(number, directory)
            except FuzzError as err:
                _report(number, "".join(traceback.format_exception(err)))
            faulthandler.cancel_dump_traceback_later()
            if (used := time.process_time() - start) > SECONDS:
                _report(number, f"took {used:.0f} s")


def _report(number: int, what: str) -> None:
    kind, name, _ = damage(number)
    print(json.dumps({"failed": number, "kind": kind, "file": name, "what": what}), flush=True)


if __name__ == "__main__":
    import logging

    if sys.argv[1] == "--count":
        print(Counter(damage(number)[0] for number in range(int(sys.argv[2]), int(sys.argv[3]))))
        sys.exit()
    logging.disable()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    run_cases(int(sys.argv[1]), int(sys.argv[2]))
