"""Configuration of the terms of a Chebyshev polynomial."""

from __future__ import annotations

__all__ = ["ChebyshevBoundedFieldConfig"]

from lsst.pex.config import Config, Field
from lsst_stacklite._chebyshev_bounded_field import ChebyshevBoundedField, ChebyshevBoundedFieldControl


class ChebyshevBoundedFieldConfig(Config):
    """Configuration of the terms of a Chebyshev polynomial."""

    orderX = Field[int](doc="Order in x.", default=2)
    orderY = Field[int](doc="Order in y.", default=2)
    triangular = Field[bool](doc="Whether the sum of the orders of a term is limited.", default=True)

    def makeControl(self) -> ChebyshevBoundedFieldControl:
        """Return a control with the same values."""
        control = ChebyshevBoundedFieldControl()
        control.orderX, control.orderY = self.orderX, self.orderY
        control.triangular = self.triangular
        return control

    def readControl(self, control: ChebyshevBoundedFieldControl) -> None:
        """Take the values of a control."""
        self.orderX, self.orderY, self.triangular = control.orderX, control.orderY, control.triangular


ChebyshevBoundedField.ConfigClass = ChebyshevBoundedFieldConfig
