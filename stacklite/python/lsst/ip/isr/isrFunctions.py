"""Gain and read noise of each amplifier of an exposure."""

from __future__ import annotations

__all__ = ["getExposureGains", "getExposureReadNoises"]

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Amplifier
    from lsst.afw.image import ExposureF


def getExposureGains(exposure: ExposureF) -> dict[str, float]:
    """Return the gain of each amplifier.

    Parameters
    ----------
    exposure : `lsst.afw.image.Exposure`
        Exposure with metadata and detector.

    Returns
    -------
    gains : `dict` [`str`, `float`]
        Gain in electron per ADU by amplifier name; empty without a detector.
        Values are not checked: NaN is possible.
    """
    return _by_amplifier(exposure, "GAIN", lambda amplifier: amplifier.getGain())


def getExposureReadNoises(exposure: ExposureF) -> dict[str, float]:
    """Return the read noise of each amplifier.

    Parameters
    ----------
    exposure : `lsst.afw.image.Exposure`
        Exposure with metadata and detector.

    Returns
    -------
    readNoises : `dict` [`str`, `float`]
        Read noise in electrons by amplifier name; empty without a detector.
        Values are not checked: NaN is possible.
    """
    return _by_amplifier(exposure, "READNOISE", lambda amplifier: amplifier.getReadNoise())


def _by_amplifier(
    exposure: ExposureF, quantity: str, of_amplifier: Callable[[Amplifier], float]
) -> dict[str, float]:
    """Return the values that instrument-signature removal used, or else the nominal ones of the camera."""
    detector = exposure.getDetector()
    if detector is None:
        return {}
    metadata = exposure.getMetadata()
    return {
        amplifier.getName(): next(
            (metadata[key] for key in _metadata_keys(quantity, amplifier.getName()) if key in metadata),
            of_amplifier(amplifier),
        )
        for amplifier in detector
    }


def _metadata_keys(quantity: str, amplifier_name: str) -> tuple[str, str]:
    """Return the keys that may hold the value that was used, best first."""
    return (f"LSST ISR {quantity} {amplifier_name}", f"LSST {quantity} {amplifier_name}")
