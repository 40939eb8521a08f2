"""Store the exposures of a repository as the new image type, `lsst.images.VisitImage`.

It needs Python 3.12 or newer and the extra ``images``. The task then runs as
before: the butler converts what it asks for.
"""

from __future__ import annotations

__all__ = ["convert_exposures", "make_visit_image"]

from pathlib import Path
from typing import Any, cast

import astropy.units as u

from lsst.afw.image import ExposureF
from lsst.daf.butler import Butler, DatasetType
from lsst.images import VisitImage


def make_visit_image(exposure: ExposureF, exposure_record: Any = None) -> VisitImage:
    """Return an exposure as the new type.

    Parameters
    ----------
    exposure : `lsst.afw.image.ExposureF`
        Exposure with WCS, PSF, detector and visit info.
    exposure_record : `lsst.daf.butler.DimensionRecord`, optional
        Record of the dimension ``exposure``. Without it the date is lost.

    Returns
    -------
    visit_image : `lsst.images.VisitImage`
        The same exposure. Of its calibration the error is lost, which the
        new type does not have.
    """
    metadata = exposure.getMetadata()
    # The new type has a unit. Headers say it in BUNIT, or ISR says it for pixels that are not calibrated.
    unit = None if "BUNIT" in metadata else u.Unit(metadata["LSST ISR UNITS"])
    # Its annotation names a class whose instances all exposures are only in the real stack.
    legacy = cast(Any, exposure)
    return VisitImage.from_legacy(legacy, exposure_record=exposure_record, unit=unit)


def convert_exposures(root: Path | str, collection: str, name: str = "calexp") -> int:
    """Replace the exposures in a repository, and the storage class of their dataset type.

    Parameters
    ----------
    root : `pathlib.Path` or `str`
        Repository.
    collection : `str`
        Collection in which all datasets of that type are found.
    name : `str`, optional
        Dataset type of the exposures.

    Returns
    -------
    number : `int`
        Number of exposures.
    """
    with Butler.from_config(root, writeable=True) as butler:
        refs = butler.query_datasets(name, collections=collection)
        images = []
        for ref in refs:
            instrument, visit = ref.dataId["instrument"], ref.dataId["visit"]
            (record,) = butler.query_dimension_records("exposure", instrument=instrument, exposure=visit)
            images.append(make_visit_image(butler.get(ref), record))
        butler.pruneDatasets(refs, disassociate=True, unstore=True, purge=True)
        butler.registry.removeDatasetType(name)
        new = DatasetType(name, refs[0].datasetType.dimensions, "VisitImage")
        butler.registry.registerDatasetType(new)
        for ref, image in zip(refs, images, strict=True):
            butler.put(image, new, ref.dataId, run=ref.run)
    return len(refs)
