"""PSFs of PSFEx: synthetic ones against the rules, a real one against its stored statistics."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.detection import Psf
from lsst.afw.image import ExposureF, ImageD
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.meas.extensions.psfex import PsfexPsf
from lsst.meas.extensions.psfex._psfex_model import PsfexModel, resample_image
from lsst.pex.exceptions import InvalidParameterError, LogicError
from stacklite_support import golden
from stacklite_support.golden_psf import check_evaluation, check_value
from support.realdata import REALDATA, needs_realdata


def make_psf(
    ndim: int = 2, groups: tuple[int, ...] = (0, 0), degree: tuple[int, ...] = (1,), step: float = 0.5
) -> PsfexPsf:
    """A Gaussian whose width grows with x, in samples of ``step`` image pixels."""
    n_planes = (
        (degree[0] + 1) * (degree[0] + 2) // 2 if len(degree) == 1 else math.prod(d + 1 for d in degree)
    )
    y, x = np.mgrid[-20:21, -20:21] * step
    planes = np.zeros((n_planes, 41, 41), dtype=np.float32)
    planes[0] = np.exp(-0.5 * (x**2 + y**2) / 2.25)
    if n_planes > 1:
        planes[1] = 0.1 * (x**2 + y**2) * planes[0]
    model = PsfexModel(
        group=np.array(groups[:ndim]),
        degree=np.array(degree),
        basis=np.arange(n_planes, dtype=float),
        coeff=np.ones(n_planes),
        size=np.array([41, 41, n_planes]),
        comp=planes.ravel(),
        pixel_step=np.float32(step),
        context_first=np.full(ndim, 500.0),
        context_second=np.full(ndim, 1000.0),
    )
    return PsfexPsf(model, Point2D(480.0, 520.0))


class TestSynthetic:
    def test_integer_position_moves_the_kernel_image(self) -> None:
        psf = make_psf(degree=(0,))
        kernel, image = psf.computeKernelImage(Point2D(0.0, 0.0)), psf.computeImage(Point2D(30.0, 7.0))
        np.testing.assert_array_equal(image.array, kernel.array)
        assert image.getBBox() == kernel.getBBox().shiftedBy(Extent2I(30, 7))

    def test_kernel_box_is_odd(self) -> None:
        psf = make_psf(step=0.5)
        assert psf.computeBBox(Point2D(0.0, 0.0)) == Box2I(Point2I(-10, -10), Extent2I(21, 21))
        assert psf.computeKernelImage(Point2D(0.0, 0.0)).getBBox() == psf.computeBBox(Point2D(0.0, 0.0))

    @pytest.mark.parametrize(
        ("x", "min_x", "center"),
        [
            (30.3, 20, 30.3),
            (30.7, 21, 30.7),
            (30.5, 20, 30.5),  # the box of 30, not of 31
            (-0.4, -10, -0.4),
            (-0.9, -10, -0.9),
            (-1.0, -11 + 1, 0.0),  # D8: one pixel too far from here on
            (-7.25, -17 + 1, -6.25),
        ],
    )
    def test_boxes_and_centers(self, x: float, min_x: int, center: float) -> None:
        image = make_psf(degree=(0,)).computeImage(Point2D(x, 12.0))
        assert image.getX0() == min_x
        columns = np.arange(21) + image.getX0()
        centroid = (image.array.sum(axis=0) * columns).sum() / image.array.sum()
        # Lanczos-5 misses a shift by up to 0.01 pixels.
        assert centroid == pytest.approx(center, abs=1e-2)

    def test_two_groups_make_the_full_grid_of_terms(self) -> None:
        psf = make_psf(groups=(0, 1), degree=(2, 1))
        weights = psf._model.weights(np.array([700.0]), np.array([800.0]))
        x, y = 0.2, 0.3
        np.testing.assert_allclose(weights[0], [1, x, x * x, y, x * y, x * x * y], rtol=1e-12)

    def test_one_group_makes_the_triangle_of_terms(self) -> None:
        weights = make_psf(degree=(2,))._model.weights(np.array([700.0]), np.array([800.0]))
        np.testing.assert_allclose(weights[0], [1, 0.2, 0.04, 0.3, 0.06, 0.09], rtol=1e-12)

    def test_only_two_variables(self) -> None:
        psf = make_psf(ndim=1)
        assert psf.computeBBox(Point2D(0.0, 0.0)).getDimensions() == Extent2I(21, 21)
        for compute in (psf.computeKernelImage, psf.computeImage, psf.computeShape, psf.getKernel):
            with pytest.raises(InvalidParameterError, match="context variables"):
                compute(Point2D(1.0, 2.0))

    def test_planes_must_match_the_terms(self) -> None:
        psf = make_psf(degree=(1,))
        psf._model.degree[0] = 2
        with pytest.raises(InvalidParameterError, match="3 planes cannot have 6"):
            psf.computeKernelImage(Point2D(0.0, 0.0))

    def test_one_nan_coordinate(self) -> None:
        psf = make_psf()
        assert np.isnan(psf.computeKernelImage(Point2D(math.nan, 3.0)).array).all()
        with pytest.raises(pex_exceptions.OverflowError):
            psf.computeImage(Point2D(math.nan, 3.0))

    def test_cannot_be_resized(self) -> None:
        with pytest.raises(LogicError):
            make_psf().resized(5, 5)

    def test_resampling_reproduces_a_constant(self) -> None:
        image = np.full((1, 31, 31), 3.0, dtype=np.float32)
        resampled = resample_image(image, 0.7, (21, 21), (0.25, -0.125))
        np.testing.assert_allclose(resampled, 3.0, rtol=1e-6)

    def test_pixels_outside_the_model_are_zero(self) -> None:
        image = np.ones((1, 11, 11), dtype=np.float32)
        resampled = resample_image(image, 1.0, (21, 21), (0.5, 0.0))
        expected = np.zeros((21, 21))
        # In y, row 5 is exactly on the model's first row, which is lost.
        expected[6:16, 5:15] = 1.0
        np.testing.assert_allclose(resampled[0], expected, rtol=1e-6)

    @pytest.mark.parametrize("psf", [make_psf(), make_psf(groups=(0, 1), degree=(2, 1)), make_psf(ndim=1)])
    def test_round_trip(self, psf: PsfexPsf, tmp_path: Any) -> None:
        psf.writeFits(str(tmp_path / "psf.fits"))
        again = PsfexPsf.readFits(str(tmp_path / "psf.fits"))
        assert again.getAveragePosition() == psf.getAveragePosition()
        for name in PsfexModel.__dataclass_fields__:
            np.testing.assert_array_equal(getattr(again._model, name), getattr(psf._model, name))

    def test_array_forms_agree_with_scalar_methods(self) -> None:
        psf = make_psf()
        positions = np.random.default_rng(4).uniform(0, 1000, (100, 2))
        shapes, fluxes = psf._compute_shapes(positions), psf._compute_aperture_fluxes(3.0, positions)
        for i in (0, 63, 64, 99):
            q = psf.computeShape(Point2D(*positions[i]))
            np.testing.assert_allclose(shapes[i], [q.getIxx(), q.getIyy(), q.getIxy()], rtol=1e-5, atol=1e-7)
            assert fluxes[i] == pytest.approx(psf.computeApertureFlux(3.0, Point2D(*positions[i])), rel=1e-6)


# -- Values of the real stack ----------------------------------------------------------

# The project's own golden values lack this topic; a directory that is replayed may have it.
TOPIC = "psfex_cfht"
CONTENT = golden.topic(TOPIC) if (golden.GOLDEN_DIR / f"{TOPIC}.json").exists() else {}
# The description speaks of one file, which need not have cases.
CASES = CONTENT.get("cases") or ([CONTENT] if CONTENT else [])
params = pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.get("id", TOPIC)))


def evaluations(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the values by position, wherever in a case they are."""
    if isinstance(value, dict):
        if "position" in value and "kernel_image" in value:
            yield value
        for each in value.values():
            yield from evaluations(each)
    elif isinstance(value, list):
        for each in value:
            yield from evaluations(each)


