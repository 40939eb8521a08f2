"""The script inside of a pickled sky map is read, never run."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path

import pytest

from lsst.pex.exceptions import IoError
from lsst.resources import ResourcePath
from lsst.skymap import DiscreteSkyMap
from lsst.skymap.ringsSkyMap import RingsSkyMap
from lsst_stacklite.sky_maps import SkyMapFormatter, load_sky_map
from stacklite_support.exploits import UNCLOSED
from stacklite_support.paths import REFERENCE_VISIT


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


def test_sky_maps_of_python_2() -> None:
    """Texts of Python 2 are strings of bytes; what they may name is the same."""
    script = "config.numRings=3\n"
    data = sky_map_pickle(script).replace(b"\x80\x03", b"\x80\x02")
    for short in (True, False):
        size = bytes([len(script)]) if short else struct.pack("<i", len(script))
        text = (b"U" if short else b"T") + size + script.encode()
        old = data.replace(b"B" + struct.pack("<I", len(script)) + script.encode(), text)
        sky_map = load_sky_map(old)
        assert old != data and isinstance(sky_map, RingsSkyMap) and sky_map.config.numRings == 3
    for damaged in (
        b"\x80\x02T\xff\xff\xff\xffab.",
        b"\x80\x02T\xff\xff\xff\x7fab.",
        b"\x80\x02U\x02\xff\xfe.",
    ):
        with pytest.raises(pickle.UnpicklingError):
            load_sky_map(damaged)


@pytest.mark.parametrize("path", ["skymap.pickle", Path("skymap.pickle")])
def test_paths_are_no_pickles(path: object) -> None:
    with pytest.raises(TypeError, match="read the file first"):
        load_sky_map(path)  # type: ignore[arg-type]


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
    "rings forever": "config.numRings = 10**12",
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


def state_pickle(script: str, version: tuple[int, ...] = (1, 0), kind: str = "Equat") -> bytes:
    """The pickle of a sky map that is pickled by its state, with another configuration."""
    module = f"lsst.skymap.{kind.lower()}SkyMap\n{kind}SkyMap".encode()
    numbers = b"(" + b"".join(b"K" + bytes([number]) for number in version) + b"t"
    config = b"clsst.pex.config.config\nunreduceConfig\n(c" + module + b"Config\nB"
    config += struct.pack("<I", len(script)) + script.encode() + b"tR"
    state = b"}(X\x07\0\0\0version" + numbers + b"X\x06\0\0\0config" + config + b"u"
    return b"\x80\x03c" + module + b"\n)\x81" + state + b"b."


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_in_states(name: str, tmp_path: Path) -> None:
    assert len(load_sky_map(state_pickle("config.numTracts=5\n"))) == 5
    with pytest.raises(pickle.UnpicklingError, match="sky map"):
        load_sky_map(state_pickle(SCRIPTS[name].format(canary=tmp_path / "canary")))
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "data",
    [
        *(state_pickle(f"config.numTracts = {number}") for number in (0, -1, 10**9)),
        *(state_pickle(f"config.decRange = {values}") for values in ("[float('nan'), 1.0]", "[1.0]")),
        *(state_pickle("", version) for version in ((2, 0), (1,), (1, 0, 0))),
        state_pickle("").replace(b"EquatSkyMapConfig", b"DodecaSkyMapConfig"),
        state_pickle("").replace(b"EquatSkyMapConfig", b"EquatSkyMap"),
        state_pickle("")[:-2] + b".",
        b"\x80\x03clsst.skymap.equatSkyMap\nEquatSkyMap\n.",
        b"\x80\x03clsst.skymap.equatSkyMap\nEquatSkyMap\n)\x81.",
        b"\x80\x03clsst.skymap.equatSkyMap\nEquatSkyMap\n)\x81}b.",
        b"\x80\x03clsst.skymap.equatSkyMap\nEquatSkyMap\n}b.",
        b"\x80\x03clsst.skymap.equatSkyMap\nEquatSkyMap\nK\x01\x85R.",
        b"\x80\x03clsst.skymap.ringsSkyMap\nRingsSkyMap\n)\x81}b.",
    ],
)
def test_states_that_are_no_sky_maps(data: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError):
        load_sky_map(data)
    # A refused state leaves nothing for the next pickle.
    assert len(load_sky_map(state_pickle("", kind="Dodeca"))) == 12


def test_formatter_reads_without_running(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.pickle", tmp_path / "bad.pickle"
    good.write_bytes((REFERENCE_VISIT / "skymap.pickle").read_bytes())
    bad.write_bytes(sky_map_pickle(SCRIPTS["open"].format(canary=tmp_path / "canary")))
    read = SkyMapFormatter.read_from_uri
    assert len(read(None, ResourcePath(good))) == 18938  # type: ignore[arg-type]
    with pytest.raises(IoError, match=r"bad\.pickle.*nothing was run"):
        read(None, ResourcePath(bad))  # type: ignore[arg-type]
    assert not (tmp_path / "canary").exists()
