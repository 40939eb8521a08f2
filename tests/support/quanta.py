"""A quantum without a butler: references that hold their datasets."""

from __future__ import annotations

__all__ = ["QuantumStub", "Ref", "make_input_refs"]

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from lsst.pipe.base import ExecutionResources, InMemoryDatasetHandle

from .reference import Reference


@dataclass(frozen=True, eq=False)
class Ref:
    """A reference that is equal only to itself; it has nothing but these two."""

    dataset: Any
    dataId: Mapping[str, int] = field(default_factory=dict)  # noqa: N815


class QuantumStub:
    """What ``runQuantum`` sees of a butler.

    It does not check that what is asked for belongs to the quantum, and what
    is put goes nowhere but into a list.
    """

    def __init__(self) -> None:
        self.resources = ExecutionResources()
        self.requests: list[Ref] = []
        self.outputs: list[Any] = []

    def get(self, ref: Ref | list[Ref]) -> Any:
        """Return the dataset of a reference, or those of several."""
        if isinstance(ref, list):
            return [self.get(one) for one in ref]
        self.requests.append(ref)
        return ref.dataset

    def put(self, values: Any, _: Any) -> None:
        """Keep an output."""
        self.outputs.append(values)


def make_input_refs(reference: Reference, **more: Any) -> SimpleNamespace:
    """Return references to the inputs that every configuration has, and others.

    Parameters
    ----------
    reference : `Reference`
        The visit.
    **more
        Further connections: references or lists of them.
    """
    psfs = Ref(reference.psf_and_ap_corr)
    return SimpleNamespace(
        input_summary_catalog=Ref(reference.summary),
        input_exposures=_deferred(reference.exposures),
        psf_overrides=psfs,
        # One dataset of the default names is both.
        ap_corr_overrides=psfs,
        psf_star_catalog=Ref(reference.stars),
        **more,
    )


def _deferred(handles: Mapping[int, InMemoryDatasetHandle]) -> list[Ref]:
    """Return references whose datasets are handles that know their detector."""
    return [
        Ref(
            InMemoryDatasetHandle(handle.get(), storageClass="ExposureF", dataId={"detector": detector})
            if isinstance(handle, InMemoryDatasetHandle)
            else handle
        )
        for detector, handle in handles.items()
    ]
