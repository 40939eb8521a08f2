"""Pickles of records and arrays that are forged, or expand forever."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from lsst.meas.extensions.piff._pickled_arrays import NUMPY_GLOBALS
from lsst.meas.extensions.piff._records import Record, load_records
from stacklite_support.exploits import Reduce, call, text

RECORDED = b"cpiff.simplepsf\nSimplePSF\n"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(RECORDED + b"}" + text("__setstate__") + text("x") + b"sb.", id="class"),
        pytest.param(RECORDED + b"}}" + text("kind") + text("os.system") + b"s\x86b.", id="slots of a class"),
        pytest.param(b"cnumpy\nndarray\n}" + text("shape") + b"NsbK\x01.", id="ndarray"),
        pytest.param(b"cnumpy\nndarray\nN}" + text("a") + b"Ns\x86b.", id="slots of ndarray"),
        pytest.param(b"cnumpy\ndtype\n}" + text("__init__") + b"Nsb.", id="dtype"),
        pytest.param(
            b"cnumpy.core.multiarray\n_reconstruct\nN}" + text("__call__") + b"Ns\x86b.", id="_reconstruct"
        ),
        pytest.param(b"cnumpy.core.multiarray\nscalar\n}" + text("__doc__") + b"Nsb.", id="scalar"),
        pytest.param(b"ccollections\nOrderedDict\nN}" + text("__init__") + b"Ns\x86b.", id="OrderedDict"),
        pytest.param(b"cbuiltins\ncomplex\n}" + text("real") + b"Nsb.", id="complex"),
    ],
)
def test_what_is_allowed_cannot_be_changed(data: bytes) -> None:
    """BUILD sets attributes of whatever is on the stack, the allow-list included."""
    before = {key: dir(value) for key, value in NUMPY_GLOBALS.items()}
    with pytest.raises(pickle.UnpicklingError, match="damaged"):
        load_records(data)
    assert {key: dir(value) for key, value in NUMPY_GLOBALS.items()} == before
    assert Record.kind == "" and isinstance(load_records(RECORDED + b")R."), Record)


def array(state: Any) -> bytes:
    """Pickle of an array with a forged state; "dtype" stands for its type."""
    content = pickle.dumps(state, protocol=2)[2:-1]
    return (
        b"\x80\x02cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR" + content + b"b."
    )


def dtype(code: str, state: Any) -> Any:
    return Reduce(np.dtype, (code, False, True), state)


OBJECTS = (3, "|", None, None, None, -1, -1, 63)
NUMBERS = (3, "<", None, None, None, -1, -1, 0)


@pytest.mark.parametrize(
    "state",
    [
        pytest.param((1, (10**6,), dtype("O8", OBJECTS), False, [1, 2]), id="fewer objects than elements"),
        pytest.param((1, (10**12,), dtype("f8", NUMBERS), False, b"x" * 8), id="a terabyte"),
        pytest.param((1, (-1, -1), dtype("f8", NUMBERS), False, b"x" * 8), id="negative shape"),
        pytest.param((1, (2,), dtype("f8", NUMBERS), False, "text"), id="text"),
        pytest.param(
            (1, (1,), dtype("V8", (3, "|", None, ("a",), {"a": (np.dtype("O"), 10**6)}, 8, 1, 27)), False,
             b"x" * 8),
            id="fields outside of the memory",
        ),
        pytest.param(
            (1, (1,), dtype("f8", (3, "<", (np.dtype("f8"), (9,)), None, None, 8, 1, 0)), False, b"x" * 8),
            id="sub-array",
        ),
    ],
)  # fmt: skip
def test_forged_arrays(state: Any) -> None:
    """With numpy's own functions some of these end the process."""
    with pytest.raises(pickle.UnpicklingError):
        load_records(array(state))


FORGED_BUFFERS = {
    "terabyte": (b"x" * 8, (10**12,), "C"),
    "negative": (b"x" * 8, (-1, -1), "C"),
    "empty, but long": (b"", (10**15, 0), "C"),
    "unknown order": (b"x" * 8, (1,), "A"),
    "K without axes": (b"x" * 8, (1,), "K"),
    "axes without K": (b"x" * 8, (1,), "C", (0,)),
    "wrong axes": (b"x" * 8, (1,), "K", (0, 1)),
    "text": ("x" * 8, (1,), "C"),
    "number as a shape": (b"x" * 8, 1, "C"),
    "floats as a shape": (b"x" * 8, (1.0,), "C"),
    "many axes": (b"x" * 8, (1,) * 40, "C"),
}


