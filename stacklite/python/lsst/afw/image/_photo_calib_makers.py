"""Photometric calibrations from the flux of magnitude 0, which older files and headers contain."""

from __future__ import annotations

__all__ = ["makePhotoCalibFromCalibZeroPoint", "makePhotoCalibFromMetadata"]

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsst_stacklite.archives import persistable_reader

from ._photo_calib import PhotoCalib
from ._photometry import AB_FLUX_NJY, divide

if TYPE_CHECKING:
    from lsst.daf.base import PropertyList
    from lsst_stacklite.archives import ArchiveReader, StoredTable


def makePhotoCalibFromCalibZeroPoint(instFluxMag0: float, instFluxMag0Err: float = 0.0) -> PhotoCalib:
    """Return the constant calibration of a flux of AB magnitude 0.

    Parameters
    ----------
    instFluxMag0 : `float`
        Instrumental flux of AB magnitude 0.
    instFluxMag0Err : `float`, optional
        Its 1-sigma error.
    """
    mean = float(divide(AB_FLUX_NJY, instFluxMag0))
    return PhotoCalib(mean, float(divide(mean * instFluxMag0Err, instFluxMag0)))


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


@persistable_reader("Calib", id_fields=())
def _read_calib(archive: ArchiveReader, tables: Sequence[StoredTable]) -> PhotoCalib:
    """Read the predecessor of PhotoCalib (its exposure time is dropped)."""
    row = tables[0][0]
    return makePhotoCalibFromCalibZeroPoint(row["fluxmag0"], row["fluxmag0.err"])
