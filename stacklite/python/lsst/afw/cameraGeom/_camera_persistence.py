"""Persistence of cameras and collections of detectors."""

from __future__ import annotations

__all__: list[str] = []

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lsst_stacklite.archives import persistable_reader

from ._camera import Camera
from ._detector import Detector
from ._detector_collection import DetectorCollection
from ._transform_map import TransformMap

if TYPE_CHECKING:
    from lsst_stacklite.archives import ArchiveReader


def _detectors(archive: ArchiveReader, table: Any) -> list[Detector]:
    return [archive.need(int(archive_id), Detector) for archive_id in table["detector"]]


@persistable_reader("Camera", of=Camera, module="lsst.afw.cameraGeom", id_fields=("detector", "transformMap"))
def _read_camera(archive: ArchiveReader, tables: Sequence[Any]) -> Camera:
    row = tables[1][0]
    return Camera(
        row["name"],
        _detectors(archive, tables[0]),
        archive.need(row["transformMap"], TransformMap),
        row["pupilFactoryName"],
    )


@persistable_reader(
    "DetectorCollection", of=DetectorCollection, module="lsst.afw.cameraGeom", id_fields=("detector",)
)
def _read_collection(archive: ArchiveReader, tables: Sequence[Any]) -> DetectorCollection:
    return DetectorCollection(_detectors(archive, tables[0]))
