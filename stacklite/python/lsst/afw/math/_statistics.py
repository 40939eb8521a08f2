"""Statistics of images, masks and vectors."""

from __future__ import annotations

__all__ = ["Statistics", "makeStatistics"]

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._overloads import Check, bind
from visit_kernels.moments import Moments, ratio

from ._good_pixels import CLIPPED, RANKED, GoodPixels
from ._statistics_control import Property, StatisticsControl
from ._statistics_sample import Sample, sample_moments

if TYPE_CHECKING:
    from lsst.afw.image import MaskX as Mask
    from lsst.afw.image._image import _AnyImage as Image
    from lsst.afw.image._masked_image import _MaskedImageBase as MaskedImage

_P = Property
_Results = dict[Property, tuple[float, float]]
_PLAIN = _P.MEAN | _P.STDEV | _P.VARIANCE | _P.MIN | _P.MAX | _P.SUM | _P.MEANSQUARE


def _names(flags: int) -> str:
    """Return properties that are OR-ed, as text."""
    return "|".join(prop.name for prop in Property.__members__.values() if prop & flags) or "NOTHING"


class Statistics:
    """Values of the requested statistics, and their errors.

    Made by `makeStatistics`.
    """

    def __init__(self, flags: int, results: _Results, or_mask: int) -> None:
        self._flags = flags
        self._results = results
        self._or_mask = or_mask

    def getResult(self, prop: Property = _P.NOTHING) -> tuple[float, float]:
        """Return value and error of one property.

        Parameters
        ----------
        prop : `Property`, optional
            Property; may be left out if only one was requested.

        Returns
        -------
        value, error : `float`
            The error is NaN unless ERRORS was requested.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the property was not requested, or is ambiguous.
        TypeError
            Raised if ``prop`` is no `Property`, but for example several that are
            OR-ed.
        """
        if not isinstance(prop, Property):
            raise TypeError(f"the result of a Property can be returned, not of {prop!r}.")
        requested = [known for known in self._results if known & self._flags]
        if prop is _P.NOTHING:
            if len(requested) != 1:
                raise InvalidParameterError(f"{_names(self._flags)} was requested: say which one to return.")
            (prop,) = requested
        if prop not in requested:
            raise InvalidParameterError(f"{prop.name} was not requested, only {_names(self._flags)}.")
        value, error = self._results[prop]
        return value, (error if self._flags & _P.ERRORS else math.nan)

    def getValue(self, prop: Property = _P.NOTHING) -> float:
        """Return the value of one property (see `getResult`)."""
        return self.getResult(prop)[0]

    def getError(self, prop: Property = _P.NOTHING) -> float:
        """Return the error of one property (see `getResult`)."""
        return self.getResult(prop)[1]

    def getOrMask(self) -> int:
        """Return the OR of the masks of the pixels used."""
        return self._or_mask


def _is_image(value: Any) -> bool:
    # There are none of ImageL in the stack.
    return hasattr(value, "array") and not _is_mask(value) and value.array.dtype != np.uint64


def _is_mask(value: Any) -> bool:
    return hasattr(value, "getMaskPlaneDict") and hasattr(value, "array")


def _is_masked_image(value: Any) -> bool:
    # The statistics of an exposure are those of its masked image, which callers of the stack must pass.
    return hasattr(value, "variance") and not hasattr(value, "maskedImage")


_KINDS: dict[str, Check] = {
    "Image": _is_image,
    "Mask": _is_mask,
    "MaskedImage": _is_masked_image,
    "Property": Property,
    "StatisticsControl": StatisticsControl,
}


@overload
def makeStatistics(
    img: Image, msk: Mask, flags: int | Property, sctrl: StatisticsControl = ...
) -> Statistics: ...


@overload
def makeStatistics(
    mimg: MaskedImage, flags: int | Property, sctrl: StatisticsControl = ...
) -> Statistics: ...


@overload
def makeStatistics(
    mimg: MaskedImage, weights: Image, flags: int | Property, sctrl: StatisticsControl = ...
) -> Statistics: ...


@overload
def makeStatistics(msk: Mask, flags: int | Property, sctrl: StatisticsControl = ...) -> Statistics: ...


@overload
def makeStatistics(img: Image, flags: int | Property, sctrl: StatisticsControl = ...) -> Statistics: ...


@overload
def makeStatistics(
    v: Sequence[float], flags: int | Property, sctrl: StatisticsControl = ...
) -> Statistics: ...


@overload
def makeStatistics(
    v: Sequence[float], vweights: Sequence[float], flags: int | Property, sctrl: StatisticsControl = ...
) -> Statistics: ...


