"""Point-spread functions fitted by PSFEx."""

from __future__ import annotations

__all__ = ["PsfexPsf"]

from ._psfex_psf import PsfexPsf
