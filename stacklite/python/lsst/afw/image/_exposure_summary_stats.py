"""Summary statistics of an exposure: one row of a visit summary."""

from __future__ import annotations

__all__ = ["ExposureSummaryStats"]

import dataclasses
import math
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import yaml

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.typehandling import Storable
from lsst_stacklite import load_yaml
from lsst_stacklite._limits import SUMMARY_VALUES
from lsst_stacklite.archives import make_table, persistable_reader

if TYPE_CHECKING:
    from lsst.afw.table import BaseRecord, Schema
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable

_VERSION = 0


def _column(type_: str, unit: str, doc: str) -> Any:
    """Declare a field with the catalog column that holds it."""
    metadata = {"type": type_, "unit": unit, "doc": doc}
    if type_ == "ArrayD":
        return dataclasses.field(default_factory=lambda: [math.nan] * 4, metadata=metadata)
    return dataclasses.field(default=0 if type_ == "I" else math.nan, metadata=metadata)


def _newer(type_: str = "F") -> Any:
    """Declare a field that newer stacks have, and that is no column here."""
    if type_ == "ArrayD":
        return dataclasses.field(default_factory=list, metadata={"type": type_})
    return dataclasses.field(default=0 if type_ == "I" else math.nan, metadata={"type": type_})


@dataclasses.dataclass
class ExposureSummaryStats(Storable):
    """Statistics of one detector of one visit.

    Fields that are not known are NaN; `nPsfStar` is 0. The order of the
    fields is that of the columns of a visit summary. Those after `magLim`
    came later than the columns: they are only kept, as exposures and the
    newer image types have them, and stored where they are known.
    """

    version: int = _VERSION
    """Version of the definition; never in a catalog."""

    psfSigma: float = _column("F", "pixel", "determinant radius of the PSF at the center")
    psfArea: float = _column("F", "pixel**2", "effective area of the PSF at the center")
    psfIxx: float = _column("F", "pixel**2", "PSF shape Ixx at the center")
    psfIyy: float = _column("F", "pixel**2", "PSF shape Iyy at the center")
    psfIxy: float = _column("F", "pixel**2", "PSF shape Ixy at the center")
    raCorners: list[float] = _column("ArrayD", "degree", "right ascension of the corners")
    decCorners: list[float] = _column("ArrayD", "degree", "declination of the corners")
    ra: float = _column("D", "degree", "right ascension of the center")
    dec: float = _column("D", "degree", "declination of the center")
    zenithDistance: float = _column("F", "degree", "zenith distance of the center")
    pixelScale: float = _column("F", "arcsec/pixel", "pixel scale at the center")
    expTime: float = _column("F", "second", "exposure time")
    zeroPoint: float = _column("F", "mag", "mean photometric zero point")
    skyBg: float = _column("F", "adu", "background: sum of the layers' medians")
    skyNoise: float = _column("F", "adu", "clipped standard deviation of the image")
    meanVar: float = _column("F", "adu**2", "clipped mean of the variance plane")
    astromOffsetMean: float = _column("F", "arcsec", "mean astrometric match offset")
    astromOffsetStd: float = _column("F", "arcsec", "scatter of the astrometric match offset")
    nPsfStar: int = _column("I", "", "number of stars used for the PSF model")
    psfStarDeltaE1Median: float = _column("F", "", "median of star minus model E1")
    psfStarDeltaE2Median: float = _column("F", "", "median of star minus model E2")
    psfStarDeltaE1Scatter: float = _column("F", "", "scatter (MAD) of star minus model E1")
    psfStarDeltaE2Scatter: float = _column("F", "", "scatter (MAD) of star minus model E2")
    psfStarDeltaSizeMedian: float = _column("F", "pixel", "median of star minus model size")
    psfStarDeltaSizeScatter: float = _column("F", "pixel", "scatter (MAD) of star minus model size")
    psfStarScaledDeltaSizeScatter: float = _column("F", "", "size scatter divided by the median size")
    psfTraceRadiusDelta: float = _column("F", "pixel", "range of the PSF trace radius over the detector")
    psfApFluxDelta: float = _column("F", "", "range of the PSF aperture flux over the detector")
    psfApCorrSigmaScaledDelta: float = _column("F", "", "range of the aperture correction over psfSigma")
    maxDistToNearestPsf: float = _column("F", "pixel", "largest distance of a good pixel to a PSF star")
    starEMedian: float = _column("F", "", "median ellipticity of the PSF stars")
    starUnNormalizedEMedian: float = _column("F", "", "median ellipticity times size of the PSF stars")
    starComa1Median: float = _column("F", "", "median first coma moment of the PSF stars")
    starComa2Median: float = _column("F", "", "median second coma moment of the PSF stars")
    starTrefoil1Median: float = _column("F", "", "median first trefoil moment of the PSF stars")
    starTrefoil2Median: float = _column("F", "", "median second trefoil moment of the PSF stars")
    starKurtosisMedian: float = _column("F", "", "median kurtosis of the PSF stars")
    starE41Median: float = _column("F", "", "median first fourth-order ellipticity of the PSF stars")
    starE42Median: float = _column("F", "", "median second fourth-order ellipticity of the PSF stars")
    effTime: float = _column("F", "second", "effective exposure time")
    effTimePsfSigmaScale: float = _column("F", "", "PSF ingredient of the effective exposure time")
    effTimeSkyBgScale: float = _column("F", "", "background ingredient of the effective exposure time")
    effTimeZeroPointScale: float = _column("F", "", "zero point ingredient of the effective exposure time")
    magLim: float = _column("F", "mag", "limiting magnitude")
    psfAdaptiveThresholdValue: float = _newer()
    psfAdaptiveIncludeThresholdMultiplier: float = _newer()
    nShapeletsStar: int = _newer("I")
    shapeletsOnlyIqScore: float = _newer()
    shapeletsIqScore: float = _newer()
    shapeletsCoeffs: list[float] = _newer("ArrayD")
    centroidDiffShapeletsVsSlotMedian: float = _newer()
    shapeletsStarEMedian: float = _newer()
    shapeletsStarUnNormalizedEMedian: float = _newer()
    refCatSourceDensity: float = _newer()
    psfTE1e1: float = _newer()
    psfTE1e2: float = _newer()
    psfTE1ex: float = _newer()
    psfTE2e1: float = _newer()
    psfTE2e2: float = _newer()
    psfTE2ex: float = _newer()
    psfTE3e1: float = _newer()
    psfTE3e2: float = _newer()
    psfTE3ex: float = _newer()
    psfTE4e1: float = _newer()
    psfTE4e2: float = _newer()
    psfTE4ex: float = _newer()

    @classmethod
    def update_schema(cls, schema: Schema) -> None:
        """Add the columns of all fields to a schema.

        Parameters
        ----------
        schema : `~lsst.afw.table.Schema`
            Changed in place.
        """
        for field in _columns(cls):
            type_, doc, unit = (field.metadata[key] for key in ("type", "doc", "unit"))
            size = 4 if type_ == "ArrayD" else None
            schema.addField(field.name, type=type_, doc=doc, units=unit, size=size)

    def update_record(self, record: BaseRecord) -> None:
        """Write every field that is a column into a catalog row."""
        for field in _columns(self):
            value = getattr(self, field.name)
            if field.metadata["type"] == "ArrayD":
                value = np.asarray(value, dtype=np.float64)
            record[field.name] = value

    @classmethod
    def from_record(cls, record: BaseRecord) -> Self:
        """Read every field that is a column from a catalog row.

        Raises
        ------
        KeyError
            Raised if the catalog lacks a column.
        """
        return cls(**{f.name: _plain(record[f.name], f.metadata["type"]) for f in _columns(cls)})

    # -- Persistence

    def _to_yaml(self) -> str:
        """Return the text that is stored with an exposure."""
        values = {"version": int(self.version)}
        # Older stacks warn of what they do not know, so unknown newer statistics are not mentioned to them.
        stored = [*_columns(self), *(field for field in _newer_fields(self) if _is_set(self, field))]
        values |= {f.name: _plain(getattr(self, f.name), f.metadata["type"]) for f in stored}
        return yaml.safe_dump(values, default_flow_style=False, sort_keys=True)

    @classmethod
    def _from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Return statistics that were stored by any version of the stack.

        Parameters
        ----------
        values : `~collections.abc.Mapping`
            Field name -> value; ``decl`` is the old name of ``dec``; unknown
            names are dropped with a `FutureWarning`.
        """
        if "dec" not in values:
            values = {("dec" if key == "decl" else key): value for key, value in values.items()}
        unknown = values.keys() - {field.name for field in dataclasses.fields(cls)}
        if unknown:
            warnings.warn(
                f"summary statistics that this version does not know are dropped: {sorted(unknown)}.",
                FutureWarning,
                stacklevel=2,
            )
        return cls(**{key: value for key, value in values.items() if key not in unknown})

    @classmethod
    def _read(cls, bytes: bytes) -> Self:  # noqa: A002 (the stack's own name)
        """Return statistics from the text that is stored with an exposure.

        Raises
        ------
        ValueError
            Raised if the text is no mapping.
        lsst.pex.exceptions.TypeError
            Raised if it has another version, or a value that is no number.
        """
        values = load_yaml(bytes.decode(), SUMMARY_VALUES)
        if not isinstance(values, dict):
            raise ValueError("stored summary statistics are not a YAML mapping.")
        if (version := values.get("version", _VERSION)) != _VERSION:
            raise pex_exceptions.TypeError(
                f"an ExposureSummaryStats has version {version}; only {_VERSION} can be read."
            )
        stats = cls._from_mapping(values)
        # As numbers, so that another value fails here and not later.
        fields = dataclasses.fields(cls)[1:]
        numbers = {f.name: _plain(getattr(stats, f.name), f.metadata["type"]) for f in fields}
        return dataclasses.replace(stats, **numbers)

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        content = np.frombuffer(self._to_yaml().encode(), np.uint8)
        return [make_table([("bytes", "ArrayB", "YAML mapping of the fields", "", 0)], [[content]])]


def _columns(stats: Any) -> tuple[dataclasses.Field[Any], ...]:
    """Return the fields that are columns of a visit summary."""
    return tuple(field for field in dataclasses.fields(stats) if "unit" in field.metadata)


def _newer_fields(stats: Any) -> tuple[dataclasses.Field[Any], ...]:
    """Return the fields that came later than the columns."""
    return tuple(f for f in dataclasses.fields(stats) if "type" in f.metadata and "unit" not in f.metadata)


def _is_set(stats: ExposureSummaryStats, field: dataclasses.Field[Any]) -> bool:
    value = getattr(stats, field.name)
    return bool(value) and not (isinstance(value, float) and math.isnan(value))


def _plain(value: Any, type_: str) -> Any:
    """Return a plain Python value, as exact as the column type holds it."""
    if type_ == "ArrayD":
        return [float(each) for each in value]
    return int(value) if type_ == "I" else float(value)


@persistable_reader(
    "ExposureSummaryStats",
    of=ExposureSummaryStats,
    module="lsst.afw.image._exposureSummaryStats",
    id_fields=(),
)
def _read_summary_stats(archive: ArchiveReader, tables: Sequence[StoredTable]) -> ExposureSummaryStats:
    return ExposureSummaryStats._read(np.asarray(tables[0][0]["bytes"], np.uint8).tobytes())
