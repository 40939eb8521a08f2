"""Fits to the WCSs of a visit: its pointing, and approximations that FITS can represent.

The tasks are imported from their modules, `lsst.meas.astrom.refit_pointing` and
`lsst.meas.astrom.fit_sip_approximation`.
"""

from __future__ import annotations

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)
