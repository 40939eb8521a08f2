"""Statistics that summarize one exposure: PSF, astrometry, photometry, background, depth."""

from __future__ import annotations

__all__ = [
    "ComputeExposureSummaryStatsConfig",
    "ComputeExposureSummaryStatsTask",
    "compute_ap_corr_sigma_scaled_delta",
    "compute_effective_time",
    "compute_magnitude_limit",
    "compute_psf_image_deltas",
    "maximum_nearest_psf_distance",
]

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

import lsst.pex.config as pex_config
import lsst.pipe.base as pipe_base
from lsst.afw.image import ExposureSummaryStats, MaskX
from lsst.afw.math import Property, StatisticsControl, makeStatistics
from lsst.geom import Box2D, Box2I
from lsst.ip.isr.isrFunctions import getExposureGains, getExposureReadNoises
from lsst.meas.algorithms.sourceSelector import BaseSourceSelectorTask
from visit_kernels.depth import (
    effective_time,
    magnitude_limit,
    mean_or_nan,
    psf_sigma_scale,
    sky_background_scale,
    zero_point_scale,
)

from ._exposure_summary_config import ExposureSummaryFields
from ._field_groups import (
    EFFECTIVE_TIME_FIELDS,
    copy_metadata,
    reset,
    reset_psf_stats,
    reset_wcs_stats,
    set_fields,
)
from ._psf_grid import (
    compute_ap_corr_sigma_scaled_delta,
    compute_psf_image_deltas,
    maximum_nearest_psf_distance,
)
from ._update_psf_stats import set_central_psf_stats, set_psf_grid_stats, set_star_stats
from ._zenith_distance import zenith_distance_degrees

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.geom import SkyWcs
    from lsst.afw.image import ApCorrMap, ExposureF, MaskedImageF, PhotoCalib, VisitInfo
    from lsst.afw.math import BackgroundList


def compute_magnitude_limit(
    psfArea: float, skyBg: float, zeroPoint: float, readNoise: float, gain: float, snr: float
) -> float:
    """Compute the magnitude of a point source with a given signal-to-noise ratio.

    Parameters
    ----------
    psfArea : `float`
        Effective area of the PSF in square pixels.
    skyBg : `float`
        Sky background per pixel, in image units.
    zeroPoint : `float`
        Magnitude of one image unit.
    readNoise : `float`
        Read noise per pixel, in image units.
    gain : `float`
        Electrons per image unit.
    snr : `float`
        Signal-to-noise ratio.

    Returns
    -------
    magnitude_limit : `float`
        The limit in magnitudes, as `visit_kernels.depth.magnitude_limit` defines it.

    Raises
    ------
    ZeroDivisionError
        Raised if the gain is a `float` of zero, or its square underflows.
    OverflowError
        Raised if a power of a `float` overflows.
    """
    return magnitude_limit(psfArea, skyBg, zeroPoint, readNoise, gain, snr)


def compute_effective_time(magLim: float, fiducialMagLim: float, fiducialExpTime: float) -> float:
    """Compute the time that reaches a magnitude limit in fiducial conditions.

    Parameters
    ----------
    magLim : `float`
        The limit in magnitudes.
    fiducialMagLim : `float`
        The limit that the fiducial exposure time reaches, in magnitudes.
    fiducialExpTime : `float`
        The fiducial exposure time in seconds.

    Returns
    -------
    effective_time : `float`
        In seconds, as `visit_kernels.depth.effective_time` defines it.
    """
    return effective_time(magLim, fiducialMagLim, fiducialExpTime)


class ComputeExposureSummaryStatsConfig(ExposureSummaryFields):
    """Configuration of `ComputeExposureSummaryStatsTask`."""


