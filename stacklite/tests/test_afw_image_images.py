"""Images, masks and masked images: shapes, origins, shared memory, planes."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import lsst.afw.image as afw_image
from lsst.afw.fits import FitsError
from lsst.afw.image import (
    LOCAL,
    PARENT,
    ExposureF,
    Image,
    ImageD,
    ImageF,
    ImageI,
    ImageU,
    Mask,
    MaskedImageD,
    MaskedImageF,
    MaskX,
    makeMaskedImageFromArrays,
)
from lsst.afw.image._mask import translate_bits
from lsst.afw.image._mask_planes import restore_default_planes
from lsst.afw.image._plane_writers import write_image
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import InvalidParameterError, LengthError, OutOfRangeError, RuntimeError

BOX = Box2I(Point2I(-5, 10), Extent2I(6, 4))


def ramp(box=BOX):
    image = ImageF(box)
    image.array = np.arange(box.getArea()).reshape(image.array.shape)
    return image


@pytest.mark.parametrize(
    ("arguments", "box"),
    [
        ((), Box2I(Point2I(0, 0), Extent2I(0, 0))),
        ((3, 4), Box2I(Point2I(0, 0), Extent2I(3, 4))),
        ((Extent2I(3, 4),), Box2I(Point2I(0, 0), Extent2I(3, 4))),
        ((BOX,), BOX),
        ((BOX, 7), BOX),
        ((ImageF(BOX),), BOX),
        ((ImageF(BOX), True), BOX),
        ((np.zeros((4, 3), np.float32),), Box2I(Point2I(0, 0), Extent2I(3, 4))),
        ((np.zeros((4, 6), np.float32), False, Point2I(-5, 10)), BOX),
    ],
)
def test_constructors_agree_about_the_box(arguments, box):
    image = ImageF(*arguments)
    assert image.getBBox() == box
    assert image.array.dtype == np.float32
    assert image.getDimensions() == box.getDimensions()
    assert (image.getWidth(), image.getHeight()) == (box.getWidth(), box.getHeight())


def test_initial_value_and_keywords():
    assert (ImageF(BOX, 7).array == 7).all()
    assert (ImageF(width=2, height=3, intialValue=4).array == 4).all()
    assert ImageF(bbox=BOX).getXY0() == Point2I(-5, 10)
    assert ImageF(array=np.zeros((2, 3), np.float32), xy0=Point2I(1, 2)).getX0() == 1
    with pytest.raises(TypeError):
        ImageF("a", 3, 4, 5, 6, 7, 8, 9)
    with pytest.raises(TypeError):
        ImageF(object())


def test_pixels_are_shared_unless_deep():
    image = ramp()
    shallow, deep = ImageF(image), ImageF(image, deep=True)
    image[Point2I(-5, 10)] = 99
    assert shallow[Point2I(-5, 10)] == 99
    assert deep[Point2I(-5, 10)] == 0
    array = np.zeros((2, 2), np.float32)
    ImageF(array)[0, 0] = 1
    assert array[0, 0] == 1
    ImageF(array, deep=True)[0, 1] = 1
    assert array[1, 0] == 0


def test_arrays_of_another_type_are_refused_and_images_converted():
    with pytest.raises(TypeError):
        ImageF(np.zeros((2, 2)))
    with pytest.raises(TypeError):
        ImageF(np.zeros(3, np.float32))
    assert ImageD(ramp()).array.dtype == np.float64
    assert ImageF(ImageU(2, 2, 65535))[0, 0] == 65535
    with pytest.raises(TypeError):
        ImageI(ramp())
    with pytest.raises(TypeError):
        MaskX(ImageI(2, 2))
    assert ramp().convertD().getBBox() == BOX


def test_sub_image_in_parent_and_local_coordinates():
    image = ramp()
    box = Box2I(Point2I(-4, 11), Extent2I(2, 2))
    local = Box2I(Point2I(1, 1), Extent2I(2, 2))
    for part in (image[box], image[local, LOCAL], ImageF(image, box), ImageF(image, local, LOCAL)):
        assert part.getBBox() == box
        assert part.getBBox(LOCAL) == Box2I(Point2I(0, 0), Extent2I(2, 2))
        np.testing.assert_array_equal(part.array, [[7, 8], [13, 14]])
    image[box].array[:] = -1
    assert image[Point2I(-4, 11)] == -1
    # The part of a part is still in parent coordinates.
    assert image[box][Point2I(-3, 12)] == -1
    with pytest.raises(LengthError):
        image[local]
    with pytest.raises(LengthError):
        ImageF(image, Box2I(Point2I(0, 0), Extent2I(7, 1)), LOCAL)


def test_pixel_access():
    image = ramp()
    assert image[0, 0, LOCAL] == 0
    assert image[-1, -1, LOCAL] == 23
    assert image[Point2I(0, 13)] == 23
    assert image[Point2I(0, 13), PARENT] == 23
    assert isinstance(image[0, 10], float)
    image[0, 10] = 50
    assert image.array[0, 5] == 50
    with pytest.raises(IndexError):
        image[-5, 10]
    with pytest.raises(OutOfRangeError):
        image[6, 10]
    with pytest.raises(TypeError):
        image[3]


def test_slices():
    image = ramp()
    np.testing.assert_array_equal(image[0:1, 10:12].array, [[5], [11]])
    np.testing.assert_array_equal(image[1:3, -1, LOCAL].array, [[19, 20]])
    assert image[:].getBBox() == image[:, :].getBBox() == BOX
    image[:, :] = 3
    assert (image.array == 3).all()
    image[0:2, 0:2, LOCAL] = ImageF(2, 2, 8)
    assert image.array.sum() == 20 * 3 + 4 * 8
    with pytest.raises(ValueError, match="step"):
        image[::2, :]


def test_assign_set_and_copies():
    image = ramp()
    other = ImageF(BOX)
    other.assign(image)
    np.testing.assert_array_equal(other.array, image.array)
    other.assign(ImageF(2, 1, 5), Box2I(Point2I(-5, 10), Extent2I(2, 1)))
    assert other.array[0].tolist() == [5, 5, 2, 3, 4, 5]
    with pytest.raises(LengthError):
        other.assign(ImageF(2, 2))
    for clone in (image.clone(), copy.deepcopy(image), pickle.loads(pickle.dumps(image))):
        clone.set(0)
        assert clone.getBBox() == BOX
    assert image.array.any()
    image.setXY0(3, 4)
    assert image.getXY0() == Point2I(3, 4)
    image.setXY0(Point2I(5, 6))
    assert image.getBBox().getMin() == Point2I(5, 6)


def test_in_place_arithmetic():
    image = ramp()
    array = image.array.copy()
    image += 2
    image -= ImageF(BOX, 1)
    image *= 3.0
    image /= ImageF(BOX, 2)
    np.testing.assert_array_equal(image.array, (array + 1) * 1.5)
    image.scaledPlus(2.0, ImageF(BOX, 1))
    image.scaledMinus(1.0, ImageF(BOX, 2))
    np.testing.assert_array_equal(image.array, (array + 1) * 1.5)
    with pytest.raises(LengthError):
        image += ImageF(2, 2)
    integers = ImageI(2, 1)
    integers.array = [[-7, 7]]
    integers /= 2
    assert integers.array.tolist() == [[-3, 3]]


def test_templates():
    assert Image["F"] is Image[np.float32] is ImageF
    assert isinstance(Image(2, 3, dtype=np.float64), ImageD)
    assert isinstance(ramp(), Image)
    assert Mask[afw_image.MaskPixel] is MaskX
    assert isinstance(Mask(2, 3), MaskX)
    assert isinstance(afw_image.makeMaskedImage(ImageD(2, 2)), afw_image.MaskedImageD)


# Masks ----------------------------------------------------------------------


def test_default_planes():
    assert Mask(1, 1).getMaskPlaneDict() == {
        "BAD": 0,
        "SAT": 1,
        "INTRP": 2,
        "CR": 3,
        "EDGE": 4,
        "DETECTED": 5,
        "DETECTED_NEGATIVE": 6,
        "SUSPECT": 7,
        "NO_DATA": 8,
        "VIGNETTED": 9,
        "STREAK": 10,
    }
    assert Mask.getPlaneBitMask("CR") == 8
    assert Mask.getPlaneBitMask(["BAD", "NO_DATA"]) == 257
    assert Mask.getPlaneBitMask([]) == 0
    with pytest.raises(InvalidParameterError, match="CROSSTALK"):
        Mask.getPlaneBitMask(["BAD", "CROSSTALK"])


def test_bits_come_from_the_default_dictionary():
    """C9: not from the planes of the mask that is asked."""
    mask = Mask(1, 1, planeDefs={"BAD": 5})
    assert mask.getMaskPlaneDict() == {"BAD": 5}
    assert mask.getPlaneBitMask("BAD") == 1


def test_planes_are_added_to_masks_that_exist_but_removed_only_from_the_default():
    mask = Mask(1, 1)
    assert Mask.addMaskPlane("NEW") == 11
    assert Mask.addMaskPlane("NEW") == 11
    assert mask.getMaskPlaneDict()["NEW"] == 11
    Mask.removeMaskPlane("CR")
    assert "CR" in mask.getMaskPlaneDict()
    with pytest.raises(InvalidParameterError):
        Mask.getMaskPlane("CR")
    assert Mask.addMaskPlane("OTHER") == 3
    for i in range(Mask.getNumPlanesMax() - Mask.getNumPlanesUsed()):
        Mask.addMaskPlane(f"P{i}")
    with pytest.raises(RuntimeError):
        Mask.addMaskPlane("ONE_TOO_MANY")
    assert Mask.getPlaneBitMask(f"P{i}") == -(2**31)


def test_mask_arithmetic_and_interpretation():
    mask = Mask(2, 1)
    mask |= mask.getPlaneBitMask("SAT")
    mask |= Mask(Box2I(Point2I(0, 0), Extent2I(2, 1)), 1)
    assert mask.array.tolist() == [[3, 3]]
    assert Mask.interpret(mask[0, 0]) == "BAD,SAT"
    mask &= 0xFFFFFFFE
    assert mask.array.tolist() == [[2, 2]]
    mask ^= 6
    mask.clearMaskPlane(2)
    assert mask.array.tolist() == [[0, 0]]
    mask.array[:] = 9
    mask.removeAndClearMaskPlane("CR")
    assert mask.array.tolist() == [[1, 1]]
    assert "CR" not in mask.getMaskPlaneDict()


def test_bits_are_translated_at_once():
    pixels = np.array([[1, 2, 3, 4, -(2**31)]], np.int32)
    translate_bits(pixels, {0: 1, 1: 0, 31: 5})
    assert pixels.tolist() == [[2, 1, 3, 4, 32]]


def test_planes_of_a_file_are_translated_when_it_is_read(tmp_path):
    path = str(tmp_path / "mask.fits")
    Mask.clearMaskPlaneDict()
    Mask.addMaskPlane("STRANGE")
    Mask.addMaskPlane("BAD")
    mask = Mask(2, 1)
    mask.array = [[1, 2]]
    mask.writeFits(path)
    restore_default_planes()
    read = MaskX.readFits(path)
    assert read.array.tolist() == [[2048, 1]]
    assert read.getMaskPlaneDict()["STRANGE"] == Mask.getMaskPlane("STRANGE") == 11
    assert MaskX(path, conformMasks=True).array.tolist() == [[1, 2]]
    assert Mask.getMaskPlane("BAD") == 1


# Masked images --------------------------------------------------------------


def test_masked_image_shares_the_planes_it_is_made_of():
    image, mask = ramp(), MaskX(BOX)
    masked = MaskedImageF(image, mask)
    assert masked.image is image
    assert masked.mask is mask
    assert masked.variance.getBBox() == BOX
    part = masked[Box2I(Point2I(-5, 10), Extent2I(2, 2))]
    part.set(1, 2, 3)
    assert masked[-5 + 5, 10] == (5.0, 0, 0.0)
    assert masked[Point2I(-5, 10)] == (1.0, 2, 3.0)
    with pytest.raises(LengthError):
        MaskedImageF(image, MaskX(2, 2))
    with pytest.raises(TypeError):
        MaskedImageF(ImageD(2, 2))


def test_masked_image_copies_and_setters():
    masked = MaskedImageF(BOX)
    clone = masked.clone()
    clone.image = ImageF(BOX, 4)
    clone.mask = MaskX(BOX, 1)
    clone.variance = ImageF(BOX, 2)
    assert not masked.image.array.any()
    masked[BOX] = clone
    assert [plane.array[0, 0] for plane in (masked.image, masked.mask, masked.variance)] == [4, 1, 2]
    masked[Point2I(-5, 10)] = (7, 2, 3)
    assert masked[0, 0, LOCAL] == (7.0, 2, 3.0)
    masked.setXY0(Point2I(1, 1))
    assert masked.variance.getXY0() == masked.getXY0() == Point2I(1, 1)


def test_masked_image_arithmetic_propagates_errors_and_masks():
    def masked(value, bits, variance):
        result = MaskedImageF(1, 1)
        result.set(value, bits, variance)
        return result

    total = masked(6, 1, 2)
    total += masked(3, 2, 5)
    assert total[0, 0] == (9.0, 3, 7.0)
    product = masked(6, 1, 2)
    product *= masked(3, 2, 5)
    assert product[0, 0] == (18.0, 3, 36 * 5 + 9 * 2)
    ratio = masked(6, 1, 2)
    ratio /= masked(3, 2, 5)
    assert ratio[0, 0] == pytest.approx((2.0, 3, (36 * 5 + 9 * 2) / 81))
    scaled = masked(6, 1, 2)
    scaled /= 2
    assert scaled[0, 0] == (3.0, 1, 0.5)
    scaled -= ImageF(1, 1, 1)
    assert scaled[0, 0] == (2.0, 1, 0.5)
    for name, expected in {
        "scaledPlus": (12.0, 3, 2 + 4 * 5),
        "scaledMinus": (0.0, 3, 2 + 4 * 5),
        "scaledMultiplies": (36.0, 3, 36 * 20 + 36 * 2),
        "scaledDivides": (1.0, 3, (36 * 20 + 36 * 2) / 6**4),
    }.items():
        left, right = masked(6, 1, 2), masked(3, 2, 5)
        getattr(left, name)(2.0, right)
        assert left[0, 0] == pytest.approx(expected)
        assert right[0, 0] == (3.0, 2, 5.0), "not changed"


def test_masked_images_of_arrays():
    image, mask, variance = np.ones((2, 3)), np.full((2, 3), 5, np.int32), np.full((2, 3), 2, np.float32)
    masked = makeMaskedImageFromArrays(image, mask, variance)
    assert type(masked) is MaskedImageD
    masked.image[0, 0], masked.mask[1, 1], masked.variance[2, 1] = 4.0, 9, 7.0
    assert (image[0, 0], mask[1, 1], variance[1, 2]) == (4.0, 9, 7.0), "the arrays are shared"
    assert masked.mask.getAsString(0, 0) == "BAD,INTRP"
    assert makeMaskedImageFromArrays(image.astype(np.float32)).variance.array.tolist() == [[0.0] * 3] * 2


# Files ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [None, {"algorithm": "GZIP_2"}, {"algorithm": "GZIP_1", "tile_width": 4, "tile_height": 3}]
)
def test_parts_of_a_file_are_read(tmp_path, options):
    path = str(tmp_path / "image.fits")
    ramp().writeFitsWithOptions(path, {"image": options})
    box = Box2I(Point2I(-3, 12), Extent2I(3, 2))
    local = Box2I(Point2I(2, 2), Extent2I(3, 2))
    for part in (ImageF(path, bbox=box), ImageF(path, bbox=local, origin=LOCAL)):
        assert part.getBBox() == box
        np.testing.assert_array_equal(part.array, ramp()[box].array)
    with pytest.raises(LengthError):
        ImageF(path, bbox=local)


@pytest.mark.parametrize("size", [(0, 0), (0, 5), (5, 0)])
@pytest.mark.parametrize("options", [None, {"algorithm": "GZIP_2"}])
def test_images_without_pixels(tmp_path, size, options):
    path = str(tmp_path / "image.fits")
    for image in (ImageF(*size), MaskX(*size)):
        image.writeFitsWithOptions(path, {"image": options})
        assert type(image).readFits(path).array.shape == size[::-1]
    ExposureF().writeFitsWithOptions(path, {plane: options or {} for plane in ("image", "mask", "variance")})
    assert ExposureF.readFits(path).variance.array.shape == (0, 0)


def test_conversion_on_reading_must_be_lossless(tmp_path):
    path = str(tmp_path / "image.fits")
    ImageI(2, 2, 70000).writeFits(path)
    assert ImageF(path)[0, 0] == 70000
    assert ImageD(path)[0, 0] == 70000
    with pytest.raises(FitsError):
        ImageU(path)
    assert ImageU(path, allowUnsafe=True)[0, 0] == 70000 - 65536


def test_images_are_appended(tmp_path):
    path = str(tmp_path / "images.fits")
    ramp().writeFits(path)
    MaskX(BOX, 3).writeFits(path, mode="a")
    write_image(ramp(), path, mode="a", options={"algorithm": "GZIP_2"})
    assert ImageF(path).getBBox() == BOX
    assert (MaskX(path, 1).array == 3).all()
    np.testing.assert_array_equal(ImageF(path, hdu=2).array, ramp().array)


@pytest.mark.filterwarnings("ignore:File may have been truncated")
def test_what_cannot_be_read_or_written_is_an_error(tmp_path):
    with pytest.raises(FitsError):
        ImageF(str(tmp_path / "missing.fits"))
    path = str(tmp_path / "image.fits")
    for options in (
        {"algorithm": "RICE_1"},
        {"algorithm": "GZIP_2", "quantization": {"level": -16}},
        {"algorithm": "GZIP_2", "colour": "red"},
    ):
        with pytest.raises(FitsError):
            ramp().writeFitsWithOptions(path, {"image": options})
    ramp().writeFits(path)
    with pytest.raises(FitsError):
        ImageF(path, hdu=5)
    content = (tmp_path / "image.fits").read_bytes()
    (tmp_path / "short.fits").write_bytes(content[:2900])
    with pytest.raises(FitsError):
        ImageF(str(tmp_path / "short.fits"))
