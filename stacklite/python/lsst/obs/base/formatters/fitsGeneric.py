"""Formatter of classes that have ``readFits`` and ``writeFits``."""

from __future__ import annotations

__all__ = ["FitsGenericFormatter"]

from typing import Any

from lsst.daf.base import PropertyList, PropertySet
from lsst.daf.butler import DatasetProvenance, FormatterV2
from lsst.resources import ResourcePath

from .._provenance import add_provenance_to_fits_header
from ._fits_formatter import FITS_EXTENSIONS


class FitsGenericFormatter(FormatterV2):
    """Reads and writes by the methods of the Python type itself."""

    supported_extensions = FITS_EXTENSIONS
    default_extension = ".fits"
    can_read_from_local_file = True

    def read_from_local_file(self, path: str, component: str | None = None, expected_size: int = -1) -> Any:
        """Read a file; parameters become ``readFitsWithOptions``.

        A type that has no such method has no parts, and is read as a whole: the
        box of an exposure is a parameter of all its components, too.

        Parameters
        ----------
        path : `str`
            Path.
        component : `str`, optional
            Not supported by any storage class of this formatter.
        expected_size : `int`, optional
            Ignored.

        Raises
        ------
        NotImplementedError
            Raised if a component is asked for.
        """
        pytype: Any = self.file_descriptor.storageClass.pytype
        if component is not None:
            raise NotImplementedError(f"{pytype.__name__} has no component {component!r} in {path}.")
        read = getattr(pytype, "readFitsWithOptions", None)
        if read is None or not self.file_descriptor.parameters:
            return pytype.readFits(path)
        options = PropertySet()
        for name, value in self.file_descriptor.parameters.items():
            options.set(name, value)
        return read(path, options=options)

    def write_local_file(self, in_memory_dataset: Any, uri: ResourcePath) -> None:
        """Write a file."""
        in_memory_dataset.writeFits(uri.ospath)

    def add_provenance(
        self, in_memory_dataset: Any, /, *, provenance: DatasetProvenance | None = None
    ) -> Any:
        """Return the dataset with provenance in the metadata of a catalog.

        Parameters
        ----------
        in_memory_dataset : `~typing.Any`
            Object that is written; not changed.
        provenance : `~lsst.daf.butler.DatasetProvenance`, optional
            Datasets that it was made from.

        Returns
        -------
        dataset : `~typing.Any`
            A copy if the type is a catalog (its metadata belong to a table
            that others may share), the same object otherwise.
        """
        if not all(hasattr(in_memory_dataset, name) for name in ("getMetadata", "setMetadata", "copy")):
            return in_memory_dataset
        copy = in_memory_dataset.copy(deep=True)
        if copy.getMetadata() is None:
            copy.setMetadata(PropertyList())
        add_provenance_to_fits_header(copy.getMetadata(), self.dataset_ref, provenance)
        return copy
