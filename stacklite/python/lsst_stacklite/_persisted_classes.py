"""Classes in archives: the modules that read them, and the classes that are only kept.

Files name classes; nothing that a file names is ever imported, except that a
name in `READER_MODULES` makes that module be imported, which declares how the
class is read (see `lsst_stacklite.archives.persistable_reader`). All other
objects stay opaque and are written back unchanged.
"""

from __future__ import annotations

__all__ = ["OPAQUE_CLASSES", "READER_MODULES", "OpaqueClass", "import_reader"]

import importlib
from dataclasses import dataclass

from ._exposure_components import ID_COLUMNS, PSF, TRANSMISSION_CURVE
from ._lazy_class import LazyClass

READER_MODULES: dict[str, str] = {
    # -- base
    "Polygon": "lsst.afw.geom.polygon._polygon",
    # -- wcs
    "SkyWcs": "lsst.afw.geom._sky_wcs",
    **dict.fromkeys(("Wcs", "TanWcs"), "lsst.afw.geom._old_wcs"),
    **{
        f"Transform{a}To{b}": "lsst.afw.geom._transform"
        for a in ("Point2", "SpherePoint", "Generic")
        for b in ("Point2", "SpherePoint", "Generic")
    },
    "TransformMap": "lsst.afw.cameraGeom._transform_map",
    "Detector": "lsst.afw.cameraGeom._detector",
    **dict.fromkeys(("Camera", "DetectorCollection"), "lsst.afw.cameraGeom._camera_persistence"),
    # -- math
    "ChebyshevBoundedField": "lsst_stacklite._chebyshev_bounded_field",
    **dict.fromkeys(
        ("ProductBoundedField", "PixelAreaBoundedField", "TransformBoundedField"),
        "lsst.afw.math._composite_bounded_fields",
    ),
    **dict.fromkeys(
        ("FixedKernel", "DeltaFunctionKernel", "AnalyticKernel"),
        "lsst.afw.math._kernels",
    ),
    "LinearCombinationKernel": "lsst.afw.math._linear_combination_kernel",
    **{
        f"{kind}Function2{letter}": "lsst.afw.math._functions"
        for kind in ("Gaussian", "DoubleGaussian", "Polynomial", "Chebyshev1")
        for letter in "FD"
    },
    "ApCorrMap": "lsst.afw.image._ap_corr_map",
    "PhotoCalib": "lsst.afw.image._photo_calib",
    "Calib": "lsst.afw.image._photo_calib_makers",
    # -- image
    "CoaddInputs": "lsst.afw.image._coadd_inputs",
    "VisitInfo": "lsst.afw.image._visit_info",
    "FilterLabel": "lsst.afw.image._filter_label",
    "ExposureSummaryStats": "lsst.afw.image._exposure_summary_stats",
    **{
        f"{kind}TransmissionCurve": "lsst.afw.image._transmission_curve"
        for kind in ("Identity", "SpatiallyConstant", "Radial", "Product", "Transformed")
    },
    # -- psf
    "GaussianPsf": "lsst.afw.detection._gaussian_psf",
    **dict.fromkeys(("KernelPsf", "PcaPsf"), "lsst.meas.algorithms._kernel_psf"),
    **dict.fromkeys(("SingleGaussianPsf", "DoubleGaussianPsf"), "lsst.meas.algorithms._gaussian_kernel_psfs"),
    "PsfexPsf": "lsst.meas.extensions.psfex._psfex_psf",
    "PiffPsf": "lsst.meas.extensions.piff.piffPsf",
}
"""Persisted class name -> module that declares it."""


@dataclass(frozen=True)
class OpaqueClass:
    """A class whose objects stacklite keeps, and whose tables are known.

    Parameters
    ----------
    id_fields : `tuple` [`str`, ...], optional
        Integer fields that hold IDs of other objects.
    kind : `LazyClass`, optional
        The nearest base class that stacklite has, if any.
    """

    id_fields: tuple[str, ...] = ()
    kind: LazyClass | None = None


_BOUNDED_FIELD = LazyClass("lsst.afw.math", "BoundedField")
_KERNEL = LazyClass("lsst.afw.math", "Kernel")
_TRANSFORM = LazyClass("lsst.afw.geom._transform", "Transform")
_EXPOSURE_IDS = tuple(ID_COLUMNS)

OPAQUE_CLASSES: dict[str, OpaqueClass] = {
    **{
        f"Transform{a}To{b}": OpaqueClass(kind=_TRANSFORM)
        for a in ("Point2", "SpherePoint", "Generic", "Point3")
        for b in ("Point2", "SpherePoint", "Generic", "Point3")
        if "Point3" in (a, b)
    },
    **dict.fromkeys(
        (
            "LanczosWarpingKernel",
            "BilinearWarpingKernel",
            # The stack of some years ago spelled it so.
            "BillinearWarpingKernel",
            "NearestWarpingKernel",
        ),
        OpaqueClass(kind=_KERNEL),
    ),
    "WarpingControl": OpaqueClass(("warpingKernelIndex", "maskKernelIndex")),
    "CoaddBoundedField": OpaqueClass(("coaddWcs", "field", "wcs", "validPolygon"), _BOUNDED_FIELD),
    "CoaddTransmissionCurve": OpaqueClass(
        ("coaddWcs", "transmission", "sensorWcs", "validPolygon"), TRANSMISSION_CURVE.kind
    ),
    "WarpedPsf": OpaqueClass(("psfIndex", "transformIndex", "controlIndex"), PSF.kind),
    "CoaddPsf": OpaqueClass(("coaddwcs", *_EXPOSURE_IDS), PSF.kind),
}
"""Description of each class that is only kept, by its persisted name.

Classes that are missing here, and have no reader, may refer to other objects
by fields that are unknown to us: every integer that could be an ID keeps its value.
"""


def import_reader(name: str) -> bool:
    """Import the module that declares a persisted class, and return whether there is one.

    Parameters
    ----------
    name : `str`
        Name of the class, as it stands in a file.

    Returns
    -------
    known : `bool`
        Whether the class is one that stacklite reads.
    """
    if name not in READER_MODULES:
        return False
    importlib.import_module(READER_MODULES[name])
    return True
