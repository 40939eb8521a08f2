"""What is an input follows from the configuration, and from nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lsst.drp.tasks.update_visit_summary import (
    UpdateVisitSummaryConfig,
    UpdateVisitSummaryConnections,
    UpdateVisitSummaryTask,
)
from lsst.utils.introspection import get_full_type_name

ALWAYS = {
    "input_summary_catalog",
    "input_exposures",
    "psf_overrides",
    "psf_star_catalog",
    "ap_corr_overrides",
}
CASES: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"camera"}),
    ({"do_refit_pointing": False}, set()),
    ({"wcs_provider": "tract"}, {"camera", "sky_map", "wcs_overrides_tract"}),
    ({"wcs_provider": "global"}, {"camera", "wcs_overrides_global"}),
    ({"wcs_provider": "healpix5"}, {"camera", "wcs_overrides_skypix"}),
    ({"photo_calib_provider": "tract"}, {"camera", "sky_map", "photo_calib_overrides_tract"}),
    ({"photo_calib_provider": "global"}, {"camera", "photo_calib_overrides_global"}),
    ({"background_provider": "replacement"}, {"camera", "background_originals", "background_overrides"}),
]


def connections_of(**options: Any) -> UpdateVisitSummaryConnections:
    """Return the connections of a configuration."""
    config = UpdateVisitSummaryConfig()
    for name, value in options.items():
        setattr(config, name, value)
    config.validate()
    return UpdateVisitSummaryConnections(config=config)


@pytest.mark.parametrize("options, expected", CASES, ids=[str(options) for options, _ in CASES])
def test_inputs(options: dict[str, Any], expected: set[str]) -> None:
    """There are those that are needed always, and those of the providers."""
    connections = connections_of(**options)
    assert {*connections.inputs, *connections.prerequisiteInputs} == ALWAYS | expected
    assert connections.initInputs == {"input_summary_schema"}


@pytest.mark.parametrize("write", [False, True])
def test_outputs(write: bool) -> None:
    """The geometry is an output only if it is asked for."""
    connections = connections_of(do_write_visit_geometry=write)
    assert connections.outputs == {"output_summary_catalog"} | ({"visit_geometry"} if write else set())
    assert connections.initOutputs == {"output_summary_schema"}


def test_report_is_an_output_of_a_name_that_can_be_set() -> None:
    """It is there only if it is asked for."""
    assert "summary_report" not in connections_of().outputs
    config = UpdateVisitSummaryConfig()
    config.do_write_report = True
    config.connections.summary_report = "finalVisitSummary_what_happened"
    connections = UpdateVisitSummaryConnections(config=config)
    assert "summary_report" in connections.outputs
    assert connections.summary_report.name == "finalVisitSummary_what_happened"
    assert connections.summary_report.storageClass == "ArrowAstropy"
    assert set(connections.summary_report.dimensions) == {"instrument", "visit"}
    assert connections_of(do_write_report=True).summary_report.name == "finalVisitSummary_report"


@pytest.mark.parametrize("level", [0, 3, 4, 11])
def test_healpix_level(level: int) -> None:
    """Dimension and default name have the level of the configuration."""
    skypix = connections_of(wcs_provider=f"healpix{level}").wcs_overrides_skypix
    assert skypix.dimensions == {"instrument", "visit", f"healpix{level}"}
    assert skypix.name == f"gbdesHealpix{level}AstrometricFitSkyWcsCatalog"


def test_healpix_name_that_is_set_stays() -> None:
    """A name of the pipeline is not touched."""
    config = UpdateVisitSummaryConfig()
    config.wcs_provider = "healpix4"
    config.connections.wcs_overrides_skypix = "turbulenceCorrectedSkyWcsCatalog"
    skypix = UpdateVisitSummaryConnections(config=config).wcs_overrides_skypix
    assert skypix.name == "turbulenceCorrectedSkyWcsCatalog"
    assert "healpix4" in skypix.dimensions


def test_templates() -> None:
    """The names of the catalogs follow the templates."""
    config = UpdateVisitSummaryConfig()
    config.wcs_provider, config.photo_calib_provider = "tract", "global"
    config.connections.skyWcsName = config.connections.photoCalibName = "jointcal"
    connections = UpdateVisitSummaryConnections(config=config)
    assert connections.wcs_overrides_tract.name == "jointcalSkyWcsCatalog"
    assert connections.photo_calib_overrides_global.name == "jointcalPhotoCalibCatalog"


def test_camera_dimensions() -> None:
    """A camera that differs from visit to visit can be asked for."""
    connections = connections_of(camera_dimensions=["instrument", "visit"])
    assert connections.camera.dimensions == {"instrument", "visit"}
    assert connections.camera.isCalibration


def test_names_that_files_carry(tmp_path: Path) -> None:
    """Saved configurations and pipelines name what users import."""
    package = "lsst.drp.tasks.update_visit_summary"
    assert get_full_type_name(UpdateVisitSummaryTask) == f"{package}.UpdateVisitSummaryTask"
    path = tmp_path / "config.py"
    UpdateVisitSummaryConfig().save(str(path))
    text = path.read_text()
    assert f"{package}.UpdateVisitSummaryConfig" in text
    assert f"{package}.config" not in text
    config = UpdateVisitSummaryConfig()
    config.wcs_provider = "tract"
    config.load(str(path))
    assert config.wcs_provider == "input_summary"
