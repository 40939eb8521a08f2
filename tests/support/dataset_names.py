"""The datasets of the reference visit under the names that pipelines use.

Every dataset type gets a collection of its own, so that a pipeline can be
given exactly the dataset types that it is said to read.
"""

from __future__ import annotations

__all__ = ["collections_with", "ingest_as", "tag_by_dataset_type"]

from collections.abc import Iterable

from lsst.daf.butler import Butler, CollectionType, DatasetRef, DatasetType, FileDataset
from reference_repo import ReferenceRepo

_CAMERAS = "RefCam/calib"


def ingest_as(butler: Butler, repo: ReferenceRepo, name: str, original: str) -> None:
    """Ingest the files of a dataset type once more, under another name.

    Parameters
    ----------
    butler : `lsst.daf.butler.Butler`
        Writeable butler of the repository.
    repo : `ReferenceRepo`
        Names in the repository.
    name, original : `str`
        The new dataset type, and that whose files, dimensions and storage
        class it gets.
    """
    source = butler.get_dataset_type(original)
    dataset_type = DatasetType(name, source.dimensions, source.storageClass)
    butler.registry.registerDatasetType(dataset_type)
    run = f"renamed/{name}"
    butler.collections.register(run)
    files = [
        FileDataset(path=butler.getURI(ref), refs=[DatasetRef(dataset_type, ref.dataId, run=run)])
        for ref in butler.query_datasets(source, collections=repo.inputs, with_dimension_records=True)
    ]
    butler.ingest(*files, transfer="copy")
    butler.collections.prepend_chain(repo.inputs, run)


def tag_by_dataset_type(butler: Butler, repo: ReferenceRepo) -> None:
    """Make a collection for each dataset type but the camera.

    Parameters
    ----------
    butler : `lsst.daf.butler.Butler`
        Writeable butler of the repository.
    repo : `ReferenceRepo`
        Names in the repository.
    """
    for dataset_type in butler.registry.queryDatasetTypes():
        if dataset_type.name != "camera":
            name = _collection(dataset_type.name)
            butler.collections.register(name, CollectionType.TAGGED)
            butler.registry.associate(name, butler.query_datasets(dataset_type, collections=repo.inputs))


def collections_with(names: Iterable[str]) -> list[str]:
    """Return collections in which exactly some dataset types are found.

    Parameters
    ----------
    names : `~collections.abc.Iterable` [`str`]
        The dataset types.
    """
    return [_CAMERAS if name == "camera" else _collection(name) for name in names]


def _collection(name: str) -> str:
    return f"only/{name}"
