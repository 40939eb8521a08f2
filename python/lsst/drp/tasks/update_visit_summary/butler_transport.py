"""Butlers and handles in other processes: a butler travels once, its handles with each piece of work.

No connection to a database is shared between processes: each opens its own.
"""

from __future__ import annotations

__all__ = ["load_with_butlers", "pack_butlers", "pack_with_butlers"]

import dataclasses
import io
import itertools
import pickle
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lsst.daf.butler import (
    Config,
    DatasetRef,
    DeferredDatasetHandle,
    DimensionUniverse,
    LimitedButler,
    QuantumBackedButler,
)
from lsst.daf.butler.datastore import DatasetRefURIs
from lsst.daf.butler.datastore.record_data import DatastoreRecordData
from lsst.daf.butler.datastore.stored_file_info import StoredFileInfo

_DATASTORE = "files_of_a_quantum"
"""Name of the datastore of a reopened butler, and of its table."""


def pack_butlers(handles: Iterable[Any]) -> dict[LimitedButler, bytes]:
    """Pickle each butler that handles read from.

    Parameters
    ----------
    handles : `~collections.abc.Iterable`
        Handles of any kind; those without a butler are passed over.

    Returns
    -------
    packed : `dict` [`lsst.daf.butler.LimitedButler`, `bytes`]
        Pickles, which open another butler of the same datasets when they are
        loaded.

    Raises
    ------
    TypeError
        Raised if a butler cannot be pickled, as that of a server.
    LookupError
        Raised if the butler of a quantum has no files.
    """
    refs: defaultdict[LimitedButler, list[DatasetRef]] = defaultdict(list)
    for handle in handles:
        if isinstance(handle, DeferredDatasetHandle):
            refs[handle.butler].append(handle.ref)
    return {butler: _pack_butler(butler, refs[butler]) for butler in refs}


def _pack_butler(butler: LimitedButler, refs: Sequence[DatasetRef]) -> bytes:
    if isinstance(butler, QuantumBackedButler):
        return pickle.dumps(_QuantumButlerSource.of(butler, refs))
    try:
        return pickle.dumps(butler)
    except Exception as err:
        # The error names some object deep inside.
        raise TypeError(f"a butler of class {type(butler).__name__} cannot be sent; {err}") from err


@dataclasses.dataclass(frozen=True)
class _QuantumButlerSource:
    """Files that a butler of a quantum knows; another butler of them when it is unpickled.

    A `~lsst.daf.butler.QuantumBackedButler` itself cannot be pickled.
    """

    root: str
    universe: DimensionUniverse
    files: Mapping[uuid.UUID, Sequence[StoredFileInfo]]

    @classmethod
    def of(cls, butler: QuantumBackedButler, refs: Sequence[DatasetRef]) -> _QuantumButlerSource:
        """Find the files of some datasets: predictions have formatters, URIs tell where files are."""
        roots = [str(root) for root in butler.get_datastore_roots().values() if root is not None]
        if not roots:
            raise LookupError("The butler of the quantum has no files that other processes could read.")
        uris = {ref.id: found for ref, found in butler.get_many_uris(refs, allow_missing=True).items()}
        files = {
            ref_id: [_locate(info, uris.get(ref_id), roots[0]) for info in infos]
            for data in butler.export_predicted_datastore_records(refs).values()
            for ref_id, infos in _files_in(data)
        }
        return cls(roots[0], butler.dimensions, files)

    def __reduce__(self) -> tuple[Callable[..., QuantumBackedButler], tuple[Any, ...]]:
        return _open_quantum_butler, (self.root, self.universe, self.files)


def _files_in(data: DatastoreRecordData) -> Iterable[tuple[uuid.UUID, list[StoredFileInfo]]]:
    for ref_id, tables in data.records.items():
        infos = itertools.chain.from_iterable(tables.values())
        yield ref_id, [info for info in infos if isinstance(info, StoredFileInfo)]


def _locate(info: StoredFileInfo, uris: DatasetRefURIs | None, root: str) -> StoredFileInfo:
    """Return a record of a file with the place where it is, if there is one."""
    if uris is None:
        return info
    uri = uris.componentURIs.get(info.component) if info.component is not None else uris.primaryURI
    if uri is None:
        raise ValueError(f"The files of a dataset are not as predicted: {uris} in place of {info}.")
    return info.update(path=uri.relative_to(type(uri)(root)) or str(uri))


def _open_quantum_butler(
    root: str, universe: DimensionUniverse, files: Mapping[uuid.UUID, Sequence[StoredFileInfo]]
) -> QuantumBackedButler:
    """Open a butler that reads some files, and can write none."""
    cls = "lsst.daf.butler.datastores.fileDatastore.FileDatastore"
    datastore = {"cls": cls, "root": root, "name": _DATASTORE, "records": {"table": _DATASTORE}}
    records = DatastoreRecordData(
        records={ref_id: {_DATASTORE: list(infos)} for ref_id, infos in files.items()}
    )
    return QuantumBackedButler.from_predicted(
        Config({"datastore": datastore}), files, (), universe, {_DATASTORE: records}
    )


class _Pickler(pickle.Pickler):
    """Writes the number of a butler in its place."""

    def __init__(self, file: io.BytesIO, butlers: Sequence[LimitedButler]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._numbers = {id(butler): number for number, butler in enumerate(butlers)}

    def persistent_id(self, obj: Any) -> int | None:
        return self._numbers.get(id(obj))


class _Unpickler(pickle.Unpickler):
    """Puts a butler in the place of its number."""

    def __init__(self, content: bytes, butlers: Sequence[LimitedButler]) -> None:
        super().__init__(io.BytesIO(content))
        self._butlers = butlers

    def persistent_load(self, pid: int) -> LimitedButler:
        return self._butlers[pid]


def pack_with_butlers(item: Any, butlers: Sequence[LimitedButler]) -> bytes:
    """Pickle an object, without the butlers of its handles.

    Parameters
    ----------
    item : `~typing.Any`
        The object.
    butlers : `~collections.abc.Sequence` [`lsst.daf.butler.LimitedButler`]
        Butlers that are left out.

    Returns
    -------
    content : `bytes`
        The pickle, for `load_with_butlers`.
    """
    file = io.BytesIO()
    _Pickler(file, butlers).dump(item)
    return file.getvalue()


def load_with_butlers(content: bytes, butlers: Sequence[LimitedButler]) -> Any:
    """Unpickle an object whose handles use the butlers of this process.

    Parameters
    ----------
    content : `bytes`
        Pickle of `pack_with_butlers`.
    butlers : `~collections.abc.Sequence` [`lsst.daf.butler.LimitedButler`]
        Butlers of the same datasets, in the same order.
    """
    return _Unpickler(content, butlers).load()
