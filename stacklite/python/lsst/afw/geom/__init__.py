"""Geometry on images and on the sky: transforms, the celestial WCS, polygons and ellipses."""

from __future__ import annotations

__all__ = [
    "AffineTransformConfig",
    "Ellipse",
    "GenericEndpoint",
    "IdentityTransformConfig",
    "MultiTransformConfig",
    "OneTransformConfig",
    "Point2Endpoint",
    "Polygon",
    "Quadrupole",
    "RadialTransformConfig",
    "SinglePolygonException",
    "SipApproximation",
    "SkyWcs",
    "SpherePointEndpoint",
    "TransformConfig",
    "TransformGenericToGeneric",
    "TransformGenericToPoint2",
    "TransformGenericToSpherePoint",
    "TransformPoint2ToGeneric",
    "TransformPoint2ToPoint2",
    "TransformPoint2ToSpherePoint",
    "TransformSpherePointToGeneric",
    "TransformSpherePointToPoint2",
    "TransformSpherePointToSpherePoint",
    "computePixelToDistortedPixel",
    "createTrivialWcsMetadata",
    "deleteBasicWcsMetadata",
    "ellipses",
    "getCdMatrixFromMetadata",
    "getImageXY0FromMetadata",
    "getIntermediateWorldCoordsToSky",
    "getPixelToIntermediateWorldCoords",
    "getSipMatrixFromMetadata",
    "hasSipMatrix",
    "linearizeTransform",
    "makeCdMatrix",
    "makeFlippedWcs",
    "makeIdentityTransform",
    "makeModifiedWcs",
    "makeRadialTransform",
    "makeSimpleWcsMetadata",
    "makeSipMatrixMetadata",
    "makeSkyWcs",
    "makeTanSipMetadata",
    "makeTanSipWcs",
    "makeTransform",
    "makeWcsPairTransform",
    "polygon",
    "stripWcsMetadata",
    "transformRegistry",
    "wcsAlmostEqualOverBBox",
]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from . import ellipses, polygon
from ._endpoint import GenericEndpoint, Point2Endpoint, SpherePointEndpoint
from ._make_wcs import (
    getIntermediateWorldCoordsToSky,
    getPixelToIntermediateWorldCoords,
    makeCdMatrix,
    makeFlippedWcs,
    makeModifiedWcs,
    makeSkyWcs,
    makeTanSipWcs,
    makeWcsPairTransform,
    stripWcsMetadata,
)
from ._sip_approximation import SipApproximation
from ._sky_wcs import SkyWcs
from ._transform import (
    TransformGenericToGeneric,
    TransformGenericToPoint2,
    TransformGenericToSpherePoint,
    TransformPoint2ToGeneric,
    TransformPoint2ToPoint2,
    TransformPoint2ToSpherePoint,
    TransformSpherePointToGeneric,
    TransformSpherePointToPoint2,
    TransformSpherePointToSpherePoint,
)
from ._transform_factory import (
    linearizeTransform,
    makeIdentityTransform,
    makeRadialTransform,
    makeTransform,
)
from ._wcs_metadata import (
    createTrivialWcsMetadata,
    deleteBasicWcsMetadata,
    getCdMatrixFromMetadata,
    getImageXY0FromMetadata,
    getSipMatrixFromMetadata,
    hasSipMatrix,
    makeSimpleWcsMetadata,
    makeSipMatrixMetadata,
    makeTanSipMetadata,
)
from ._wcs_utils import computePixelToDistortedPixel, wcsAlmostEqualOverBBox
from .ellipses import Ellipse, Quadrupole
from .polygon import Polygon
from .polygon._polygon import SinglePolygonException
from .transformConfig import (
    AffineTransformConfig,
    IdentityTransformConfig,
    MultiTransformConfig,
    OneTransformConfig,
    RadialTransformConfig,
    TransformConfig,
    transformRegistry,
)
