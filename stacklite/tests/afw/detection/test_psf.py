"""The PSF interface, and the measurements on images against independent answers."""

from __future__ import annotations

import copy
import math
import pickle

import galsim
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lsst.afw.detection import GaussianPsf, InvalidPsfError, Psf
from lsst.afw.detection._lanczos_shift import lanczos_shift, split_position
from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.image import Color, ExposureF, ImageD
from lsst.afw.math import FixedKernel, LinearCombinationKernel, PolynomialFunction2D
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.meas.algorithms import DoubleGaussianPsf, ImagePsf, KernelPsf, PcaPsf, SingleGaussianPsf
from lsst.pex.exceptions import InvalidParameterError, LogicError
from support.realdata import REALDATA, needs_realdata
from visit_kernels.adaptive_moments import measure_moments
from visit_kernels.psf_variation import effective_area

ORIGIN = Point2D(0.0, 0.0)


def gaussian(
    ixx: float, iyy: float, ixy: float, half: int = 20, x: float = 0.0, y: float = 0.0
) -> np.ndarray:
    """An elliptical Gaussian sampled at pixel centers, with sum 1."""
    dy, dx = np.mgrid[-half : half + 1, -half : half + 1] - np.array([y, x])[:, None, None]
    det = ixx * iyy - ixy * ixy
    image = np.exp(-0.5 * (iyy * dx * dx - 2 * ixy * dx * dy + ixx * dy * dy) / det)
    return image / image.sum()


def varying_psf() -> PcaPsf:
    images = [gaussian(3, 3, 0, 10), gaussian(4, 3, 0.5, 10) - gaussian(3, 3, 0, 10)]
    functions = [PolynomialFunction2D([1.0, 0.0, 0.0]), PolynomialFunction2D([0.1, 1e-3, -5e-4])]
    kernels = [FixedKernel(ImageD(image)) for image in images]
    return PcaPsf(LinearCombinationKernel(kernels, functions), Point2D(40.0, 60.0))


class TestMeasurements:
    def test_agrees_with_galsim_hsm(self) -> None:
        profile = galsim.Moffat(beta=2.9, fwhm=4.0).shear(g1=0.1, g2=-0.05)
        image = profile.drawImage(nx=61, ny=61, scale=1.0, dtype=float)
        measured = image.FindAdaptiveMom(guess_centroid=image.true_center)
        moments, _ = measure_moments(image.array[None], (30, 30))
        quadrupole = Quadrupole(*moments[0])
        # HSM cuts its weight elsewhere and stops elsewhere.
        assert quadrupole.getDeterminantRadius() == pytest.approx(measured.moments_sigma, rel=2e-3)
        e1 = (moments[0, 0] - moments[0, 1]) / (moments[0, 0] + moments[0, 1])
        assert e1 == pytest.approx(measured.observed_shape.e1, abs=1e-3)

    @pytest.mark.parametrize("radius", [0.0, -1.0, math.nan, math.inf])
    def test_radius_must_be_positive(self, radius: float) -> None:
        with pytest.raises(InvalidParameterError, match="radius"):
            varying_psf().computeApertureFlux(radius, ORIGIN)


class TestLanczosShift:
    @given(st.floats(-1e6, 1e6))
    def test_rest_is_less_than_half_a_pixel(self, coordinate: float) -> None:
        nearest, rest = split_position(coordinate)
        assert -0.5 <= rest < 0.5
        assert nearest + rest == pytest.approx(coordinate, abs=1e-9)

    @given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
    @settings(deadline=None, max_examples=30)
    def test_moves_a_well_sampled_gaussian(self, dx: float, dy: float) -> None:
        moved = lanczos_shift(gaussian(4, 4, 0, 20), dx, dy)
        # Lanczos-5 misses the shift itself by up to 0.01 pixels.
        np.testing.assert_allclose(moved, gaussian(4, 4, 0, 20, dx, dy), rtol=0, atol=3e-4)

    def test_no_shift_copies(self) -> None:
        image = gaussian(4, 4, 0)
        moved = lanczos_shift(image, 0.0, 0.0)
        np.testing.assert_array_equal(moved, image)
        assert not np.shares_memory(moved, image)


