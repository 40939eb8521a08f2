"""Functor keys of covariance matrices."""

from __future__ import annotations

__all__ = [
    "CovarianceMatrix2dKey",
    "CovarianceMatrix2fKey",
    "CovarianceMatrix3dKey",
    "CovarianceMatrix3fKey",
    "CovarianceMatrix4dKey",
    "CovarianceMatrix4fKey",
    "CovarianceMatrixKey",
    "CovarianceMatrixXdKey",
    "CovarianceMatrixXfKey",
]

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

import numpy as np
from numpy.typing import ArrayLike

from lsst.pex.exceptions import LengthError, LogicError
from lsst.utils import TemplateMeta
from lsst_stacklite._overloads import bind, is_sequence

from ._field import KeyBase
from ._functor import CHECKS
from ._schema import Schema
from ._sub_schema import SubSchema

if TYPE_CHECKING:
    from ._base import BaseRecord

_CHECKS = {**CHECKS, "Sequence[str]": is_sequence}


class _CovarianceMatrixKey:
    """Key of a covariance matrix.

    Fields are ``_aErr``, ``_bErr``, .. (standard deviations) and, as far as
    they exist, ``_a_b_Cov``, ..; what is not stored is zero.

    Parameters
    ----------
    err : `~collections.abc.Sequence` [`Key`]
        Keys of the standard deviations; without any the key is not valid.
    cov : `~collections.abc.Sequence` [`Key`], optional
        Keys of the covariances, row by row below the diagonal, or none.
    parent : `SubSchema`
        What the names of the fields begin with, instead of keys.
    names : `~collections.abc.Sequence` [`str`]
        Names of the quantities.

    Raises
    ------
    lsst.pex.exceptions.LengthError
        Raised if the number of standard deviations is not the size of the matrix, or there are covariances,
        but not all.
    lsst.pex.exceptions.NotFoundError
        Raised if the schema lacks the field of a standard deviation.
    """

    _size: ClassVar[int | None]
    """Number of quantities, `None` for any."""

    _kind: ClassVar[str] = "F"
    """Type of the fields."""

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, parent: SubSchema, names: Sequence[str], /) -> None: ...
    @overload
    def __init__(self, err: Sequence[KeyBase], cov: Sequence[KeyBase] = ()) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(_CovarianceMatrixKey.__init__, _CHECKS, (self, *args), kwargs)
        self._sigmas: list[KeyBase] = []
        self._covariances: dict[tuple[int, int], KeyBase] = {}
        if "parent" in given:
            self._find(given["parent"], given["names"])
        elif given:
            self._set_keys(**given)
        if given:
            self._check_size(len(self._sigmas))

    def _set_keys(self, err: Sequence[KeyBase], cov: Sequence[KeyBase] = ()) -> None:
        below = _below_diagonal(len(err))
        if cov and len(cov) != len(below):
            raise LengthError(f"{len(err)} quantities have {len(below)} covariances, not {len(cov)}.")
        self._sigmas = list(err)
        # A key that is not valid stands for a covariance that is not stored.
        self._covariances = {place: key for place, key in zip(below, cov, strict=False) if key.isValid()}

    @classmethod
    def _check_size(cls, n: int) -> None:
        if cls._size is not None and n != cls._size:
            raise LengthError(f"{cls.__name__} needs {cls._size} quantities, not {n}.")

    def _find(self, parent: SubSchema, names: Sequence[str]) -> None:
        self._sigmas = [parent.find(f"{name}Err").key for name in names]
        for i, j in _below_diagonal(len(names)):
            for name in (f"{names[j]}_{names[i]}_Cov", f"{names[i]}_{names[j]}_Cov"):
                if name in parent:
                    self._covariances[i, j] = parent.find(name).key
                    break

    @overload
    @classmethod
    def addFields(
        cls, schema: Schema, prefix: str, names: Sequence[str], unit: str, diagonalOnly: bool = False
    ) -> Self: ...
    @overload
    @classmethod
    def addFields(
        cls,
        schema: Schema,
        prefix: str,
        names: Sequence[str],
        units: Sequence[str],
        diagonalOnly: bool = False,
    ) -> Self: ...
    @classmethod
    def addFields(cls, *args: Any, **kwargs: Any) -> Self:
        """Add the fields of a matrix to a schema and return their key.

        Parameters
        ----------
        schema : `Schema`
            Schema to add to.
        prefix : `str`
            Beginning of the names.
        names : `~collections.abc.Sequence` [`str`]
            Names of the quantities.
        unit : `str`
            Unit of all quantities.
        units : `~collections.abc.Sequence` [`str`]
            Units of each, instead.
        diagonalOnly : `bool`, optional
            Whether to leave out the covariances.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the number of quantities is not the size of the matrix, or that of the units another.
        """
        given = bind(_CovarianceMatrixKey.addFields, _CHECKS, (cls, *args), kwargs)
        schema, prefix, names = given["schema"], given["prefix"], given["names"]
        cls._check_size(len(names))
        units = [given["unit"]] * len(names) if "unit" in given else list(given["units"])
        if len(units) != len(names):
            raise LengthError(f"{len(names)} quantities cannot have {len(units)} units.")
        sigmas = [
            schema.addField(
                f"{prefix}_{name}Err",
                type=cls._kind,
                doc=f"standard deviation of {name}",
                units=u,
                parse_strict="silent",
            )
            for name, u in zip(names, units, strict=True)
        ]
        covariances = [
            schema.addField(
                f"{prefix}_{names[j]}_{names[i]}_Cov",
                type=cls._kind,
                doc=f"covariance of {names[j]} and {names[i]}",
                units=f"{units[j]} {units[i]}".strip(),
                parse_strict="silent",
            )
            for i, j in ([] if given.get("diagonalOnly", False) else _below_diagonal(len(names)))
        ]
        return cls(sigmas, covariances)

    def isValid(self) -> bool:
        """Return whether the keys belong to fields."""
        return bool(self._sigmas) and all(k.isValid() for k in self._sigmas)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def get(self, record: BaseRecord, /) -> np.ndarray:
        """Return the matrix, (size, size) of the type of the fields; zeros if the key is not valid."""
        size = len(self._sigmas) or self._size or 0
        matrix = np.zeros((size, size), "f4" if self._kind == "F" else "f8")
        for i, key in enumerate(self._sigmas):
            matrix[i, i] = record.get(key) ** 2
        for (i, j), key in self._covariances.items():
            matrix[i, j] = matrix[j, i] = record.get(key)
        return matrix

    @np.errstate(invalid="ignore")  # C++ does not warn
    def set(self, record: BaseRecord, value: ArrayLike, /) -> None:
        """Set the matrix.

        Parameters
        ----------
        record : `BaseRecord`
            Record to change.
        value : array_like, (size, size)
            Matrix; covariances that are not stored are not looked at. A
            negative variance becomes NaN.

        Raises
        ------
        TypeError
            Raised if the size is fixed, and that of the matrix is another.
        """
        matrix = np.asarray(value)
        if self._size is not None and matrix.shape != (self._size, self._size):
            raise TypeError(f"a {type(self).__name__} sets {self._size} x {self._size}, not {matrix.shape}.")
        for i, key in enumerate(self._sigmas):
            record.set(key, float(np.sqrt(matrix[i, i])))
        for (i, j), key in self._covariances.items():
            record.set(key, float(matrix[i, j]))

    def getElement(self, record: BaseRecord, i: int, j: int, /) -> float:
        """Return one element.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the key is not valid.
        """
        if not self._sigmas:
            raise LogicError(f"the {type(self).__name__} is not valid: it belongs to no fields.")
        if i == j:
            return float(record.get(self._sigmas[i]) ** 2)
        key = self._covariances.get((max(i, j), min(i, j)))
        return 0.0 if key is None else float(record.get(key))

    def setElement(self, record: BaseRecord, i: int, j: int, value: float, /) -> None:
        """Set one element (and its mirror image).

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the element is not stored.
        """
        if i == j:
            record.set(self._sigmas[i], float(np.sqrt(value)))
            return
        key = self._covariances.get((max(i, j), min(i, j)))
        if key is None:
            raise LogicError(f"element ({i}, {j}) of the covariance matrix is not stored: it has no field.")
        record.set(key, float(value))


