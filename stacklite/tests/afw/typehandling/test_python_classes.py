"""Classes of other packages in exposures. The behavior is that of the real stack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from lsst.afw.detection import GaussianPsf, Psf
from lsst.afw.image import ExposureF, ImageD
from lsst.afw.typehandling import StorableHelperFactory
from lsst.geom import Box2I, Extent2I, Point2D, Point2I

CENTER = Point2D(0, 0)


class FlatPsf(Psf):
    """A PSF of 3 x 3 equal pixels, as another package could have it."""

    _factory = StorableHelperFactory(__name__, "FlatPsf")

    def __init__(self, value: float) -> None:
        Psf.__init__(self, isFixed=True)
        self.value = value

    def __deepcopy__(self, memo: Any = None) -> FlatPsf:
        return FlatPsf(self.value)

    def isPersistable(self) -> bool:
        return self.value > 0

    def resized(self, width: int, height: int) -> FlatPsf:
        return FlatPsf(self.value + width)

    def _doComputeKernelImage(self, position: Any = None, color: Any = None) -> ImageD:
        return ImageD(np.full((3, 3), self.value), xy0=Point2I(-1, -1))

    def _doComputeBBox(self, position: Any = None, color: Any = None) -> Box2I:
        return Box2I(Point2I(-1, -1), Extent2I(3, 3))

    def _getPersistenceName(self) -> str:
        return "FlatPsf"

    def _getPythonModule(self) -> str:
        return __name__

    def _write(self) -> bytes:
        return repr(self.value).encode()

    @staticmethod
    def _read(content: bytes) -> FlatPsf:
        return FlatPsf(float(content.decode()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FlatPsf) and self.value == other.value

    __hash__ = None  # type: ignore[assignment]


class BarePsf(Psf):
    """A PSF with nothing but an image."""

    def _doComputeKernelImage(self, position: Any = None, color: Any = None) -> ImageD:
        return ImageD(np.ones((3, 3)), xy0=Point2I(-1, -1))


def test_a_psf_of_another_package_is_stored_with_an_exposure(tmp_path: Path) -> None:
    path = str(tmp_path / "exposure.fits")
    exposure = ExposureF(4, 4)
    exposure.setPsf(FlatPsf(0.25))
    exposure.writeFits(path)
    again = ExposureF(path).getPsf()
    assert type(again) is FlatPsf and again == FlatPsf(0.25) != FlatPsf(0.5)
    with fits.open(path) as hdus:
        index = hdus["ARCHIVE_INDEX"].data
        assert (index["name"][0], index["module"][0]) == ("FlatPsf", __name__)
        table = next(hdu for hdu in hdus if hdu.header.get("AR_NAME") == "FlatPsf")
        assert bytes(table.data["bytes"][0].tolist()) == b"0.25"


def test_a_psf_that_says_it_cannot_be_stored_is_left_out(tmp_path: Path) -> None:
    for psf in (FlatPsf(-0.25), BarePsf()):
        assert not psf.isPersistable()
        exposure = ExposureF(4, 4)
        exposure.setPsf(psf)
        exposure.writeFits(str(tmp_path / "exposure.fits"))
        assert ExposureF(str(tmp_path / "exposure.fits")).getPsf() is None


def test_methods_that_a_psf_lacks() -> None:
    psf = BarePsf()
    assert psf.computeKernelImage(CENTER).array.sum() == 9.0
    assert psf.computeImage(CENTER).getBBox() == Box2I(Point2I(-1, -1), Extent2I(3, 3))
    for use, name in (
        (lambda: psf.computeShape(CENTER), "_doComputeShape"),
        (lambda: psf.computeBBox(CENTER), "_doComputeBBox"),
        (lambda: psf.computeApertureFlux(1.0, CENTER), "_doComputeApertureFlux"),
        (lambda: psf.resized(5, 5), "resized"),
        (lambda: Psf().computeKernelImage(CENTER), "_doComputeKernelImage"),
    ):
        with pytest.raises(RuntimeError, match=f"has no method {name}"):
            use()


def test_copies_and_sizes_of_a_psf_of_another_package() -> None:
    psf = FlatPsf(0.25)
    assert psf.clone() == psf is not psf.clone()
    assert psf.resized(3, 3) == FlatPsf(3.25)


def test_the_average_color_is_not_known() -> None:
    for psf in (FlatPsf(0.25), GaussianPsf(5, 5, 1.0)):
        assert psf.getAverageColor().isIndeterminate()
