"""Integers of patches, as the stack makes them."""

from __future__ import annotations

from typing import Any

import pytest

from lsst.daf.butler import DataCoordinate, DimensionUniverse
from lsst.pex.config import Config
from lsst.skymap.packers import SkyMapDimensionPacker

UNIVERSE = DimensionUniverse()


class _Config(Config):
    packer = SkyMapDimensionPacker.make_config_field()


@pytest.fixture(scope="module")
def fixed() -> DataCoordinate:
    """Return a sky map of 5 tracts with 3 x 3 patches."""
    record = UNIVERSE["skymap"].RecordClass(name="made", tract_max=5, patch_nx_max=3, patch_ny_max=3)
    data_id = DataCoordinate.from_full_values(UNIVERSE.conform(["skymap"]), values=("made",))
    return data_id.expanded(records={"skymap": record})


def data_id_of(tract: int, patch: int, **band: str) -> DataCoordinate:
    return DataCoordinate.standardize(skymap="made", tract=tract, patch=patch, universe=UNIVERSE, **band)


@pytest.mark.parametrize(
    ("options", "band", "packed", "bits"),
    [
        ({"n_bands": 0}, {}, 2 * 9 + 6, 6),
        ({}, {"band": "u"}, 45 + 24, 11),
        ({}, {"band": "N387"}, 18 * 45 + 24, 11),
        ({"n_bands": 1, "bands": {"r": 0}}, {"band": "r"}, 24, 6),
        ({"bands": {"a": 1, "b": 0}}, {"band": "a"}, 45 + 24, 7),
        ({"bands": {"a": 1, "b": 0}, "n_bands": 16}, {"band": "b"}, 24, 10),
        ({"n_bands": 0, "n_tracts": 10, "n_patches": 100}, {}, 206, 10),
    ],
)
def test_integers_of_patches(
    fixed: DataCoordinate, options: dict[str, Any], band: dict[str, str], packed: int, bits: int
) -> None:
    packer = SkyMapDimensionPacker(fixed, **options)
    data_id = data_id_of(2, 6, **band)
    assert packer.pack(data_id) == packed
    assert packer.pack(data_id, returnMaxBits=True) == (packed, bits) and packer.maxBits == bits
    assert packer.unpack(packed) == data_id


def test_dimensions_say_whether_there_is_a_band(fixed: DataCoordinate) -> None:
    without, with_band = (UNIVERSE.conform(names) for names in (["patch"], ["patch", "band"]))
    assert SkyMapDimensionPacker(fixed, without).pack(data_id_of(2, 6)) == 24
    assert SkyMapDimensionPacker(fixed, with_band).pack(data_id_of(2, 6, band="u")) == 69
    for wrong in (["tract"], ["tract", "band"], ["patch", "visit"]):
        with pytest.raises(ValueError, match="not those of a patch"):
            SkyMapDimensionPacker(fixed, UNIVERSE.conform(wrong))


def test_numbers_without_room(fixed: DataCoordinate) -> None:
    packer = SkyMapDimensionPacker(fixed, bands={"g": 0, "r": 2}, n_bands=2)
    for data_id in (
        data_id_of(5, 0, band="g"),
        data_id_of(0, 9, band="g"),
        data_id_of(0, 0, band="r"),
        data_id_of(0, 0, band="z"),
    ):
        with pytest.raises(ValueError, match="there is room"):
            packer.pack(data_id)


def test_packers_of_configurations(fixed: DataCoordinate) -> None:
    config = _Config()
    assert config.packer.apply(fixed).pack(data_id_of(2, 6)) == 24
    config.packer.n_bands = None
    assert config.packer.apply(fixed).pack(data_id_of(2, 6, band="u")) == 69
    config.packer.bands = {"u": 0}
    config.packer.n_tracts = 7
    assert config.packer.apply(fixed).pack(data_id_of(2, 6, band="u")) == 24
