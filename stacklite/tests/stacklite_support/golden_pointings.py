"""Golden cases of the pointing fit, and what comparisons of them share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lsst.afw.cameraGeom import Camera
from lsst.afw.table import ExposureCatalog
from lsst.geom import SpherePoint, radians
from lsst.meas.astrom.refit_pointing import RefitPointingConfig, RefitPointingTask
from stacklite_support.golden import cases, golden_file, number, own_file

TOPIC = "summary_stats"
SKY_ATOL = np.deg2rad(1e-9)

RESIDUALS = ("wcs_detector_pointing_residual", "wcs_visit_pointing_residual")
REJECTED = "wcs_detector_pointing_rejected"

Case = dict[str, Any]


def params(where: Callable[[Case], bool]) -> Any:
    found = cases(TOPIC, "RefitPointingTask", where)
    named = [pytest.param(case, id=f"{case['id']}-{case['inputs']['note']}") for case in found]
    return pytest.mark.parametrize("case", named)


def has_result(case: Case) -> bool:
    return "error" not in case["expected"]["result"]


def raises(name: str) -> Callable[[Case], bool]:
    return lambda case: case["expected"]["result"].get("error") == name


def make_task(options: dict[str, Any]) -> RefitPointingTask:
    config = RefitPointingConfig()
    for name, value in options.items():
        setattr(config, name, value)
    return RefitPointingTask(schema=ExposureCatalog.Table.makeMinimalSchema(), config=config)


def read_inputs(case: Case) -> tuple[RefitPointingTask, ExposureCatalog, Camera]:
    inputs = case["inputs"]
    catalog = ExposureCatalog.readFits(golden_file(inputs["catalog"]))
    return make_task(inputs["config"]), catalog, Camera.readFits(golden_file(inputs["camera"]))


def own_inputs(name: str) -> tuple[RefitPointingTask, ExposureCatalog, Camera]:
    """Return inputs for tests of rules of our own, whatever is replayed."""
    catalog = ExposureCatalog.readFits(own_file(f"pointing_{name}.fits.gz"))
    return make_task({}), catalog, Camera.readFits(own_file("pointing_camera.fits.gz"))


def early_rejected(case: Case) -> set[int]:
    """Return the detectors that were rejected before any was kept.

    The stack gives them the visit residual of another boresight, and
    decides by it which WCS to remove (B2).
    """
    early: set[int] = set()
    for row in case["expected"]["rows"]:
        if row["rejected"]:
            early.add(row["id"])
        elif np.isfinite(number(row["detector_residual"])):
            return early
    return early


def observed_rows(catalog: ExposureCatalog, prefix: str = "") -> list[dict[str, Any]]:
    return [
        {
            "id": record.getId(),
            "detector_residual": record[prefix + RESIDUALS[0]].asRadians(),
            "visit_residual": record[prefix + RESIDUALS[1]].asRadians(),
            "rejected": record[prefix + REJECTED],
            "has_wcs": record.getWcs() is not None,
        }
        for record in catalog
    ]


def assert_rows(
    found: list[dict[str, Any]], expected: list[dict[str, Any]], early: set[int] | None = None
) -> None:
    assert len(found) == len(expected)
    for mine, theirs in zip(found, number(expected), strict=True):
        is_b2 = mine["id"] in (early or set())
        for name in ("id", "rejected") if is_b2 else ("id", "rejected", "has_wcs"):
            assert mine[name] == theirs[name], (name, mine)
        for name in ("detector_residual",) if is_b2 else ("detector_residual", "visit_residual"):
            assert_allclose(mine[name], theirs[name], atol=SKY_ATOL, rtol=0, err_msg=str(mine))


def vector(lonlat: Any) -> list[float]:
    return list(SpherePoint(*lonlat, radians).getVector())
