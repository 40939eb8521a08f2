"""`PiffPsf`: images, positions, sizes, and models that are refused."""

from __future__ import annotations

import pickle
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import galsim
import numpy as np
import pytest
from astropy.io import fits

from lsst.afw.detection import InvalidPsfError, Psf
from lsst.afw.image import Color, ExposureF
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.meas.extensions.piff._interpolation import interpolate
from lsst.meas.extensions.piff._model import PiffModel
from lsst.meas.extensions.piff._profiles import star_model
from lsst.meas.extensions.piff._records import with_size
from lsst.meas.extensions.piff.piffPsf import PiffPsf
from lsst.pex.exceptions import InvalidParameterError
from stacklite_support.golden import cases, golden_file, number, own_file
from stacklite_support.piff_models import grid_values, mean_interp, pixel_grid, record, simple_psf, stand_in
from support.realdata import REALDATA, needs_realdata


def star(x: float, y: float, **properties: Any) -> Any:
    properties = {"x": x, "y": y, **properties}
    return record("piff.star.Star", data=record("piff.star.StarData", properties=properties))


class TestPsf:
    def test_average_position_is_that_of_used_stars(self) -> None:
        stars = [star(1.0, 2.0), star(5.0, 6.0), star(100.0, 0.0, is_flagged=True)]
        psf = simple_psf(stars=[*stars, star(0.0, 100.0, is_reserve=True)])
        assert psf.getAveragePosition() == Point2D(3.0, 4.0)

    def test_without_stars_there_is_no_average_position(self) -> None:
        with pytest.raises(InvalidPsfError, match="without stars"):
            simple_psf().getAveragePosition()

    @pytest.mark.parametrize("size", [24, 25])
    @pytest.mark.parametrize("x", [10.0, 10.25, 10.5, 10.75, 11.5, -0.5, -1.5])
    def test_images_follow_the_rules_of_piff(self, size: int, x: float) -> None:
        """Boxes round halves up, Piff's stamps do not (D5)."""
        image = simple_psf(size=size).computeImage(Point2D(x, 20.0))
        assert image.getX0() == int(np.floor(x + 0.5)) - size // 2
        assert image.array.sum() == pytest.approx(1.0, rel=1e-12)
        first = int(np.ceil(x - 0.5 * (size % 2))) - size // 2
        profile = galsim.InterpolatedImage(
            galsim.Image(grid_values().reshape(15, 15), scale=0.2),
            x_interpolant=galsim.Lanczos(5),
            use_true_center=False,
        )
        bounds = galsim.BoundsI(first, first + size - 1, 20 - size // 2, 19 + (size + 1) // 2)
        expected = galsim.ImageD(bounds, scale=0.2)
        profile.drawImage(expected, method="no_pixel", center=(x, 20.0))
        np.testing.assert_allclose(image.array, expected.array / expected.array.sum(), rtol=0, atol=1e-13)

    def test_color(self, caplog: pytest.LogCaptureFixture) -> None:
        """Without a color, models that depend on it use the stars' mean."""
        mask = np.array([True, True])
        q = np.stack([grid_values(), 0.1 * grid_values() * np.arange(225) / 225], axis=1)
        interp = record(
            "piff.basis_interp.BasisPolynomial", _keys=("colorValue",), _orders=(1,), _mask=mask, q=q
        )
        stars = [star(1.0, 2.0, colorValue=0.4), star(3.0, 4.0, colorValue=0.8)]
        psf = simple_psf(interp=interp, stars=stars)
        point = Point2D(2.0, 3.0)
        mean = psf.computeKernelImage(point).array
        with caplog.at_level("WARNING"):
            np.testing.assert_array_equal(psf.computeKernelImage(point, Color()).array, mean)
        assert "mean color" in caplog.text
        np.testing.assert_allclose(psf.computeKernelImage(point, Color(0.6, "g-i")).array, mean, atol=1e-15)
        assert np.abs(psf.computeKernelImage(point, Color(2.0, "g-i")).array - mean).max() > 1e-4

    def test_array_forms_agree_with_scalar_methods(self) -> None:
        psf = Psf.readFits(own_file("psf_piff_grid.fits.gz"))
        positions = np.random.default_rng(6).uniform(0, 300, (300, 2))
        shapes, fluxes = psf._compute_shapes(positions), psf._compute_aperture_fluxes(3.0, positions)
        for i in (0, 255, 256, 299):
            point = Point2D(*positions[i])
            q = psf.computeShape(point)
            # The images differ by rounding, which may end the iteration elsewhere in the last bit.
            np.testing.assert_allclose(shapes[i], [q.getIxx(), q.getIyy(), q.getIxy()], rtol=1e-6, atol=1e-8)
            assert fluxes[i] == pytest.approx(psf.computeApertureFlux(3.0, point), rel=1e-12)

    @pytest.mark.parametrize("size", [11, 25, 31, 301])
    def test_resized(self, size: int, tmp_path: Any) -> None:
        psf = Psf.readFits(own_file("psf_piff_grid.fits.gz"))
        resized, point = psf.resized(size, size), Point2D(100.3, 50.6)
        resized.writeFits(str(tmp_path / "psf.fits"))
        for other in (resized, PiffPsf.readFits(str(tmp_path / "psf.fits"))):
            assert (other._model.width, other._model.height) == (size, size)
            assert other.getAveragePosition() == psf.getAveragePosition()
            for compute in ("computeKernelImage", "computeImage"):
                old, new = getattr(psf, compute)(point), getattr(other, compute)(point)
                assert new.array.sum() == pytest.approx(1.0, rel=1e-12)
                box = old.getBBox().clippedTo(new.getBBox())
                # The same profile, normalized over another box.
                ratio = new[box].array.sum() / old[box].array.sum()
                np.testing.assert_allclose(new[box].array, old[box].array * ratio, rtol=0, atol=1e-14)

    def test_resized_is_square(self) -> None:
        psf = Psf.readFits(own_file("psf_piff_grid.fits.gz"))
        for size in ((11, 13), (0, 0), (-3, -3)):
            with pytest.raises(InvalidParameterError, match="square"):
                psf.resized(*size)
        with pytest.raises(InvalidPsfError, match="3000 x 3000"):
            psf.resized(3000, 3000).computeBBox(Point2D(0, 0))

    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    def test_only_the_size_of_a_pickle_changes(self, protocol: int) -> None:
        content = {"a": list(range(1000)), "b": b"x" * 100_000, "c": 1.5}
        data = pickle.dumps((25, 300, content), protocol)
        assert pickle.loads(with_size(data, 7, 70_000)) == (7, 70_000, content)

    @pytest.mark.parametrize(
        "data", [b"", b"nonsense", pickle.dumps((25.0, 25, 1)), pickle.dumps(25), pickle.dumps({})]
    )
    def test_pickles_without_a_size(self, data: bytes) -> None:
        with pytest.raises(InvalidPsfError, match="size"):
            with_size(data, 3, 3)

    def test_clone_and_pickle(self) -> None:
        psf = Psf.readFits(own_file("psf_piff_grid.fits.gz"))
        expected = psf.computeImage(Point2D(3.2, 4.1)).array
        for again in (psf.clone(), pickle.loads(pickle.dumps(psf))):
            np.testing.assert_array_equal(again.computeImage(Point2D(3.2, 4.1)).array, expected)


class TestUnsupported:
    @pytest.mark.parametrize(
        ("psf", "named"),
        [
            (simple_psf(model=record("piff.optical_model.Optical")), r"piff\.optical_model\.Optical"),
            (simple_psf(interp=record("piff.gp_interp.GPInterp")), r"piff\.gp_interp\.GPInterp"),
            (simple_psf(model=pixel_grid(interp=stand_in(galsim.Delta()))), r"galsim\.interpolant\.Delta"),
            (
                simple_psf(
                    interp=record(
                        "piff.basis_interp.BasisPolynomial", _keys=("z",), _orders=(0,), _mask=True, q=1
                    )
                ),
                "depends on z",
            ),
            (
                simple_psf(interp=record("piff.mean_interp.Mean", mean=None)),
                "never fitted",
            ),
            (
                simple_psf(
                    interp=record("piff.polynomial_interp.Polynomial", poly_type="taylor", coeffs=[1])
                ),
                "taylor",
            ),
        ],
    )
    def test_what_is_not_known_is_named(self, psf: PiffPsf, named: str) -> None:
        with pytest.raises(InvalidPsfError, match=named):
            psf.computeKernelImage(Point2D(1.0, 2.0))

    def test_other_psf_classes(self) -> None:
        psf = PiffPsf._from_pickle(b"")
        psf.__dict__["_model"] = PiffModel(25, 25, record("piff.sumpsf.SumPSF", components=[]))
        with pytest.raises(InvalidPsfError, match=r"piff\.sumpsf\.SumPSF"):
            psf.computeImage(Point2D(1.0, 2.0))
        assert psf.computeBBox(Point2D(0.0, 0.0)) == Box2I(Point2I(-12, -12), Extent2I(25, 25))

    def test_state_of_another_version(self) -> None:
        psf = simple_psf(model=record("piff.pixelgrid.PixelGrid", scale=0.2))
        with pytest.raises(InvalidPsfError, match=r"piff\.pixelgrid\.PixelGrid has no 'size'.*Piff 1\.5"):
            psf.computeImage(Point2D(1.0, 2.0))

    def test_stars_of_another_version(self, tmp_path: Any) -> None:
        with pytest.raises(InvalidPsfError, match=r"piff\.star\.Star has no 'data'"):
            simple_psf(stars=[record("piff.star.Star", image=1)])

    def test_model_without_flux(self) -> None:
        psf = simple_psf(interp=mean_interp(np.zeros(225)))
        with pytest.raises(InvalidPsfError, match=r"flux 0\.0 at \(1\.0, 2\.0\)"):
            psf.computeKernelImage(Point2D(1.0, 2.0))

    def test_impossible_shear(self) -> None:
        gsobj = stand_in(galsim.Gaussian(sigma=1.0))
        model = record("piff.gsobject_model.Gaussian", gsobj=gsobj, _method="auto", _centered=True)
        psf = simple_psf(model=model, interp=mean_interp([0.6, 0.9, 0.9]))
        with pytest.raises(InvalidPsfError, match="parameters"):
            psf.computeKernelImage(Point2D(1.0, 2.0))

    def test_position_that_is_half_undefined(self) -> None:
        psf = Psf.readFits(own_file("psf_piff_grid.fits.gz"))
        for compute in (psf.computeImage, psf.computeKernelImage):
            with pytest.raises(InvalidPsfError, match="nan"):
                compute(Point2D(np.nan, 2.0))

    def test_several_detectors(self) -> None:
        psf = simple_psf()
        psf._model._psf.state["wcs"][1] = stand_in(galsim.PixelScale(0.2))
        with pytest.raises(InvalidPsfError, match="2 detectors"):
            psf.computeImage(Point2D(1.0, 2.0))

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"not a pickle",
            pickle.dumps((25, 25)),
            pickle.dumps((25, 25, "text")),
            pickle.dumps(("a", 25, galsim.PixelScale(1.0))),
            pickle.dumps((25, 25, print)),
        ],
    )
    def test_unreadable_state_passes_through(self, data: bytes, tmp_path: Any) -> None:
        """Bytes that mean nothing to us are an error only when they are asked for a value."""
        PiffPsf._from_pickle(data).writeFits(str(tmp_path / "psf.fits"))
        again = PiffPsf.readFits(str(tmp_path / "psf.fits"))
        assert again._data == data
        with pytest.raises(InvalidPsfError, match="state of a Piff PSF"):
            again.computeImage(Point2D(1.0, 2.0))


