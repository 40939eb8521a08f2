"""Classes are declared beside their readers; the tables of stacklite itself agree with that."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lsst.afw.detection import GaussianPsf, Psf
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._writing import write_hdus
from lsst.afw.geom import SkyWcs
from lsst.afw.image import ExposureInfo, TransmissionCurve
from lsst.afw.table import ExposureCatalog, ExposureRecord, ExposureTable
from lsst.afw.table.io import Persistable, _registry
from lsst_stacklite._exposure_components import COMPONENTS, ID_COLUMNS, RECORD_COMPONENTS
from lsst_stacklite._persisted_classes import OPAQUE_CLASSES, READER_MODULES
from lsst_stacklite.archives import ArchiveReader, ArchiveWriter, check_kind, is_kind, make_table
from stacklite_support.archives import component_signatures
from stacklite_support.paths import PYTHON, REFERENCE_VISIT


def _declares(call: ast.Call) -> bool:
    """Return whether a call declares a class, by its name or base; classes of users have neither."""
    is_declaration = isinstance(call.func, ast.Name) and call.func.id == "persistable_reader"
    has_base = any(keyword.arg == "of" for keyword in call.keywords)
    return is_declaration and (has_base or isinstance(call.args[0], ast.Constant))


def _declaring_modules() -> set[str]:
    """Return the modules whose source has a declaration."""
    found = set()
    for path in PYTHON.rglob("*.py"):
        calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
        if any(_declares(call) for call in calls):
            found.add(".".join(path.relative_to(PYTHON).with_suffix("").parts))
    return found


def test_the_allow_list_is_what_modules_declare() -> None:
    """Each listed module declares the classes it is listed for, and no other module declares any."""
    modules = _declaring_modules()
    assert modules == set(READER_MODULES.values())
    for module in modules:
        importlib.import_module(module)
    declared = {
        name: declaration.reader.__module__
        for name, declaration in _registry._DECLARATIONS.items()
        if declaration.reader.__module__ in modules
    }
    assert declared == READER_MODULES
    assert not READER_MODULES.keys() & OPAQUE_CLASSES.keys()


def _classes(base: type[Persistable]) -> set[type[Persistable]]:
    return {base}.union(*(_classes(derived) for derived in base.__subclasses__()))


def test_classes_are_stored_under_names_that_are_read() -> None:
    for module in READER_MODULES.values():
        importlib.import_module(module)
    own = {cls for cls in _classes(Persistable) if cls.__module__.startswith(("lsst.", "lsst_stacklite."))}
    names = {cls._persisted_name for cls in own if cls._persisted_name}
    # These have been replaced by others.
    assert READER_MODULES.keys() - names == {"Wcs", "TanWcs", "Calib"}
    assert names <= READER_MODULES.keys()


@pytest.mark.parametrize("name", [*READER_MODULES, *OPAQUE_CLASSES])
def test_id_fields_are_known(name: str) -> None:
    """Without them, whatever could be an ID would have to keep its value."""
    assert _registry.find_id_fields(name) is not None


def test_what_refers_to_others_says_so() -> None:
    expected = {
        "AnalyticKernel": ("spatialfunctions", "kernelfunction"),
        "ApCorrMap": ("field",),
        "Camera": ("detector", "transformMap"),
        "CoaddInputs": tuple(ID_COLUMNS),
        "Detector": ("transformMap",),
        "DetectorCollection": ("detector",),
        "KernelPsf": ("kernel",),
        "LinearCombinationKernel": ("spatialfunctions", "components"),
        "PcaPsf": ("kernel",),
        "PhotoCalib": ("field",),
        "PixelAreaBoundedField": ("wcs",),
        "ProductBoundedField": ("id",),
        "ProductTransmissionCurve": ("a", "b"),
        "TransformMap": ("transform",),
        "TransformedTransmissionCurve": ("nested", "transform"),
    }
    found = {name: _registry.find_id_fields(name) for name in READER_MODULES}
    assert {name: fields for name, fields in found.items() if fields} == expected


def test_kinds_are_classes() -> None:
    for kind in [component.kind for component in COMPONENTS] + [c.kind for c in OPAQUE_CLASSES.values()]:
        assert kind is None or isinstance(kind.load(), type)


def test_every_component_has_its_methods() -> None:
    for component in COMPONENTS:
        for owner in [ExposureInfo] + [ExposureRecord] * (component.name in RECORD_COMPONENTS):
            assert callable(getattr(owner, component.getter)) and callable(getattr(owner, component.setter))


def test_a_class_is_not_told_by_its_name() -> None:
    impostor = type("SkyWcs", (Persistable,), {"_persisted_name": "Impostor"})()
    assert not is_kind(impostor, SkyWcs)
    with pytest.raises(TypeError, match="wcs is a SkyWcs, or None; not SkyWcs"):
        check_kind(impostor, SkyWcs, "wcs")
    assert is_kind(GaussianPsf(11, 11, 1.5), Psf)


@pytest.mark.parametrize(
    "name, psf, curve",
    [("CoaddPsf", True, False), ("CoaddTransmissionCurve", False, True), ("ClassOfTomorrow", True, True)],
)
def test_opaque_objects_have_the_kind_of_their_class(
    tmp_path: Path, name: str, psf: bool, curve: bool
) -> None:
    """What is known of a class that is only kept says where its objects belong."""
    archive = ArchiveWriter()
    archive._save(1, name, "", [make_table([("number", "D", "", "")], [(2.5,)])])
    write_hdus(tmp_path / "archive.fits", archive.to_hdus())
    with FitsFile(tmp_path / "archive.fits") as file:
        opaque = ArchiveReader.from_fits(file, 1).get(1)
    assert (is_kind(opaque, Psf), is_kind(opaque, TransmissionCurve)) == (psf, curve)
    record = ExposureCatalog(ExposureTable.makeMinimalSchema()).addNew()
    for setter, accepted in ((record.setPsf, psf), (record.setTransmissionCurve, curve)):
        if accepted:
            setter(opaque)
        else:
            with pytest.raises(TypeError):
                setter(opaque)


def test_archives_name_no_package_above_them() -> None:
    """Neither imports nor texts in lsst.afw.table.io mention what is stored."""
    upper = ("lsst.afw.image", "lsst.afw.math", "lsst.afw.cameraGeom", "lsst.afw.detection", "lsst.meas")
    upper += ("lsst.afw.geom", "lsst.obs", *READER_MODULES, *OPAQUE_CLASSES)
    for path in (PYTHON / "lsst" / "afw" / "table" / "io").glob("*.py"):
        words = set()
        for node in ast.walk(ast.parse(path.read_text())):
            words |= {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()
            words |= {node.module or ""} if isinstance(node, ast.ImportFrom) else set()
        named = {word for word in words if word.startswith(upper) and "\n" not in word}
        assert not named, path.name


COPY = """
import sys
from lsst.afw.table import ExposureCatalog
catalog = ExposureCatalog.readFits(sys.argv[1])
for record in catalog:
    record.getWcs(), record.getPhotoCalib(), record.getApCorrMap(), record.getDetector()
catalog.writeFits(sys.argv[2])
assert not {"galsim", "piff"} & set(sys.modules)
"""


def test_unread_psfs_import_nothing(tmp_path: Path) -> None:
    """A catalog is read, used and written without the packages that evaluate its Piff PSFs."""
    source, target = (
        str(REFERENCE_VISIT / "expected_finalVisitSummary_full.fits"),
        str(tmp_path / "copy.fits"),
    )
    catalog = ExposureCatalog.readFits(source)
    held = [record._block.components[record._row] for record in catalog]
    assert "PiffPsf" in {components["psf"].name for components in held if "psf" in components}
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", COPY, source, target], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert component_signatures(ExposureCatalog.readFits(target)) == component_signatures(catalog)
