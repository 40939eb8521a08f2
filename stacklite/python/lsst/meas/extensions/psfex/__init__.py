"""Point-spread functions fitted by PSFEx."""

from __future__ import annotations

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

__all__ = ["PsfexPsf"]

from ._psfex_psf import PsfexPsf
