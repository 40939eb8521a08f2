"""Pickles are data: whatever they name, nothing of it is imported or run.

Every exploit would create the canary file if it worked; that it would work
with `pickle.loads` is tested too, where that is safe, so that none is a dud.
"""

from __future__ import annotations

import logging
import pickle
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsst.afw.detection import InvalidPsfError
from lsst.geom import Point2D
from lsst.meas.extensions.piff._records import load_records
from lsst.meas.extensions.piff.piffPsf import PiffPsf
from lsst_stacklite import restricted_loads
from lsst_stacklite.sky_maps import load_sky_map
from stacklite_support.exploits import UNCLOSED, Pickle, Reduce, call, text, touch

CALLS: dict[str, tuple[str, Pickle]] = {
    "system": ("posix.system", lambda c: call("posix.system", text(f"touch '{c}'"))),
    "os": ("os.system", lambda c: call("os.system", text(f"touch '{c}'"))),
    "eval": ("builtins.eval", lambda c: call("builtins.eval", text(touch(c)))),
    "eval of Python 2": ("__builtin__.eval", lambda c: call("__builtin__.eval", text(touch(c)))),
    "exec": ("builtins.exec", lambda c: call("builtins.exec", text(touch(c)))),
    "open": ("_io.open", lambda c: call("_io.open", text(str(c)), text("w"))),
    "getattr": (
        "builtins.getattr",
        lambda c: (
            call("builtins.getattr", call("builtins.__import__", text("os")), text("system"))
            + b"("
            + text(f"touch '{c}'")
            + b"tR"
        ),
    ),
    "subprocess": ("subprocess.getoutput", lambda c: call("subprocess.getoutput", text(f"touch '{c}'"))),
    "runpy": ("runpy.run_path", lambda c: call("runpy.run_path", text(str(c)))),
    "nested reduce": (
        "builtins.dict",
        lambda c: pickle.dumps([{"psf": Reduce(dict, ([Reduce(open, (str(c), "w"))],))}]),
    ),
    "state of an object": (
        "builtins.Exception",
        lambda c: pickle.dumps(Reduce(Exception, (), {"x": Reduce(open, (str(c), "w"))})),
    ),
    "items of an object": (
        "builtins.dict",
        lambda c: pickle.dumps(Reduce(dict, (), None, None, iter([(1, Reduce(open, (str(c), "w")))]))),
    ),
    "copyreg": ("copyreg._reconstructor", lambda c: call("copyreg._reconstructor", call("os.system"))),
    "copyreg.__newobj__": ("copyreg.__newobj__", lambda c: call("copyreg.__newobj__", text("x"))),
    "operator": ("operator.attrgetter", lambda c: call("operator.attrgetter", text("system"))),
    "functools": ("functools.partial", lambda c: call("functools.partial", call("os.system"))),
    "numpy.memmap": (
        "numpy.memmap",
        lambda c: call("numpy.memmap", text(str(c)), text("u1"), text("w+"), b"K\x00", b"K\x01"),
    ),
    "numpy.load": ("numpy.load", lambda c: call("numpy.load", text("/etc/passwd"))),
    "numpy.fromfile": ("numpy.fromfile", lambda c: call("numpy.fromfile", text("/etc/passwd"))),
    "numpy.core": (
        "numpy.core.multiarray.fromfile",
        lambda c: call("numpy.core.multiarray.fromfile", text("/etc/passwd")),
    ),
    "numpy's shell": (
        "numpy.testing._private.utils.runstring",
        lambda c: call("numpy.testing._private.utils.runstring", text(touch(c)), b"}"),
    ),
    "a module that does something": ("antigravity.geohash", lambda c: b"cantigravity\ngeohash\n"),
    "a name with dots": ("numpy.os.system", lambda c: call("numpy.os.system", text("true"))),
}
"""Name -> the global that the error names, and the pickle without its end."""

