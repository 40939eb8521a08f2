# Values to which the effective exposure time refers (SMTN-002), by band.
stats = config.compute_summary_stats  # type: ignore # noqa: F821

# PSF model sigma, in pixels.
stats.fiducialPsfSigma = {"u": 1.72, "g": 1.63, "r": 1.56, "i": 1.51, "z": 1.47, "y": 1.44}

# Zero point for an exposure of one second, in magnitudes.
stats.fiducialZeroPoint = {"u": 25.97, "g": 27.96, "r": 27.81, "i": 27.62, "z": 27.23, "y": 26.27}

# Sky background, in ADU per second.
stats.fiducialSkyBackground = {"u": 0.91, "g": 9.35, "r": 19.94, "i": 32.04, "z": 48.05, "y": 54.81}

# Magnitude limit of point sources at a signal-to-noise ratio of 5.
stats.fiducialMagLim = {"u": 23.70, "g": 24.97, "r": 24.52, "i": 24.13, "z": 23.56, "y": 22.55}
