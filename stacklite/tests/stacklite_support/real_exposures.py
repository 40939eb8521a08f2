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
        "COADD_INPUTS": "OpaquePersistable",
        "AP_CORR_MAP": "ApCorrMap",
        "TRANSMISSION_CURVE": "OpaquePersistable",
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


def kinds_of(components: Mapping[str, Any]) -> dict[str, str]:
    """Return the classes of components by their names."""
    return {key: type(component).__name__ for key, component in components.items()}
