"""Operations that images refuse, since they would make new ones."""

from __future__ import annotations

__all__ = ["NoTemporaryImages", "NoTemporaryMasks"]

from typing import Any


class NoTemporaryImages:
    """Images: arithmetic changes the one on the left."""

    def __add__(self, rhs: Any) -> Any:
        raise NotImplementedError("images are not copied by arithmetic: clone one, then use +=, -=, *=, /=.")

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__


class NoTemporaryMasks:
    """Masks: bit operations change the one on the left."""

    def __or__(self, rhs: Any) -> Any:
        raise NotImplementedError("masks are not copied by bit operations: clone one, then use |=, &=, ^=.")

    __ror__ = __and__ = __rand__ = __xor__ = __rxor__ = __or__
