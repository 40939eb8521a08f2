"""Files are data: whatever they name, nothing of it is imported or run.

Every exploit would create the canary file if it worked; that it would work
with `pickle.loads` is tested too, where that is safe, so that none is a dud.
"""

from __future__ import annotations

import logging
import pickle
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from golden import REFERENCE_VISIT, own_file
from lsst.afw.cameraGeom import Camera
from lsst.afw.detection import InvalidPsfError
from lsst.afw.fits import FitsError
from lsst.afw.image import ExposureSummaryStats
from lsst.afw.table.io import InputArchive, make_table
from lsst.afw.typehandling import Storable
from lsst.geom import Point2D
from lsst.meas.extensions.piff import PiffPsf
from lsst.meas.extensions.piff._pickled_arrays import NUMPY_GLOBALS
from lsst.meas.extensions.piff._records import Record, load_records
from lsst.obs.base.yamlCamera import makeCamera
from lsst.pex.exceptions import IoError
from lsst.resources import ResourcePath
from lsst.skymap import DiscreteSkyMap, RingsSkyMap
from lsst_stacklite import load_yaml, restricted_loads
from lsst_stacklite.sky_maps import SkyMapFormatter, load_sky_map

UNCLOSED = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

Pickle = Callable[[Path], bytes]


def text(value: str) -> bytes:
    """Opcode for a text."""
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def call(name: str, *args: bytes) -> bytes:
    """Opcodes that call a function with what other opcodes leave."""
    module, _, function = name.rpartition(".")
    return f"c{module}\n{function}\n".encode() + b"(" + b"".join(args) + b"tR"


class _Reduce:
    def __init__(self, *reduced: Any):
        self.reduced = reduced

    def __reduce__(self) -> Any:
        return self.reduced


def touch(canary: Path) -> str:
    """Python that creates the canary."""
    return f"open({str(canary)!r}, 'w')"


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
        lambda c: pickle.dumps([{"psf": _Reduce(dict, ([_Reduce(open, (str(c), "w"))],))}]),
    ),
    "state of an object": (
        "builtins.Exception",
        lambda c: pickle.dumps(_Reduce(Exception, (), {"x": _Reduce(open, (str(c), "w"))})),
    ),
    "items of an object": (
        "builtins.dict",
        lambda c: pickle.dumps(_Reduce(dict, (), None, None, iter([(1, _Reduce(open, (str(c), "w")))]))),
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
        (lambda data: PiffPsf(data).computeImage(Point2D(1, 2)), b"(K\x19K\x19" + code + b"t."),
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


RECORDED = b"cpiff.simplepsf\nSimplePSF\n"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(RECORDED + b"}" + text("__setstate__") + text("x") + b"sb.", id="class"),
        pytest.param(RECORDED + b"}}" + text("kind") + text("os.system") + b"s\x86b.", id="slots of a class"),
        pytest.param(b"cnumpy\nndarray\n}" + text("shape") + b"NsbK\x01.", id="ndarray"),
        pytest.param(b"cnumpy\nndarray\nN}" + text("a") + b"Ns\x86b.", id="slots of ndarray"),
        pytest.param(b"cnumpy\ndtype\n}" + text("__init__") + b"Nsb.", id="dtype"),
        pytest.param(
            b"cnumpy.core.multiarray\n_reconstruct\nN}" + text("__call__") + b"Ns\x86b.", id="_reconstruct"
        ),
        pytest.param(b"cnumpy.core.multiarray\nscalar\n}" + text("__doc__") + b"Nsb.", id="scalar"),
        pytest.param(b"ccollections\nOrderedDict\nN}" + text("__init__") + b"Ns\x86b.", id="OrderedDict"),
        pytest.param(b"cbuiltins\ncomplex\n}" + text("real") + b"Nsb.", id="complex"),
    ],
)
def test_what_is_allowed_cannot_be_changed(data: bytes) -> None:
    """BUILD sets attributes of whatever is on the stack, the allow-list included."""
    before = {key: dir(value) for key, value in NUMPY_GLOBALS.items()}
    with pytest.raises(pickle.UnpicklingError, match="damaged"):
        load_records(data)
    assert {key: dir(value) for key, value in NUMPY_GLOBALS.items()} == before
    assert Record.kind == "" and isinstance(load_records(RECORDED + b")R."), Record)


def array(state: Any) -> bytes:
    """Pickle of an array with a forged state; "dtype" stands for its type."""
    content = pickle.dumps(state, protocol=2)[2:-1]
    return (
        b"\x80\x02cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR" + content + b"b."
    )


