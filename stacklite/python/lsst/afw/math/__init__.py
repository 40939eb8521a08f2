"""Statistics, backgrounds, bounded fields, functions and kernels.

Where to find them, from what is called to what it is made of; sums, selections and clipping themselves are
in `visit_kernels`:

==============================  =====================================================================
``_statistics``                 `makeStatistics`, `Statistics`: values and errors of the properties
``_statistics_control``         `Property`, `StatisticsControl`: which properties, and how
``_good_pixels``                the pixels of a statistic; many are scanned in one pass
``_statistics_sample``          pixels selected by mask and weight, and sums over them
``_quantiles``                  quartiles, with the stack's rules for integers
``_background``                 `makeBackground`, `BackgroundMI`: cells, and the image between them
``_background_control``         `BackgroundControl`: number of cells, statistic and styles
``_background_list``            `BackgroundList`: layers that add up, and their files
``_background_rows``            interpolation of rows of pixels between columns of cells
``_interpolate``                `Interpolate`: one row of values; styles
``_spline``                     piecewise cubics through many rows at once
``_approximate``                `makeApproximate`: a polynomial through the cells instead
``lsst_stacklite``              `BoundedField`, `ChebyshevBoundedField`, which images need as well
``_composite_bounded_fields``   products of fields, areas of pixels, transforms as fields
``_function_base``              base classes of functions: parameters and text
``_functions``                  functions of two variables: Gaussians and polynomials
``_functions_1d``               functions of one variable
``_shift_functions``            Lanczos functions, and functions that are 1 at one point
``_kernel``                     `Kernel`: base class, parameters and spatial variation
``_kernel_forms``               arguments and tables that kinds of kernels share
``_kernels``                    kernels from images and functions
``_linear_combination_kernel``  weighted sums of kernels
``_separable_kernel``           products of functions of the column and the row
``_rearranged_images``          images that are flipped, rotated by right angles, or binned
==============================  =====================================================================
"""

from __future__ import annotations

__all__ = [
    "AnalyticKernel",
    "ApproximateControl",
    "Background",
    "BackgroundControl",
    "BackgroundList",
    "BackgroundMI",
    "BoundedField",
    "Chebyshev1Function1D",
    "Chebyshev1Function1F",
    "Chebyshev1Function2D",
    "Chebyshev1Function2F",
    "ChebyshevBoundedField",
    "ChebyshevBoundedFieldControl",
    "DeltaFunctionKernel",
    "DoubleGaussianFunction2D",
    "DoubleGaussianFunction2F",
    "ERRORS",
    "FixedKernel",
    "GaussianFunction1D",
    "GaussianFunction1F",
    "GaussianFunction2D",
    "GaussianFunction2F",
    "INCREASE_NXNYSAMPLE",
    "IQRANGE",
    "IntegerDeltaFunction1D",
    "IntegerDeltaFunction1F",
    "IntegerDeltaFunction2D",
    "IntegerDeltaFunction2F",
    "Interpolate",
    "Kernel",
    "LanczosFunction1D",
    "LanczosFunction1F",
    "LanczosFunction2D",
    "LanczosFunction2F",
    "LinearCombinationKernel",
    "MAX",
    "MEAN",
    "MEANCLIP",
    "MEANSQUARE",
    "MEDIAN",
    "MIN",
    "NCLIPPED",
    "NMASKED",
    "NOTHING",
    "NPOINT",
    "ORMASK",
    "PixelAreaBoundedField",
    "PolynomialFunction1D",
    "PolynomialFunction1F",
    "PolynomialFunction2D",
    "PolynomialFunction2F",
    "ProductBoundedField",
    "Property",
    "REDUCE_INTERP_ORDER",
    "STDEV",
    "STDEVCLIP",
    "SUM",
    "SeparableKernel",
    "Statistics",
    "StatisticsControl",
    "THROW_EXCEPTION",
    "TransformBoundedField",
    "UndersampleStyle",
    "VARIANCE",
    "VARIANCECLIP",
    "binImage",
    "flipImage",
    "lookupMaxInterpStyle",
    "lookupMinInterpPoints",
    "makeApproximate",
    "makeBackground",
    "makeInterpolate",
    "makeStatistics",
    "rotateImageBy90",
    "stringToInterpStyle",
    "stringToStatisticsProperty",
    "stringToUndersampleStyle",
]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)
from lsst_stacklite._bounded_field import BoundedField
from lsst_stacklite._chebyshev_bounded_field import ChebyshevBoundedField, ChebyshevBoundedFieldControl

# It registers a member of the fields.
from . import _chebyshev_config  # noqa: F401
from ._approximate import (
    ApproximateControl,
    makeApproximate,
)
from ._background import Background, BackgroundMI, makeBackground
from ._background_control import BackgroundControl, UndersampleStyle, stringToUndersampleStyle
from ._background_list import (
    BackgroundList,
)
from ._composite_bounded_fields import (
    PixelAreaBoundedField,
    ProductBoundedField,
    TransformBoundedField,
)
from ._functions import (
    Chebyshev1Function2D,
    Chebyshev1Function2F,
    DoubleGaussianFunction2D,
    DoubleGaussianFunction2F,
    GaussianFunction2D,
    GaussianFunction2F,
    PolynomialFunction2D,
    PolynomialFunction2F,
)
from ._functions_1d import (
    Chebyshev1Function1D,
    Chebyshev1Function1F,
    GaussianFunction1D,
    GaussianFunction1F,
    PolynomialFunction1D,
    PolynomialFunction1F,
)
from ._interpolate import (
    Interpolate,
    lookupMaxInterpStyle,
    lookupMinInterpPoints,
    makeInterpolate,
    stringToInterpStyle,
)
from ._kernel import Kernel
from ._kernels import AnalyticKernel, DeltaFunctionKernel, FixedKernel
from ._linear_combination_kernel import LinearCombinationKernel
from ._rearranged_images import binImage, flipImage, rotateImageBy90
from ._separable_kernel import SeparableKernel
from ._shift_functions import (
    IntegerDeltaFunction1D,
    IntegerDeltaFunction1F,
    IntegerDeltaFunction2D,
    IntegerDeltaFunction2F,
    LanczosFunction1D,
    LanczosFunction1F,
    LanczosFunction2D,
    LanczosFunction2F,
)
from ._statistics import (
    Statistics,
    makeStatistics,
)
from ._statistics_control import (
    Property,
    StatisticsControl,
    stringToStatisticsProperty,
)

# The stack offers the members of these enumerations as names of the module.
NOTHING = Property.NOTHING
ERRORS = Property.ERRORS
NPOINT = Property.NPOINT
MEAN = Property.MEAN
STDEV = Property.STDEV
VARIANCE = Property.VARIANCE
MEDIAN = Property.MEDIAN
IQRANGE = Property.IQRANGE
MEANCLIP = Property.MEANCLIP
STDEVCLIP = Property.STDEVCLIP
VARIANCECLIP = Property.VARIANCECLIP
MIN = Property.MIN
MAX = Property.MAX
SUM = Property.SUM
MEANSQUARE = Property.MEANSQUARE
ORMASK = Property.ORMASK
NCLIPPED = Property.NCLIPPED
NMASKED = Property.NMASKED
THROW_EXCEPTION = UndersampleStyle.THROW_EXCEPTION
REDUCE_INTERP_ORDER = UndersampleStyle.REDUCE_INTERP_ORDER
INCREASE_NXNYSAMPLE = UndersampleStyle.INCREASE_NXNYSAMPLE
