"""In-place arithmetic of masked images."""

from __future__ import annotations

__all__ = ["MaskedArithmetic"]

from typing import TYPE_CHECKING, Any, Self

from ._no_temporaries import NoTemporaryImages
from ._pixel_container import PixelContainer

if TYPE_CHECKING:
    from ._image import ImageF
    from ._mask import MaskX


class MaskedArithmetic(NoTemporaryImages, PixelContainer):
    """Arithmetic with numbers and masked images of equal size.

    The errors of the two operands are taken as independent.
    """

    _image: Any
    _mask: MaskX
    _variance: ImageF

    def __iadd__(self, rhs: Any) -> Self:
        self._combine_sum(rhs)
        self._image += getattr(rhs, "image", rhs)
        return self

    def __isub__(self, rhs: Any) -> Self:
        self._combine_sum(rhs)
        self._image -= getattr(rhs, "image", rhs)
        return self

    def _combine_sum(self, rhs: Any) -> None:
        if isinstance(rhs, MaskedArithmetic):
            self._mask |= rhs._mask
            self._variance += rhs._variance

    def __imul__(self, rhs: Any) -> Self:
        if isinstance(rhs, MaskedArithmetic):
            self._mask |= rhs._mask
            a, b = self._image.array, rhs._image.array
            self._variance.array = a * a * rhs._variance.array + b * b * self._variance.array
            self._image *= rhs._image
        else:
            self._image *= rhs
            self._variance *= self._square(rhs)
        return self

    def __itruediv__(self, rhs: Any) -> Self:
        if isinstance(rhs, MaskedArithmetic):
            self._mask |= rhs._mask
            a, b = self._image.array, rhs._image.array
            b2 = b * b
            self._variance.array = (a * a * rhs._variance.array + b2 * self._variance.array) / (b2 * b2)
            self._image /= rhs._image
        else:
            self._image /= rhs
            self._variance /= self._square(rhs)
        return self

    def _square(self, factor: Any) -> Any:
        """Return the square of a number in the type of the image's pixels."""
        operand = self._image._operand(factor)
        return operand * operand

    def _scaled(self, c: float, rhs: Self) -> Self:
        return rhs.clone().__imul__(c)

    def scaledPlus(self, c: float, rhs: Self, /) -> None:
        """Add ``c * rhs``."""
        self.__iadd__(self._scaled(c, rhs))

    def scaledMinus(self, c: float, rhs: Self, /) -> None:
        """Subtract ``c * rhs``."""
        self.__isub__(self._scaled(c, rhs))

    def scaledMultiplies(self, c: float, rhs: Self, /) -> None:
        """Multiply with ``c * rhs``."""
        self.__imul__(self._scaled(c, rhs))

    def scaledDivides(self, c: float, rhs: Self, /) -> None:
        """Divide by ``c * rhs``."""
        self.__itruediv__(self._scaled(c, rhs))
