"""Delegate of exposures and images: components and parameters in memory."""

from __future__ import annotations

__all__ = ["ExposureAssembler"]

import copy
from collections.abc import Callable, Mapping
from typing import Any

from lsst.afw.image import Exposure, ExposureInfo, makeMaskedImage
from lsst.afw.image._exposure import _ExposureBase
from lsst.afw.image._masked_image import _MaskedImageBase
from lsst.daf.butler import DatasetProvenance, DatasetRef, StorageClassDelegate
from lsst_stacklite._exposure_components import COMPONENTS

from ._provenance import add_provenance_to_fits_header

_PLANES = ("image", "mask", "variance")

_GEOMETRY: dict[str, Callable[[Any], Any]] = {
    "bbox": lambda image: image.getBBox(),
    "dimensions": lambda image: image.getDimensions(),
    "xy0": lambda image: image.getXY0(),
}


def _method(name: str) -> Callable[..., Any]:
    method: Callable[..., Any] = getattr(ExposureInfo, name)
    return method


_OF_INFO: dict[str, tuple[Callable[[ExposureInfo], Any], Callable[[ExposureInfo, Any], None]]] = {
    "id": (ExposureInfo.getId, ExposureInfo.setId),
    "metadata": (ExposureInfo.getMetadata, ExposureInfo.setMetadata),
    **{c.name: (_method(c.getter), _method(c.setter)) for c in COMPONENTS},
}
"""Getter and setter of the components of `ExposureInfo`, by name in the storage class."""


class ExposureAssembler(StorageClassDelegate):
    """Components and parameters of exposures, masked images, images, masks."""

    def getComponent(self, composite: Any, componentName: str) -> Any:
        """Return a component (shared with the composite).

        Parameters
        ----------
        composite : `~typing.Any`
            An exposure, masked image, image or mask.
        componentName : `str`
            Name as in the storage class.

        Raises
        ------
        AttributeError
            Raised if there is no component of this name.
        """
        if componentName in _GEOMETRY:
            return _GEOMETRY[componentName](composite)
        if componentName in _PLANES and isinstance(composite, _ExposureBase | _MaskedImageBase):
            return getattr(composite, componentName)
        if isinstance(composite, _ExposureBase):
            if componentName == "exposureInfo":
                return composite.info
            if componentName in _OF_INFO:
                return _OF_INFO[componentName][0](composite.info)
        raise AttributeError(f"{type(composite).__name__} has no component {componentName!r}.")

    def handleParameters(self, inMemoryDataset: Any, parameters: Mapping[str, Any] | None = None) -> Any:
        """Return the part of an image that parameters name.

        Parameters
        ----------
        inMemoryDataset : `~typing.Any`
            An exposure, masked image, image or mask; not changed.
        parameters : `~collections.abc.Mapping`, optional
            ``bbox``, and ``origin`` (its coordinates, PARENT by default).

        Returns
        -------
        part : `~typing.Any`
            A sub-image that shares pixels, or the argument itself.

        Raises
        ------
        KeyError
            Raised if there are other parameters.
        """
        parameters = dict(parameters or {})
        box, origin = parameters.pop("bbox", None), parameters.pop("origin", None)
        self.storageClass.validateParameters(parameters)
        if parameters:
            raise KeyError(f"parameters {sorted(parameters)} of {self.storageClass.name} are not supported.")
        if box is None:
            return inMemoryDataset
        return inMemoryDataset.subset(box) if origin is None else inMemoryDataset.subset(box, origin)

    def assemble(self, components: dict[str, Any], pytype: type | None = None) -> Any:
        """Put a masked image or an exposure together.

        Parameters
        ----------
        components : `dict`
            Component name -> component; the image is needed.
        pytype : `type`, optional
            Type of the result; that of the storage class by default.

        Raises
        ------
        ValueError
            Raised if the image is missing, or a name is unknown.
        """
        components = dict(components)
        planes = [components.pop(name, None) for name in _PLANES]
        unknown = components.keys() - _OF_INFO.keys()
        if planes[0] is None or unknown:
            raise ValueError(f"cannot assemble: no image, or unknown components {sorted(unknown)}.")
        masked = makeMaskedImage(*planes)
        cls = self.storageClass.pytype if pytype is None else pytype
        if not issubclass(cls, Exposure):  # Exposure: any pixel type
            return masked
        info = ExposureInfo()
        for name, component in components.items():
            if component is not None:
                _OF_INFO[name][1](info, component)
        return Exposure[masked.dtype](masked, info)

    def copy(self, inMemoryDataset: Any) -> Any:
        """Return a deep copy (components of exposures are immutable: shared)."""
        return copy.deepcopy(inMemoryDataset)

    def add_provenance(
        self, inMemoryDataset: Any, ref: DatasetRef, provenance: DatasetProvenance | None = None
    ) -> Any:
        """Return an exposure with provenance in its metadata, or the argument."""
        if not isinstance(inMemoryDataset, _ExposureBase):
            return inMemoryDataset
        info = ExposureInfo(inMemoryDataset.info, True)
        add_provenance_to_fits_header(info.getMetadata(), ref, provenance)
        return type(inMemoryDataset)(inMemoryDataset.maskedImage, info)

    @classmethod
    def selectResponsibleComponent(cls, readComponent: str, fromComponents: set[str | None]) -> str:
        """Return the plane from which a box, size or origin is taken.

        Parameters
        ----------
        readComponent : `str`
            Name of the box, size or origin.
        fromComponents : `set` [`str`]
            Components that there are.

        Raises
        ------
        ValueError
            Raised if there is no plane.
        """
        for plane in ("image", "variance", "mask"):
            if readComponent in _GEOMETRY and plane in fromComponents:
                return plane
        raise ValueError(f"{readComponent!r} cannot be derived from {fromComponents}.")
