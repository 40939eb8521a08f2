"""Point-spread functions fitted by PSFEx."""

from __future__ import annotations

__all__ = ["PsfexPsf"]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from ._psfex_psf import PsfexPsf
