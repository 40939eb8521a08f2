"""Sky maps in a butler repository."""

from __future__ import annotations

__all__ = ["register_sky_map"]

from typing import TYPE_CHECKING

from lsst.daf.butler import Butler, DatasetType

if TYPE_CHECKING:
    from .baseSkyMap import BaseSkyMap


def register_sky_map(sky_map: BaseSkyMap, name: str, butler: Butler) -> None:
    """Insert the dimension records of a sky map, and put it.

    Parameters
    ----------
    sky_map : `BaseSkyMap`
        Sky map.
    name : `str`
        Its name in the repository.
    butler : `lsst.daf.butler.Butler`
        Repository, writable.

    Raises
    ------
    lsst.daf.butler.registry.ConflictingDefinitionError
        Raised if the name is taken by another sky map.
    RuntimeError
        Raised if the same sky map has another name already.
    """
    digest = sky_map.getSha1()
    for record in butler.registry.queryDimensionRecords("skymap"):
        if record.hash == digest and record.name != name:
            raise RuntimeError(
                f"the sky map '{name}' is registered already, as '{record.name}'; use it by that name."
            )
    dataset_type = DatasetType(
        sky_map.SKYMAP_DATASET_TYPE_NAME,
        dimensions=["skymap"],
        storageClass="SkyMap",
        universe=butler.dimensions,
    )
    butler.registry.registerDatasetType(dataset_type)
    butler.registry.registerRun(sky_map.SKYMAP_RUN_COLLECTION_NAME)
    with butler.transaction():
        if _insert_records(sky_map, name, butler, digest):
            butler.put(sky_map, dataset_type, {"skymap": name}, run=sky_map.SKYMAP_RUN_COLLECTION_NAME)


def _insert_records(sky_map: BaseSkyMap, name: str, butler: Butler, digest: bytes) -> bool:
    """Insert records and return whether the sky map is new."""
    tracts, patches, most = [], [], [0, 0]
    for tract in sky_map:
        number = tract.getNumPatches()
        most = [max(most[0], number.x), max(most[1], number.y)]
        region = tract.getOuterSkyPolygon()
        tracts.append({"skymap": name, "id": tract.getId(), "region": region})
        patches += [
            {
                "skymap": name,
                "tract": tract.getId(),
                "id": patch.getSequentialIndex(),
                "cell_x": patch.getIndex().x,
                "cell_y": patch.getIndex().y,
                "region": patch.getOuterSkyPolygon(),
            }
            for patch in tract
        ]
    record = {
        "name": name,
        "hash": digest,
        "tract_max": len(sky_map),
        "patch_nx_max": most[0],
        "patch_ny_max": most[1],
    }
    is_new = bool(butler.registry.syncDimensionData("skymap", record))
    butler.registry.insertDimensionData("tract", *tracts, skip_existing=True)
    butler.registry.insertDimensionData("patch", *patches, skip_existing=True)
    return is_new
