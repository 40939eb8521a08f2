"""Functions that all formatters of FITS files share."""

from __future__ import annotations

__all__ = ["FITS_EXTENSIONS", "add_provenance_to_metadata"]

from typing import Any

from lsst.daf.butler import DatasetProvenance, DatasetRef

FITS_EXTENSIONS = frozenset({".fits", ".fits.gz", ".fits.fz", ".fz", ".fit"})

_PREFIX = "LSST BUTLER"
_MAX_INPUTS = 3000


def add_provenance_to_metadata(metadata: Any, ref: DatasetRef, provenance: DatasetProvenance | None) -> None:
    """Replace the provenance cards of some metadata.

    Parameters
    ----------
    metadata : `~lsst.daf.base.PropertySet`
        Changed in place.
    ref : `~lsst.daf.butler.DatasetRef`
        The dataset that is written.
    provenance : `~lsst.daf.butler.DatasetProvenance` or `None`
        Datasets that it was made from.
    """
    for name in list(metadata.names(False)):
        if name.startswith(_PREFIX):
            metadata.remove(name)
    provenance = DatasetProvenance() if provenance is None else provenance
    cards = provenance.to_flat_dict(ref, prefix=_PREFIX, sep=" ", simple_types=True, max_inputs=_MAX_INPUTS)
    for name, value in cards.items():
        metadata.set(name, value)
