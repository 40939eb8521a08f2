"""Which stacklite module registers the reader of which persisted class.

Files name classes; nothing that a file names is ever imported. A name that
is not listed here is kept as an `OpaquePersistable`.
"""

from __future__ import annotations

__all__ = ["ID_FIELDS", "READER_MODULES", "find_reader", "persistable_reader"]

import importlib
from collections.abc import Callable, Sequence
from typing import Any

READER_MODULES: dict[str, str] = {
    # -- base
    "Polygon": "lsst.afw.geom.polygon._polygon",
    # -- wcs
    "SkyWcs": "lsst.afw.geom._sky_wcs",
    "Wcs": "lsst.afw.geom._old_wcs",
    "TanWcs": "lsst.afw.geom._old_wcs",
    **{
        f"Transform{a}To{b}": "lsst.afw.geom._transform"
        for a in ("Point2", "SpherePoint", "Generic")
        for b in ("Point2", "SpherePoint", "Generic")
    },
    "TransformMap": "lsst.afw.cameraGeom._transform_map",
    "Detector": "lsst.afw.cameraGeom._detector",
    "Camera": "lsst.afw.cameraGeom._camera_persistence",
    "DetectorCollection": "lsst.afw.cameraGeom._camera_persistence",
    # -- math
    "ChebyshevBoundedField": "lsst_stacklite._chebyshev_bounded_field",
    "ProductBoundedField": "lsst.afw.math._composite_bounded_fields",
    "PixelAreaBoundedField": "lsst.afw.math._composite_bounded_fields",
    "TransformBoundedField": "lsst.afw.math._composite_bounded_fields",
    "FixedKernel": "lsst.afw.math._kernels",
    "DeltaFunctionKernel": "lsst.afw.math._kernels",
    "AnalyticKernel": "lsst.afw.math._kernels",
    "LinearCombinationKernel": "lsst.afw.math._kernels",
    **{
        f"{kind}Function2{letter}": "lsst.afw.math._functions"
        for kind in ("Gaussian", "DoubleGaussian", "Polynomial", "Chebyshev1")
        for letter in "FD"
    },
    "ApCorrMap": "lsst.afw.image._ap_corr_map",
    "PhotoCalib": "lsst.afw.image._photo_calib",
    "Calib": "lsst.afw.image._photo_calib_makers",
    # -- image
    "VisitInfo": "lsst.afw.image._visit_info",
    "FilterLabel": "lsst.afw.image._filter_label",
    "ExposureSummaryStats": "lsst.afw.image._exposure_summary_stats",
    # -- psf
    "GaussianPsf": "lsst.afw.detection._gaussian_psf",
    "KernelPsf": "lsst.meas.algorithms._kernel_psf",
    "PcaPsf": "lsst.meas.algorithms._kernel_psf",
    "SingleGaussianPsf": "lsst.meas.algorithms._gaussian_kernel_psfs",
    "DoubleGaussianPsf": "lsst.meas.algorithms._gaussian_kernel_psfs",
    "PsfexPsf": "lsst.meas.extensions.psfex._psfex_psf",
    "PiffPsf": "lsst.meas.extensions.piff.piffPsf",
}
"""Persisted class name -> module that registers its reader."""

_EXPOSURE_IDS = (
    "wcs", "psf", "photoCalib", "calib", "apCorrMap", "validPolygon", "visitInfo", "transmissionCurve",
    "detector",
)  # fmt: skip

ID_FIELDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "SkyWcs", "Wcs", "TanWcs", "Calib", "ChebyshevBoundedField", "TransformBoundedField", "VisitInfo",
            "Polygon", "IdentityTransmissionCurve", "SpatiallyConstantTransmissionCurve",
            "RadialTransmissionCurve", "FilterLabel", "ExposureSummaryStats", "PiffPsf", "GaussianPsf",
            "SingleGaussianPsf", "DoubleGaussianPsf", "PsfexPsf", "FixedKernel", "DeltaFunctionKernel",
            "LanczosWarpingKernel", "BilinearWarpingKernel", "BillinearWarpingKernel", "NearestWarpingKernel",
        ),
        (),
    ),
    **{
        f"{kind}Function2{letter}": ()
        for kind in ("Gaussian", "DoubleGaussian", "Polynomial", "Chebyshev1")
        for letter in "FD"
    },
    **{
        f"Transform{a}To{b}": ()
        for a in ("Point2", "SpherePoint", "Generic", "Point3")
        for b in ("Point2", "SpherePoint", "Generic", "Point3")
    },
    "TransformMap": ("transform",),
    "Detector": ("transformMap",),
    "Camera": ("detector", "transformMap"),
    "DetectorCollection": ("detector",),
    "PhotoCalib": ("field",),
    "ApCorrMap": ("field",),
    "ProductBoundedField": ("id",),
    "PixelAreaBoundedField": ("wcs",),
    "CoaddBoundedField": ("coaddWcs", "field", "wcs", "validPolygon"),
    "ProductTransmissionCurve": ("a", "b"),
    "TransformedTransmissionCurve": ("nested", "transform"),
    "CoaddTransmissionCurve": ("coaddWcs", "transmission", "sensorWcs", "validPolygon"),
    "KernelPsf": ("kernel",),
    "PcaPsf": ("kernel",),
    "WarpedPsf": ("psfIndex", "transformIndex", "controlIndex"),
    "CoaddPsf": ("coaddwcs", *_EXPOSURE_IDS),
    "AnalyticKernel": ("spatialfunctions", "kernelfunction"),
    "LinearCombinationKernel": ("spatialfunctions", "components"),
    "WarpingControl": ("warpingKernelIndex", "maskKernelIndex"),
    "CoaddInputs": _EXPOSURE_IDS,
}  # fmt: skip
"""Persisted class name -> integer fields that hold IDs of other objects.

Classes that are missing here may have such fields, unknown to us.
"""

Reader = Callable[[Any, Sequence[Any]], Any]

_READERS: dict[str, Reader] = {}


def persistable_reader(*names: str) -> Callable[[Reader], Reader]:
    """Register the decorated function as the reader of persisted classes.

    Parameters
    ----------
    *names : `str`
        Class names as they stand in archive indices.

    Returns
    -------
    decorator : `~collections.abc.Callable`
        Decorator for ``reader(archive, tables)``, where ``archive`` is the
        `ArchiveReader` (for nested objects) and ``tables`` the catalogs of the
        object in the order of ``cat.persistable``.
    """

    def register(reader: Reader) -> Reader:
        for name in names:
            _READERS[name] = reader
        return reader

    return register


def find_reader(name: str) -> Reader | None:
    """Return the reader of a persisted class, or `None` if it is unknown."""
    if name not in _READERS and name in READER_MODULES:
        importlib.import_module(READER_MODULES[name])
    return _READERS.get(name)
