"""Statistics to compute, and the control of their computation."""

from __future__ import annotations

__all__ = ["Property", "StatisticsControl", "stringToStatisticsProperty"]

from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._enumeration import ArithmeticEnumeration, NumberEnumeration

_NO_DATA_BIT_MASK = 1 << 8
"""The NO_DATA plane of the default mask dictionary."""


class Property(ArithmeticEnumeration):
    """A statistic; several are requested by OR-ing them, which gives an `int`."""

    NOTHING = 0
    ERRORS = 1
    NPOINT = 2
    MEAN = 4
    STDEV = 8
    VARIANCE = 16
    MEDIAN = 32
    IQRANGE = 64
    MEANCLIP = 128
    STDEVCLIP = 256
    VARIANCECLIP = 512
    MIN = 1024
    MAX = 2048
    SUM = 4096
    MEANSQUARE = 8192
    ORMASK = 16384
    NCLIPPED = 32768
    NMASKED = 65536


def stringToStatisticsProperty(property: str, /) -> Property:
    """Return the property of a name.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there is no such property.
    """
    try:
        return Property.__members__[property]
    except KeyError:
        raise InvalidParameterError(f"no statistics property is called {property!r}.") from None


class _WeightsBoolean(NumberEnumeration):
    """Whether to weight; NONE leaves it open."""

    WEIGHTS_FALSE = 0
    WEIGHTS_TRUE = 1
    WEIGHTS_NONE = 2


class StatisticsControl:
    """Control of the computation of statistics.

    Parameters
    ----------
    numSigmaClip : `float`, optional
        Clip at so many standard deviations; positive.
    numIter : `int`, optional
        Number of clipping iterations; positive.
    andMask : `int`, optional
        Pixels with any of these mask bits are not used.
    isNanSafe : `bool`, optional
        Do not use pixels that are not finite (in single precision).
    useWeights : `StatisticsControl.WeightsBoolean`, optional
        Weight the pixels; WEIGHTS_NONE leaves it open.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if ``numSigmaClip`` or ``numIter`` is not positive.
    TypeError
        Raised if ``useWeights`` is something else.
    """

    WeightsBoolean = _WeightsBoolean
    WEIGHTS_FALSE = _WeightsBoolean.WEIGHTS_FALSE
    WEIGHTS_TRUE = _WeightsBoolean.WEIGHTS_TRUE
    WEIGHTS_NONE = _WeightsBoolean.WEIGHTS_NONE

    def __init__(
        self,
        numSigmaClip: float = 3.0,
        numIter: int = 3,
        andMask: int = 0,
        isNanSafe: bool = True,
        useWeights: _WeightsBoolean = _WeightsBoolean.WEIGHTS_NONE,
    ) -> None:
        if not isinstance(useWeights, _WeightsBoolean):
            raise TypeError(f"useWeights must be a StatisticsControl.WeightsBoolean, not {useWeights!r}.")
        self.setNumSigmaClip(numSigmaClip)
        self.setNumIter(numIter)
        self._and_mask = int(andMask)
        self._nan_safe = bool(isNanSafe)
        self._weighted = useWeights
        self._no_good_pixels_mask = _NO_DATA_BIT_MASK
        self._from_variance = False
        self._mosaic = False
        self._thresholds: dict[int, float] = {}

    def getNumSigmaClip(self) -> float:
        """Return at how many standard deviations to clip."""
        return self._num_sigma_clip

    def setNumSigmaClip(self, numSigmaClip: float, /) -> None:
        """Set at how many standard deviations to clip.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if it is not positive.
        """
        if not numSigmaClip > 0:
            raise InvalidParameterError(f"numSigmaClip must be positive, not {numSigmaClip}.")
        self._num_sigma_clip = float(numSigmaClip)

    def getNumIter(self) -> int:
        """Return the number of clipping iterations."""
        return self._num_iter

    def setNumIter(self, numIter: int, /) -> None:
        """Set the number of clipping iterations.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if it is not positive.
        """
        if not numIter > 0:
            raise InvalidParameterError(f"numIter must be positive, not {numIter}.")
        self._num_iter = int(numIter)

    def getAndMask(self) -> int:
        """Return the mask bits of unused pixels."""
        return self._and_mask

    def setAndMask(self, andMask: int, /) -> None:
        """Set the mask bits of unused pixels."""
        self._and_mask = int(andMask)

    def getNoGoodPixelsMask(self) -> int:
        """Return the mask bits that stand for "no usable pixel"."""
        return self._no_good_pixels_mask

    def setNoGoodPixelsMask(self, noGoodPixelsMask: int, /) -> None:
        """Set the mask bits that stand for "no usable pixel"."""
        self._no_good_pixels_mask = int(noGoodPixelsMask)

    def getNanSafe(self) -> bool:
        """Return whether non-finite pixels are left out."""
        return self._nan_safe

    def setNanSafe(self, isNanSafe: bool, /) -> None:
        """Set whether non-finite pixels are left out."""
        self._nan_safe = bool(isNanSafe)

    def getWeighted(self) -> bool:
        """Return whether pixels are weighted."""
        return self._weighted is _WeightsBoolean.WEIGHTS_TRUE

    def getWeightedIsSet(self) -> bool:
        """Return whether weighting was ever set."""
        return self._weighted is not _WeightsBoolean.WEIGHTS_NONE

    def setWeighted(self, useWeights: bool, /) -> None:
        """Set whether pixels are weighted."""
        self._weighted = _WeightsBoolean(bool(useWeights))

    def getCalcErrorFromInputVariance(self) -> bool:
        """Return whether errors of means come from the variance plane."""
        return self._from_variance

    def setCalcErrorFromInputVariance(self, calcErrorFromInputVariance: bool, /) -> None:
        """Set whether errors of means come from the variance plane."""
        self._from_variance = bool(calcErrorFromInputVariance)

    def getCalcErrorMosaicMode(self) -> bool:
        """Return whether errors of means are mean variances."""
        return self._mosaic

    def setCalcErrorMosaicMode(self, calcErrorMosaicMode: bool, /) -> None:
        """Set whether errors of means are mean variances."""
        self._mosaic = bool(calcErrorMosaicMode)

    def getMaskPropagationThreshold(self, bit: int, /) -> float:
        """Return the rejected fraction above which a bit is propagated."""
        return self._thresholds.get(bit, 1.0)

    def setMaskPropagationThreshold(self, bit: int, threshold: float, /) -> None:
        """Set the rejected fraction above which a bit is propagated."""
        self._thresholds[bit] = float(threshold)
