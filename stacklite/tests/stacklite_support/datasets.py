"""References and storage classes of datasets, without a butler."""

from __future__ import annotations

import uuid

from lsst.daf.butler import (
    DataCoordinate,
    DatasetRef,
    DatasetType,
    DimensionUniverse,
    StorageClass,
    StorageClassFactory,
)

UNIVERSE = DimensionUniverse()


def storage_class(name: str) -> StorageClass:
    factory = StorageClassFactory()
    factory.addFromConfig("resource://lsst.daf.butler/configs/storageClasses.yaml")
    return factory.getStorageClass(name)


def reference(name: str = "calexp", kind: str = "ExposureF") -> DatasetRef:
    dataset_type = DatasetType(name, ("instrument", "detector"), kind, universe=UNIVERSE)
    data_id = DataCoordinate.standardize(instrument="Cam", detector=5, universe=UNIVERSE)
    return DatasetRef(dataset_type, data_id, "run", id=uuid.UUID(int=7))
