"""Geometry on images and on the sky: transforms, the celestial WCS, polygons and ellipses."""

from __future__ import annotations

__all__ = [
    "GenericEndpoint",
    "Point2Endpoint",
    "Polygon",
    "SinglePolygonException",
    "SipApproximation",
    "SkyWcs",
    "SpherePointEndpoint",
    "TransformGenericToGeneric",
    "TransformGenericToPoint2",
    "TransformGenericToSpherePoint",
    "TransformPoint2ToGeneric",
    "TransformPoint2ToPoint2",
    "TransformPoint2ToSpherePoint",
    "TransformSpherePointToGeneric",
    "TransformSpherePointToPoint2",
    "TransformSpherePointToSpherePoint",
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
from .polygon import Polygon
from .polygon._polygon import SinglePolygonException