def makeStatistics(*args: Any, **kwargs: Any) -> Statistics:
    """Compute statistics.

    Parameters
    ----------
    img : `~lsst.afw.image.Image`
        Values.
    mimg : `~lsst.afw.image.MaskedImage`
        In place of ``img``, values with mask and variance.
    msk : `~lsst.afw.image.Mask`
        Mask of ``img``, or alone in place of it.
    v : `~collections.abc.Sequence` [`float`] or `numpy.ndarray`
        In place of ``img``, values.
    weights : `~lsst.afw.image.Image`, optional
        Weights of ``mimg``.
    vweights : `~collections.abc.Sequence` [`float`] or `numpy.ndarray`, optional
        Weights of ``v``.
    flags : `int`
        `Property` flags.
    sctrl : `StatisticsControl`, optional
        Control of the computation.

    Returns
    -------
    statistics : `Statistics`
        Values and errors.

    Raises
    ------
    TypeError
        Raised if the arguments have none of these forms; an exposure is no data,
        its masked image is.
    lsst.pex.exceptions.InvalidParameterError
        Raised if there are no pixels, the mask or the weights have another shape
        than the data, weights contradict the control, both error modes are
        set, or a mask is asked for more than NPOINT and SUM.
    """
    given = bind(makeStatistics, _KINDS, args, kwargs)
    flags, control = int(given["flags"]), given.get("sctrl") or StatisticsControl()
    data = next((given[name] for name in ("img", "mimg", "v") if name in given), None)
    if data is None:
        return _mask_statistics(given["msk"].array, flags)
    weights = given.get("weights", given.get("vweights"))
    mask = given.get("msk", getattr(data, "mask", None))
    planes = mask, getattr(data, "variance", None)
    mask, variance = (None if plane is None else plane.array for plane in planes)
    weights = None if weights is None else _pixels(weights)
    values = _pixels(getattr(data, "image", data))
    for name, plane in (("mask", mask), ("weights", weights)):
        if plane is not None and plane.shape != values.shape:
            raise InvalidParameterError(f"the {name} have shape {plane.shape}, the data {values.shape}.")
    return array_statistics(values, flags, control, mask, variance, weights)


