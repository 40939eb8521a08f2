"""Grids of cells of a coadd, and PSFs that are one image in each of them.

Of the package of the stack this is what is needed to look at such PSFs; coadds are neither made nor read.
"""

from __future__ import annotations

__all__ = ["GridContainer", "StitchedPsf", "UniformGrid"]

from ._grid_container import GridContainer
from ._stitched_psf import StitchedPsf
from ._uniform_grid import UniformGrid
