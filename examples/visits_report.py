"""A table with one line for each visit of a repository."""

from __future__ import annotations

__all__ = ["make_report"]

import numpy as np

from lsst.afw.table import ExposureCatalog
from lsst.daf.butler import Butler
from reference_repo import ReferenceRepo

_STATISTICS = ("psfSigma", "magLim")
_HEAD = ("visit", "detectors", "no PSF", "no WCS", "no calibration", *_STATISTICS)


def make_report(repo: ReferenceRepo, collection: str) -> str:
    """Return a table of the visits that a run has updated.

    Parameters
    ----------
    repo : `~reference_repo.ReferenceRepo`
        The repository.
    collection : `str`
        Collection with the outputs.

    Returns
    -------
    report : `str`
        For each visit the number of its detectors, of those without a
        component, and medians of statistics before and after.
    """
    with Butler.from_config(repo.root, collections=[collection]) as butler:
        rows = [_HEAD, *(_row(butler, repo, visit) for visit in repo.visits)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join(f"  {line}" for line in [lines[0], rule, *lines[1:]])


def _row(butler: Butler, repo: ReferenceRepo, visit: int) -> tuple[str, ...]:
    """Return the cells of a visit."""
    names = {"instrument": repo.instrument, "visit": visit}
    before, after = butler.get("visitSummary", names), butler.get("finalVisitSummary", names)
    lost = [
        sum(component is None for component in components)
        for components in (
            [record.getPsf() for record in after],
            [record.getWcs() for record in after],
            [record.getPhotoCalib() for record in after],
        )
    ]
    medians = [f"{_median(before, name):.3f} -> {_median(after, name):.3f}" for name in _STATISTICS]
    return (str(visit), str(len(after)), *map(str, lost), *medians)


def _median(catalog: ExposureCatalog, name: str) -> float:
    """Return the median of the values that are not NaN."""
    return float(np.nanmedian(catalog[name]))
