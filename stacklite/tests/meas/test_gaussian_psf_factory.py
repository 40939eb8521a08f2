"""Gaussian PSFs from the width at half maximum, with values of the real stack."""

from __future__ import annotations

from typing import Any

import pytest

from lsst.meas.algorithms import DoubleGaussianPsf, GaussianPsfFactory, SigmaPerFwhm, SingleGaussianPsf
from lsst.pex.config import Config, FieldValidationError


@pytest.mark.parametrize(
    ("settings", "fwhm", "size"),
    [
        ({}, None, 9),
        ({}, 1.0, 5),
        ({}, 3.4, 11),
        ({}, 7.0, 21),
        ({"minSize": 9, "maxSize": 9}, 7.0, 9),
        ({"sizeFactor": 1.0, "minSize": None}, 1.0, 1),
        ({"sizeFactor": 4.0, "maxSize": 6}, 3.4, 6),
        ({"size": 8}, 7.0, 8),
    ],
)
def test_size_of_the_images(settings: dict[str, Any], fwhm: float | None, size: int) -> None:
    factory = GaussianPsfFactory()
    factory.update(**settings)
    sigma = (fwhm or 3.0) * SigmaPerFwhm
    assert factory.computeSizeAndSigma(fwhm) == (size, pytest.approx(sigma, rel=1e-15))
    psf = factory.apply(fwhm)
    assert isinstance(psf, DoubleGaussianPsf)
    assert (psf.getSigma1(), psf.getSigma2(), psf.getB()) == pytest.approx((sigma, 2.5 * sigma, 0.1))
    assert tuple(psf.getKernel().getDimensions()) == (size, size)


def test_shape_of_a_psf_with_wings() -> None:
    psf = GaussianPsfFactory().apply(3.4)
    assert psf.computeShape(psf.getAveragePosition()).getIxx() == pytest.approx(2.6740922496553425, rel=1e-5)


def test_field_of_another_configuration() -> None:
    class _Model(Config):
        psf = GaussianPsfFactory.makeField("the PSF")

    config = _Model()
    config.psf.addWing = False
    config.psf.defaultFwhm = 2.0
    config.validate()
    psf = config.psf.apply()
    assert isinstance(psf, SingleGaussianPsf)
    assert psf.getSigma() == pytest.approx(2.0 * SigmaPerFwhm)


def test_settings_that_make_no_psf() -> None:
    factory = GaussianPsfFactory()
    for name in (
        "size",
        "minSize",
        "maxSize",
        "sizeFactor",
        "defaultFwhm",
        "wingFwhmFactor",
        "wingAmplitude",
    ):
        with pytest.raises(FieldValidationError):
            setattr(factory, name, 0)
    factory.update(minSize=9, maxSize=7)
    with pytest.raises(RuntimeError, match="minSize=9 is greater than maxSize=7"):
        factory.validate()