@pytest.mark.parametrize("name", FORGED_BUFFERS)
@pytest.mark.parametrize("package", ["core", "_core"])
def test_forged_buffers(name: str, package: str) -> None:
    content, *rest = FORGED_BUFFERS[name]
    arguments = [pickle.dumps(each, protocol=4)[2:-1] for each in (content, np.dtype("f8"), *rest)]
    # Without the frames that are around each of them.
    code = call(
        f"numpy.{package}.numeric._frombuffer", *(a[9:] if a[:1] == b"\x95" else a for a in arguments)
    )
    with pytest.raises(pickle.UnpicklingError, match="damaged"):
        load_records(b"\x80\x05" + code.replace(b"\x94", b"") + b".")


def test_buffers_outside_of_the_stream() -> None:
    data = pickle.dumps(np.arange(3.0), protocol=5, buffer_callback=lambda _: None)
    with pytest.raises(pickle.UnpicklingError, match="NEXT_BUFFER is refused"):
        load_records(data)


def test_arrays_share_no_memory_with_a_pickle() -> None:
    values = np.arange(3.0)
    first, second = load_records(pickle.dumps([values, values.copy()], protocol=5))
    first[0] = 7
    np.testing.assert_array_equal(second, values)
    assert first.flags.writeable and first.base.flags.owndata


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_arrays_that_are_not_forged(protocol: int) -> None:
    readonly = np.arange(4.0)
    readonly.flags.writeable = False
    for values in (
        readonly,
        np.array(3.0),
        np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2),
        np.arange(12.0).reshape(3, 4)[:, ::2],
        np.arange(6, dtype=">i2").reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.array(["a", "bc"]),
        np.array([1, "a", None], dtype=object),
        np.zeros((0, 3), bool),
    ):
        loaded = load_records(pickle.dumps(values, protocol=protocol))
        np.testing.assert_array_equal(loaded, values)
        assert loaded.dtype == values.dtype.newbyteorder("=")


def test_memo_of_absurd_size() -> None:
    """The unpickler in C would allocate 64 GB for this."""
    assert load_records(b"\x80\x02K\x01r\xff\xff\xff\xff.") == 1


# A pair of a pair of a pair...: 2**60 values when something walks through them.
PAIRS = b"\x80\x04)q\x01" + 60 * b"h\x01h\x01\x86q\x01"


@pytest.mark.parametrize("end", [b"}(h\x01K\x01u.", b"}h\x01K\x01s.", b"\x8f(h\x01\x90.", b"(h\x01\x91."])
def test_keys_whose_hash_takes_for_ever(end: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError, match="keys of type tuple"):
        load_records(PAIRS + end)


def test_keys_whose_hashes_collide() -> None:
    key = (2**61 - 1) * 2**10
    with pytest.raises(pickle.UnpicklingError, match="keys of type int"):
        load_records(pickle.dumps({key: 1}))
    assert load_records(pickle.dumps({2**62: 1, "a": {2}})) == {2**62: 1, "a": {2}}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (PAIRS + b".", "more than"),
        (PAIRS + b"]h\x01a.", "more than"),
        (PAIRS + b"}" + text("x") + b"h\x01s.", "more than"),
        (PAIRS + RECORDED + b")\x81}" + text("poly_type") + b"h\x01sb.", "more than"),
        (PAIRS + RECORDED + b"h\x01R.", "more than"),
        (b"\x80\x04" + text("x" * 10**5) + b"q\x01]q\x02(" + 10**5 * b"h\x01" + b"e.", "more than"),
        (b"\x80\x04]q\x01h\x01a.", "contain themselves"),
        (b"\x80\x04" + RECORDED + b")\x81q\x01}" + text("x") + b"h\x01sb.", "contain themselves"),
        (b"\x80\x04" + 10_000 * b"]" + 9_999 * b"a" + b".", "deep"),
    ],
    ids=["pairs", "list", "value", "state", "arguments", "long text", "loop", "loop of an object", "deep"],
)
def test_data_that_expand_for_ever(code: bytes, message: str) -> None:
    with pytest.raises(pickle.UnpicklingError, match=message):
        load_records(code)


def test_items_are_not_put_into_arrays() -> None:
    """Numpy would convert what is put there, forever if its author likes."""
    with pytest.raises(pickle.UnpicklingError, match="puts items into a PickledArray"):
        load_records(pickle.dumps(np.zeros(2), protocol=4)[:-1] + b"K\x00K\x01s.")


def test_classes_without_number() -> None:
    code = b"".join(b"cpiff\nA%d\n0" % i for i in range(2000))
    with pytest.raises(pickle.UnpicklingError, match="1000 classes"):
        load_records(code + b"N.")
