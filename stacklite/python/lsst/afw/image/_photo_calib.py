"""Photometric calibration: from instrumental flux to nJy and AB magnitude."""

from __future__ import annotations

__all__ = ["Measurement", "PhotoCalib"]

import enum
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from astropy import units
from astropy.units import Magnitude

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.table.io import Persistable
from lsst.afw.typehandling import Storable
from lsst.geom import Box2I, Point2D
from lsst.pex.exceptions import InvalidParameterError, LengthError, NotFoundError
from lsst_stacklite._bounded_field import BoundedField
from lsst_stacklite._chebyshev_bounded_field import ChebyshevBoundedField
from lsst_stacklite._overloads import Check, bind
from lsst_stacklite.archives import FitsReadable, make_table, persistable_reader

from ._photometry import (
    AB_FLUX_NJY,
    MAGNITUDE,
    NANOJANSKY,
    Measurement,
    Quantity,
    divide,
    inst_flux_fields,
    with_calibrated_columns,
)

if TYPE_CHECKING:
    from lsst.afw.image._masked_image import MaskedImageF
    from lsst.afw.table import SourceCatalog, SourceRecord
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable

_VERSION = 1
_EMPTY = Box2I()

# Catalogs import images, so they are recognized by their schema.
_CHECKS: dict[str, Check] = {
    "BoundedField": Persistable,  # fields of unknown classes pass through files
    "Box2I": Box2I,
    "Point2D": Point2D,
    "SourceCatalog": lambda value: hasattr(value, "schema") and hasattr(value, "__len__"),
    "SourceRecord": lambda value: hasattr(value, "schema") and not hasattr(value, "__len__"),
}


class _UnsetEnum(enum.Enum):
    UNSET = enum.auto()


