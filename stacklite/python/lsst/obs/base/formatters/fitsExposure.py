"""Formatters of exposures, masked images, images and masks."""

from __future__ import annotations

__all__ = [
    "FitsExposureFormatter",
    "FitsImageFormatter",
    "FitsMaskFormatter",
    "FitsMaskedImageFormatter",
    "StandardFitsImageFormatterBase",
    "standardizeAmplifierParameters",
]

import hashlib
import json
import logging
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lsst.afw.image import (
    ExposureFitsReader,
    ExposureInfo,
    FilterLabel,
    ImageFitsReader,
    MaskedImageFitsReader,
    MaskFitsReader,
)
from lsst.afw.image._plane_readers import open_reader
from lsst.daf.butler import DatasetProvenance, FormatterV2
from lsst.resources import ResourcePath
from lsst_stacklite._exposure_components import COMPONENTS, ExposureComponent

from .._provenance import add_provenance_to_fits_header
from ._amplifiers import read_amplifier, standardizeAmplifierParameters
from ._fits_formatter import FITS_EXTENSIONS

if TYPE_CHECKING:
    from lsst.afw.image._image_base import ImageBase
    from lsst.afw.image._plane_readers import FileReader, ImageBaseFitsReader
    from lsst.afw.image._planes_reader import PlanesFitsReader

_log = logging.getLogger("lsst.obs.base.formatters.fitsExposure")

_MAX_SEED = 9999

_PLANES = ("image", "mask", "variance")

_GEOMETRY: dict[str, Callable[[ImageBaseFitsReader | PlanesFitsReader], Any]] = {
    "bbox": lambda reader: reader.readBBox(),
    "dimensions": lambda reader: reader.readBBox().getDimensions(),
    "xy0": lambda reader: reader.readXY0(),
}


def _component_reader(component: ExposureComponent) -> Callable[[ExposureFitsReader], Any]:
    """Return the method that reads a component; without one of its own, by the name in the file."""
    own: Callable[[ExposureFitsReader], Any] | None
    own = getattr(ExposureFitsReader, f"read{component.stem}", None)
    return (lambda reader: reader.readComponent(component.key)) if own is None else own


_COMPONENTS: dict[str, Callable[[ExposureFitsReader], Any]] = {
    "id": ExposureFitsReader.readExposureId,
    "metadata": ExposureFitsReader.readMetadata,
    **{component.name: _component_reader(component) for component in COMPONENTS},
}
"""Functions that read components other than planes, by name in the storage class."""