class CovarianceMatrix2fKey(_CovarianceMatrixKey):
    """Key of a 2 x 2 covariance matrix of float32, as of a centroid."""

    _size = 2


class CovarianceMatrix3fKey(_CovarianceMatrixKey):
    """Key of a 3 x 3 covariance matrix of float32, as of second moments."""

    _size = 3


class CovarianceMatrix4fKey(_CovarianceMatrixKey):
    """Key of a 4 x 4 covariance matrix of float32."""

    _size = 4


class CovarianceMatrixXfKey(_CovarianceMatrixKey):
    """Key of a covariance matrix of float32, of any size."""

    _size = None


class CovarianceMatrix2dKey(_CovarianceMatrixKey):
    """Key of a 2 x 2 covariance matrix of float64."""

    _size, _kind = 2, "D"


class CovarianceMatrix3dKey(_CovarianceMatrixKey):
    """Key of a 3 x 3 covariance matrix of float64."""

    _size, _kind = 3, "D"


class CovarianceMatrix4dKey(_CovarianceMatrixKey):
    """Key of a 4 x 4 covariance matrix of float64."""

    _size, _kind = 4, "D"


class CovarianceMatrixXdKey(_CovarianceMatrixKey):
    """Key of a covariance matrix of float64, of any size."""

    _size, _kind = None, "D"


class CovarianceMatrixKey(metaclass=TemplateMeta):
    """Key of a covariance matrix; ``CovarianceMatrixKey[numpy.float32, 2]`` is the class for one type."""

    TEMPLATE_PARAMS = ("dtype", "dim")


for _class in (
    *(CovarianceMatrix2fKey, CovarianceMatrix3fKey, CovarianceMatrix4fKey, CovarianceMatrixXfKey),
    *(CovarianceMatrix2dKey, CovarianceMatrix3dKey, CovarianceMatrix4dKey, CovarianceMatrixXdKey),
):
    CovarianceMatrixKey.register((np.float32 if _class._kind == "F" else np.float64, _class._size), _class)


def _below_diagonal(n: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(n) for j in range(i)]