OPCODES: dict[str, tuple[str, Pickle]] = {
    "INST": ("INST", lambda c: b"(" + text(f"touch '{c}'") + b"iposix\nsystem\n"),
    "OBJ": ("posix.system", lambda c: b"(cposix\nsystem\n" + text(f"touch '{c}'") + b"o"),
    "EXT1": ("EXT1", lambda c: b"\x82\x01"),
    "EXT4": ("EXT4", lambda c: b"\x84\x01\x00\x00\x00"),
    "PERSID": ("PERSID", lambda c: b"Pos.system\n"),
    "BINPERSID": ("BINPERSID", lambda c: b"K\x01Q"),
    "out-of-band buffer": ("NEXT_BUFFER", lambda c: b"\x97"),
    "memo of protocol 0": ("PUT", lambda c: b"K\x01p1\n"),
    "text of protocol 0": ("STRING", lambda c: b"S'\\x00'\n"),
    "bytearray of a terabyte": (
        "it ends within 1099511627776 bytes",
        lambda c: b"\x96" + struct.pack("<Q", 2**40),
    ),
}


def readers(exploit: Pickle, canary: Path) -> list[tuple[Callable[[bytes], Any], bytes]]:
    """All that unpickles, with the exploit where each would meet it."""
    code = exploit(canary).removesuffix(b".")
    return [
        (load_records, code + b"."),
        (load_sky_map, code + b"."),
        (lambda data: restricted_loads(data, {}), code + b"."),
        (lambda data: PiffPsf._from_pickle(data).computeImage(Point2D(1, 2)), b"(K\x19K\x19" + code + b"t."),
    ]


@pytest.mark.parametrize("name", [*CALLS, *OPCODES])
def test_pickles(name: str, tmp_path: Path) -> None:
    asked_for, exploit = (CALLS | OPCODES)[name]
    before = set(sys.modules)
    for read, data in readers(exploit, tmp_path / "canary"):
        with pytest.raises((pickle.UnpicklingError, InvalidPsfError)) as caught:
            read(data)
        assert asked_for in str(caught.value)
    assert not (tmp_path / "canary").exists()
    assert "antigravity" not in set(sys.modules) - before


@UNCLOSED
@pytest.mark.parametrize(
    "name", ["system", "os", "eval", "eval of Python 2", "exec", "open", "getattr", "subprocess",
             "nested reduce", "state of an object", "items of an object", "numpy.memmap"]
)  # fmt: skip
def test_these_are_exploits(name: str, tmp_path: Path) -> None:
    data = CALLS[name][1](tmp_path / "canary").removesuffix(b".") + b"."
    try:
        pickle.loads(data)
    except Exception:
        logging.getLogger(__name__).debug("what comes after the exploit failed", exc_info=True)
    assert (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "place",
    [
        lambda code: call("piff.simplepsf.SimplePSF", code),
        lambda code: b"cpiff.simplepsf\nSimplePSF\n)\x81" + code + b"b",
        lambda code: b"cpiff.simplepsf\nSimplePSF\n)\x81}" + text("interp") + code + b"sb",
        lambda code: b"cpiff.simplepsf\nSimplePSF\n)}" + text("x") + code + b"s\x92",
        lambda code: call("piff.simplepsf.SimplePSF") + b"(" + code + b"tR",
        lambda code: call("numpy.core.multiarray._reconstruct", code, b"K\x00", b"K\x00"),
        lambda code: call("numpy.core.multiarray.scalar", call("numpy.dtype", text("f8")), code),
    ],
)
def test_exploits_inside_of_what_is_allowed(place: Callable[[bytes], bytes], tmp_path: Path) -> None:
    code = call("os.system", text(f"touch '{tmp_path / 'canary'}'"))
    with pytest.raises(pickle.UnpicklingError, match=r"os\.system"):
        load_records(place(code) + b".")
    assert not (tmp_path / "canary").exists()
