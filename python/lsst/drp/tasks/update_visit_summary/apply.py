"""Reconstruction of a final processed visit image from a row of the final summary."""

from __future__ import annotations

__all__ = ["apply_visit_summary"]

from collections.abc import Iterator

from lsst.afw.image import ExposureF, ImageF, MaskX, PhotoCalib
from lsst.afw.math import BackgroundList
from lsst.afw.table import ExposureRecord

from .row_statistics import RowStatistics


def apply_visit_summary(
    exposure: ExposureF,
    record: ExposureRecord,
    background: BackgroundList | ImageF | None = None,
    *,
    mask: MaskX | None = None,
    do_calibrate: bool = False,
) -> ExposureF:
    """Give an exposure the final components of its row in a visit summary.

    The final processed visit image is a post-ISR image less its background,
    with the final mask, and with these components.

    Parameters
    ----------
    exposure : `lsst.afw.image.ExposureF`
        Exposure of one detector; not modified.
    record : `lsst.afw.table.ExposureRecord`
        Its row in a visit summary: PSF model, WCS, photometric calibration,
        aperture corrections, valid polygon, visit info, and statistics. A
        component that is `None` in the row is `None` in the result.
    background : `lsst.afw.math.BackgroundList` or `lsst.afw.image.ImageF`, optional
        Background that is still in the pixels.
    mask : `lsst.afw.image.Mask`, optional
        Mask that takes the place of that of the exposure.
    do_calibrate : `bool`, optional
        Whether to multiply pixels and variances by the calibration, after
        which they are in nJy (and nJy squared).

    Returns
    -------
    final : `lsst.afw.image.ExposureF`
        A new exposure.

    Raises
    ------
    TypeError
        Raised if the exposure, the row, the background or the mask is of
        another type, such as a handle, a catalog or a path.
    ValueError
        Raised if the exposure, the row, the background and the mask are not
        of one detector and one box, or if the row has no calibration although
        one is needed; the message names all that is wrong.
    """
    if problems := list(_type_problems(exposure, record, background, mask)):
        raise TypeError(" ".join(problems))
    model = background.getImage() if isinstance(background, BackgroundList) else background
    if problems := list(_problems(exposure, record, model, mask, do_calibrate)):
        raise ValueError(" ".join(problems))
    final = exposure.clone()
    final.setPsf(record.getPsf())
    final.setWcs(record.getWcs())
    photo_calib = record.getPhotoCalib()
    final.setPhotoCalib(photo_calib)
    final.info.setApCorrMap(record.getApCorrMap())
    final.info.setValidPolygon(record.getValidPolygon())
    final.info.setVisitInfo(record.getVisitInfo())
    final.info.setSummaryStats(RowStatistics(record.schema).read(record))
    if model is not None:
        final.image.array -= model.array
    if mask is not None:
        final.mask = mask
    if do_calibrate:
        assert photo_calib is not None, "Guaranteed by _problems."
        final.maskedImage = photo_calib.calibrateImage(final.maskedImage)
        # Now a pixel is a nanojansky everywhere.
        final.setPhotoCalib(PhotoCalib(1.0))
    return final


def _type_problems(exposure: object, record: object, background: object, mask: object) -> Iterator[str]:
    """Find arguments of a wrong type."""
    if not isinstance(exposure, ExposureF):
        yield f"exposure has the type {type(exposure).__name__}; give an ExposureF, such as handle.get()."
    if not isinstance(record, ExposureRecord):
        yield f"record has the type {type(record).__name__}; give a row, such as summary.find(detector)."
    if background is not None and not isinstance(background, (BackgroundList, ImageF)):
        yield (
            f"background has the type {type(background).__name__}; give a BackgroundList or an ImageF, such "
            "as handle.get()."
        )
    if mask is not None and not isinstance(mask, MaskX):
        yield f"mask has the type {type(mask).__name__}; give a Mask, such as exposure.mask."


def _problems(
    exposure: ExposureF,
    record: ExposureRecord,
    background: ImageF | None,
    mask: MaskX | None,
    do_calibrate: bool,
) -> Iterator[str]:
    """Find all that does not belong together."""
    detector = exposure.getDetector()
    if detector is not None and detector.getId() != record.getId():
        yield f"The exposure is of detector {detector.getId()}, but the row of detector {record.getId()}."
    if exposure.getBBox() != record.getBBox():
        yield f"The box of the exposure is {exposure.getBBox()}, but that of the row {record.getBBox()}."
    visit_info = exposure.info.getVisitInfo()
    if visit_info is not None and visit_info.id and "visit" in record.schema.getNames():
        if visit_info.id != record["visit"]:
            yield f"The exposure is of visit {visit_info.id}, but the row of visit {record['visit']}."
    size = exposure.getBBox().getDimensions()
    if background is not None and (found := background.getDimensions()) != size:
        yield f"The background has {found} pixels, but the exposure has {size}."
    if mask is not None and mask.getBBox() != exposure.getBBox():
        yield f"The box of the mask is {mask.getBBox()}, but that of the exposure {exposure.getBBox()}."
    if do_calibrate and record.getPhotoCalib() is None:
        yield "The row has no photometric calibration; do_calibrate needs one."
