"""Exposures of real telescopes, and the classes of their components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EXPOSURES = {
    "hsc/calexp_180802004_4.fits": {
        "SKYWCS": "SkyWcs",
        "PSF": "GaussianPsf",
        "PHOTOCALIB": "PhotoCalib",
        "DETECTOR": "Detector",
        "VALID_POLYGON": "Polygon",
        "COADD_INPUTS": "CoaddInputs",
        "AP_CORR_MAP": "ApCorrMap",
        "TRANSMISSION_CURVE": "TransmissionCurve",
        "SUMMARY_STATS": "ExposureSummaryStats",
        "FILTER": "FilterLabel",
    },
    "cfht/calexp-849375-12.fits.fz": {
        "SKYWCS": "SkyWcs",
        "PSF": "PsfexPsf",
        "PHOTOCALIB": "PhotoCalib",
        "DETECTOR": "Detector",
        "AP_CORR_MAP": "ApCorrMap",
        "SUMMARY_STATS": "ExposureSummaryStats",
        "FILTER": "FilterLabel",
    },
    "piff/exp.fits": {"SKYWCS": "SkyWcs", "PSF": "PiffPsf"},
}


def kind_of(component: Any) -> str:
    """Return the name of the public class of a component; its own class may be private."""
    return next(cls.__name__ for cls in type(component).__mro__ if not cls.__name__.startswith("_"))


def kinds_of(components: Mapping[str, Any]) -> dict[str, str]:
    """Return the public classes of components by their names."""
    return {key: kind_of(component) for key, component in components.items()}
