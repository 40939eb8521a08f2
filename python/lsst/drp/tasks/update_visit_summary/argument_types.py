"""Types of the arguments of ``run``, checked before anything is done with them."""

from __future__ import annotations

__all__ = ["check_argument_types"]

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from lsst.afw.cameraGeom import Camera
from lsst.afw.table import ExposureCatalog
from lsst.daf.butler import StorageClassFactory
from lsst.pipe.base import InMemoryDatasetHandle

from .errors import InvalidInputsError, list_items

_HANDLES = {
    "input_exposures": ("ExposureF", ("bbox", "mask", "image", "variance", "detector")),
    "background_originals": ("Background", ()),
    "background_overrides": ("Background", ()),
}
"""Arguments with handles: their storage class, and components that are needed."""

_REQUIRED = ("input_summary_catalog", "input_exposures")
"""Arguments that may not be `None`."""


def check_argument_types(
    catalogs: Mapping[str, Any], handles: Mapping[str, Any], camera: Any, num_cores: Any
) -> None:
    """Refuse arguments of a wrong type.

    Parameters
    ----------
    catalogs : `~collections.abc.Mapping` [`str`, `~typing.Any`]
        Arguments that must be catalogs, by name; `None` for those that are
        not given.
    handles : `~collections.abc.Mapping` [`str`, `~typing.Any`]
        Arguments that must map detectors to handles, by name; likewise.
    camera : `~typing.Any`
        Argument that must be a camera, or `None`.
    num_cores : `~typing.Any`
        Argument that must be a positive integer.

    Raises
    ------
    InvalidInputsError
        Raised if there are any, with a sentence and the remedy for each.
    """
    problems = list(_type_problems(catalogs, handles, camera))
    if not isinstance(num_cores, int) or num_cores < 1:
        problems.append(f"num_cores is {num_cores!r}; give a number of cores, at least 1.")
    if problems:
        raise InvalidInputsError(problems)


def _type_problems(catalogs: Mapping[str, Any], handles: Mapping[str, Any], camera: Any) -> Iterator[str]:
    for name, value in catalogs.items():
        if not isinstance(value, ExposureCatalog) and (value is not None or name in _REQUIRED):
            yield (
                f"{name} is a {type(value).__name__}; give an lsst.afw.table.ExposureCatalog, for example "
                "ExposureCatalog.readFits(path)."
            )
    for name, by_detector in handles.items():
        if by_detector is not None or name in _REQUIRED:
            yield from _handle_problems(name, by_detector)
    if camera is not None and not isinstance(camera, Camera):
        yield f"camera is a {type(camera).__name__}; give an lsst.afw.cameraGeom.Camera."


def _handle_problems(name: str, by_detector: Any) -> Iterator[str]:
    """Check a mapping of detectors to handles."""
    storage_class, components = _HANDLES[name]
    if not isinstance(by_detector, Mapping):
        yield (
            f"{name} is a {type(by_detector).__name__}; give a mapping of detector ids to handles, for "
            "example {handle.dataId['detector']: handle for handle in handles}."
        )
        return
    objects = [detector for detector, handle in by_detector.items() if not hasattr(handle, "get")]
    if objects:
        kinds = {type(by_detector[detector]).__name__ for detector in objects}
        yield (
            f"{name} has a {list_items(kinds)} for detectors {list_items(objects)} where handles are "
            f"expected; give InMemoryDatasetHandle(object, storageClass='{storage_class}')."
        )
    useless = {
        detector: str(handle.storageClass)
        for detector, handle in by_detector.items()
        if isinstance(handle, InMemoryDatasetHandle) and not _has_components(handle, components)
    }
    if useless:
        yield (
            f"{name} has handles of the storage class {list_items(set(useless.values()))} for detectors "
            f"{list_items(useless)}; give InMemoryDatasetHandle(object, storageClass='{storage_class}')."
        )


def _has_components(handle: InMemoryDatasetHandle, components: Collection[str]) -> bool:
    """Return whether the storage class of a handle is known, and has components."""
    factory = StorageClassFactory()
    try:
        if isinstance(handle.storageClass, str):
            storage_class = factory.getStorageClass(handle.storageClass)
        elif handle.storageClass is not None:
            storage_class = handle.storageClass
        else:
            storage_class = factory.findStorageClass(type(handle.inMemoryDataset))
    except KeyError:
        return False
    return set(components) <= set(storage_class.allComponents())