class PhotoCalib(FitsReadable, Storable):
    """Conversion of instrumental fluxes to nJy and AB magnitudes.

    Called as ``PhotoCalib(calibrationMean, calibrationErr=0, bbox=Box2I())``
    (constant), ``PhotoCalib(calibration, calibrationErr=0)`` (varying, mean of
    the field) or ``PhotoCalib(calibrationMean, calibrationErr, calibration,
    isConstant)`` (all given; the mean is not checked against the field).
    Without arguments the calibration is 0. Objects are immutable.

    Parameters
    ----------
    calibrationMean : `float`
        Mean calibration in nJy per unit of instrumental flux.
    calibration : `lsst.afw.math.BoundedField`
        Calibration by position, in the same unit.
    calibrationErr : `float`, optional
        1-sigma error of the mean calibration, in the same unit.
    bbox : `lsst.geom.Box2I`, optional
        Box of a constant calibration.
    isConstant : `bool`, optional
        Whether positions and the field are ignored.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the mean or the error is negative.
    lsst.pex.exceptions.LogicError
        Raised if the mean is needed of a field that cannot compute it.
    TypeError
        Raised if the arguments are of none of the three forms.
    """

    @overload
    def __init__(self) -> None: ...

    @overload
    def __init__(self, calibrationMean: float, calibrationErr: float = 0.0, bbox: Box2I = _EMPTY) -> None: ...

    @overload
    def __init__(self, calibration: BoundedField, calibrationErr: float = 0.0) -> None: ...

    @overload
    def __init__(
        self, calibrationMean: float, calibrationErr: float, calibration: BoundedField, isConstant: bool
    ) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(PhotoCalib.__init__, _CHECKS, (self, *args), kwargs)
        if "calibration" not in given:
            self._set_constant(**given)
        elif "calibrationMean" not in given:
            self._set_field(**given)
        else:
            self._set_all(**given)

    def _set_constant(
        self, calibrationMean: float = 0.0, calibrationErr: float = 0.0, bbox: Box2I = _EMPTY
    ) -> None:
        field = ChebyshevBoundedField(bbox, np.array([[float(calibrationMean)]]))
        self._set_all(calibrationMean, calibrationErr, field, True)

    def _set_field(self, calibration: BoundedField, calibrationErr: float = 0.0) -> None:
        self._set_all(calibration.mean(), calibrationErr, calibration, False)

    def _set_all(
        self, calibrationMean: float, calibrationErr: float, calibration: BoundedField, isConstant: bool
    ) -> None:
        self._mean, self._field, self._constant = float(calibrationMean), calibration, bool(isConstant)
        self._err = float(calibrationErr)
        if self._mean < 0 or self._err < 0:
            raise InvalidParameterError(
                f"calibration mean {self._mean} and error {self._err} must not be negative."
            )

    def getCalibrationMean(self) -> float:
        """Return the mean calibration, in nJy per unit of instrumental flux."""
        return self._mean

    def getCalibrationErr(self) -> float:
        """Return the 1-sigma error of the mean calibration."""
        return self._err

    def getInstFluxAtZeroMagnitude(self) -> float:
        """Return the instrumental flux of AB magnitude 0 (mean calibration)."""
        return float(divide(AB_FLUX_NJY, self._mean))

    def getLocalCalibration(self, point: Point2D) -> float:
        """Return the calibration at a position, in nJy per instrumental flux."""
        return float(self._factor(point))

    def getLocalCalibrationArray(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the calibration at positions (pixels), an array like ``x``."""
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        return np.full(x.shape, self._mean) if self._constant else self._field._evaluate_array(x, y)

    @overload
    def instFluxToNanojansky(self, instFlux: float, point: Point2D) -> float: ...

    @overload
    def instFluxToNanojansky(self, instFlux: float) -> float: ...

    @overload
    def instFluxToNanojansky(self, instFlux: float, instFluxErr: float, point: Point2D) -> Measurement: ...

    @overload
    def instFluxToNanojansky(self, instFlux: float, instFluxErr: float) -> Measurement: ...

    @overload
    def instFluxToNanojansky(self, sourceRecord: SourceRecord, instFluxField: str) -> Measurement: ...

    @overload
    def instFluxToNanojansky(self, sourceCatalog: SourceCatalog, instFluxField: str) -> np.ndarray: ...

    @overload
    def instFluxToNanojansky(
        self, sourceCatalog: SourceCatalog, instFluxField: str, outField: str
    ) -> None: ...

    def instFluxToNanojansky(self, *args: Any, **kwargs: Any) -> Any:
        """Convert instrumental flux to nJy.

        Fluxes without an error become a `float`, fluxes with an error and
        those of a record a `Measurement`, those of a catalog an array of shape
        (n, 2) of value and error, unless ``outField`` is given: then the
        columns ``<outField>_flux`` and ``<outField>_fluxErr`` are filled.
        Without a point the mean calibration applies. The error of the
        calibration does not enter the errors.
        """
        given = bind(PhotoCalib.instFluxToNanojansky, _CHECKS, (self, *args), kwargs)
        return self._convert(NANOJANSKY, **given)

    @overload
    def instFluxToMagnitude(self, instFlux: float, point: Point2D) -> float: ...

    @overload
    def instFluxToMagnitude(self, instFlux: float) -> float: ...

    @overload
    def instFluxToMagnitude(self, instFlux: float, instFluxErr: float, point: Point2D) -> Measurement: ...

    @overload
    def instFluxToMagnitude(self, instFlux: float, instFluxErr: float) -> Measurement: ...

    @overload
    def instFluxToMagnitude(self, sourceRecord: SourceRecord, instFluxField: str) -> Measurement: ...

    @overload
    def instFluxToMagnitude(self, sourceCatalog: SourceCatalog, instFluxField: str) -> np.ndarray: ...

    @overload
    def instFluxToMagnitude(
        self, sourceCatalog: SourceCatalog, instFluxField: str, outField: str
    ) -> None: ...

    def instFluxToMagnitude(self, *args: Any, **kwargs: Any) -> Any:
        """Convert instrumental flux to AB magnitude.

        The forms are those of `instFluxToNanojansky`; output columns are
        ``<outField>_mag`` and ``<outField>_magErr``.
        """
        given = bind(PhotoCalib.instFluxToMagnitude, _CHECKS, (self, *args), kwargs)
        return self._convert(MAGNITUDE, **given)

    @overload
    def magnitudeToInstFlux(self, magnitude: float, point: Point2D) -> float: ...

    @overload
    def magnitudeToInstFlux(self, magnitude: float) -> float: ...

    def magnitudeToInstFlux(self, magnitude: float, point: Point2D | None = None) -> float:
        """Convert AB magnitude to instrumental flux."""
        with np.errstate(over="ignore"):
            flux = AB_FLUX_NJY * np.float64(10.0) ** (magnitude / -2.5)
        return float(divide(flux, self._factor(point)))

    def instFluxToMagnitudeArray(self, instFluxes: np.ndarray, x: np.ndarray, y: np.ndarray) -> Magnitude:
        """Convert instrumental fluxes at positions (pixels) to AB magnitudes.

        Parameters
        ----------
        instFluxes, x, y : `numpy.ndarray`
            Fluxes and positions, of equal shape.
        """
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            nanojansky = np.asarray(instFluxes) * self.getLocalCalibrationArray(x, y)
            return (nanojansky * units.nJy).to(units.ABmag)

    def magnitudeToInstFluxArray(
        self, magnitudes: np.ndarray | Magnitude, x: np.ndarray, y: np.ndarray
    ) -> np.ndarray:
        """Convert AB magnitudes at positions (pixels) to instrumental fluxes.

        Parameters
        ----------
        magnitudes, x, y : `numpy.ndarray`
            Magnitudes and positions, of equal shape.
        """
        if not isinstance(magnitudes, Magnitude):
            magnitudes = np.asarray(magnitudes) * units.ABmag
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return magnitudes.to_value(units.nJy) / self.getLocalCalibrationArray(x, y)

    @overload
    def nanojanskyToInstFlux(self, nanojansky: float, point: Point2D) -> float: ...

    @overload
    def nanojanskyToInstFlux(self, nanojansky: float) -> float: ...

    def nanojanskyToInstFlux(self, nanojansky: float, point: Point2D | None = None) -> float:
        """Convert nJy to instrumental flux."""
        return float(divide(nanojansky, self._factor(point)))

    @overload
    def calibrateCatalog(self, maskedImage: SourceCatalog, fluxFields: Sequence[str]) -> SourceCatalog: ...

    @overload
    def calibrateCatalog(self, maskedImage: SourceCatalog) -> SourceCatalog: ...

    def calibrateCatalog(
        self, maskedImage: SourceCatalog, fluxFields: Sequence[str] | None = None
    ) -> SourceCatalog:
        """Return a copy of a catalog with columns of nJy and AB magnitudes.

        Parameters
        ----------
        maskedImage : `lsst.afw.table.SourceCatalog`
            Sources, with a centroid slot if the calibration varies; no image,
            despite its name.
        fluxFields : `~collections.abc.Sequence` [`str`], optional
            Fields to calibrate: ``<name>`` of ``<name>_instFlux``; by default
            all that there are.

        Returns
        -------
        catalog : `lsst.afw.table.SourceCatalog`
            All columns of the input, and ``<name>_flux``, ``<name>_mag`` with
            errors ``<name>_fluxErr``, ``<name>_magErr`` where the input has
            ``<name>_instFluxErr``. Columns of these names are replaced.
        """
        fields = inst_flux_fields(maskedImage.schema) if fluxFields is None else fluxFields
        return with_calibrated_columns(
            maskedImage, fields, (NANOJANSKY, MAGNITUDE), self._factor_at_sources(maskedImage)
        )

    def calibrateImage(
        self, maskedImage: MaskedImageF, includeScaleUncertainty: Any = _UnsetEnum.UNSET
    ) -> MaskedImageF:
        """Return a copy of an image in nJy.

        The image is multiplied by the calibration, the variance by its
        square. A varying calibration applies in the overlap with its box.

        Parameters
        ----------
        maskedImage : `MaskedImageF`
            The image.
        includeScaleUncertainty : `bool`, optional
            Has no effect; deprecated, as in the stack.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if a varying calibration does not overlap the image, unless the
            image contains pixel (0, 0) (then nothing changes, as in the
            stack).
        """
        _warn_if_set(includeScaleUncertainty)
        return self._scaled_copy(maskedImage, inverse=False)

    def uncalibrateImage(
        self, maskedImage: MaskedImageF, includeScaleUncertainty: Any = _UnsetEnum.UNSET
    ) -> MaskedImageF:
        """Return a copy of an image in nJy turned back to instrumental flux.

        The inverse of `calibrateImage`; parameters and exceptions are the same.
        """
        _warn_if_set(includeScaleUncertainty)
        return self._scaled_copy(maskedImage, inverse=True)

    def computeScaledCalibration(self) -> BoundedField:
        """Return the field of the calibration relative to its mean."""
        return self._field / self._mean

    @property
    def _isConstant(self) -> bool:
        """Whether the calibration is the same at every position."""
        return self._constant

    def _factor(self, point: Point2D | None) -> float:
        return self._mean if point is None or self._constant else self._field.evaluate(point)

    def _convert(
        self,
        quantity: Quantity,
        instFlux: float = 0.0,
        instFluxErr: float | None = None,
        point: Point2D | None = None,
        **sources: Any,
    ) -> Any:
        if sources:
            return self._convert_sources(quantity, *sources.values())
        err = 0.0 if instFluxErr is None else float(instFluxErr)
        value, error = quantity.convert(float(instFlux), err, self._factor(point))
        return float(value) if instFluxErr is None else Measurement(float(value), float(error))

    def _convert_sources(
        self, quantity: Quantity, source: Any, field: str, out_field: str | None = None
    ) -> Any:
        names = f"{field}_instFlux", f"{field}_instFluxErr"
        missing = [name for name in names if name not in source.schema]
        if missing:
            raise NotFoundError(f"the catalog has no field {missing[0]!r}.")
        flux, err = (source[name] for name in names)
        value, error = quantity.convert(flux, err, self._factor_at_sources(source))
        if np.ndim(value) == 0:
            return Measurement(float(value), float(error))
        if out_field is None:
            return np.stack([value, error], axis=-1)
        source[f"{out_field}_{quantity.suffix}"] = value
        source[f"{out_field}_{quantity.suffix}Err"] = error
        return None

    def _factor_at_sources(self, source: Any) -> Any:
        """Return the calibration of a record or of all rows of a catalog."""
        if self._constant:
            return self._mean
        return self._field.evaluate(source["slot_Centroid_x"], source["slot_Centroid_y"])

    def _scaled_copy(self, masked_image: MaskedImageF, *, inverse: bool) -> MaskedImageF:
        result = masked_image.clone()
        if self._constant:
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                if inverse:
                    result /= self._mean
                else:
                    result *= self._mean
            return result
        self._check_overlap(result.getBBox())
        for plane, power in ((result.image, 1), (result.variance, 2)):
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
            raise LengthError(f"image box {bbox} is outside the calibration's box {self._field.getBBox()}.")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PhotoCalib):
            return NotImplemented
        return (self._mean, self._err, self._constant) == (
            other._mean,
            other._err,
            other._constant,
        ) and self._field == other._field

    __hash__ = None

    def __str__(self) -> str:
        kind = "spatially constant" if self._constant else repr(self._field)
        return f"{kind} with mean: {self._mean:g} error: {self._err:g}"

    def __repr__(self) -> str:
        return f"PhotoCalib({self})"

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields = [
            ("calibrationMean", "D", "mean calibration over the valid domain", "count"),
            ("calibrationErr", "D", "1-sigma error on the mean calibration", "count"),
            ("isConstant", "Flag", "is the calibration spatially constant?", ""),
            ("field", "I", "archive id of the BoundedField", ""),
            ("version", "I", "version of this table", ""),
        ]
        row = (self._mean, self._err, self._constant, archive.put(self._field), _VERSION)
        return [make_table(fields, [row])]


def _warn_if_set(value: Any) -> None:
    if value is not _UnsetEnum.UNSET:
        warnings.warn("includeScaleUncertainty has no effect; leave it out.", FutureWarning, stacklevel=3)


@persistable_reader("PhotoCalib", of=PhotoCalib, id_fields=("field",))
def _read_photo_calib(archive: ArchiveReader, tables: Sequence[StoredTable]) -> PhotoCalib:
    row = tables[0][0]
    version = row["version"] if "version" in tables[0].schema.getNames() else 0
    if version < _VERSION:
        raise pex_exceptions.RuntimeError(
            f"PhotoCalib version {version} is in maggies and not supported (need {_VERSION})."
        )
    if version > _VERSION:
        raise pex_exceptions.TypeError(
            f"a PhotoCalib has version {version}; versions up to {_VERSION} can be read."
        )
    field = archive.get(row["field"], BoundedField)
    if field is None:
        raise pex_exceptions.RuntimeError("a PhotoCalib has no BoundedField.")
    mean, error = float(row["calibrationMean"]), float(row["calibrationErr"])
    return PhotoCalib(mean, error, field, bool(row["isConstant"]))
