"""The configuration of the summary statistics: defaults, overrides, saved form."""

from __future__ import annotations

import io
import math
import pickle

import pytest

from lsst.meas.algorithms import ScienceSourceSelectorTask
from lsst.pipe.tasks.computeExposureSummaryStats import (
    ComputeExposureSummaryStatsConfig,
    ComputeExposureSummaryStatsTask,
)

BANDS = set("ugrizy")


def test_defaults_are_those_of_the_stack() -> None:
    config = ComputeExposureSummaryStatsConfig()
    config.validate()
    scalars = {name: value for name, value in config.toDict().items() if isinstance(value, int | float | str)}
    assert scalars == {
        "sigmaClip": 3.0,
        "clipIter": 2,
        "starSelection": "calib_psf_used",
        "starShape": "slot_Shape",
        "psfShape": "slot_PsfShape",
        "starHigherOrderMomentBase": "ext_shapeHSM_HigherOrderMomentsSource",
        "psfSampling": 8,
        "psfGridSampling": 96,
        "minPsfApRadiusPix": 2.0,
        "psfApCorrFieldName": "base_PsfFlux_instFlux",
        "maxEffectiveTransparency": math.inf,
        "magLimSnr": 5.0,
    }
    assert set(config.badMaskPlanes) == {"NO_DATA", "SUSPECT"}
    assert list(config.psfBadMaskPlanes) == ["BAD", "CR", "EDGE", "INTRP", "NO_DATA", "SAT", "SUSPECT"]
    fiducials = {
        "fiducialSkyBackground": 1.0,
        "fiducialPsfSigma": 1.0,
        "fiducialZeroPoint": 25.0,
        "fiducialReadNoise": 9.0,
        "fiducialExpTime": 30.0,
        "fiducialMagLim": 25.0,
    }
    for name, value in fiducials.items():
        assert dict(getattr(config, name)) == dict.fromkeys(BANDS, value), name


def test_default_star_selection() -> None:
    task = ComputeExposureSummaryStatsTask()
    assert isinstance(task.starSelector, ScienceSourceSelectorTask)
    selector = task.starSelector.config
    enabled = {name for name, value in selector.toDict().items() if name.startswith("do") and value}
    assert enabled == {"doFlags", "doSignalToNoise"}
    assert list(selector.flags.good) == ["calib_psf_used"]
    assert list(selector.flags.bad) == ["slot_Shape_flag", "slot_PsfFlux_flag"]
    assert selector.signalToNoise.toDict() == {
        "fluxField": "slot_PsfFlux_instFlux",
        "errField": "slot_PsfFlux_instFluxErr",
        "minimum": 50.0,
        "maximum": 1000.0,
    }


def test_saved_configurations_name_only_modules_of_the_stack() -> None:
    config = ComputeExposureSummaryStatsConfig()
    config.starSelector.signalToNoise.maximum = None
    config.fiducialPsfSigma = {"i": 1.5}
    text = io.StringIO()
    config.saveToStream(text)
    assert "lsst.pipe.tasks.computeExposureSummaryStats.ComputeExposureSummaryStatsConfig" in text.getvalue()
    assert "lsst.pipe.tasks._" not in text.getvalue()
    loaded = ComputeExposureSummaryStatsConfig()
    loaded.loadFromString(text.getvalue())
    assert loaded.compare(config)
    assert not loaded.compare(ComputeExposureSummaryStatsConfig())
    assert pickle.loads(pickle.dumps(config)).compare(config)


@pytest.mark.parametrize("name", ["clipIter", "psfSampling", "magLimSnr"])
def test_options_have_types(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        setattr(ComputeExposureSummaryStatsConfig(), name, "many")


def test_errors_of_the_fiducial_magnitude_limit_are_those_of_the_stack() -> None:
    limit = ComputeExposureSummaryStatsConfig().fiducialMagnitudeLimit
    for band, scale, gain, error in (
        ("i", 0.0, 1.0, ZeroDivisionError),
        ("none", 0.0, 1.0, ZeroDivisionError),
        ("i", 0.2, 0.0, ZeroDivisionError),
        ("i", 1e-200, 1.0, OverflowError),
        ("i", 0.2, 1e200, OverflowError),
    ):
        with pytest.raises(error):
            limit(band, scale, gain)
