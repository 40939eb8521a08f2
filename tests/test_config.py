"""The instrument files in ``config/``: they load, and have the published values."""

from __future__ import annotations

from pathlib import Path

import pytest

from lsst.drp.tasks.update_visit_summary import UpdateVisitSummaryConfig

CONFIG = Path(__file__).parents[1] / "config"
BANDS = "ugrizy"

Tables = dict[str, dict[str, float]]


def table(values: str, bands: str = "u g r i z y") -> dict[str, float]:
    """Return a table from a row of the publication."""
    return dict(zip(bands.split(), map(float, values.split()), strict=True))


# SMTN-002, for both cameras of the observatory.
SMTN_002 = {
    "fiducialPsfSigma": table("1.72 1.63 1.56 1.51 1.47 1.44"),
    "fiducialZeroPoint": table("25.97 27.96 27.81 27.62 27.23 26.27"),
    "fiducialSkyBackground": table("0.91 9.35 19.94 32.04 48.05 54.81"),
}
LIMITS = table("23.70 24.97 24.52 24.13 23.56 22.55")
HSC_FILTERS = "u g r i z y N387 N816 N921"

PUBLISHED: dict[str, Tables] = {
    "LSSTCam": SMTN_002 | {"fiducialMagLim": LIMITS},
    "LSSTComCam": SMTN_002,
    "HSC": {
        "fiducialPsfSigma": table("2.0 2.04 1.86 1.51 1.75 1.88 1.84 1.82 1.70", HSC_FILTERS),
        "fiducialSkyBackground": table("1.0 2.84 6.26 13.03 11.44 22.07 0.07 0.50 1.01", HSC_FILTERS),
        "fiducialZeroPoint": table("26.0 27.05 27.10 26.94 26.07 25.63 22.24 23.94 24.09", HSC_FILTERS),
    },
}

# The same cameras in electrons, with which the limits were computed.
ELECTRONS_PER_ADU = 10.0 ** (0.4 * (26.52 - 25.97))
ELECTRONS = {
    "fiducialZeroPoint": table("26.52 28.51 28.36 28.17 27.78 26.82"),
    "fiducialSkyBackground": table("1.51 15.45 32.95 52.94 79.40 90.57"),
    "fiducialReadNoise": dict.fromkeys(BANDS, 9.0),
    "fiducialExpTime": dict.fromkeys(BANDS, 30.0),
}
PIXEL_SCALE = 0.2


def load(instrument: str) -> UpdateVisitSummaryConfig:
    """Load the file of an instrument onto the defaults."""
    config = UpdateVisitSummaryConfig()
    config.load(str(CONFIG / instrument / "updateVisitSummary.py"))
    return config


def test_every_instrument_is_tested() -> None:
    files = {str(path.relative_to(CONFIG)) for path in CONFIG.rglob("*.py")}
    assert files == {f"{instrument}/updateVisitSummary.py" for instrument in PUBLISHED}


@pytest.mark.parametrize("instrument", PUBLISHED)
def test_file_has_the_published_values(instrument: str) -> None:
    config = load(instrument)
    config.validate()
    for name, values in PUBLISHED[instrument].items():
        assert dict(getattr(config.compute_summary_stats, name)) == values


@pytest.mark.parametrize("instrument", PUBLISHED)
def test_file_sets_nothing_else(instrument: str) -> None:
    """A copy of the defaults with the published values is the same configuration."""
    expected = UpdateVisitSummaryConfig()
    for name, values in PUBLISHED[instrument].items():
        setattr(expected.compute_summary_stats, name, values)
    differences: list[str] = []
    assert load(instrument).compare(expected, shortcut=False, output=differences.append), differences


@pytest.mark.parametrize("band", BANDS)
def test_limits_of_LSSTCam_are_reproduced_from_electrons(band: str) -> None:
    config = load("LSSTCam").compute_summary_stats.value
    for name, values in ELECTRONS.items():
        setattr(config, name, values)
    limit = config.fiducialMagnitudeLimit(band, PIXEL_SCALE, gain=1.0)
    assert limit == pytest.approx(config.fiducialMagLim[band], abs=0.01)


@pytest.mark.parametrize("band", BANDS)
def test_limits_of_LSSTCam_are_reproduced_from_its_file(band: str) -> None:
    """The values in ADU are those in electrons, seen through the gain."""
    config = load("LSSTCam").compute_summary_stats.value
    limit = config.fiducialMagnitudeLimit(band, PIXEL_SCALE, gain=ELECTRONS_PER_ADU)
    assert limit == pytest.approx(LIMITS[band], abs=0.01)


def test_narrow_bands_of_HSC_have_no_limit() -> None:
    """There are no fiducial exposure times for them, and nobody invents one."""
    config = load("HSC").compute_summary_stats.value
    limit = config.fiducialMagnitudeLimit("N816", 0.168, gain=1.0)
    assert limit != limit
