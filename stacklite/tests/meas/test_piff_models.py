"""Piff's models, interpolations and WCSs, with GalSim as a second opinion."""

from __future__ import annotations

from collections.abc import Mapping

import galsim
import numpy as np
import pytest

from lsst.afw.detection import InvalidPsfError
from lsst.meas.extensions.piff._interpolation import interpolate
from lsst.meas.extensions.piff._profiles import star_model
from lsst.meas.extensions.piff._wcs import affine_wcs
from stacklite_support.piff_models import grid_values, mean_interp, pixel_grid, record, stand_in

WCSS: Mapping[str, galsim.BaseWCS] = {
    "scale": galsim.PixelScale(0.21),
    "shear": galsim.ShearWCS(0.2, galsim.Shear(g1=0.1, g2=-0.05)),
    "jacobian": galsim.JacobianWCS(0.2, 0.03, -0.02, 0.21),
    "flipped": galsim.JacobianWCS(-0.2, 0.03, -0.02, 0.21),
    "offset": galsim.OffsetWCS(0.2, galsim.PositionD(10, 5), galsim.PositionD(1, 2)),
    "offset_shear": galsim.OffsetShearWCS(
        0.2, galsim.Shear(g1=0.1, g2=-0.05), galsim.PositionD(10, 5), galsim.PositionD(1, 2)
    ),
    "affine": galsim.AffineTransform(0.2, 0.03, -0.02, -0.21, galsim.PositionD(9, 5), galsim.PositionD(1, 2)),
}


class TestWcs:
    @pytest.mark.parametrize("wcs", WCSS.values(), ids=WCSS)
    def test_agrees_with_galsim(self, wcs: galsim.BaseWCS) -> None:
        x, y = np.array([0.0, 3.5, -100.25]), np.array([7.0, 0.25, 44.0])
        u, v = affine_wcs(stand_in(wcs)).to_world(x, y)
        expected = [wcs.toWorld(galsim.PositionD(*p)) for p in zip(x, y, strict=True)]
        np.testing.assert_allclose(u, [p.x for p in expected], rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(v, [p.y for p in expected], rtol=1e-13, atol=1e-13)

    def test_other_classes_are_named(self) -> None:
        center = galsim.CelestialCoord(1.0 * galsim.degrees, 2.0 * galsim.degrees)
        tan = stand_in(galsim.TanWCS(galsim.AffineTransform(0.2, 0, 0, 0.2), center))
        with pytest.raises(InvalidPsfError, match=r"galsim\.fitswcs\.GSFitsWCS"):
            affine_wcs(tan)


class TestModels:
    @pytest.mark.parametrize("wcs", WCSS.values(), ids=WCSS)
    @pytest.mark.parametrize(
        "interpolant",
        [galsim.Lanczos(5), galsim.Lanczos(7, False), galsim.Quintic(), galsim.Cubic(), galsim.Linear()],
        ids=repr,
    )
    def test_pixel_grid_agrees_with_galsim(
        self, wcs: galsim.BaseWCS, interpolant: galsim.Interpolant
    ) -> None:
        values = grid_values(15)
        profile = galsim.InterpolatedImage(
            galsim.Image(values.reshape(15, 15), scale=0.2), x_interpolant=interpolant, use_true_center=False
        )
        image = galsim.Image(25, 25, dtype=float, wcs=wcs.local(galsim.PositionD(0, 0)))
        profile.drawImage(image, method="no_pixel", center=(13.3, 12.6))
        expected = image.array / image.array.sum()
        model = star_model(pixel_grid(interp=stand_in(interpolant)))
        dx, dy = np.arange(25) - 12.3, np.arange(25) - 11.6
        drawn = model.draw(values[None], affine_wcs(stand_in(wcs)), dx, dy)[0]
        np.testing.assert_allclose(drawn / drawn.sum(), expected, rtol=0, atol=1e-13)

    @pytest.mark.parametrize("wcs", [WCSS["scale"], WCSS["affine"]], ids=["scale", "affine"])
    @pytest.mark.parametrize(
        ("kind", "profile"),
        [
            ("Gaussian", galsim.Gaussian(sigma=1.0)),
            ("Kolmogorov", galsim.Kolmogorov(half_light_radius=1.0)),
            ("Moffat", galsim.Moffat(beta=2.5, half_light_radius=1.0, trunc=5.0)),
            ("GSObjectModel", galsim.Moffat(beta=3.5, half_light_radius=1.0).shear(g1=0.1).shift(0.05, 0.1)),
        ],
    )
    def test_profiles_agree_with_galsim(
        self, wcs: galsim.BaseWCS, kind: str, profile: galsim.GSObject
    ) -> None:
        model = star_model(
            record(
                f"piff.gsobject_model.{kind}",
                gsobj=stand_in(profile),
                _method="auto",
                _centered=False,
                _fit_flux=True,
            )
        )
        image = galsim.Image(25, 25, dtype=float, wcs=wcs.local(galsim.PositionD(0, 0)))
        expected = 2.0 * profile.dilate(0.6).shear(g1=0.1, g2=-0.05).shift(0.1, -0.2)
        expected.drawImage(image, center=(13.3, 12.6))
        parameters = np.array([[2.0, 0.1, -0.2, 0.6, 0.1, -0.05]])
        dx, dy = np.arange(25) - 12.3, np.arange(25) - 11.6
        drawn = model.draw(parameters, affine_wcs(stand_in(wcs)), dx, dy)[0]
        np.testing.assert_allclose(drawn, image.array, rtol=0, atol=1e-12 * image.array.max())


class TestInterpolations:
    def test_basis_polynomial(self) -> None:
        u, v = np.array([0.5, -2.0, 3.0]), np.array([7.0, 0.25, -1.0])
        rng = np.random.default_rng(5)
        # Powers of u and v up to (1, 2) whose sum is at most 2.
        mask = np.array([[True, True, True], [True, True, False]])
        q = rng.normal(size=(4, 5))
        interp = record(
            "piff.basis_interp.BasisPolynomial", _keys=("u", "v"), _orders=(1, 2), _mask=mask, q=q
        )
        terms = np.array([np.ones(3), v, v**2, u, u * v])
        np.testing.assert_allclose(interpolate(interp, {"u": u, "v": v}, 3), (q @ terms).T, rtol=1e-12)

    def test_polynomial(self) -> None:
        coefficients = [np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([[0.0, 0.0], [0.0, 4.0]])]
        interp = record("piff.polynomial_interp.Polynomial", poly_type="poly", coeffs=coefficients)
        u, v = np.array([0.5, -2.0]), np.array([7.0, 0.25])
        expected = np.stack([1 + 2 * v + 3 * u, 4 * u * v], axis=1)
        np.testing.assert_allclose(interpolate(interp, {"u": u, "v": v}, 2), expected, rtol=1e-12)

    def test_mean(self) -> None:
        assert interpolate(mean_interp([1.0, 2.0]), {}, 3).tolist() == [[1.0, 2.0]] * 3
