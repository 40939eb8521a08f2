"""stacklite is never more than the real stack: every public name, trait, member and keyword exists there."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache

import pytest

from stacklite_support.interface import Comparison, is_recorded, public_objects, read_api

EXCEPTIONS = {
    "lsst.afw.image.*.__init__ does not take (src, deep)": (
        "Only conversions to float name the image so there; it is taken by position here, or by the name "
        "that all other forms have. A second set of forms for two pixel types would serve nobody."
    ),
    "lsst.afw.image.DecoratedImage? is not indexable": (
        "There every item raises AttributeError, because they have no getBBox; their images have items."
    ),
    "lsst.meas.extensions.piff.piffPsf.PiffPsf.[hw]*": (
        "Width and height are attributes of its objects there, which a record of classes does not have."
    ),
    "lsst.obs.base.visit_geometry.VisitGeometry.model_*fields is a *": (
        "Members of pydantic, whose releases make them methods or properties."
    ),
}
"""Differences that stay, by pattern, with the reason of each."""

CONSTANTS = {
    "lsst.afw.cameraGeom.DetectorTypeNameValDict",
    "lsst.afw.cameraGeom.DetectorTypeValNameDict",
    "lsst.afw.fits.DEFAULT_HDU",
    "lsst.afw.geom.transformConfig.transformRegistry",
    "lsst.afw.geom.transformRegistry",
    "lsst.afw.image.MaskPixel",
    "lsst.afw.image.VariancePixel",
    "lsst.afw.table.SOURCE_IO_NO_FOOTPRINTS",
    "lsst.afw.table.SOURCE_IO_NO_HEAVY_FOOTPRINTS",
    "lsst.geom.HALFPI",
    "lsst.geom.INVSQRTPI",
    "lsst.geom.ONE_OVER_PI",
    "lsst.geom.PI",
    "lsst.geom.ROOT2",
    "lsst.geom.SQRTPI",
    "lsst.geom.TWOPI",
    "lsst.meas.algorithms.SigmaPerFwhm",
    "lsst.meas.algorithms.gaussianPsfFactory.SigmaPerFwhm",
    "lsst.meas.algorithms.sourceSelector.sourceSelectorRegistry",
    "lsst.meas.algorithms.sourceSelectorRegistry",
    "lsst.skymap.baseSkyMap.skyMapRegistry",
    "lsst.skymap.skyMapRegistry",
    "lsst.skymap.tractBuilder.tractBuilderRegistry",
}
"""Numbers, tables, pixel types and registries, which the record leaves out; looked up in the stack."""


KINDS = ("unknown_names", "different_kinds", "different_traits", "unknown_members", "different_signatures")
"""Kinds of differences, each a method of the comparison."""


@cache
def differences(kind: str) -> list[str]:
    """Return the differences of a kind, which take seconds to find."""
    return list(getattr(_comparison(), kind)())


@cache
def _comparison() -> Comparison:
    return Comparison(read_api(), public_objects())


def _without_exceptions(differences: Iterable[str]) -> list[str]:
    return [text for text in differences if not any(fnmatchcase(text, pattern) for pattern in EXCEPTIONS)]


@pytest.mark.parametrize("kind", KINDS)
def test_interface_is_that_of_the_real_stack(kind: str) -> None:
    assert _without_exceptions(differences(kind)) == []


def test_constants_are_those_of_the_real_stack() -> None:
    assert {path for path, thing in public_objects().items() if not is_recorded(thing)} == CONSTANTS


def test_exceptions_are_few_and_needed() -> None:
    found = [text for kind in KINDS for text in differences(kind)]
    unused = [pattern for pattern in EXCEPTIONS if not any(fnmatchcase(text, pattern) for text in found)]
    assert not unused
    assert len(EXCEPTIONS) < 15