def dtype(code: str, state: Any) -> Any:
    return _Reduce(np.dtype, (code, False, True), state)


OBJECTS = (3, "|", None, None, None, -1, -1, 63)
NUMBERS = (3, "<", None, None, None, -1, -1, 0)


@pytest.mark.parametrize(
    "state",
    [
        pytest.param((1, (10**6,), dtype("O8", OBJECTS), False, [1, 2]), id="fewer objects than elements"),
        pytest.param((1, (10**12,), dtype("f8", NUMBERS), False, b"x" * 8), id="a terabyte"),
        pytest.param((1, (-1, -1), dtype("f8", NUMBERS), False, b"x" * 8), id="negative shape"),
        pytest.param((1, (2,), dtype("f8", NUMBERS), False, "text"), id="text"),
        pytest.param(
            (1, (1,), dtype("V8", (3, "|", None, ("a",), {"a": (np.dtype("O"), 10**6)}, 8, 1, 27)), False,
             b"x" * 8),
            id="fields outside of the memory",
        ),
        pytest.param(
            (1, (1,), dtype("f8", (3, "<", (np.dtype("f8"), (9,)), None, None, 8, 1, 0)), False, b"x" * 8),
            id="sub-array",
        ),
    ],
)  # fmt: skip
def test_forged_arrays(state: Any) -> None:
    """With numpy's own functions some of these end the process."""
    with pytest.raises(pickle.UnpicklingError):
        load_records(array(state))


FORGED_BUFFERS = {
    "terabyte": (b"x" * 8, (10**12,), "C"),
    "negative": (b"x" * 8, (-1, -1), "C"),
    "empty, but long": (b"", (10**15, 0), "C"),
    "unknown order": (b"x" * 8, (1,), "A"),
    "K without axes": (b"x" * 8, (1,), "K"),
    "axes without K": (b"x" * 8, (1,), "C", (0,)),
    "wrong axes": (b"x" * 8, (1,), "K", (0, 1)),
    "text": ("x" * 8, (1,), "C"),
    "number as a shape": (b"x" * 8, 1, "C"),
    "floats as a shape": (b"x" * 8, (1.0,), "C"),
    "many axes": (b"x" * 8, (1,) * 40, "C"),
}


@pytest.mark.parametrize("name", FORGED_BUFFERS)
@pytest.mark.parametrize("package", ["core", "_core"])
def test_forged_buffers(name: str, package: str) -> None:
    content, *rest = FORGED_BUFFERS[name]
    arguments = [pickle.dumps(each, protocol=4)[2:-1] for each in (content, np.dtype("f8"), *rest)]
    # Without the frames that are around each of them.
    code = call(
        f"numpy.{package}.numeric._frombuffer", *(a[9:] if a[:1] == b"\x95" else a for a in arguments)
    )
    with pytest.raises(pickle.UnpicklingError, match="damaged"):
        load_records(b"\x80\x05" + code.replace(b"\x94", b"") + b".")


def test_buffers_outside_of_the_stream() -> None:
    data = pickle.dumps(np.arange(3.0), protocol=5, buffer_callback=lambda _: None)
    with pytest.raises(pickle.UnpicklingError, match="NEXT_BUFFER is refused"):
        load_records(data)


def test_arrays_share_no_memory_with_a_pickle() -> None:
    values = np.arange(3.0)
    first, second = load_records(pickle.dumps([values, values.copy()], protocol=5))
    first[0] = 7
    np.testing.assert_array_equal(second, values)
    assert first.flags.writeable and first.base.flags.owndata


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_arrays_that_are_not_forged(protocol: int) -> None:
    readonly = np.arange(4.0)
    readonly.flags.writeable = False
    for values in (
        readonly,
        np.array(3.0),
        np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2),
        np.arange(12.0).reshape(3, 4)[:, ::2],
        np.arange(6, dtype=">i2").reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.array(["a", "bc"]),
        np.array([1, "a", None], dtype=object),
        np.zeros((0, 3), bool),
    ):
        loaded = load_records(pickle.dumps(values, protocol=protocol))
        np.testing.assert_array_equal(loaded, values)
        assert loaded.dtype == values.dtype.newbyteorder("=")


def test_memo_of_absurd_size() -> None:
    """The unpickler in C would allocate 64 GB for this."""
    assert load_records(b"\x80\x02K\x01r\xff\xff\xff\xff.") == 1


# A pair of a pair of a pair...: 2**60 values when something walks through them.
PAIRS = b"\x80\x04)q\x01" + 60 * b"h\x01h\x01\x86q\x01"


