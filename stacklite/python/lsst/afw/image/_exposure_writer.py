"""Writing of exposures."""

from __future__ import annotations

__all__ = ["write_exposure"]

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lsst.afw.fits._cards import format_cards
from lsst.afw.fits._metadata import metadata_cards
from lsst.afw.fits._writing import write_hdus
from lsst.afw.table.io import Persistable
from lsst.daf.base import PropertyList
from lsst.geom import Extent2D
from lsst_stacklite._exposure_components import COMPONENTS_BY_KEY
from lsst_stacklite.archives import ArchiveWriter, OpaquePersistable, fill_archive

from ._exposure_info import ExposureInfo
from ._plane_writers import primary_hdu, write_planes
from ._visit_info_header import setVisitInfoMetadata

if TYPE_CHECKING:
    from ._exposure import _ExposureBase

_VERSION = 2
_ARCHIVE_HDU = 5
# Planes have units of their own; IDs from the header of another file would name objects of this one.
_NOT_OF_USERS = {"BUNIT", "EXTNAME", *(f"{key}_ID" for key in COMPONENTS_BY_KEY)}
_UNITS = {"IMAGE": "{}", "VARIANCE": "{}**2"}


def _put_components(info: ExposureInfo, archive: ArchiveWriter) -> dict[str, int]:
    """Put the components that can be stored into the archive, and return their IDs by name.

    In the order in which components were set: one that was read from a file
    is written as it was.
    """
    storable = {
        key: component
        for key, component in info._components.items()
        if isinstance(component, OpaquePersistable)
        or (isinstance(component, Persistable) and component._is_persistable())
    }
    # Unknown classes may hold IDs and must keep theirs.
    archive.adopt(storable.values())
    return {key: archive.put(component) for key, component in storable.items()}


def _primary_metadata(info: ExposureInfo, ids: Mapping[str, int]) -> PropertyList:
    metadata = PropertyList()
    if info.getMetadata() is not None:
        metadata.combine(info.getMetadata())
    for name in metadata.getOrderedNames():
        if name in _NOT_OF_USERS or name.startswith("ARCHIVE_ID_"):
            metadata.remove(name)
    metadata.set("EXPINFO_V", _VERSION)
    metadata.set("AR_HDU", _ARCHIVE_HDU, "HDU (1-indexed) containing the archive")
    for key, archive_id in ids.items():
        comment = f"archive ID for component {key!r}"
        metadata.set(f"{key}_ID", archive_id, comment)
        metadata.set(f"ARCHIVE_ID_{key}", archive_id, comment)
    detector = info.getDetector()
    if detector is not None and not isinstance(detector, OpaquePersistable):
        metadata.set("DETNAME", detector.getName())
        metadata.set("DETSER", detector.getSerial())
    visit_info = info.getVisitInfo()
    if visit_info is not None:
        setVisitInfoMetadata(metadata, visit_info)
    if info.hasId():
        metadata.set("EXPID", info.getId())
    return metadata


def _wcs_metadata(exposure: _ExposureBase) -> PropertyList:
    """Return the header WCS (array coordinates) if there is a FITS WCS."""
    wcs = exposure.info.getWcs()
    if wcs is None or isinstance(wcs, OpaquePersistable):
        return PropertyList()
    representable = wcs if wcs.isFits else wcs.getFitsApproximation()
    if representable is None:
        return PropertyList()
    shift = Extent2D(-exposure.getX0(), -exposure.getY0())
    return representable.copyAtShiftedPixelOrigin(shift).getFitsMetadata(precise=True)


def _plane_metadata(exposure: _ExposureBase) -> dict[str, PropertyList]:
    """Return the cards of every plane: WCS, origin, unit."""
    user = exposure.info.getMetadata()
    unit = user.getScalar("BUNIT") if user is not None and user.exists("BUNIT") else None
    planes = {}
    for name in ("IMAGE", "MASK", "VARIANCE"):
        metadata = _wcs_metadata(exposure)
        metadata.set("LTV1", float(-exposure.getX0()))
        metadata.set("LTV2", float(-exposure.getY0()))
        if unit is not None:
            metadata.set("BUNIT", _UNITS[name].format(unit) if name in _UNITS else None)
        planes[name] = metadata
    return planes


def write_exposure(exposure: _ExposureBase, path: str | os.PathLike[str], options: Mapping[str, Any]) -> None:
    """Write an exposure in format version 2.

    Components that cannot be stored are left out (as the stack does).

    Parameters
    ----------
    exposure : `ExposureF` or another type
        Exposure to write.
    path : `str`
        Path, replaced if it exists.
    options : `~collections.abc.Mapping`
        ``image``, ``mask``, ``variance`` -> compression options.
    """
    archive, ids = fill_archive(lambda archive: _put_components(exposure.info, archive))
    metadata = _primary_metadata(exposure.info, ids)
    cards = metadata_cards(metadata)
    if metadata.exists("INHERIT"):
        # Among the cards of a primary header it is one of the user's.
        cards += format_cards("INHERIT", metadata.getScalar("INHERIT"), metadata.getComment("INHERIT"))
    primary = primary_hdu(cards)
    planes = write_planes(exposure.maskedImage, _plane_metadata(exposure), options)
    write_hdus(path, [*planes, *archive.to_hdus()], primary=primary)
