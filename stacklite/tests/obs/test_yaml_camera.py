"""Cameras described in YAML."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from lsst.afw.cameraGeom import ACTUAL_PIXELS, FIELD_ANGLE, FOCAL_PLANE, PIXELS, TAN_PIXELS, CameraSysPrefix
from lsst.geom import AffineTransform, Extent2D, Point2D
from lsst.obs.base.yamlCamera import makeCamera
from lsst.pex.exceptions import IoError
from stacklite_support.golden import own_file


@pytest.mark.parametrize("empty", [None, "None", {}])
def test_sections_without_transforms(tmp_path: Path, empty: object) -> None:
    """Files of cameras say ``transforms : None``, which is a text in YAML."""
    text = yaml.safe_load(Path(own_file("camera.yaml")).read_text())
    first, second, *_ = text["CCDs"].values()
    first["transformDict"] = {"nativeSys": "Pixels", "transforms": empty}
    second["transformDict"] = empty
    path = tmp_path / "camera.yaml"
    path.write_text(yaml.safe_dump(text, sort_keys=False))
    camera = makeCamera(str(path))
    for ccd in (first, second):
        assert not camera[ccd["id"]].hasTransform(ACTUAL_PIXELS)
        assert camera[ccd["id"]].hasTransform(TAN_PIXELS)


def test_affine_transforms_of_described_cameras(tmp_path: Path) -> None:
    """Coefficients of radial transforms are relative to the plate scale, those of affine ones are not."""
    text = yaml.safe_load(Path(own_file("camera.yaml")).read_text())
    affine = {"transformType": "affine", "linear": [[2.0, 0.5], [0.0, 3.0]], "translation": [1.0, -1.0]}
    text["transforms"]["FieldAngle"] = affine
    first, *_ = text["CCDs"].values()
    first["transformDict"]["transforms"] = {"ActualPixels": affine, "Bent": affine | {"translation": [0, 0]}}
    path = tmp_path / "camera.yaml"
    path.write_text(yaml.safe_dump(text, sort_keys=False))
    camera = makeCamera(str(path))
    moved = AffineTransform(np.array([[2.0, 0.5], [0.0, 3.0]]), Extent2D(1.0, -1.0))(Point2D(4.0, 8.0))
    assert camera.transform(Point2D(4.0, 8.0), FOCAL_PLANE, FIELD_ANGLE) == moved == Point2D(13.0, 23.0)
    detector = camera[first["id"]]
    assert detector.transform(Point2D(4.0, 8.0), PIXELS, ACTUAL_PIXELS) == moved
    assert detector.transform(Point2D(4.0, 8.0), PIXELS, CameraSysPrefix("Bent")) == Point2D(12.0, 24.0)
    assert (
        detector.hasTransform(TAN_PIXELS) and len([d for d in camera if d.hasTransform(ACTUAL_PIXELS)]) == 1
    )
    affine["transformType"] = "bent"
    path.write_text(yaml.safe_dump(text))
    with pytest.raises(IoError, match="camera.yaml.*'bent'"):
        makeCamera(str(path))
    with pytest.raises(FileNotFoundError):
        makeCamera(str(tmp_path / "missing.yaml"))