def array_statistics(
    values: np.ndarray,
    flags: int,
    control: StatisticsControl,
    mask: np.ndarray | None = None,
    variance: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> Statistics:
    """Compute statistics of an array (see `makeStatistics`)."""
    if values.size == 0:
        raise InvalidParameterError("cannot compute statistics without pixels.")
    weights, inverse = _choose_weights(variance, weights, control)
    needs_variance = control.getCalcErrorFromInputVariance() or control.getCalcErrorMosaicMode()
    if needs_variance and variance is None:
        raise InvalidParameterError("errors from the input variance need a variance plane.")
    plane = variance if needs_variance and flags & _P.ERRORS else None
    pixels = GoodPixels(flags, control, values, mask, weights, plane, inverse)
    return Statistics(flags, _compute(pixels), pixels.or_mask)


def _pixels(data: Any) -> np.ndarray:
    return np.asarray(data.array if hasattr(data, "array") else data)


def _choose_weights(
    variance: np.ndarray | None, weights: np.ndarray | None, control: StatisticsControl
) -> tuple[np.ndarray | None, bool]:
    """Return the weight plane, and whether it is to be inverted."""
    if control.getCalcErrorFromInputVariance() and control.getCalcErrorMosaicMode():
        raise InvalidParameterError("choose one: errors from the input variance, or mosaic mode.")
    if weights is not None:
        if control.getWeightedIsSet() and not control.getWeighted():
            raise InvalidParameterError("weights are given, but the control says not to weight.")
        return weights, False
    if not control.getWeighted():
        return None, False
    if variance is None:
        raise InvalidParameterError("weighted statistics need weights or a variance plane.")
    return variance, True


def _mask_statistics(mask: np.ndarray, flags: int) -> Statistics:
    if flags & ~(_P.NPOINT | _P.SUM):
        raise InvalidParameterError(f"a mask has only NPOINT and SUM, not {_names(flags)}.")
    if mask.size == 0:
        raise InvalidParameterError("cannot compute statistics without pixels.")
    bits = int(np.bitwise_or.reduce(mask, axis=None))
    return Statistics(flags, {_P.NPOINT: (float(mask.size), 0.0), _P.SUM: (float(bits), 0.0)}, bits)


@np.errstate(all="ignore")  # C++ does not warn
def _compute(pixels: GoodPixels) -> _Results:
    """Return value and error of each requested property."""
    flags, control = pixels.flags, pixels.control
    n = pixels.n
    results: _Results = {}
    plain = None
    if flags & _PLAIN or flags & _P.ERRORS and flags & _P.MEDIAN:
        plain = _recentered_moments(pixels.sample)
        if not control.getNanSafe() and flags & (_P.MIN | _P.MAX):
            n = pixels.sample.ranked.size
        results.update(_plain_results(pixels.sample, plain, n, flags, control))
    survivors = n
    if flags & RANKED:
        low, median, high = pixels.quartiles
        error = _sqrt(math.pi / 2.0 * plain.variance / n) if plain is not None and n > 1 else math.nan
        results[_P.MEDIAN] = (median, error)
        results[_P.IQRANGE] = (high - low, math.nan)
    if flags & CLIPPED:
        clipped = pixels.clip()
        survivors = clipped.n
        results.update(_clipped_results(clipped, control))
    results[_P.NPOINT] = (float(n), 0.0)
    results[_P.NMASKED] = (float(pixels.values.size - n), 0.0)
    results[_P.NCLIPPED] = (float(n - survivors), 0.0)
    results[_P.ORMASK] = (float(pixels.or_mask), 0.0)
    return {prop: result for prop, result in results.items() if prop & flags}


def _recentered_moments(sample: Sample) -> Moments:
    """Return the moments about the mean of a first pass.

    The center of a weighted sample is the weighted sum divided by the number
    of pixels (agrees with the stack).
    """
    if sample.weights is None:
        total = float(sample.values.sum(dtype=np.float64))
    else:
        total = sample_moments(replace(sample, variance=None), 0.0).sum_wd
    return sample_moments(sample, total / sample.n if sample.n else 0.0)


def _plain_results(
    sample: Sample, moments: Moments, n: int, flags: int, control: StatisticsControl
) -> _Results:
    mean, variance = moments.mean, moments.variance
    mean_square = (n - 1) / n * variance + mean * mean if n else math.nan
    variance_error2 = _variance_error2(variance, n)
    stdev = _sqrt(variance)
    results = {
        _P.MEAN: (mean, _mean_error(moments, control)),
        _P.VARIANCE: (variance, _sqrt(variance_error2)),
        _P.STDEV: (stdev, _half_relative(variance_error2, stdev)),
        _P.SUM: (moments.sum, 0.0),
        _P.MEANSQUARE: (mean_square, math.sqrt(2.0) * mean_square / n if n else math.nan),
    }
    if flags & (_P.MIN | _P.MAX):
        # The stack starts from the first-pass center, not from a pixel.
        lowest, highest = (sample.values.min(), sample.values.max()) if sample.n else (math.nan, math.nan)
        unusable = math.isnan(moments.center) or sample.n == 0
        results[_P.MIN] = (math.nan if unusable else min(moments.center, float(lowest)), 0.0)
        results[_P.MAX] = (math.nan if unusable else max(moments.center, float(highest)), 0.0)
    return results


def _clipped_results(moments: Moments, control: StatisticsControl) -> _Results:
    variance = moments.variance
    stdev = _sqrt(variance)
    return {
        _P.MEANCLIP: (moments.mean, _mean_error(moments, control)),
        _P.STDEVCLIP: (stdev, _half_relative(_variance_error2(variance, moments.n), stdev)),
        _P.VARIANCECLIP: (variance, math.nan),
    }


def _mean_error(moments: Moments, control: StatisticsControl) -> float:
    """Return the standard error of a mean."""
    if moments.n == 0:
        return math.nan
    if control.getCalcErrorFromInputVariance():
        return ratio(_sqrt(moments.sum_variance_w2), moments.sum_w)
    if control.getCalcErrorMosaicMode():
        return _sqrt(ratio(moments.sum_variance_w, moments.sum_w))
    return ratio(_sqrt(moments.variance * moments.sum_w2), moments.sum_w)


def _variance_error2(variance: float, n: int) -> float:
    """Return the squared error of a variance of a normal sample."""
    return 2.0 * (n - 1) * variance * variance / (float(n) * n) if n else math.nan


def _half_relative(variance_error2: float, stdev: float) -> float:
    """Return the error of a standard deviation."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(0.5 * np.float64(_sqrt(variance_error2)) / np.float64(stdev))


def _sqrt(value: float) -> float:
    """Return the root, NaN for negative values and NaN."""
    return math.sqrt(value) if value >= 0 else math.nan
