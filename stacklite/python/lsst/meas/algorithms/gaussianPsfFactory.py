"""Gaussian PSFs from the width at half maximum."""

from __future__ import annotations

__all__ = ["GaussianPsfFactory", "SigmaPerFwhm"]

import math
from typing import Any

from lsst.pex.config import Config, ConfigurableField, Field

from ._gaussian_kernel_psfs import DoubleGaussianPsf, SingleGaussianPsf

SigmaPerFwhm = 1.0 / (2.0 * math.sqrt(2.0 * math.log(2.0)))


def _is_positive(value: float) -> bool:
    return value > 0


class GaussianPsfFactory(Config):
    """Configuration of a Gaussian PSF, with or without wings, that makes it for any width."""

    size = Field[int](
        doc="width and height of the images (pixels); None to compute it from the width of the PSF",
        optional=True,
        default=None,
        check=_is_positive,
    )
    sizeFactor = Field[float](
        doc="size of the images in widths at half maximum, if size is None",
        optional=False,
        default=3.0,
        check=_is_positive,
    )
    minSize = Field[int](
        doc="least size that is computed (pixels)", optional=True, default=5, check=_is_positive
    )
    maxSize = Field[int](
        doc="greatest size that is computed (pixels)",
        optional=True,
        default=None,
        check=_is_positive,
    )
    defaultFwhm = Field[float](
        doc="width of the core at half maximum (pixels), if none is given",
        default=3.0,
        check=_is_positive,
    )
    addWing = Field[bool](doc="add a second, wider Gaussian?", optional=False, default=True)
    wingFwhmFactor = Field[float](
        doc="width of the second Gaussian over that of the core",
        optional=False,
        default=2.5,
        check=_is_positive,
    )
    wingAmplitude = Field[float](
        doc="amplitude of the second Gaussian over that of the core",
        optional=False,
        default=0.1,
        check=_is_positive,
    )

    def validate(self) -> None:
        """Check that the limits of the size are in order."""
        super().validate()
        if self.minSize and self.maxSize and self.minSize > self.maxSize:
            raise RuntimeError(f"minSize={self.minSize} is greater than maxSize={self.maxSize}.")

    def computeSizeAndSigma(self, fwhm: float | None = None) -> tuple[int, float]:
        """Return the size of the images and the standard deviation of the core.

        Parameters
        ----------
        fwhm : `float`, optional
            Width of the core at half maximum, in pixels; by default ``defaultFwhm``.

        Returns
        -------
        size : `int`
            Width and height of the images; odd, unless another size is configured.
        sigma : `float`
            Standard deviation of the core in pixels.
        """
        width = self.defaultFwhm if fwhm is None else fwhm
        return self.size or self._limited(int(self.sizeFactor * width) // 2 * 2 + 1), width * SigmaPerFwhm

    def _limited(self, size: int) -> int:
        if self.minSize and size < self.minSize:
            return self.minSize
        return min(size, self.maxSize or size)

    def apply(self, fwhm: float | None = None) -> DoubleGaussianPsf | SingleGaussianPsf:
        """Make a PSF.

        Parameters
        ----------
        fwhm : `float`, optional
            Width of the core at half maximum, in pixels; by default ``defaultFwhm``.

        Returns
        -------
        psf : `DoubleGaussianPsf` or `SingleGaussianPsf`
            The former with wings.
        """
        size, sigma = self.computeSizeAndSigma(fwhm)
        if not self.addWing:
            return SingleGaussianPsf(size, size, sigma)
        return DoubleGaussianPsf(size, size, sigma, sigma * self.wingFwhmFactor, self.wingAmplitude)

    @classmethod
    def makeField(cls, doc: str) -> ConfigurableField[Any]:
        """Return a field for other configurations, whose ``apply`` makes a PSF.

        Parameters
        ----------
        doc : `str`
            Description of the field.
        """
        return ConfigurableField(doc=doc, target=_make_psf, ConfigClass=cls)


def _make_psf(config: GaussianPsfFactory, **kwargs: Any) -> DoubleGaussianPsf | SingleGaussianPsf:
    return config.apply(**kwargs)
