"""Selection of sources by one flag."""

from __future__ import annotations

__all__ = ["FlaggedSourceSelectorConfig", "FlaggedSourceSelectorTask"]

from typing import Any, ClassVar

import lsst.pex.config as pex_config
import lsst.pipe.base as pipe_base

from ._source_columns import flag
from .sourceSelector import BaseSourceSelectorConfig, BaseSourceSelectorTask, sourceSelectorRegistry


class FlaggedSourceSelectorConfig(BaseSourceSelectorConfig):
    """The flag."""

    field = pex_config.Field[str](doc="Flag column of the sources to select.", default="calib_psf_used")


@pex_config.registerConfigurable("flagged", sourceSelectorRegistry)
class FlaggedSourceSelectorTask(BaseSourceSelectorTask):
    """Select the sources with a flag that is set."""

    config: FlaggedSourceSelectorConfig
    ConfigClass: ClassVar[type[pex_config.Config]] = FlaggedSourceSelectorConfig

    def selectSources(self, sourceCat: Any, matches: Any = None, exposure: Any = None) -> pipe_base.Struct:
        """Return the flag of each source.

        Parameters
        ----------
        sourceCat : table
            Sources.
        matches, exposure : optional
            Not used.

        Returns
        -------
        result : `lsst.pipe.base.Struct`
            ``selected``, `numpy.ndarray` of bool, shape (n,).

        Raises
        ------
        KeyError
            Raised if there is no such column.
        """
        return pipe_base.Struct(selected=flag(sourceCat, self.config.field).copy())
