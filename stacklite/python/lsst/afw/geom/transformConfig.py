"""Configurations of transforms of the plane, and the registry of functions that make transforms of them."""

from __future__ import annotations

__all__ = [
    "AffineTransformConfig",
    "IdentityTransformConfig",
    "MultiTransformConfig",
    "OneTransformConfig",
    "RadialTransformConfig",
    "TransformConfig",
    "transformRegistry",
]

import numpy as np

from lsst.geom import AffineTransform, Extent2D
from lsst.pex.config import Config, ConfigDictField, ConfigurableField, ListField, makeRegistry

from ._transform import TransformPoint2ToPoint2
from ._transform_factory import (
    are_radial_coefficients,
    makeIdentityTransform,
    makeRadialTransform,
    makeTransform,
)

transformRegistry = makeRegistry(
    "Functions that make a transform of the plane. Each takes a configuration of its class ConfigClass."
)


class IdentityTransformConfig(Config):
    """Configuration of the transform that changes nothing."""


def _identity(config: IdentityTransformConfig) -> TransformPoint2ToPoint2:
    return makeIdentityTransform()


class OneTransformConfig(Config):
    """Configuration of one transform, which can be retargeted."""

    transform: ConfigurableField = ConfigurableField(
        doc="Function that makes the transform.", target=_identity, ConfigClass=IdentityTransformConfig
    )


def _inverted(config: OneTransformConfig) -> TransformPoint2ToPoint2:
    return config.transform.apply().inverted()


class AffineTransformConfig(Config):
    """Configuration of an affine transform."""

    linear = ListField[float](
        doc="Matrix, row by row; the cosine, minus the sine, the sine, the cosine turn counterclockwise.",
        dtype=float,
        length=4,
        default=(1.0, 0.0, 0.0, 1.0),
    )
    translation = ListField[float](doc="Shift in x and y.", dtype=float, length=2, default=(0.0, 0.0))


def _affine(config: AffineTransformConfig) -> TransformPoint2ToPoint2:
    linear = np.array([*config.linear]).reshape(2, 2)
    return makeTransform(AffineTransform(linear, Extent2D(*config.translation)))


class RadialTransformConfig(Config):
    """Configuration of a radial transform."""

    coeffs = ListField[float](
        doc="Coefficients of the polynomial of the radius; the first is 0.", dtype=float
    )

    def validate(self) -> None:
        """Check the coefficients.

        Raises
        ------
        RuntimeError
            Raised if they make no radial transform.
        """
        super().validate()
        coeffs = [] if self.coeffs is None else [*self.coeffs]
        if coeffs and not are_radial_coefficients(coeffs):
            raise RuntimeError(
                f"radial coefficients {coeffs}: need none, or at least two, the first 0, the second not 0."
            )


def _radial(config: RadialTransformConfig) -> TransformPoint2ToPoint2:
    return makeRadialTransform([*config.coeffs])


class MultiTransformConfig(Config):
    """Configuration of transforms one after the other."""

    transformDict = ConfigDictField(
        doc="Transforms by number, in whose order they are applied.", keytype=int, itemtype=OneTransformConfig
    )


def _multi(config: MultiTransformConfig) -> TransformPoint2ToPoint2:
    result = makeIdentityTransform()
    for number in sorted(config.transformDict.keys()):
        result = result.then(config.transformDict[number].transform.apply())
    return result


for _name, _function, _class in (
    ("identity", _identity, IdentityTransformConfig),
    ("inverted", _inverted, OneTransformConfig),
    ("affine", _affine, AffineTransformConfig),
    ("radial", _radial, RadialTransformConfig),
    ("multi", _multi, MultiTransformConfig),
):
    # As an attribute, so that a field can be retargeted to the function.
    vars(_function)["ConfigClass"] = _class
    transformRegistry.register(_name, _function)


class TransformConfig(Config):
    """Configuration of a transform from the registry."""

    transform = transformRegistry.makeField(doc="A transform from the registry.")