def statistics(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the summary statistics, stored and recomputed."""
    if isinstance(value, dict):
        if "psfSigma" in value:
            yield value
        for each in value.values():
            yield from statistics(each)


@needs_realdata
@params
def test_positions(case: dict[str, Any], exposure: ExposureF) -> None:
    psf = exposure.getPsf()
    assert isinstance(psf, PsfexPsf)
    for expected in evaluations(case):
        assert check_evaluation(psf, expected) > 0
    expected = case.get("expected", case)
    if "average_position" in expected:
        check_value(list(psf.getAveragePosition()), expected["average_position"])


@needs_realdata
@params
def test_summary_statistics(case: dict[str, Any], exposure: ExposureF) -> None:
    psf, center = exposure.getPsf(), exposure.getBBox().getCenter()
    shape, kernel = psf.computeShape(center), psf.computeKernelImage(center).array
    found = {
        "psfSigma": shape.getDeterminantRadius(),
        "psfIxx": shape.getIxx(),
        "psfIyy": shape.getIyy(),
        "psfIxy": shape.getIxy(),
    }
    for expected in statistics(case):
        for name, value in found.items():
            check_value(value, expected.get(name, value), rtol=1e-6)
        # The definition changed after the file had been written; the kernel's sum is 1 within 2e-6.
        areas = [kernel.sum() / (kernel**2).sum(), kernel.sum() ** 2 / (kernel**2).sum()]
        assert np.isclose(areas, golden.number(expected.get("psfArea", areas[0])), rtol=1e-6).any()


# -- Real files ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exposure() -> Any:
    return ExposureF(str(REALDATA / "cfht" / "calexp-849375-12.fits.fz"))


@needs_realdata
class TestRealPsf:
    def test_stored_statistics(self, exposure: Any, record_parity: Any) -> None:
        """The statistics that the stack stored come out again, to the last bit."""
        psf, stored = exposure.getPsf(), exposure.info.getSummaryStats()
        center = exposure.getBBox().getCenter()
        shape = psf.computeShape(center)
        assert isinstance(psf, PsfexPsf)
        moments = (stored.psfIxx, stored.psfIyy, stored.psfIxy)
        np.testing.assert_allclose((shape.getIxx(), shape.getIyy(), shape.getIxy()), moments, rtol=1e-12)
        assert shape.getDeterminantRadius() == pytest.approx(stored.psfSigma, rel=1e-12)
        kernel = psf.computeKernelImage(center).array
        # The area as it was defined when the file was written.
        assert kernel.sum() / (kernel**2).sum() == pytest.approx(stored.psfArea, rel=1e-12)
        record_parity("PsfexPsf", 5, 1e-12, source="real files")

    def test_kernel_normalizes_to_the_kernel_image(self, exposure: Any) -> None:
        psf = exposure.getPsf()
        point = Point2D(321.5, 1234.25)
        kernel = psf.getKernel(point)
        image = ImageD(kernel.getDimensions())
        kernel.computeImage(image, True)
        expected = psf.computeKernelImage(point).array
        # The kernel image, normalized in single precision, sums to 1 only within 2e-6.
        np.testing.assert_allclose(image.array, expected / expected.sum(), rtol=0, atol=2e-7 * expected.max())

    def test_round_trip(self, exposure: Any, tmp_path: Any) -> None:
        psf = exposure.getPsf()
        psf.writeFits(str(tmp_path / "psf.fits"))
        again = Psf.readFits(str(tmp_path / "psf.fits"))
        assert again.getAveragePosition() == psf.getAveragePosition()
        for point in (Point2D(10.0, 20.0), Point2D(-3.4, 2000.5)):
            np.testing.assert_array_equal(again.computeImage(point).array, psf.computeImage(point).array)
        for name in PsfexModel.__dataclass_fields__:
            np.testing.assert_array_equal(getattr(again._model, name), getattr(psf._model, name))
