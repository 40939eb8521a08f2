"""Photometric calibration: from instrumental flux to nJy and AB magnitude."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.afw.math._bounded_field import BoundedField
from lsst.afw.math._chebyshev_bounded_field import ChebyshevBoundedField
from lsst.afw.table.io import make_table, persistable_reader
from lsst.afw.typehandling._storable import Storable
from lsst.geom import Box2I, Point2D
from lsst.pex.exceptions import InvalidParameterError, LengthError, RuntimeError, TypeError

if TYPE_CHECKING:
    from lsst.afw.image._masked_image import MaskedImageF
    from lsst.afw.table import BaseCatalog
    from lsst.afw.table.io import InputArchive, OutputArchive
    from lsst.daf.base import PropertyList

__all__ = [
    "Measurement",
    "PhotoCalib",
    "makePhotoCalibFromCalibZeroPoint",
    "makePhotoCalibFromMetadata",
]

_AB_FLUX_NJY = 10.0 ** (23.0 - 48.6 / 2.5 + 9.0)
"""Flux of AB magnitude 0, in nJy (numeric semantics 1.6)."""

_MAG_PER_RELATIVE_ERROR = 2.5 / math.log(10.0)

_VERSION = 1


@dataclass(frozen=True)
class Measurement:
    """A value and its 1-sigma error."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:g} +- {self.error:g}"