class TestInterface:
    def test_undefined_position_is_the_average(self) -> None:
        psf, position = varying_psf(), Point2D(math.nan, math.nan)
        average = psf.getAveragePosition()
        assert psf.computeImageBBox(position) == psf.computeImageBBox(average)
        np.testing.assert_array_equal(psf.computeImage(position).array, psf.computeImage(average).array)
        np.testing.assert_array_equal(
            psf._compute_shapes(np.array([[np.nan, np.nan]])), psf._compute_shapes(np.array([[40.0, 60.0]]))
        )

    def test_equal_only_to_themselves_and_not_hashable(self) -> None:
        psf = varying_psf()
        assert psf == psf and psf != psf.clone()  # noqa: PLR0124
        for use in (lambda: hash(psf), lambda: psf == 3, lambda: psf.computePeak(None)):
            with pytest.raises(TypeError):
                use()

    def test_returned_images_are_the_callers_own(self) -> None:
        psf = SingleGaussianPsf(11, 11, 1.5)
        for compute in (psf.computeKernelImage, psf.computeImage):
            compute(Point2D(3.0, 4.0)).array[:] = 7.0
            assert compute(Point2D(3.0, 4.0)).array.max() < 1.0

    def test_images_are_computed_once(self) -> None:
        psf = varying_psf()
        calls = 0
        original = psf._doComputeKernelImage

        def counted(position: Point2D, color: Color) -> ImageD:
            nonlocal calls
            calls += 1
            return original(position, color)

        psf._doComputeKernelImage = counted  # type: ignore[method-assign]
        for _ in range(3):
            psf.computeKernelImage(Point2D(1.0, 2.0))
            psf.computeShape(Point2D(1.0, 2.0))
        assert calls == 1
        psf.computePeak(Point2D(1.0, 3.0))
        assert calls == 2
        psf.setCacheCapacity(1)
        assert psf.getCacheCapacity() == 1
        psf.computePeak(Point2D(1.0, 2.0))
        assert calls == 3

    def test_fixed_psf_computes_one_kernel_image(self) -> None:
        psf = SingleGaussianPsf(11, 11, 1.5)
        assert psf._is_fixed and not varying_psf()._is_fixed
        psf._compute_shapes(np.random.default_rng(2).uniform(0, 100, (50, 2)))
        assert len(psf._kernel_images) == 1

    @pytest.mark.parametrize("copied", [Psf.clone, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
    def test_copies(self, copied: object) -> None:
        psf = varying_psf()
        psf.computeImage(Point2D(3.0, 4.0))
        again = copied(psf)  # type: ignore[operator]
        assert type(again) is PcaPsf and again.getAveragePosition() == Point2D(40.0, 60.0)
        np.testing.assert_array_equal(
            again.computeImage(Point2D(3.0, 4.0)).array, psf.computeImage(Point2D(3.0, 4.0)).array
        )

    def test_array_forms_agree_with_scalar_methods(self) -> None:
        psf = varying_psf()
        positions = np.random.default_rng(3).uniform(0, 200, (300, 2))
        shapes = psf._compute_shapes(positions)
        fluxes = psf._compute_aperture_fluxes(3.0, positions)
        for i in (0, 7, 255, 256, 299):
            point = Point2D(*positions[i])
            q = psf.computeShape(point)
            # The images differ by rounding, which may end the iteration elsewhere in the last bit.
            np.testing.assert_allclose(shapes[i], [q.getIxx(), q.getIyy(), q.getIxy()], rtol=1e-6)
            assert fluxes[i] == pytest.approx(psf.computeApertureFlux(3.0, point), rel=1e-12)

    @pytest.mark.parametrize("psf", [GaussianPsf(11, 11, 1.5), SingleGaussianPsf(11, 11, 1.5), varying_psf()])
    def test_no_positions(self, psf: Psf) -> None:
        assert psf._compute_shapes(np.empty((0, 2))).shape == (0, 3)
        assert psf._compute_aperture_fluxes(3.0, np.empty((0, 2))).shape == (0,)

    def test_recentering_refuses_what_it_cannot_do(self) -> None:
        image = SingleGaussianPsf(11, 11, 1.5).computeKernelImage(ORIGIN)
        with pytest.raises(InvalidParameterError, match="lanczos5"):
            Psf.recenterKernelImage(image, Point2D(0.2, 0.3), "bilinear")
        with pytest.raises(InvalidParameterError, match="nan"):
            SingleGaussianPsf(11, 11, 1.5).computeImage(Point2D(math.nan, 0.0))

    def test_subclass_in_python(self) -> None:
        """A PSF that only draws its kernel image is measured like any other."""

        class Drawn(ImagePsf):
            def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
                wide = 0.0 if color.isIndeterminate() else color.getColorValue()
                return ImageD(gaussian(4 + wide, 4, 0, 10), xy0=Point2I(-10, -10))

        psf = Drawn()
        assert psf.computeBBox(ORIGIN) == Box2I(Point2I(-10, -10), Extent2I(21, 21))
        point = Point2D(5.0, 6.0)
        assert psf.computeShape(point).getIxx() == pytest.approx(4.0, rel=1e-3)
        # Another color at the same position is another image.
        assert psf.computeShape(point, Color(1.0, "g-i")).getIxx() == pytest.approx(5.0, rel=1e-3)
        np.testing.assert_allclose(psf._compute_shapes(np.zeros((2, 2)))[:, 1], 4.0, rtol=1e-3)


class TestConstruction:
    def test_gaussian_forms(self) -> None:
        psf = GaussianPsf(Extent2I(11, 13), 1.5)
        assert psf.getDimensions() == Extent2I(11, 13) and psf.getSigma() == 1.5
        assert psf.resized(15, 17).getDimensions() == Extent2I(15, 17)
        assert GaussianPsf(dimensions=Extent2I(11, 13), sigma=1.5).getSigma() == 1.5
        for arguments in ((11,), (Extent2I(11, 13),), (Extent2I(11, 13), 1.5, 1.5), (11.5, 11, 1.5)):
            with pytest.raises(TypeError, match="GaussianPsf"):
                GaussianPsf(*arguments)  # type: ignore[call-overload]

    def test_resized_keeps_the_parameters(self) -> None:
        single = SingleGaussianPsf(11, 11, 1.5).resized(13, 15)
        assert single.getSigma() == 1.5 and single.computeBBox(ORIGIN).getDimensions() == Extent2I(13, 15)
        double = DoubleGaussianPsf(11, 11, 1.5, 3.0, 0.1).resized(13, 15)
        assert (double.getSigma1(), double.getSigma2(), double.getB()) == (1.5, 3.0, 0.1)

    @pytest.mark.parametrize("psf", [varying_psf(), KernelPsf(FixedKernel(ImageD(gaussian(4, 3, 0.5, 10))))])
    def test_resized_kernels_keep_the_star(self, psf: KernelPsf) -> None:
        point = Point2D(30.0, 50.0)
        for size in (25, 17):
            resized = psf.resized(size, size)
            assert type(resized) is type(psf) and resized._is_fixed == psf._is_fixed
            assert resized.getAveragePosition() == psf.getAveragePosition()
            corner = Point2I(-(size // 2), -(size // 2))
            assert resized.computeBBox(point) == Box2I(corner, Extent2I(size, size))
            assert resized.computeKernelImage(point).array.sum() == pytest.approx(1.0, rel=1e-12)
            # What is cut off lies outside of the weight of the moments.
            np.testing.assert_allclose(
                resized.computeShape(point).getParameterVector(),
                psf.computeShape(point).getParameterVector(),
                rtol=1e-3,
            )
        with pytest.raises(InvalidParameterError):
            psf.resized(20, 21)

    def test_pca_needs_a_linear_combination(self) -> None:
        with pytest.raises(TypeError, match="FixedKernel"):
            PcaPsf(FixedKernel(ImageD(gaussian(3, 3, 0))))  # type: ignore[arg-type]

    def test_kernel_is_copied(self) -> None:
        kernel = FixedKernel(ImageD(gaussian(3, 3, 0, 5)))
        psf = KernelPsf(kernel)
        kernel.setCtr(Point2I(0, 0))
        assert psf.computeBBox(ORIGIN).getMin() == Point2I(-5, -5)

    @needs_realdata
    def test_psf_of_a_real_exposure(self) -> None:
        psf = ExposureF(str(REALDATA / "hsc" / "calexp_180802004_4.fits")).getPsf()
        assert isinstance(psf, GaussianPsf)
        kernel, sigma = psf.computeKernelImage(ORIGIN), psf.getSigma()
        assert kernel.getDimensions() == psf.getDimensions()
        assert kernel.array.sum() == pytest.approx(1.0, rel=1e-12)
        # The images are too small to measure this on them.
        assert psf.computeShape(ORIGIN).getDeterminantRadius() == pytest.approx(sigma, rel=1e-12)

    def test_error_bases(self) -> None:
        assert issubclass(InvalidPsfError, InvalidParameterError)
        assert issubclass(InvalidPsfError, LogicError)


def _image(seed: int, kind: str) -> np.ndarray:
    rng = np.random.default_rng(seed)
    height, width = rng.integers(3, 13, 2)
    y, x = (
        np.mgrid[:height, :width]
        - ((np.array([height, width]) - 1) / 2 + rng.normal(0, 0.5, 2))[:, None, None]
    )
    sigma = rng.uniform(0.1, 0.6) if kind == "under-sampled" else rng.uniform(0.6, 3.0)
    image = np.exp(-0.5 * (x**2 + (y / rng.uniform(0.4, 1.0)) ** 2) / sigma**2)
    if kind == "noise":
        image += rng.normal(0.0, rng.choice([0.02, 0.3, 2.0]), image.shape)
    if kind == "dark center":
        image -= rng.uniform(0.3, 0.9) * np.exp(-0.5 * (x**2 + y**2) / (2.0 * sigma) ** 2)
    if kind == "points":
        image = np.where(rng.random(image.shape) < 0.05, rng.normal(1.0, 1.0, image.shape), 0.0)
    return image


KINDS = st.sampled_from(["smooth", "under-sampled", "noise", "dark center", "points"])
SEEDS = st.integers(0, 10_000)


def lanczos_shifted(image: np.ndarray, shift: tuple[float, float]) -> np.ndarray:
    """Return an image shifted by fractions of a pixel in x and y."""
    padded = np.pad(image, 5)
    if shift == (0.0, 0.0):
        return image
    for axis, fraction in ((1, shift[0]), (0, shift[1])):
        d = float(np.float32(fraction))
        taps = np.arange(-4, 6) if d <= 0.0 else np.arange(-5, 5)
        weights = np.sinc(taps + d) * np.sinc((taps + d) / 5.0)
        wide = np.pad(padded, 10)
        moved = sum(w * np.roll(wide, -t, axis) for t, w in zip(taps, weights / weights.sum(), strict=True))
        padded = np.asarray(moved)[10:-10, 10:-10]
    return padded[5:-5, 5:-5]


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    seed=SEEDS, kind=KINDS, x=st.floats(-50, 4000), y=st.sampled_from([0.0, -0.5, 7.5, -3.0, 100.25, 1e-9])
)
def test_images_at_positions(seed: int, kind: str, x: float, y: float) -> None:
    image = _image(seed, kind)
    assume(abs(image.sum()) > 1e-6)
    psf = KernelPsf(FixedKernel(ImageD(image)))
    kernel, found = psf.computeKernelImage(Point2D(x, y)), psf.computeImage(Point2D(x, y))
    column, row = math.floor(x + 0.5), math.floor(y + 0.5)
    assert (found.getX0(), found.getY0()) == (kernel.getX0() + column, kernel.getY0() + row)
    expected = lanczos_shifted(kernel.array, (x - column, y - row))
    atol = 1e-13 * np.abs(kernel.array).max()
    np.testing.assert_allclose(found.array, expected, rtol=0.0, atol=atol)


@pytest.mark.parametrize(("size", "area"), [(5, 23.088975164455444), (29, 50.26548245738672)])
def test_gaussian_images_have_the_digits_of_the_stack(size: int, area: float) -> None:
    """The stack's sums of pixels and of their squares, which show in which order they were normalized."""
    image = GaussianPsf(size, size, 2.0).computeKernelImage(ORIGIN).array
    # One unit in the last place, the same that the stack's comparison of numbers allows.
    assert abs(effective_area(image) / area - 1) <= np.finfo(float).eps