class ComputeExposureSummaryStatsTask(pipe_base.Task):
    """Compute the summary statistics of exposures.

    Each ``update_*`` method resets the statistics that it is responsible for and
    sets those that the given component determines; `run` calls all of them. They can
    be called by keyword or by position.

    As in the stack, some of what can occur in data raises: no good pixel on the grid,
    a filter without band, a background, exposure time or PSF size of zero. Callers
    that want NaN instead keep such data away.
    """

    config: ComputeExposureSummaryStatsConfig
    starSelector: BaseSourceSelectorTask
    ConfigClass: ClassVar[type[pex_config.Config]] = ComputeExposureSummaryStatsConfig
    _DefaultName: ClassVar[str] = "computeExposureSummaryStats"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.makeSubtask("starSelector")

    def run(
        self,
        exposure: ExposureF,
        sources: Any,
        background: BackgroundList | None,
        summary: ExposureSummaryStats | None = None,
    ) -> ExposureSummaryStats:
        """Compute all statistics of an exposure from its components.

        Parameters
        ----------
        exposure : `lsst.afw.image.Exposure`
            Exposure with the components that should be summarized; it needs a VisitInfo.
        sources : table or `None`
            Sources of the exposure (see `update_psf_stats`).
        background : `lsst.afw.math.BackgroundList` or `None`
            Background that was subtracted from the exposure.
        summary : `lsst.afw.image.ExposureSummaryStats`, optional
            Object to fill; fields that the exposure does not determine are left as they are.

        Returns
        -------
        summary : `lsst.afw.image.ExposureSummaryStats`
            The statistics: the given object, or a new one.

        Raises
        ------
        AttributeError
            Raised if the exposure has no VisitInfo.

        Notes
        -----
        An error of one of the methods ends the computation; the statistics before it are set.
        """
        summary = ExposureSummaryStats() if summary is None else summary
        info = exposure.getInfo()
        visit_info = _visit_info(exposure)
        summary.expTime = visit_info.getExposureTime()
        bbox = exposure.getBBox()
        self.update_psf_stats(summary, info.getPsf(), bbox, sources, exposure.mask, info.getApCorrMap())
        self.update_wcs_stats(summary, info.getWcs(), bbox, visit_info)
        self.update_photo_calib_stats(summary, info.getPhotoCalib())
        self.update_background_stats(summary, background)
        self.update_masked_image_stats(summary, exposure.getMaskedImage())
        self.update_magnitude_limit_stats(summary, exposure)
        self.update_effective_time_stats(summary, exposure)
        copy_metadata(summary, exposure.getMetadata())
        return summary

    def update_psf_stats(
        self,
        summary: ExposureSummaryStats,
        psf: Psf | None,
        bbox: Box2I,
        sources: Any = None,
        image_mask: MaskX | None = None,
        image_ap_corr_map: ApCorrMap | None = None,
        sources_is_astropy: bool = False,
    ) -> None:
        """Set the statistics of the PSF model, and of its stars.

        Parameters
        ----------
        summary : `lsst.afw.image.ExposureSummaryStats`
            Modified in place.
        psf : `lsst.afw.detection.Psf` or `None`
            PSF model; without one, all these statistics are reset.
        bbox : `lsst.geom.Box2I`
            Box of the image; the model is measured at its center.
        sources : table, optional
            Sources with the columns that the configuration names, and
            ``slot_Centroid_x``, ``slot_Centroid_y``; without them the star
            statistics are reset.
        image_mask : `lsst.afw.image.Mask`, optional
            Mask of the image; without one, what is measured on a grid is reset.
        image_ap_corr_map : `lsst.afw.image.ApCorrMap`, optional
            Aperture corrections.
        sources_is_astropy : `bool`, optional
            Not needed: the columns of all kinds of tables are read in the same way.

        Raises
        ------
        ValueError
            Raised if the mask leaves no good pixel on the grid; then the stars are not counted.
        KeyError
            Raised if a column of ``sources`` is missing.
        lsst.pex.exceptions.InvalidParameterError
            Raised if a mask plane of the configuration is unknown.
        """
        reset_psf_stats(summary)
        if psf is None:
            return
        set_central_psf_stats(summary, psf, bbox)
        if image_mask is not None:
            set_psf_grid_stats(summary, psf, image_mask, image_ap_corr_map, self.config, self.log)
        if sources is not None:
            summary.nPsfStar = int(np.count_nonzero(sources[self.config.starSelection]))
            selected = self.starSelector.selectSources(sources).selected
            set_star_stats(summary, sources, selected, image_mask, self.config, self.log)

    def update_wcs_stats(
        self, summary: ExposureSummaryStats, wcs: SkyWcs | None, bbox: Box2I, visitInfo: VisitInfo
    ) -> None:
        """Set corners, center, zenith distance (all in degrees) and pixel scale (arcseconds).

        Parameters
        ----------
        summary : `lsst.afw.image.ExposureSummaryStats`
            Modified in place.
        wcs : `lsst.afw.geom.SkyWcs` or `None`
            Without one, all these statistics are reset.
        bbox : `lsst.geom.Box2I`
            Box of the image.
        visitInfo : `lsst.afw.image.VisitInfo`
            Date and place for the zenith distance, which is NaN if one is unknown.

        Raises
        ------
        AttributeError
            Raised if ``visitInfo`` is `None` although there is a WCS.
        """
        reset_wcs_stats(summary)
        if wcs is None:
            return
        box = Box2D(bbox)
        corners = wcs.pixelToSky(box.getCorners())
        center = wcs.pixelToSky(box.getCenter())
        summary.raCorners = [corner.getRa().asDegrees() for corner in corners]
        summary.decCorners = [corner.getDec().asDegrees() for corner in corners]
        summary.ra = center.getRa().asDegrees()
        summary.dec = center.getDec().asDegrees()
        summary.pixelScale = wcs.getPixelScale(box.getCenter()).asArcseconds()
        summary.zenithDistance = zenith_distance_degrees(summary.ra, summary.dec, visitInfo)

    def update_photo_calib_stats(self, summary: ExposureSummaryStats, photo_calib: PhotoCalib | None) -> None:
        """Set the mean zero point; NaN without a calibration, inf if its mean is zero."""
        summary.zeroPoint = np.nan
        if photo_calib is not None:
            with np.errstate(divide="ignore"):
                summary.zeroPoint = float(2.5 * np.log10(photo_calib.getInstFluxAtZeroMagnitude()))

    def update_background_stats(
        self, summary: ExposureSummaryStats, background: BackgroundList | None
    ) -> None:
        """Set the sky background: the medians of the layers' grids, added up in single precision."""
        summary.skyBg = np.nan
        if background is not None:
            models = (background[i][0] for i in range(len(background)))
            grids = [model.getStatsImage().getImage().array for model in models]
            summary.skyBg = float(sum(map(_finite_median, grids), np.float32(0.0)))

    def update_masked_image_stats(
        self, summary: ExposureSummaryStats, masked_image: MaskedImageF | None
    ) -> None:
        """Set the clipped noise of the image and the clipped mean of its variance plane.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if a mask plane of the configuration is unknown.
        """
        summary.skyNoise = np.nan
        summary.meanVar = np.nan
        if masked_image is None:
            return
        control = StatisticsControl()
        control.setNumSigmaClip(self.config.sigmaClip)
        control.setNumIter(self.config.clipIter)
        control.setAndMask(MaskX.getPlaneBitMask(list(self.config.badMaskPlanes)))
        control.setNanSafe(True)
        # Type checkers do not know that images and masks of a type are instances of the templates.
        planes: Any = masked_image
        image, mask, variance = planes.getImage(), planes.getMask(), planes.getVariance()
        noise = makeStatistics(image, mask, Property.STDEVCLIP, control)
        mean_variance = makeStatistics(variance, mask, Property.MEANCLIP, control)
        summary.skyNoise = noise.getValue()
        summary.meanVar = mean_variance.getValue()

    def update_magnitude_limit_stats(self, summary: ExposureSummaryStats, exposure: ExposureF) -> None:
        """Set the magnitude limit.

        Parameters
        ----------
        summary : `lsst.afw.image.ExposureSummaryStats`
            Modified in place; psfArea, skyBg and zeroPoint must be final.
        exposure : `lsst.afw.image.Exposure`
            Detector and metadata give gain, read noise and unit of the pixels; the
            limit is NaN without detector or gain.

        Raises
        ------
        OverflowError
            Raised if a power of the configured signal-to-noise ratio overflows.
        """
        if exposure.getDetector() is None:
            summary.magLim = np.nan
            return
        read_noise = self._read_noise(exposure)
        gain: float = mean_or_nan(getExposureGains(exposure).values())
        if np.isnan(gain):
            summary.magLim = np.nan
            return
        if exposure.getMetadata().get("LSST ISR UNITS", "adu") == "electron":
            gain = 1.0
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            read_noise = read_noise / gain
        summary.magLim = compute_magnitude_limit(
            summary.psfArea, summary.skyBg, summary.zeroPoint, read_noise, gain, self.config.magLimSnr
        )

    def update_effective_time_stats(self, summary: ExposureSummaryStats, exposure: ExposureF) -> None:
        """Set the effective exposure time, and its scale factors for seeing, transparency and sky.

        Parameters
        ----------
        summary : `lsst.afw.image.ExposureSummaryStats`
            Modified in place; psfSigma, skyBg, zeroPoint and magLim must be final.
        exposure : `lsst.afw.image.Exposure`
            Filter and exposure time; the statistics are NaN without a filter.

        Raises
        ------
        AttributeError
            Raised if the exposure has no VisitInfo.
        RuntimeError
            Raised if the filter has no band.
        ZeroDivisionError
            Raised if psfSigma, skyBg or the exposure time is zero.
        OverflowError
            Raised if psfSigma is nearly zero, or magLim absurdly large.

        Notes
        -----
        Where it raises, all four statistics are NaN.
        """
        reset(summary, EFFECTIVE_TIME_FIELDS)
        time = _visit_info(exposure).getExposureTime()
        label = exposure.getFilter()
        if label is None:
            self.log.warning("No filter: the effective exposure time is NaN.")
            return
        band, config = label.bandLabel, self.config
        values = {
            "effTimePsfSigmaScale": psf_sigma_scale(summary.psfSigma, config.fiducialPsfSigma.get(band)),
            "effTimeSkyBgScale": sky_background_scale(
                summary.skyBg, time, config.fiducialSkyBackground.get(band)
            ),
            "effTimeZeroPointScale": zero_point_scale(
                summary.zeroPoint, time, config.fiducialZeroPoint.get(band), config.maxEffectiveTransparency
            ),
            "effTime": effective_time(
                summary.magLim, config.fiducialMagLim.get(band), config.fiducialExpTime.get(band)
            ),
        }
        set_fields(summary, values)

    def _read_noise(self, exposure: ExposureF) -> float:
        """Return the mean read noise in electrons, 0 if no amplifier has one."""
        read_noise = mean_or_nan(getExposureReadNoises(exposure).values())
        if np.isnan(read_noise):
            self.log.warning("No read noise: the magnitude limit is computed without.")
            return 0.0
        return read_noise


def _visit_info(exposure: ExposureF) -> VisitInfo:
    """Return the VisitInfo; AttributeError, as in the stack, if the exposure has none."""
    visit_info = exposure.getInfo().getVisitInfo()
    if visit_info is None:
        raise AttributeError("The exposure has no VisitInfo, which says the exposure time.")
    return visit_info


def _finite_median(grid: NDArray[np.float32]) -> np.float32:
    """Return the median of the finite values in single precision, NaN if there is none."""
    finite = grid[np.isfinite(grid)]
    return np.float32(np.median(finite) if finite.size else np.nan)
