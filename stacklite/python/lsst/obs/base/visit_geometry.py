"""Position of a visit on the sky."""

from __future__ import annotations

__all__ = ["VisitGeometry"]

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pydantic

from lsst.daf.butler.pydantic_utils import SerializableRegion

if TYPE_CHECKING:
    from lsst.daf.butler import Butler, DimensionRecord


class VisitGeometry(pydantic.BaseModel):
    """Pointing and regions of a visit, as fitted to the WCSs of its detectors.

    Raises
    ------
    pydantic.ValidationError
        Raised if an angle is not finite (JSON has no such numbers: the file could
        not be read), or if text is not the encoding of a region; on construction
        and on assignment.

    Notes
    -----
    ``model_dump_json`` and ``model_validate_json``, which a butler calls, write and
    read the JSON of the stack: regions are the hexadecimal of their
    `lsst.sphgeom` encoding.
    """

    model_config = pydantic.ConfigDict(validate_assignment=True)

    boresight_ra: pydantic.FiniteFloat
    """Right ascension of the boresight, ICRS, degrees."""

    boresight_dec: pydantic.FiniteFloat
    """Declination of the boresight, ICRS, degrees."""

    orientation: pydantic.FiniteFloat
    """Position angle of the +y axis of the field, from north towards east, degrees."""

    visit_region: SerializableRegion
    """Region that holds all detectors."""

    detector_regions: dict[int, SerializableRegion]
    """Region of each detector of the camera, by detector id."""

    @classmethod
    def update_dimension_records(
        cls,
        butler: Butler,
        instrument: str,
        *where: Any,
        dataset_type: str = "visit_geometry",
        batch_size: int = 100,
        **kwargs: Any,
    ) -> int:
        """Give visits, their exposures and their detectors in a repository the fitted positions.

        Parameters
        ----------
        butler : `lsst.daf.butler.Butler`
            Writeable, with the collections of the geometries as its default.
        instrument : `str`
            Name of the instrument.
        *where
            Constraints on the visits, as `lsst.daf.butler.queries.Query.where`
            takes them.
        dataset_type : `str`, optional
            Name of the dataset type of the geometries.
        batch_size : `int`, optional
            Number of visits per transaction.
        **kwargs
            Constraints by key, for example ``visit``.

        Returns
        -------
        n_visits : `int`
            Number of visits with a geometry, all of which are updated: regions
            of visits and of their detectors, and boresight and orientation of
            their exposures.
        """
        with butler.query() as query:
            found = query.join_dataset_search(dataset_type).where(*where, instrument=instrument, **kwargs)
            refs = sorted(found.datasets(dataset_type), key=lambda ref: ref.dataId["visit"])
            visits = {record.id: record for record in found.dimension_records("visit")}
            exposures = {record.id: record for record in found.dimension_records("exposure")}
            of_visit = defaultdict(list)
            for data_id in found.data_ids(["visit", "exposure"]):
                of_visit[data_id["visit"]].append(exposures[data_id["exposure"]])
        detector_class = butler.dimensions.elements["visit_detector_region"].RecordClass
        for start in range(0, len(refs), batch_size):
            records: dict[str, list[DimensionRecord]] = defaultdict(list)
            for ref in refs[start : start + batch_size]:
                visit = int(ref.dataId["visit"])
                geometry = butler.get(ref)
                records["visit"].append(_changed(visits[visit], region=geometry.visit_region))
                records["exposure"] += (geometry._pointed(record) for record in of_visit[visit])
                records["visit_detector_region"] += (
                    detector_class(instrument=instrument, visit=visit, detector=detector, region=region)
                    for detector, region in geometry.detector_regions.items()
                )
            with butler.transaction():
                for element, new in records.items():
                    butler.registry.insertDimensionData(element, *new, replace=True)
        return len(refs)

    def _pointed(self, exposure: DimensionRecord) -> DimensionRecord:
        """Return the record of an exposure with the fitted pointing."""
        return _changed(
            exposure,
            tracking_ra=self.boresight_ra,
            tracking_dec=self.boresight_dec,
            sky_angle=self.orientation,
        )


def _changed(record: DimensionRecord, **values: Any) -> DimensionRecord:
    return type(record)(**(record.toDict() | values))
