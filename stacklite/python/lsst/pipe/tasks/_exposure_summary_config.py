"""The options of the exposure summary statistics.

The public configuration derives from the class here, so that saved
configurations name the module that the stack has as well.
"""

from __future__ import annotations

__all__ = ["ExposureSummaryFields"]

from typing import Any

import numpy as np

import lsst.pex.config as pex_config
from lsst.meas.algorithms.sourceSelector import ScienceSourceSelectorTask
from visit_kernels.depth import magnitude_limit, seeing_area

from ._psf_grid import BAD_MASK_PLANES


def _fiducial(quantity: str, value: float) -> pex_config.DictField:
    """Make a table of fiducial values by band."""
    return pex_config.DictField(
        keytype=str,
        itemtype=float,
        doc=f"Fiducial {quantity}, by band. What depends on it is NaN for other bands.",
        default=dict.fromkeys("ugrizy", value),
    )


class ExposureSummaryFields(pex_config.Config):
    """Options of the summary statistics; names and defaults are those of the stack."""

    sigmaClip = pex_config.Field[float](
        doc="Clipping limit of image noise and mean variance, in standard deviations.", default=3.0
    )
    clipIter = pex_config.Field[int](
        doc="Number of clipping iterations of image noise and mean variance.", default=2
    )
    badMaskPlanes = pex_config.ListField[str](
        doc="Mask planes whose pixels count neither for image noise nor for mean variance.",
        default=["NO_DATA", "SUSPECT"],
    )
    starSelection = pex_config.Field[str](
        doc="Flag column of the stars that made the PSF model; they are counted in nPsfStar.",
        default="calib_psf_used",
    )
    starSelector: Any = pex_config.ConfigurableField(
        target=ScienceSourceSelectorTask,
        doc="Which of the sources are compared with the PSF model.",
    )
    starShape = pex_config.Field[str](
        doc="Columns with the second moments of the stars, without _xx, _yy, _xy.", default="slot_Shape"
    )
    psfShape = pex_config.Field[str](
        doc="Columns with the second moments of the PSF model at the stars.", default="slot_PsfShape"
    )
    starHigherOrderMomentBase = pex_config.Field[str](
        doc="Columns with the third and fourth moments of the stars, without _03 ... _40.",
        default="ext_shapeHSM_HigherOrderMomentsSource",
    )
    psfSampling = pex_config.Field[int](
        doc="Step, in pixels, of the grid on which the nearest PSF star is looked for.", default=8
    )
    psfGridSampling = pex_config.Field[int](
        doc="Step, in pixels, of the grid on which PSF model and aperture correction are evaluated.",
        default=96,
    )
    minPsfApRadiusPix = pex_config.Field[float](
        doc="Smallest radius, in pixels, of the aperture for psfApFluxDelta; else it is 3 psfSigma.",
        default=2.0,
    )
    psfApCorrFieldName = pex_config.Field[str](
        doc="Aperture correction whose variation is psfApCorrSigmaScaledDelta.",
        default="base_PsfFlux_instFlux",
    )
    psfBadMaskPlanes = pex_config.ListField[str](
        doc="Mask planes whose pixels are left out of both grids.", default=sorted(BAD_MASK_PLANES)
    )
    fiducialSkyBackground = _fiducial("sky background (image units per second and pixel)", 1.0)
    fiducialPsfSigma = _fiducial("PSF size (determinant radius in pixels)", 1.0)
    fiducialZeroPoint = _fiducial("zero point (magnitude of one image unit per second)", 25.0)
    fiducialReadNoise = _fiducial("read noise (electrons)", 9.0)
    fiducialExpTime = _fiducial("exposure time (seconds)", 30.0)
    fiducialMagLim = _fiducial("magnitude limit, reached in the fiducial exposure time", 25.0)
    maxEffectiveTransparency = pex_config.Field[float](
        doc="Upper limit of effTimeZeroPointScale.", default=float("inf")
    )
    magLimSnr = pex_config.Field[float](
        doc="Signal-to-noise ratio of a point source at the magnitude limit.", default=5.0
    )

    def setDefaults(self) -> None:
        """Select bright, well measured stars of the PSF model."""
        super().setDefaults()
        selector = self.starSelector.value
        selector.doFlags = True
        selector.doSignalToNoise = True
        selector.flags.good = ["calib_psf_used"]
        selector.flags.bad = ["slot_Shape_flag", "slot_PsfFlux_flag"]
        selector.signalToNoise.fluxField = "slot_PsfFlux_instFlux"
        selector.signalToNoise.errField = "slot_PsfFlux_instFluxErr"
        selector.signalToNoise.minimum = 50.0
        selector.signalToNoise.maximum = 1000.0

    def fiducialMagnitudeLimit(self, band: str, pixelScale: float, gain: float) -> float:
        """Compute the magnitude limit of an exposure with the fiducial values.

        Parameters
        ----------
        band : `str`
            Band, as in the tables of fiducial values.
        pixelScale : `float`
            Pixel scale in arcseconds per pixel.
        gain : `float`
            Electrons per image unit.

        Returns
        -------
        magnitude_limit : `float`
            The limit in magnitudes; NaN if a table does not contain the band.

        Raises
        ------
        ZeroDivisionError
            Raised if pixel scale or gain is zero.
        OverflowError
            Raised if a power overflows.
        """
        time = self.fiducialExpTime.get(band, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            zero_point = self.fiducialZeroPoint.get(band, np.nan) + 2.5 * np.log10(time)
        return magnitude_limit(
            psf_area=seeing_area(self.fiducialPsfSigma.get(band, np.nan), pixelScale),
            sky_background=self.fiducialSkyBackground.get(band, np.nan) * time,
            zero_point=zero_point,
            read_noise=self.fiducialReadNoise.get(band, np.nan) / gain,
            gain=gain,
            snr=self.magLimSnr,
        )