class PhotoCalib(Storable):
    """Conversion of instrumental fluxes to nJy and AB magnitudes.

    Called as ``PhotoCalib(mean, err=0, bbox=Box2I())`` (constant),
    ``PhotoCalib(field, err=0)`` (varying, mean of the field) or
    ``PhotoCalib(mean, err, field, isConstant)`` (all given; the mean is not
    checked against the field). Objects are immutable.

    Parameters
    ----------
    calibration : `float` or `lsst.afw.math.BoundedField`
        Calibration in nJy per unit of instrumental flux.
    calibrationErr : `float`, optional
        1-sigma error of the mean calibration, in the same unit.
    field : `lsst.geom.Box2I` or `lsst.afw.math.BoundedField`, optional
        Box of a constant calibration, or the field.
    isConstant : `bool`, optional
        Whether positions and the field are ignored.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        If the mean or the error is negative.
    lsst.pex.exceptions.LogicError
        If the mean is needed of a field that cannot compute it.
    """

    _persisted_name = "PhotoCalib"
    _persisted_module = ""

    def __init__(
        self,
        calibration: float | BoundedField = 0.0,
        calibrationErr: float = 0.0,
        field: Box2I | BoundedField | None = None,
        isConstant: bool | None = None,
        *,
        bbox: Box2I | None = None,
        calibrationMean: float | None = None,
    ) -> None:
        if calibrationMean is not None:
            calibration = calibrationMean
        if isinstance(calibration, BoundedField):
            self._mean, self._field, self._constant = calibration.mean(), calibration, False
        elif isinstance(field, BoundedField):
            self._mean, self._field, self._constant = float(calibration), field, bool(isConstant)
        else:
            box = bbox if bbox is not None else field if field is not None else Box2I()
            self._mean, self._constant = float(calibration), True
            self._field = ChebyshevBoundedField(box, np.array([[self._mean]]))
        self._err = float(calibrationErr)
        if self._mean < 0 or self._err < 0:
            raise InvalidParameterError(
                f"calibration mean {self._mean} and error {self._err} must not be negative"
            )

    def getCalibrationMean(self) -> float:
        """Return the mean calibration, in nJy per unit of instrumental flux."""
        return self._mean

    def getCalibrationErr(self) -> float:
        """Return the 1-sigma error of the mean calibration."""
        return self._err

    def getInstFluxAtZeroMagnitude(self) -> float:
        """Return the instrumental flux of AB magnitude 0 (mean calibration)."""
        return float(_divide(_AB_FLUX_NJY, self._mean))

    def getLocalCalibration(self, point: Point2D) -> float:
        """Return the calibration at a position, in nJy per instrumental flux."""
        return float(self._factor(point))

    def getLocalCalibrationArray(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the calibration at positions (pixels), an array like ``x``."""
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        return np.full(x.shape, self._mean) if self._constant else self._field._evaluate_array(x, y)

    def instFluxToNanojansky(self, *args: Any) -> Any:
        """Convert instrumental flux to nJy.

        Called as ``(flux)``, ``(flux, point)`` returning a `float`;
        ``(flux, err)``, ``(flux, err, point)`` or ``(record, name)``
        returning a `Measurement`; ``(catalog, name)`` returning an array of
        shape (n, 2) of value and error; ``(catalog, name, outName)`` filling
        the columns ``<outName>_flux`` and ``<outName>_fluxErr``. Without a
        point the mean calibration applies. The error of the calibration
        does not enter the errors.
        """
        return self._convert(_to_nanojansky, ("flux", "fluxErr"), args)

    def instFluxToMagnitude(self, *args: Any) -> Any:
        """Convert instrumental flux to AB magnitude.

        The forms are those of `instFluxToNanojansky`; output columns are
        ``<outName>_mag`` and ``<outName>_magErr``.
        """
        return self._convert(_to_magnitude, ("mag", "magErr"), args)

    def magnitudeToInstFlux(self, magnitude: float, point: Point2D | None = None) -> float:
        """Convert AB magnitude to instrumental flux."""
        return float(_divide(_AB_FLUX_NJY * 10.0 ** (-0.4 * magnitude), self._factor(point)))

    def nanojanskyToInstFlux(self, nanojansky: float, point: Point2D | None = None) -> float:
        """Convert nJy to instrumental flux."""
        return float(_divide(nanojansky, self._factor(point)))

    def calibrateImage(self, maskedImage: MaskedImageF) -> MaskedImageF:
        """Return a copy of an image in nJy.

        The image is multiplied by the calibration, the variance by its
        square. A varying calibration applies in the overlap with its box.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            If a varying calibration does not overlap the image, unless the
            image contains pixel (0, 0) (then nothing changes, as in the
            stack).
        """
        return self._scaled_copy(maskedImage, inverse=False)

    def uncalibrateImage(self, maskedImage: MaskedImageF) -> MaskedImageF:
        """Return a copy of an image in nJy turned back to instrumental flux.

        The inverse of `calibrateImage`; it raises the same way.
        """
        return self._scaled_copy(maskedImage, inverse=True)

    def computeScaledCalibration(self) -> BoundedField:
        """Return the field of the calibration relative to its mean."""
        return self._field / self._mean

    def isConstant(self) -> bool:
        """Tell whether the calibration is the same at every position."""
        return self._constant

    @property
    def _isConstant(self) -> bool:
        return self._constant

    def _factor(self, point: Point2D | None) -> float:
        return self._mean if point is None or self._constant else self._field.evaluate(point)

    def _convert(self, function: Any, suffixes: tuple[str, str], args: tuple[Any, ...]) -> Any:
        if len(args) > 1 and isinstance(args[1], str):
            return self._convert_catalog(function, suffixes, *args)
        flux, *rest = args
        point = rest.pop() if rest and isinstance(rest[-1], Point2D) else None
        err = float(rest[0]) if rest else 0.0
        value, error = function(float(flux), err, self._factor(point))
        return Measurement(float(value), float(error)) if rest else float(value)

    def _convert_catalog(
        self, function: Any, suffixes: tuple[str, str], source: Any, name: str, out_name: str | None = None
    ) -> Any:
        flux, err = source[f"{name}_instFlux"], source[f"{name}_instFluxErr"]
        factor = self.getLocalCalibrationArray(source["slot_Centroid_x"], source["slot_Centroid_y"])
        value, error = function(flux, err, factor)
        if np.ndim(value) == 0:
            return Measurement(float(value), float(error))
        if out_name is None:
            return np.stack([value, error], axis=-1)
        for suffix, column in zip(suffixes, (value, error), strict=True):
            source[f"{out_name}_{suffix}"] = column
        return None

    def _scaled_copy(self, masked_image: MaskedImageF, *, inverse: bool) -> MaskedImageF:
        result = masked_image.clone()
        planes = [(result.image, 1), (result.variance, 2)]
        if self._constant:
            operation = np.divide if inverse else np.multiply
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                for plane, power in planes:
                    # In double precision, rounded once, as the stack does.
                    operation(
                        plane.array, self._mean**power, out=plane.array, dtype=np.float64, casting="same_kind"
                    )
            return result
        self._check_overlap(result.getBBox())
        for plane, power in planes:
            for _ in range(power):
                apply = self._field.divideImage if inverse else self._field.multiplyImage
                apply(plane, overlapOnly=True)
        return result

    def _check_overlap(self, bbox: Box2I) -> None:
        overlap = Box2I(bbox)
        overlap.clip(self._field.getBBox())
        if overlap.isEmpty() and not (
            bbox.getMinX() <= 0 <= bbox.getMaxX() and bbox.getMinY() <= 0 <= bbox.getMaxY()
        ):
            raise LengthError(f"image box {bbox} is outside the calibration's box {self._field.getBBox()}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PhotoCalib):
            return NotImplemented
        return (self._mean, self._err, self._constant) == (
            other._mean,
            other._err,
            other._constant,
        ) and self._field == other._field

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        kind = "spatially constant" if self._constant else repr(self._field)
        return f"PhotoCalib({kind} with mean: {self._mean:g} error: {self._err:g})"

    __str__ = __repr__

    def _write_archive(self, archive: OutputArchive) -> Sequence[BaseCatalog]:
        fields = [
            ("calibrationMean", "D", "mean calibration over the valid domain", "count"),
            ("calibrationErr", "D", "1-sigma error on the mean calibration", "count"),
            ("isConstant", "Flag", "is the calibration spatially constant?", ""),
            ("field", "I", "archive id of the BoundedField", ""),
            ("version", "I", "version of this table", ""),
        ]
        row = (self._mean, self._err, self._constant, archive.put(self._field), _VERSION)
        return [make_table(fields, [row])]


def makePhotoCalibFromCalibZeroPoint(instFluxMag0: float, instFluxMag0Err: float = 0.0) -> PhotoCalib:
    """Return the constant calibration of a flux of AB magnitude 0.

    Parameters
    ----------
    instFluxMag0 : `float`
        Instrumental flux of AB magnitude 0.
    instFluxMag0Err : `float`, optional
        Its 1-sigma error.
    """
    mean = _AB_FLUX_NJY / instFluxMag0
    return PhotoCalib(mean, mean * instFluxMag0Err / instFluxMag0)


def makePhotoCalibFromMetadata(metadata: PropertyList, strip: bool = False) -> PhotoCalib | None:
    """Return the calibration that FLUXMAG0 in a header describes.

    Parameters
    ----------
    metadata : `lsst.daf.base.PropertySet`
        Header.
    strip : `bool`, optional
        Remove the keywords that were used.

    Returns
    -------
    photo_calib : `PhotoCalib` or `None`
        None if there is no FLUXMAG0.
    """
    if not metadata.exists("FLUXMAG0"):
        return None
    flux = metadata.getScalar("FLUXMAG0")
    err = metadata.getScalar("FLUXMAG0ERR") if metadata.exists("FLUXMAG0ERR") else 0.0
    if strip:
        metadata.remove("FLUXMAG0")
        metadata.remove("FLUXMAG0ERR")
    return makePhotoCalibFromCalibZeroPoint(flux, err)


@persistable_reader("PhotoCalib")
def _read_photo_calib(archive: InputArchive, tables: Sequence[BaseCatalog]) -> PhotoCalib:
    row = tables[0][0]
    version = row["version"] if "version" in tables[0].schema.getNames() else 0
    if version < _VERSION:
        raise RuntimeError(f"PhotoCalib version {version} is in maggies and not supported (need {_VERSION})")
    if version > _VERSION:
        raise TypeError(f"a PhotoCalib has version {version}; versions up to {_VERSION} can be read")
    field = archive.get(row["field"], "BoundedField")
    return PhotoCalib(row["calibrationMean"], row["calibrationErr"], field, row["isConstant"])


@persistable_reader("Calib")
def _read_calib(archive: InputArchive, tables: Sequence[BaseCatalog]) -> PhotoCalib:
    """Read the predecessor of PhotoCalib (its exposure time is dropped)."""
    row = tables[0][0]
    return makePhotoCalibFromCalibZeroPoint(row["fluxmag0"], row["fluxmag0.err"])


def _divide(numerator: Any, denominator: Any) -> Any:
    """Divide as C does: infinity or NaN instead of an exception."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(numerator, denominator)


def _to_nanojansky(flux: Any, err: Any, factor: Any) -> tuple[Any, Any]:
    """Return nJy and error."""
    return flux * factor, err * factor


def _to_magnitude(flux: Any, err: Any, factor: Any) -> tuple[Any, Any]:
    """Return AB magnitude and error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        magnitude = -2.5 * np.log10(np.multiply(flux, factor) / _AB_FLUX_NJY)
    return magnitude, _MAG_PER_RELATIVE_ERROR * _divide(err, flux)