@pytest.mark.parametrize(("size", "stamp"), [(0, 11), (-3, 11), (257, 11), (10**9, 11), (255, 2048)], ids=str)
def test_absurd_grids(size: int, stamp: int) -> None:
    wcs = stand_in(galsim.JacobianWCS(0.2, 0.03, -0.02, 0.21))
    psf = simple_psf(pixel_grid(size=size), mean_interp(np.ones(255**2)), wcs, size=stamp)
    with pytest.raises(InvalidPsfError, match="points"):
        psf.computeImage(Point2D(1.0, 2.0))


def test_a_polynomial_of_many_variables() -> None:
    interp = record(
        "piff.basis_interp.BasisPolynomial",
        _keys=("u",) * 9,
        _orders=(30,) * 9,
        _mask=np.ones(1, bool),
        q=[[1.0]],
    )
    with pytest.raises(InvalidPsfError, match="terms"):
        interpolate(interp, {"u": np.zeros(300)}, 300)


@pytest.mark.parametrize("method", ["phot", "sb", "real_space"])
def test_methods_that_piff_does_not_have(method: str) -> None:
    """Photons would be shot for as long as the flux asks for."""
    with pytest.raises(InvalidPsfError, match=method):
        star_model(record("piff.gsobject_model.Gaussian", gsobj=stand_in(galsim.Gaussian(sigma=1.0)),
                          _method=method, _centered=True))  # fmt: skip


