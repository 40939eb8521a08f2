"""Images of detectors from those of amplifiers, and back."""

from __future__ import annotations

__all__ = ["AmplifierIsolator", "assembleAmplifierImage", "assembleAmplifierRawImage", "makeUpdatedDetector"]

from typing import Any

import numpy as np

from lsst.geom import Box2I

from ._amplifier import Amplifier, AmplifierGeometryComparison
from ._detector import Detector


def assembleAmplifierImage(destImage: Any, rawImage: Any, amplifier: Amplifier) -> None:
    """Put the pixels of an amplifier that see light into the image of the detector.

    Parameters
    ----------
    destImage : ``Image`` or ``MaskedImage``
        Image of the detector, without overscan; the box of the amplifier is
        set.
    rawImage : ``Image`` or ``MaskedImage``
        Raw image of the amplifier.
    amplifier : `Amplifier`
        Says where the pixels are, and along which axes they are reversed.

    Raises
    ------
    AttributeError
        Raised if only one of the images is a masked image.
    ValueError
        Raised if the boxes differ in size.
    lsst.pex.exceptions.LengthError
        Raised if one of the boxes is outside of its image.
    """
    _copy_pixels(destImage[amplifier.getBBox()], rawImage[amplifier.getRawDataBBox()], amplifier)


def assembleAmplifierRawImage(destImage: Any, rawImage: Any, amplifier: Amplifier) -> None:
    """Put all pixels of an amplifier into the raw image of the detector.

    Parameters
    ----------
    destImage : ``Image`` or ``MaskedImage``
        Raw image of the detector; the raw box of the amplifier, moved by its
        offset, is set.
    rawImage : ``Image`` or ``MaskedImage``
        Raw image of the amplifier.
    amplifier : `Amplifier`
        Says where the pixels are, and along which axes they are reversed.

    Raises
    ------
    AttributeError
        Raised if only one of the images is a masked image.
    lsst.pex.exceptions.LengthError
        Raised if one of the boxes is outside of its image.
    """
    box = amplifier.getRawBBox()
    _copy_pixels(destImage[box.shiftedBy(amplifier.getRawXYOffset())], rawImage[box], amplifier)


def makeUpdatedDetector(ccd: Detector) -> Detector:
    """Return the detector of an image that was assembled.

    Parameters
    ----------
    ccd : `Detector`
        Detector whose amplifiers describe images of their own.

    Returns
    -------
    detector : `Detector`
        The same, with amplifiers that describe their part of the image; see
        `AmplifierBuilder.transform`.
    """
    builder = ccd.rebuild()
    for index, amplifier in enumerate(ccd):
        builder[index] = amplifier.rebuild().transform()
    return builder.finish()


class AmplifierIsolator:
    """The part of an image of a detector that one amplifier has read.

    Parameters
    ----------
    amplifier : `Amplifier`
        The amplifier, in the state in which the part is wanted: its pixels are
        reversed where those of the amplifier of the detector are not.
    parent_bbox : `~lsst.geom.Box2I`
        Box of the image of the detector; without overscan if it is that of
        the detector.
    parent_detector : `Detector`
        Detector of that image.

    Raises
    ------
    ValueError
        Raised if the amplifier of the detector has other regions.
    lsst.pex.exceptions.InvalidParameterError
        Raised if the detector has no amplifier of this name.
    """

    def __init__(self, amplifier: Amplifier, parent_bbox: Box2I, parent_detector: Detector) -> None:
        there = parent_detector[amplifier.getName()]
        difference = amplifier.compareGeometry(there)
        if difference & AmplifierGeometryComparison.REGIONS_DIFFER:
            raise ValueError(
                f"amplifier {amplifier.getName()!r} has other regions than that of detector "
                f"{parent_detector.getName()!r}; take one of the same camera."
            )
        self._amplifier, self._detector = amplifier, parent_detector
        is_trimmed = parent_bbox == parent_detector.getBBox()
        self._box = there.getBBox() if is_trimmed else there.getRawBBox()
        self._flips = tuple(
            bool(difference & flag)
            for flag in (AmplifierGeometryComparison.FLIPPED_X, AmplifierGeometryComparison.FLIPPED_Y)
        )

    @property
    def subimage_bbox(self) -> Box2I:
        """Box of the part in the image of the detector (`~lsst.geom.Box2I`)."""
        return Box2I(self._box)

    def transform_subimage(self, subimage: Any) -> Any:
        """Return a copy of the part with pixels in the order of the amplifier; its origin stays.

        Parameters
        ----------
        subimage : ``Image``, ``Mask`` or ``MaskedImage``
            The part, of the box `subimage_bbox`.
        """
        result = subimage.clone()
        for array in _arrays(result):
            array[:] = _flipped(array.copy(), *self._flips)
        return result

    def make_detector(self) -> Detector:
        """Return a detector that consists of the amplifier only."""
        builder = self._detector.rebuild()
        builder.clear()
        builder.append(self._amplifier.rebuild())
        builder.setBBox(self._amplifier.getBBox())
        builder.unsetCrosstalk()
        return builder.finish()

    @classmethod
    def apply(cls, parent_exposure: Any, amplifier: Amplifier) -> Any:
        """Return the exposure of one amplifier.

        Parameters
        ----------
        parent_exposure : ``Exposure``
            Exposure of the detector.
        amplifier : `Amplifier`
            The amplifier; see the class.

        Returns
        -------
        exposure : ``Exposure``
            Its pixels, with the detector of `make_detector`. Other components
            are those of the whole exposure, even if they refer to its pixels.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the amplifier is outside of the exposure.
        """
        isolator = cls(amplifier, parent_exposure.getBBox(), parent_exposure.getDetector())
        result = parent_exposure[isolator.subimage_bbox].clone()
        result.maskedImage = isolator.transform_subimage(result.maskedImage)
        result.setDetector(isolator.make_detector())
        return result


def _arrays(image: Any) -> list[np.ndarray]:
    """Return the pixels of each plane."""
    planes = (image.image, image.mask, image.variance) if hasattr(image, "image") else (image,)
    return [plane.array for plane in planes]


def _flipped(array: np.ndarray, flip_x: bool, flip_y: bool) -> np.ndarray:
    return array[:: -1 if flip_y else 1, :: -1 if flip_x else 1]


def _copy_pixels(target: Any, source: Any, amplifier: Amplifier) -> None:
    """Copy the planes of a part of an image to a part of another one.

    Raises
    ------
    AttributeError
        Raised if only one of them is a masked image (the class of the stack).
    ValueError
        Raised if the parts differ in size.
    """
    if hasattr(target, "image") != hasattr(source, "image"):
        raise AttributeError(
            f"{type(source).__name__} cannot be put into {type(target).__name__}; give both the same type."
        )
    for there, here in zip(_arrays(target), _arrays(source), strict=True):
        there[:] = _flipped(here, amplifier.getRawFlipX(), amplifier.getRawFlipY())
