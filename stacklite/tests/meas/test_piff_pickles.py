"""Pickles of Piff's objects are read as records; nothing is imported or run."""

from __future__ import annotations

import io
import logging
import pickle
import sys
import types
from pathlib import Path
from typing import Any

import galsim
import numpy as np
import pytest

from lsst.afw.detection import InvalidPsfError, Psf
from lsst.geom import Point2D
from lsst.meas.extensions.piff._records import Record, load_records
from lsst.meas.extensions.piff.piffPsf import PiffPsf
from lsst.pex.exceptions import InvalidParameterError
from stacklite_support.golden import own_file
from stacklite_support.piff_models import stand_in


class TestRecords:
    def test_nothing_is_imported_or_run(self, tmp_path: Any) -> None:
        """A pickle that wants to run something is refused before it can."""

        class Evil:
            def __reduce__(self) -> Any:
                return (open, (str(tmp_path / "run"), "w"))

        with pytest.raises(pickle.UnpicklingError, match="allow-list"):
            load_records(pickle.dumps(Evil()))
        assert not (tmp_path / "run").exists()

    def test_classes_become_records(self) -> None:
        loaded = stand_in(galsim.Lanczos(7))
        assert isinstance(loaded, Record) and loaded.kind == "galsim.interpolant.Lanczos"
        assert loaded["_n"] == 7 and loaded.get("absent") is None
        assert repr(loaded) == "<record of galsim.interpolant.Lanczos>"

    def test_functions_become_records_and_are_not_called(self) -> None:
        data = b"cgalsim.utilities\nmath_eval\n(X\x05\x00\x00\x001 / 0tR."
        loaded = load_records(data)
        assert isinstance(loaded, Record) and loaded.args == ("1 / 0",)

    @pytest.mark.parametrize("name", ["numpy.core.multiarray", "numpy._core.multiarray"])
    def test_arrays_of_either_numpy(self, name: str) -> None:
        data = pickle.dumps((np.arange(3.0), np.float64(2.5), np.array([True])), protocol=3)
        own = b"numpy._core.multiarray"
        assert own in data
        array, scalar, flags = load_records(data.replace(own, name.encode()))
        assert array.tolist() == [0.0, 1.0, 2.0] and scalar == 2.5 and flags.dtype == bool


class _Unpickler(pickle.Unpickler):
    """Makes empty classes for those of Piff, which is not installed."""

    def __init__(self, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(io.BytesIO(data))
        self._monkeypatch = monkeypatch

    def find_class(self, module: str, name: str) -> Any:
        if not module.startswith("piff."):
            return super().find_class(module, name)
        for each in ("piff", module):
            if each not in sys.modules:
                self._monkeypatch.setitem(sys.modules, each, types.ModuleType(each))
        if not hasattr(sys.modules[module], name):
            setattr(sys.modules[module], name, type(name, (), {"__module__": module}))
        return getattr(sys.modules[module], name)


@pytest.mark.parametrize("protocol", [3, 4, 5])
@pytest.mark.parametrize("name", ["psf_piff_grid.fits.gz", "psf_piff_moffat.fits.gz"])
def test_models_of_every_protocol(name: str, protocol: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From protocol 5 on, arrays are stored in another way."""
    psf = Psf.readFits(own_file(name))
    data = pickle.dumps(_Unpickler(psf._data, monkeypatch).load(), protocol=protocol)
    assert (b"_frombuffer" in data) == (protocol == 5)
    again = PiffPsf._from_pickle(data)
    for point in (Point2D(10.0, 20.5), Point2D(-3.0, 1000.0)):
        np.testing.assert_array_equal(again.computeImage(point).array, psf.computeImage(point).array)
    assert again.getAveragePosition() == psf.getAveragePosition()


def test_results_of_piff(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A PSF made from what Piff fitted is one that was read from a file."""
    psf = Psf.readFits(own_file("psf_piff_grid.fits.gz"))
    width, height, result = _Unpickler(psf._data, monkeypatch).load()
    made, point = (
        PiffPsf(width, height, piffResult=result, log=logging.getLogger("mine")),
        Point2D(10.0, 20.5),
    )
    np.testing.assert_array_equal(made.computeImage(point).array, psf.computeImage(point).array)
    assert not caplog.records
    for size in ((21, 25), (0, 0)):
        with pytest.raises(InvalidParameterError, match="square"):
            PiffPsf(*size, result)
    with pytest.raises(TypeError):
        PiffPsf(data=psf._data)  # type: ignore[call-arg]


def test_a_damaged_model_names_its_file(tmp_path: Path) -> None:
    """It is read when it is evaluated."""
    PiffPsf._from_pickle(b"\x80\x04K\x01.").writeFits(tmp_path / "psf.fits")
    psf = Psf.readFits(tmp_path / "psf.fits")
    for evaluate in (psf.getAveragePosition, lambda: psf.computePeak(Point2D(1, 2))):
        with pytest.raises(InvalidPsfError, match=r"psf\.fits"):
            evaluate()