def test_profiles_that_need_a_large_transform() -> None:
    """GalSim makes transforms of any size, and at least 128 periods of the smallest scale."""
    gaussian = stand_in(galsim.Gaussian(sigma=1.0))
    model = record("piff.gsobject_model.Gaussian", gsobj=gaussian, _method="no_pixel", _centered=True)
    for size in (1e-3, 1e5):
        with pytest.raises(InvalidPsfError, match="absurdly large"):
            simple_psf(model, mean_interp([size, 0.0, 0.0])).computeImage(Point2D(1.0, 2.0))


def test_a_grid_of_another_number_of_parameters() -> None:
    with pytest.raises(InvalidPsfError, match="450 parameters for 15 x 15"):
        simple_psf(pixel_grid(), mean_interp(np.ones(450))).computeImage(Point2D(1.0, 2.0))


# -- Objects of Piff -------------------------------------------------------------------


def test_stars_of_the_new_image_types() -> None:
    position = record("lsst.images._geom.XY")
    position.args = (3.0, 5.0)
    kept = record(
        "lsst.images.psfs._piff.MinimalStar",
        __dict__={"image_pos": position, "is_flagged": False, "is_reserve": False},
    )
    flagged = record(kept.kind, __dict__={**kept["__dict__"], "is_flagged": True})
    assert simple_psf(stars=[kept, star(5.0, 6.0), flagged]).getAveragePosition() == Point2D(4.0, 5.5)


