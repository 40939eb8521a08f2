"""Detectors by name and number."""

from __future__ import annotations

__all__ = ["DETECTOR_LIST_FIELDS", "DetectorCollection"]

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.table.io import Persistable
from lsst.geom import Box2D
from lsst_stacklite._overloads import bind
from lsst_stacklite.archives import FitsReadable, make_table

from ._camera_sys import FOCAL_PLANE
from ._detector import Detector

DETECTOR_LIST_FIELDS = (("detector", "I", "archive ID of the detector", ""),)


class DetectorCollection(FitsReadable, Persistable):
    """Detectors with unique names and numbers. Immutable.

    Parameters
    ----------
    detectorList : iterable of `Detector`
        Detectors, in any order.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if a name or a number occurs twice.
    """

    def __init__(self, detectorList: Iterable[Detector], /) -> None:
        detectors = sorted(detectorList, key=lambda detector: detector.getId())
        self._by_id = {detector.getId(): detector for detector in detectors}
        self._by_name = {detector.getName(): detector for detector in detectors}
        if not len(self._by_id) == len(self._by_name) == len(detectors):
            raise pex_exceptions.RuntimeError("a name or a number of a detector occurs twice.")

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Detector]:
        """Iterate in the order of the numbers."""
        return iter(self._by_id.values())

    def _find(self, key: object) -> Detector | None:
        if isinstance(key, Detector):
            key = key.getName()
        return self._by_name.get(key) if isinstance(key, str) else self._by_id.get(key)  # type: ignore[call-overload]

    def __contains__(self, key: object) -> bool:
        return self._find(key) is not None

    def __getitem__(self, key: int | str) -> Detector:
        found = self._find(key)
        if found is None:
            raise KeyError(f"no detector {key!r} among {len(self)}.")
        return found

    @overload
    def get(self, name: str, default: Detector | None = None) -> Detector | None: ...

    @overload
    def get(self, id: int, default: Detector | None = None) -> Detector | None: ...

    def get(self, *args: Any, **kwargs: Any) -> Detector | None:
        """Return a detector by name or number, ``default`` if there is none."""
        given = bind(DetectorCollection.get, {"Detector": Detector}, (self, *args), kwargs)
        found = self._find(given["name"] if "name" in given else given["id"])
        return given.get("default") if found is None else found

    def getIdIter(self) -> Iterator[int]:
        """Iterate over the numbers, ascending."""
        return iter(self._by_id)

    def getNameIter(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._by_name)

    def getIdMap(self) -> dict[int, Detector]:
        """Return the detectors by number."""
        return dict(self._by_id)

    def getNameMap(self) -> dict[str, Detector]:
        """Return the detectors by name."""
        return dict(self._by_name)

    def getFpBBox(self) -> Box2D:
        """Return the box around all corners on the focal plane (mm)."""
        box = Box2D()
        for detector in self:
            for corner in detector.getCorners(FOCAL_PLANE):
                box.include(corner)
        return box

    def _write_archive(self, archive: Any) -> Sequence[Any]:
        return [make_table(DETECTOR_LIST_FIELDS, [[archive.put(detector)] for detector in self])]
