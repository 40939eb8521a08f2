"""Names of modules, classes and YAML tags in files are never followed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lsst.afw.cameraGeom import Camera
from lsst.afw.fits import DEFAULT_HDU, FitsError
from lsst.afw.image import ExposureSummaryStats
from lsst.afw.typehandling import Storable
from lsst.obs.base.yamlCamera import makeCamera
from lsst.pex.exceptions import IoError
from lsst_stacklite import load_yaml
from lsst_stacklite.archives import ArchiveReader, make_table, read_object
from stacklite_support.exploits import UNCLOSED
from stacklite_support.golden import own_file
from stacklite_support.paths import PYTHON


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
        archive = ArchiveReader.from_fits(file, 1)
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
    monkeypatch.setattr(ExposureSummaryStats, "_to_yaml", lambda self: document)
    ExposureSummaryStats().writeFits(tmp_path / "stats.fits")
    with pytest.raises(FitsError, match=r"stats\.fits.*ExposureSummaryStats.*python/"):
        read_object(tmp_path / "stats.fits", DEFAULT_HDU, ExposureSummaryStats)
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
    with pytest.raises(yaml.YAMLError):
        load_yaml(YAML_BOMBS[name])


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
    words = ("pickle.load", "unsafe_load", "yaml.load(", "eval(", "exec(", "__import__(", "doImport",
             "import_module(", "allow_pickle", "marshal", "shelve", "safe_load(",
             "full_load(", "Loader(")  # fmt: skip
    found = {
        (path.relative_to(PYTHON).as_posix(), word)
        for package in ("lsst", "lsst_stacklite")
        for path in (PYTHON / package).rglob("*.py")
        for word in words
        if word in path.read_text().replace("literal_eval(", "").replace("`pickle.load", "")
    }
    # Tables of stacklite itself name modules and classes.
    assert found == {
        ("lsst_stacklite/_lazy_class.py", "import_module("),
        ("lsst_stacklite/_persisted_classes.py", "import_module("),
        ("lsst_stacklite/_safe_yaml.py", "Loader("),
    }