def test_objects_of_piff_need_piff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "piff", None)
    psf = Psf.readFits(own_file("psf_piff_grid.fits.gz"))
    with pytest.raises(ModuleNotFoundError, match=r"needs the package piff; .*pip install") as caught:
        psf.piffResult  # noqa: B018 (a property)
    assert caught.value.name == "piff"
    # What was given needs no package.
    given = {"any": "object"}
    assert PiffPsf(25, 25, given).piffResult is given
    assert psf.width == psf.height == psf.computeBBox(Point2D(0.0, 0.0)).getWidth()


def analytic(kind: str, profile: galsim.GSObject, **state: Any) -> PiffPsf:
    state = {"_method": "auto", "_centered": True, **state}
    # Piff moves all profiles to the center, also those that are there.
    centered = stand_in(profile.shift(-profile.centroid))
    model = record(f"piff.gsobject_model.{kind}", gsobj=centered, **state)
    count = 3 + 2 * (not state["_centered"]) + bool(state.get("_fit_flux"))
    return simple_psf(model, mean_interp([2.0, 0.1, -0.2, 0.9, 0.1, -0.05][-count:]))


def polynomial(order: tuple[int, int], mask: Any, columns: int) -> Any:
    q = grid_values()[:, None] * np.linspace(1.0, 1e-3, columns)
    return record(
        "piff.basis_interp.BasisPolynomial", _keys=("u", "x"), _orders=order, _max_order=2, _mask=mask, q=q
    )