@pytest.mark.parametrize("end", [b"}(h\x01K\x01u.", b"}h\x01K\x01s.", b"\x8f(h\x01\x90.", b"(h\x01\x91."])
def test_keys_whose_hash_takes_for_ever(end: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError, match="keys of type tuple"):
        load_records(PAIRS + end)


def test_keys_whose_hashes_collide() -> None:
    key = (2**61 - 1) * 2**10
    with pytest.raises(pickle.UnpicklingError, match="keys of type int"):
        load_records(pickle.dumps({key: 1}))
    assert load_records(pickle.dumps({2**62: 1, "a": {2}})) == {2**62: 1, "a": {2}}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (PAIRS + b".", "more than"),
        (PAIRS + b"]h\x01a.", "more than"),
        (PAIRS + b"}" + text("x") + b"h\x01s.", "more than"),
        (PAIRS + RECORDED + b")\x81}" + text("poly_type") + b"h\x01sb.", "more than"),
        (PAIRS + RECORDED + b"h\x01R.", "more than"),
        (b"\x80\x04" + text("x" * 10**5) + b"q\x01]q\x02(" + 10**5 * b"h\x01" + b"e.", "more than"),
        (b"\x80\x04]q\x01h\x01a.", "contain themselves"),
        (b"\x80\x04" + RECORDED + b")\x81q\x01}" + text("x") + b"h\x01sb.", "contain themselves"),
        (b"\x80\x04" + 10_000 * b"]" + 9_999 * b"a" + b".", "deep"),
    ],
    ids=["pairs", "list", "value", "state", "arguments", "long text", "loop", "loop of an object", "deep"],
)
def test_data_that_expand_for_ever(code: bytes, message: str) -> None:
    with pytest.raises(pickle.UnpicklingError, match=message):
        load_records(code)


def test_items_are_not_put_into_arrays() -> None:
    """Numpy would convert what is put there, for ever if its author likes."""
    with pytest.raises(pickle.UnpicklingError, match="puts items into a PickledArray"):
        load_records(pickle.dumps(np.zeros(2), protocol=4)[:-1] + b"K\x00K\x01s.")


def test_classes_without_number() -> None:
    code = b"".join(b"cpiff\nA%d\n0" % i for i in range(2000))
    with pytest.raises(pickle.UnpicklingError, match="1000 classes"):
        load_records(code + b"N.")


# Sky maps


def sky_map_pickle(script: str, cls: type = RingsSkyMap, version: int = 1) -> bytes:
    """The pickle of a sky map with another configuration."""
    kind = f"{cls.__module__}\n{cls.__name__}"
    config = f"c{kind}Config\n".encode()
    inner = b"clsst.pex.config.config\nunreduceConfig\n(" + config + b"B" + struct.pack("<I", len(script))
    return b"\x80\x03c" + kind.encode() + b"\n(" + inner + script.encode() + b"tRK%ctR." % version


def test_sky_map_with_plain_settings() -> None:
    sky_map = load_sky_map(sky_map_pickle("config.numRings=3\nconfig.raStart = 1.5\n"))
    assert isinstance(sky_map, RingsSkyMap)
    assert (sky_map.config.numRings, sky_map.config.raStart) == (3, 1.5)
    script = "config.raList=[1.0]\nconfig.decList=[-2.0]\nconfig.radiusList=[0.5]\n"
    sky_map = load_sky_map(sky_map_pickle(script, DiscreteSkyMap, 0))
    assert isinstance(sky_map, DiscreteSkyMap) and len(sky_map) == 1