class StandardFitsImageFormatterBase(FormatterV2):
    """Base class: component reads, parameters and write recipes.

    Only the requested component is read: the file is opened, and its headers and
    the archive or one plane are read.
    """

    supported_extensions = FITS_EXTENSIONS
    default_extension = ".fits"
    can_read_from_local_file = True
    supported_write_parameters = frozenset({"recipe"})
    unsupported_parameters = frozenset({"amp", "detector", "preserve_quantization", "exposure_record"})

    _reader_class: ClassVar[type[FileReader]]
    """Class of the readers that the methods below are given."""

    @abstractmethod
    def _read_full(self, reader: Any) -> Any:
        """Return the whole dataset, or the part that parameters name."""

    @abstractmethod
    def _read_component(self, reader: Any, component: str) -> Any:
        """Return one component; `KeyError` if there is none of this name."""

    @property
    def _box_parameters(self) -> dict[str, Any]:
        """The parameters ``bbox`` and ``origin``."""
        return {
            name: value
            for name, value in (self.file_descriptor.parameters or {}).items()
            if name in ("bbox", "origin")
        }

    def read_from_local_file(self, path: str, component: str | None = None, expected_size: int = -1) -> Any:
        """Read a dataset, or a component of it.

        Parameters
        ----------
        path : `str`
            Path.
        component : `str`, optional
            Name of the component; the whole dataset by default.
        expected_size : `int`, optional
            Ignored.

        Raises
        ------
        KeyError
            Raised if there is no component of this name.
        """
        with open_reader(type(self)._reader_class, path) as reader:
            if component is None:
                return self._read_full(reader)
            return self._read_component(reader, component)

    # -- Writing

    def write_local_file(self, in_memory_dataset: Any, uri: ResourcePath) -> None:
        """Write a file, compressed as the recipe of the dataset type says."""
        in_memory_dataset.writeFitsWithOptions(uri.ospath, self._recipe)

    @property
    def _recipe(self) -> Mapping[str, Any]:
        """The sections of the write recipe of this dataset type."""
        name = self.write_parameters.get("recipe", "default")
        if name not in self.write_recipes:
            raise RuntimeError(f"there is no write recipe {name!r}; known: {sorted(self.write_recipes)}.")
        return {plane: self._with_seed(options) for plane, options in self.write_recipes[name].items()}

    def _with_seed(self, options: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return compression options whose dither starts where the data ID says."""
        quantization = options.get("quantization")
        if not quantization or quantization.get("seed"):
            return options
        values = json.dumps(list(self.data_id.required_values)).encode()
        seed = 1 + int(hashlib.md5(values, usedforsecurity=False).hexdigest(), 16) % _MAX_SEED
        return {**options, "quantization": {**quantization, "seed": seed}}

    @classmethod
    def validate_write_recipes(cls, recipes: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """Return recipes as plain dictionaries, plane -> options.

        Parameters
        ----------
        recipes : `~collections.abc.Mapping`, optional
            From the configuration of the butler.

        Raises
        ------
        RuntimeError
            Raised if a recipe has a section that is no plane.
        """
        if not recipes:
            return {"default": {}}
        validated: dict[str, Any] = {}
        for name in recipes:
            sections = recipes[name] or {}
            unknown = set(sections) - set(_PLANES)
            if unknown:
                raise RuntimeError(f"write recipe {name!r} has unknown sections {sorted(unknown)}.")
            validated[name] = {plane: dict(sections[plane] or {}) for plane in sections}
        return validated


class FitsImageFormatter(StandardFitsImageFormatterBase):
    """Formatter of images."""

    _reader_class: ClassVar[type[FileReader]] = ImageFitsReader

    def _read_full(self, reader: ImageFitsReader) -> Any:
        """Return (a box of) the image."""
        dtype = getattr(self.file_descriptor.storageClass.pytype, "dtype", None)
        return reader.read(**self._box_parameters, dtype=dtype)

    def _read_component(self, reader: ImageBaseFitsReader, component: str) -> Any:
        """Return the box, the size or the origin."""
        return _geometry(reader, component)


class FitsMaskFormatter(FitsImageFormatter):
    """Formatter of masks."""

    _reader_class = MaskFitsReader

    def _read_full(self, reader: Any) -> Any:
        """Return (a box of) the mask."""
        return reader.read(**self._box_parameters)


class FitsMaskedImageFormatter(StandardFitsImageFormatterBase):
    """Formatter of masked images."""

    _reader_class: ClassVar[type[FileReader]] = MaskedImageFitsReader

    def _read_full(self, reader: MaskedImageFitsReader) -> Any:
        """Return (a box of) the masked image."""
        dtype = getattr(self.file_descriptor.storageClass.pytype, "dtype", None)
        return reader.read(**self._box_parameters, dtype=dtype)

    def _read_component(self, reader: PlanesFitsReader, component: str) -> Any:
        """Return a plane, the box, the size or the origin."""
        if component in _PLANES:
            return _plane(reader, component, self._box_parameters)
        return _geometry(reader, component)


class FitsExposureFormatter(FitsMaskedImageFormatter):
    """Formatter of exposures.

    The filter label comes from the data ID when that has one: the file may
    predate the names that the repository uses.
    """

    unsupported_parameters = frozenset({"preserve_quantization", "exposure_record"})

    _reader_class = ExposureFitsReader

    def _read_full(self, reader: Any) -> Any:
        """Return (a box or an amplifier of) the exposure."""
        dtype = getattr(self.file_descriptor.storageClass.pytype, "dtype", None)
        parameters = self.file_descriptor.parameters or {}
        if parameters.get("amp") is None:
            exposure = reader.read(**self._box_parameters, dtype=dtype)
        else:
            exposure = read_amplifier(reader, parameters, dtype)
        exposure.setFilter(self._label(reader, exposure.getFilter()))
        return exposure

    def _read_component(self, reader: Any, component: str) -> Any:
        """Return a component by its name in the storage class."""
        if component == "filter":
            return self._label(reader, reader.readFilter())
        if component == "exposureInfo":
            info = reader.readExposureInfo()
            info.setFilter(self._label(reader, info.getFilter()))
            return info
        if component in _COMPONENTS:
            return _COMPONENTS[component](reader)
        return super()._read_component(reader, component)

    def _label(self, reader: ExposureFitsReader, in_file: FilterLabel | None) -> FilterLabel | None:
        """Return the label of the data ID, or that of the file."""
        names: dict[str, Any] = {
            dimension: self.data_id.get(dimension)
            for dimension in ("band", "physical_filter")
            if dimension in self.data_id.dimensions.names
        }
        if not names or None in names.values():
            return in_file
        label = FilterLabel(names.get("band"), names.get("physical_filter"))
        if label != in_file and reader.readSerializationVersion() >= 2:
            _log.warning(
                "%s has %s, the data ID %s has %s; using the filter of the data ID.",
                reader.fileName,
                in_file,
                self.data_id,
                label,
            )
        return label

    def add_provenance(
        self, in_memory_dataset: Any, /, *, provenance: DatasetProvenance | None = None
    ) -> Any:
        """Return the exposure with provenance in its metadata.

        Parameters
        ----------
        in_memory_dataset : `~lsst.afw.image.Exposure`
            Exposure that is written; not changed.
        provenance : `~lsst.daf.butler.DatasetProvenance`, optional
            Datasets that it was made from.
        """
        info = ExposureInfo(in_memory_dataset.info, True)
        add_provenance_to_fits_header(info.getMetadata(), self.dataset_ref, provenance)
        return type(in_memory_dataset)(in_memory_dataset.maskedImage, info)


def _plane(reader: PlanesFitsReader, component: str, box: Mapping[str, Any]) -> ImageBase:
    read: dict[str, Callable[..., ImageBase]]
    read = {"image": reader.readImage, "mask": reader.readMask, "variance": reader.readVariance}
    return read[component](**box)


def _geometry(reader: ImageBaseFitsReader | PlanesFitsReader, component: str) -> Any:
    try:
        return _GEOMETRY[component](reader)
    except KeyError:
        raise KeyError(f"there is no component {component!r} in {reader.fileName}.") from None
