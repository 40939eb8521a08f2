"""All overrides of a visit, one representation for every component."""

from __future__ import annotations

__all__ = ["Handle", "OverrideArguments", "Overrides", "duplicate_problems"]

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, TypedDict

from astropy.table import Table

from lsst.afw.table import ExposureCatalog
from lsst.daf.butler import DeferredDatasetHandle
from lsst.pipe.base import InMemoryDatasetHandle

from .errors import InvalidInputsError, list_items
from .override_inputs import GlobalInput, PerHealpixInput, PerTractInput, PossiblyMultipleInput
from .star_table import StarTable

Handle: TypeAlias = DeferredDatasetHandle | InMemoryDatasetHandle
"""Stands for a dataset that is read when it is needed, a component at a time."""


class OverrideArguments(TypedDict):
    """Arguments of `Overrides` before they are checked; types are those that they should have."""

    psf: PossiblyMultipleInput | None
    stars: Table | None
    bad_star_flags: frozenset[str]
    ap_corr: PossiblyMultipleInput | None
    photo_calib: PossiblyMultipleInput | None
    wcs: PossiblyMultipleInput | None
    background_originals: Mapping[int, Handle] | None
    background_overrides: Mapping[int, Handle] | None


@dataclass(frozen=True, eq=False)
class Overrides:
    """All overrides of a visit, each `None` if the input's values are kept.

    Raises
    ------
    InvalidInputsError
        Raised if the overrides contradict each other, with all that is wrong.
    """

    psf: PossiblyMultipleInput | None = None
    """New PSF models (`PossiblyMultipleInput`)."""

    stars: Table | None = None
    """Stars that the PSF models were made from (`astropy.table.Table`)."""

    bad_star_flags: frozenset[str] = frozenset()
    """Flags of stars that exclude them if set (`frozenset` [`str`])."""

    ap_corr: PossiblyMultipleInput | None = None
    """New aperture correction maps (`PossiblyMultipleInput`)."""

    photo_calib: PossiblyMultipleInput | None = None
    """New photometric calibrations (`PossiblyMultipleInput`)."""

    wcs: PossiblyMultipleInput | None = None
    """New WCSs (`PossiblyMultipleInput`)."""

    background_originals: Mapping[int, Handle] | None = None
    """Handles of backgrounds already subtracted, by detector."""

    background_overrides: Mapping[int, Handle] | None = None
    """Handles of backgrounds to subtract as well, by detector."""

    def __post_init__(self) -> None:
        problems = [
            *(p for argument, source in self.sources.items() for p in _source_problems(argument, source)),
            *self._star_problems(),
            *self._background_problems(),
        ]
        if problems:
            raise InvalidInputsError(problems)

    @property
    def sources(self) -> dict[str, PossiblyMultipleInput]:
        """Catalogs by argument of ``run`` (`dict` [`str`, `PossiblyMultipleInput`])."""
        found = {
            "psf_overrides": self.psf,
            "ap_corr_overrides": self.ap_corr,
            "photo_calib_overrides": self.photo_calib,
            "wcs_overrides": self.wcs,
        }
        return {argument: source for argument, source in found.items() if source is not None}

    def handles(self) -> list[Handle]:
        """Return the handles of all backgrounds."""
        return [
            handle
            for by_detector in (self.background_originals, self.background_overrides)
            for handle in (by_detector or {}).values()
        ]

    @cached_property
    def stars_by_detector(self) -> StarTable | None:
        """Stars by detector id (`StarTable` or `None`)."""
        return StarTable(self.stars, self.bad_star_flags) if self.stars is not None else None

    @cached_property
    def detectors(self) -> dict[str, set[int]]:
        """Ids of detectors by argument of ``run`` (`dict` [`str`, `set` [`int`]])."""
        found = {
            argument: {record.getId() for _, catalog in source.catalogs() for record in catalog}
            for argument, source in self.sources.items()
        }
        if self.stars_by_detector is not None:
            found["psf_star_catalog"] = self.stars_by_detector.detectors
        found["background_originals"] = set(self.background_originals or ())
        found["background_overrides"] = set(self.background_overrides or ())
        return found

    def _star_problems(self) -> Iterator[str]:
        if self.psf is not None and self.stars is None:
            yield (
                "psf_star_catalog is missing although psf_overrides is given; "
                "give the table of stars that the PSF models were made from."
            )
        if self.stars is not None and not isinstance(self.stars, Table):
            yield (
                f"psf_star_catalog is a {type(self.stars).__name__}; "
                "give an astropy.table.Table or a pandas.DataFrame."
            )

    def _background_problems(self) -> Iterator[str]:
        originals, replacements = self.background_originals, self.background_overrides
        if originals is None or replacements is None:
            return
        if missing := set(replacements) - set(originals):
            yield (
                f"background_originals has no handle for detectors {list_items(missing)} of "
                "background_overrides; give what has been subtracted from these exposures, or no originals "
                "at all if nothing has."
            )


def _source_problems(argument: str, source: Any) -> Iterator[str]:
    """Find what is wrong with the catalogs of one argument."""
    if not isinstance(source, PossiblyMultipleInput):
        yield (
            f"{argument} is a {type(source).__name__}, which does not say how to look up a "
            "detector; wrap one catalog as GlobalInput(catalog), several as PerTractInput or PerHealpixInput."
        )
        return
    if expected := _expected_parts(source):
        yield f"{argument} is a {type(source).__name__} whose parts have wrong types; give it {expected}."
        return
    catalogs = list(source.catalogs())
    if repeated := _repeated(part for part, _ in catalogs):
        yield f"{argument} has several catalogs for {list_items(repeated)}; keep one catalog for each."
    for part, catalog in catalogs:
        yield from duplicate_problems(argument, part, catalog)


def _expected_parts(source: PossiblyMultipleInput) -> str:
    """Return what a source must be made of, or nothing if it is."""
    match source:
        case GlobalInput(catalog=catalog):
            good = isinstance(catalog, ExposureCatalog)
            return "" if good else "an ExposureCatalog, for example ExposureCatalog.readFits(path)"
        case PerTractInput(catalogs_by_tract=parts):
            good = all(_ends_with_catalog(part, 2) and hasattr(part[0], "tract_id") for part in parts)
            return "" if good else "pairs (sky_map[tract], ExposureCatalog)"
        case PerHealpixInput(catalogs_by_pixel=parts):
            good = all(_ends_with_catalog(part, 3) for part in parts)
            return "" if good else "triples (pixel, pixelization.pixel(pixel), ExposureCatalog)"
    return ""


def _ends_with_catalog(part: Any, length: int) -> bool:
    """Return whether a part of a source has some length, and a catalog at its end."""
    return isinstance(part, Sequence) and len(part) == length and isinstance(part[-1], ExposureCatalog)


def duplicate_problems(argument: str, part: str, catalog: ExposureCatalog) -> Iterator[str]:
    """Find detectors that have several rows in a catalog.

    Parameters
    ----------
    argument : `str`
        Argument of ``run`` that the catalog belongs to.
    part : `str`
        Part of the argument.
    catalog : `lsst.afw.table.ExposureCatalog`
        Rows by detector.

    Yields
    ------
    problem : `str`
        One sentence with all such detectors.
    """
    if repeated := _repeated(record.getId() for record in catalog):
        yield (
            f"{argument} has several rows for detectors {list_items(repeated)} of {part}; "
            "keep one row for each detector."
        )


def _repeated(items: Iterable[Any]) -> list[Any]:
    """Return the items that occur more than once."""
    return [item for item, count in Counter(items).items() if count > 1]