SCRIPTS = {
    "import and call": "import os; os.system('touch {canary}')",
    "open": "config.numRings = open('{canary}', 'w') and 3",
    "lambda": "config.projection = (lambda: open('{canary}', 'w'))()",
    "format": "config.projection = f\"{{open('{canary}', 'w')}}\"",
    "assert": "assert open('{canary}', 'w')",
    "decorator": "@open\ndef f(): pass",
    "loop": "while True: pass",
    "load": "config.load('{canary}')",
    "from import": "from os import system",
    "class": "config.__class__ = 3",
    "fields": "config._fields = {{}}",
    "method": "config.validate = None",
    "through a field": "config.tractBuilder['legacy'].__init__ = None",
    "item": "config.tractBuilder['legacy'] = None",
    "choice": "config.tractBuilder['nothing'].patchBorder = 1",
    "registry": "config.tractBuilder.registry = None",
    "retarget": "config.tractBuilder['legacy'].target = 1",
    "walrus": "config.numRings = (x := 3)",
    "comprehension": "config.projection = [open('{canary}', 'w') for _ in [1]]",
    "two targets": "config.numRings = x = 3",
    "star": "*config.numRings, = 3",
    "power": "config.numRings = 9**9**9",
    "wrong type": "config.numRings = 'three'",
    "rings for ever": "config.numRings = 10**12",
    "many rings": "config.numRings = 1000000000",
    "deep": "config.numRings = " + "-" * 5000 + "1",
    "brackets": "config.numRings = " + "(" * 5000 + "1",
    "no Python": "config.numRings = ",
    "null": "config.numRings = 3\0",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_sky_map_scripts(name: str, tmp_path: Path) -> None:
    script = SCRIPTS[name].format(canary=tmp_path / "canary")
    with pytest.raises(pickle.UnpicklingError, match="sky map"):
        load_sky_map(sky_map_pickle(script))
    assert not (tmp_path / "canary").exists()


@UNCLOSED
def test_the_scripts_are_exploits(tmp_path: Path) -> None:
    script = SCRIPTS["open"].format(canary=tmp_path / "canary")
    pickle.loads(sky_map_pickle(script))
    assert (tmp_path / "canary").exists()


def test_a_script_is_named_in_the_error() -> None:
    with pytest.raises(pickle.UnpicklingError, match=r"`config.numRings.append\(1\)`"):
        load_sky_map(sky_map_pickle("config.numRings.append(1)"))


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(3),
        pickle.dumps(("lsst.skymap.ringsSkyMap", "RingsSkyMap")),
        b"clsst.skymap.ringsSkyMap\nRingsSkyMap\n(]K\x01tR.",
        b"clsst.skymap.ringsSkyMap\nRingsSkyMap\n(clsst.pex.config.config\nunreduceConfig\n(NNtRK\x01tR.",
        b"clsst.skymap.ringsSkyMap\nRingsSkyMap\n(](]NtRK\x01tR.",
    ],
)
def test_pickles_that_are_no_sky_maps(data: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError):
        load_sky_map(data)