@pytest.mark.skipif(find_spec("piff") is None, reason="Piff is not installed (extra images).")
class TestObjectsOfPiff:
    """Records become objects of the Piff that is installed."""

    @pytest.mark.parametrize(
        ("psf", "kind"),
        [
            (simple_psf(wcs=stand_in(galsim.ShearWCS(0.2, galsim.Shear(g1=0.1, g2=-0.05)))), "PixelGrid"),
            (
                simple_psf(
                    pixel_grid(interp=stand_in(galsim.Quintic())),
                    polynomial((1, 2), [[True, True, True], [True, True, False]], 5),
                    stand_in(galsim.AffineTransform(0.2, 0.03, -0.02, 0.21, galsim.PositionD(9, 5))),
                ),
                "PixelGrid",
            ),
            (analytic("Gaussian", galsim.Gaussian(sigma=1.0), _method="no_pixel"), "Gaussian"),
            (analytic("Kolmogorov", galsim.Kolmogorov(half_light_radius=1.0)), "Kolmogorov"),
            (analytic("Moffat", galsim.Moffat(beta=2.5, half_light_radius=1.0, trunc=5.0)), "Moffat"),
            (analytic("Moffat", galsim.Moffat(beta=2.5, half_light_radius=1.1)), "GSObjectModel"),
            (
                analytic(
                    "GSObjectModel", galsim.Gaussian(sigma=1.0).shear(g1=0.1), _centered=False, _fit_flux=True
                ),
                "GSObjectModel",
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_piff_draws_the_same(self, psf: PiffPsf, kind: str) -> None:
        made = psf.piffResult
        assert type(made.model).__name__ == kind
        again = PiffPsf(psf.width, psf.height, made)
        for point in (Point2D(3.25, 4.0), Point2D(-2.75, 7.3)):
            for compute, center in (("computeKernelImage", True), ("computeImage", None)):
                pixels = getattr(psf, compute)(point).array
                np.testing.assert_array_equal(getattr(again, compute)(point).array, pixels)
                drawn = made.draw(point.x, point.y, stamp_size=psf.width, center=center).array
                # Piff sums the weights of the points in another order.
                np.testing.assert_allclose(drawn / drawn.sum(), pixels, rtol=0, atol=1e-13)

    @pytest.mark.parametrize("case", cases("psf", where=lambda c: c["inputs"]["type"] == "PiffPsf"), ids=str)
    def test_golden_values(self, case: dict[str, Any], tmp_path: Path) -> None:
        psf = Psf.readFits(golden_file(case["inputs"]["file"]))
        assert isinstance(psf, PiffPsf)
        made, expected = psf.piffResult, case["expected"]
        for each in expected["evals"]:
            x, y = number(each["position"])
            if np.isnan(x):
                x, y = psf.getAveragePosition()
            drawn = made.draw(x, y, stamp_size=psf.width, center=True).array
            row = number(each["kernel_image"]["middle_row"])
            np.testing.assert_allclose((drawn / drawn.sum())[psf.height // 2], row, rtol=0, atol=1e-10)
        # Stars keep their positions; other PSFs of Piff that are made of it are the same to the bit.
        PiffPsf(psf.width, psf.height, made).writeFits(str(tmp_path / "psf.fits"))
        again = PiffPsf.readFits(str(tmp_path / "psf.fits"))
        assert tuple(again.getAveragePosition()) == tuple(psf.getAveragePosition())
        for point in (Point2D(10.0, 20.5), Point2D(150.25, 99.0)):
            for compute in ("computeKernelImage", "computeImage"):
                np.testing.assert_array_equal(
                    getattr(again, compute)(point).array, getattr(psf, compute)(point).array
                )

    def test_it_is_made_once_and_not_pickled(self) -> None:
        psf = Psf.readFits(own_file("psf_piff_grid.fits.gz"))
        assert isinstance(psf, PiffPsf)
        assert psf.piffResult is psf.piffResult
        assert len(pickle.dumps(psf)) < len(psf._data) + 1000
        assert psf.resized(11, 11).width == 11

    def test_texts_of_a_file_stay_out(self) -> None:
        """Piff evaluates texts as programs, and opens files that stars name."""
        program = "__import__('os').abort()"
        model = pixel_grid()
        model.state |= {"kwargs": {"interp": program}, "_init": program}
        properties = {"sed_file_name": "/etc/passwd", "u": 0.2, "v": 0.4, "colorType": "g-i", "mag": 21.5}
        psf = simple_psf(model, stars=[star(1.0, 2.0, **properties)])
        made = psf.piffResult
        assert program.encode() not in pickle.dumps(made)
        assert made.model.kwargs["interp"] == repr(made.model.interp)
        assert made.model.interp == galsim.Lanczos(5)
        del properties["sed_file_name"]
        assert made.stars[0].data.properties == {"x": 1.0, "y": 2.0, **properties}

    @pytest.mark.parametrize(
        ("psf", "named"),
        [
            (simple_psf(interp=record("piff.gp_interp.GPInterp")), r"piff\.gp_interp\.GPInterp"),
            (simple_psf(interp=polynomial((1, 2), np.ones((2, 3), bool), 6)), "other terms"),
            (
                simple_psf(
                    interp=record("piff.polynomial_interp.Polynomial", poly_type="poly", coeffs=[[[1, 2]]])
                ),
                "not square",
            ),
            (analytic("Moffat", galsim.Moffat(beta=1.3, scale_radius=1.0)), "absurdly large"),
            (simple_psf(stars=[star("here", "there")]), "parameters"),
            (simple_psf(stars=[star(1.0, 2.0)] * 10_001), "10001 stars"),
        ],
        ids=["interpolation", "terms", "square", "size", "positions", "stars"],
    )
    def test_what_does_not_become_one(self, psf: PiffPsf, named: str) -> None:
        with pytest.raises(InvalidPsfError, match=named):
            psf.piffResult  # noqa: B018 (a property)


# -- Real files ------------------------------------------------------------------------


@needs_realdata
class TestRealFile:
    """The images come from meas_extensions_piff's own tests."""

    @pytest.fixture
    def psf(self) -> Psf:
        return ExposureF(str(REALDATA / "piff" / "exp.fits")).getPsf()

    @pytest.mark.parametrize(
        ("name", "position"),
        [
            ("-200_30", Point2D(-200, 30)),
            ("0_0", Point2D(0, 0)),
            ("10_100", Point2D(10, 100)),
            ("nan", Point2D(np.nan, np.nan)),
        ],
    )
    def test_images(self, psf: Psf, name: str, position: Point2D, record_parity: Any) -> None:
        with fits.open(REALDATA / "piff" / f"psfIm_{name}.fits") as hdus:
            hdu = next(h for h in hdus if h.data is not None)
            expected, corner = hdu.data, Point2I(int(hdu.header["CRVAL1A"]), int(hdu.header["CRVAL2A"]))
        image = psf.computeImage(position)
        assert isinstance(psf, PiffPsf) and image.getXY0() == corner
        np.testing.assert_allclose(image.array, expected, rtol=0, atol=1e-15)
        record_parity("PiffPsf", expected.size, "1e-15 of the flux", source="real files")
