"""Parameters of the butler that ask for the pixels of one amplifier."""

from __future__ import annotations

__all__ = ["read_amplifier", "standardizeAmplifierParameters"]

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lsst.afw.cameraGeom import AmplifierGeometryComparison, AmplifierIsolator

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Amplifier, Detector
    from lsst.afw.image import ExposureFitsReader


def standardizeAmplifierParameters(
    parameters: Mapping[str, Any], on_disk_detector: Detector | None
) -> tuple[Amplifier | None, Detector | None, bool]:
    """Return the amplifier and the detector that the parameters of an exposure mean.

    Parameters
    ----------
    parameters : `~collections.abc.Mapping` [`str`, `~typing.Any`]
        Parameters of the storage class. ``amp`` is an amplifier, its name or its
        number; the pixels are wanted in the order of an amplifier that is given.
        ``detector`` is a detector in the state of the image in the file.
    on_disk_detector : `~lsst.afw.cameraGeom.Detector` or `None`
        Detector in the file.

    Returns
    -------
    amplifier : `~lsst.afw.cameraGeom.Amplifier` or `None`
        The amplifier, `None` without ``amp``.
    detector : `~lsst.afw.cameraGeom.Detector` or `None`
        The detector of the image, the given one in place of that in the file.
    regions_differ : `bool`
        Whether the two detectors have other regions of this amplifier.

    Raises
    ------
    ValueError
        Raised if a box is asked for as well, there is no detector, or the two
        detectors have their pixels in another order.
    """
    amplifier = parameters.get("amp")
    if amplifier is None:
        return None, on_disk_detector, False
    if "bbox" in parameters or "origin" in parameters:
        raise ValueError("the parameter 'amp' excludes 'bbox' and 'origin'; leave out one of them.")
    key = amplifier if isinstance(amplifier, int | str) else amplifier.getName()
    detector = parameters.get("detector") or on_disk_detector
    if detector is None:
        raise ValueError(
            f"the file has no detector that would tell where amplifier {key!r} is; give one as 'detector'."
        )
    difference = AmplifierGeometryComparison.EQUAL
    if on_disk_detector is not None:
        difference = on_disk_detector[key].compareGeometry(detector[key])
    if difference & AmplifierGeometryComparison.ASSEMBLY_DIFFERS:
        raise ValueError(
            f"the detector that is given has the pixels of amplifier {key!r} in another order than that in "
            "the file; give the detector of the same image."
        )
    if isinstance(amplifier, int | str):
        amplifier = detector[key]
    return amplifier, detector, bool(difference & AmplifierGeometryComparison.REGIONS_DIFFER)


def read_amplifier(reader: ExposureFitsReader, parameters: Mapping[str, Any], dtype: Any) -> Any:
    """Return an exposure of the pixels of the amplifier ``amp``, with a detector that has no other."""
    amplifier, detector, _ = standardizeAmplifierParameters(parameters, reader.readDetector())
    assert amplifier is not None and detector is not None, "there is a parameter 'amp'"
    isolator = AmplifierIsolator(amplifier, reader.readBBox(), detector)
    exposure = reader.read(bbox=isolator.subimage_bbox, dtype=dtype)
    exposure.maskedImage = isolator.transform_subimage(exposure.maskedImage)
    exposure.setDetector(isolator.make_detector())
    return exposure