def test_formatter_reads_without_running(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.pickle", tmp_path / "bad.pickle"
    good.write_bytes((REFERENCE_VISIT / "skymap.pickle").read_bytes())
    bad.write_bytes(sky_map_pickle(SCRIPTS["open"].format(canary=tmp_path / "canary")))
    read = SkyMapFormatter.read_from_uri
    assert len(read(None, ResourcePath(good))) == 18938  # type: ignore[arg-type]
    with pytest.raises(IoError, match=r"bad\.pickle.*nothing was run"):
        read(None, ResourcePath(bad))  # type: ignore[arg-type]
    assert not (tmp_path / "canary").exists()


# Archives


class Spy(Storable):
    """Something whose index row names a module that must not be imported."""

    _persisted_name = "Spy"
    _persisted_module = "canary_module"

    def _write_archive(self, archive: Any) -> Any:
        return [make_table([("value", "I", "", "")], [(1,)])]


@pytest.mark.parametrize("name", ["Spy", "os.system", "PiffPsf", "../canary_module"])
def test_module_column_is_never_imported(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "canary_module.py"
    module.write_text(f"open({str(tmp_path / 'canary')!r}, 'w')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(Spy, "_persisted_name", name)
    Spy().writeFits(tmp_path / "spy.fits")
    with pytest.raises(FitsError, match="spy.fits"):
        Camera.readFits(tmp_path / "spy.fits")
    from lsst.afw.fits._file import FitsFile

    with FitsFile(tmp_path / "spy.fits") as file:
        archive = InputArchive.from_fits(file, 1)
    assert archive.module_name(1) == "canary_module"
    if name != "PiffPsf":
        assert "canary_module" in archive.get(1).explanation
    assert not (tmp_path / "canary").exists() and "canary_module" not in sys.modules


YAML_EXPLOITS = [
    "!!python/object/apply:os.system ['touch {canary}']",
    "!!python/object/new:os.system ['touch {canary}']",
    "psfSigma: !!python/object/apply:builtins.open ['{canary}', 'w']",
    "? !!python/object/apply:os.system ['touch {canary}']\n: 1",
    "!!python/name:os.system ''",
    "!!python/module:canary_module ''",
    "psfSigma: !<tag:yaml.org,2002:python/object/apply:builtins.eval> [\"open('{canary}', 'w')\"]",
]


@pytest.mark.parametrize("exploit", YAML_EXPLOITS)
def test_summary_stats(exploit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = exploit.format(canary=tmp_path / "canary")
    monkeypatch.setattr(ExposureSummaryStats, "to_yaml", lambda self: document)
    ExposureSummaryStats().writeFits(tmp_path / "stats.fits")
    with pytest.raises(FitsError, match=r"stats\.fits.*ExposureSummaryStats.*python/"):
        ExposureSummaryStats.readFits(tmp_path / "stats.fits")
    assert not (tmp_path / "canary").exists()


@UNCLOSED
def test_the_documents_are_exploits(tmp_path: Path) -> None:
    yaml.unsafe_load(YAML_EXPLOITS[2].format(canary=tmp_path / "canary"))
    assert (tmp_path / "canary").exists()


def test_camera_yaml(tmp_path: Path) -> None:
    path = tmp_path / "camera.yaml"
    path.write_text(YAML_EXPLOITS[2].format(canary=tmp_path / "canary"))
    with pytest.raises(IoError, match=r"camera\.yaml.*python/"):
        makeCamera(str(path))
    assert not (tmp_path / "canary").exists()


def test_camera_yaml_that_is_no_camera(tmp_path: Path) -> None:
    path = tmp_path / "camera.yaml"
    for text in ("", "name: a", "[1, 2]", "{name: &a [*a]}", "\xff", "name: ["):
        path.write_bytes(text.encode("latin1"))
        with pytest.raises(IoError, match=r"camera\.yaml: is not the description of a camera"):
            makeCamera(str(path))
    with pytest.raises(FileNotFoundError):
        makeCamera(str(tmp_path / "missing.yaml"))


LEVELS = range(1, 40)
YAML_BOMBS = {
    "lists": "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in LEVELS),
    "merges": "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in LEVELS),
    "values": "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{a: *a{i - 1}, b: *a{i - 1}}}\n" for i in LEVELS),
    "loop": "a: &a [*a]",
    "deep": "a: " + "[" * 10_000,
    "deep blocks": "\n".join(" " * i + "a:" for i in range(500)),
    "base 60": "a: 1" + ":1" * 100_000,
    "digits": "a: " + "9" * 100_000,
    "long text": "a: [&x " + "y" * 10_000 + ", *x" * 10_000 + "]",
}


@pytest.mark.parametrize("name", YAML_BOMBS)
def test_yaml_that_expands_for_ever(name: str) -> None:
    start = time.process_time()
    with pytest.raises(yaml.YAMLError):
        load_yaml(YAML_BOMBS[name])
    assert time.process_time() - start < 3.0


def test_yaml_with_aliases() -> None:
    text = "a: &a {x: 1, y: [2, 3.5]}\nb: {<<: *a, x: 4}\nc: [*a, *a]\nd: 2020-01-01\ne: null"
    assert load_yaml(text) == yaml.safe_load(text)
    assert load_yaml("") is None


def test_pupil_factory_is_never_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "canary_module.py").write_text(f"open({str(tmp_path / 'canary')!r}, 'w')")
    monkeypatch.syspath_prepend(tmp_path)
    camera = Camera.readFits(own_file("camera.fits"))
    builder = camera.rebuild()
    builder.setPupilFactoryName("canary_module.Factory")
    builder.finish().writeFits(str(tmp_path / "camera.fits"))
    again = Camera.readFits(str(tmp_path / "camera.fits"))
    assert again.getPupilFactoryName() == "canary_module.Factory"
    assert len(list(again)) == len(list(camera))
    assert not (tmp_path / "canary").exists() and "canary_module" not in sys.modules


def test_nothing_in_stacklite_unpickles_or_evaluates() -> None:
    """New code that would has to be looked at, and listed here."""
    roots = Path(restricted_loads.__code__.co_filename).parents[1]
    words = ("pickle.load", "unsafe_load", "yaml.load(", "eval(", "exec(", "__import__(", "doImport",
             "import_module(", "allow_pickle", "marshal", "shelve", "safe_load(",
             "full_load(", "Loader(")  # fmt: skip
    found = {
        (path.relative_to(roots).as_posix(), word)
        for package in ("lsst", "lsst_stacklite")
        for path in (roots / package).rglob("*.py")
        for word in words
        if word in path.read_text().replace("literal_eval(", "").replace("`pickle.load", "")
    }
    # The registry imports modules from a table of its own.
    assert found == {
        ("lsst/afw/table/io/_registry.py", "import_module("),
        ("lsst_stacklite/_safe_yaml.py", "Loader("),
    }
