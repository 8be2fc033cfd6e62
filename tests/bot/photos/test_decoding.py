"""Decoding in the worker: orientation, see-through parts, sizes, damage, and bytes that lie."""

from __future__ import annotations

import contextlib
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

np = pytest.importorskip("numpy")
Image = pytest.importorskip("PIL.Image")

from bot.services.photos.decoding import decode  # noqa: E402
from bot.services.photos.text import PhotoUnreadable  # noqa: E402


def saved(image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_colours_are_blue_green_red(form: str):
    pixels = decode(saved(Image.new("RGB", (600, 500), (250, 10, 20)), form))
    assert pixels.shape == (500, 600, 3)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels[250, 300].astype(int) - (20, 10, 250)).max() < 12


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_camera_s_orientation_mark_is_applied(orientation: int):
    upright = Image.new("RGB", (600, 500), "white")
    upright.paste((0, 0, 0), (0, 0, 60, 60))  # the upper left corner is dark
    stored = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = upright.transpose(stored[orientation]) if orientation in stored else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = decode(saved(image, "JPEG", exif=exif))
    assert pixels.shape[:2] == (500, 600)
    assert pixels[20, 20].max() < 60
    assert pixels[-20, -20].min() > 200


@pytest.mark.parametrize(("ink", "ground"), [((0, 0, 0), 255), ((255, 255, 255), 0)])
def test_see_through_pictures_get_a_ground_that_shows_the_ink(ink, ground):
    image = Image.new("RGBA", (600, 500), (*ink, 0))
    image.paste((*ink, 255), (100, 100, 300, 150))
    pixels = decode(saved(image))
    assert pixels[10, 10].tolist() == [ground] * 3
    assert pixels[120, 200].tolist() == list(ink)


def test_fully_see_through_sixteen_bit_and_palette_pictures():
    assert decode(saved(Image.new("RGBA", (600, 500), (9, 9, 9, 0)))).min() == 255
    deep = Image.fromarray(np.full((500, 600), 0x8000, np.uint16))
    assert 120 < decode(saved(deep)).mean() < 136
    assert decode(saved(Image.new("P", (600, 500), 0), "GIF", transparency=0)).shape == (500, 600, 3)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1080, 1920), (1080, 1920)),
        ((4000, 3000), (2600, 1950)),
        ((240, 300), (480, 600)),
        ((1080, 10800), (900, 9000)),
        ((5000, 8000), (1625, 2600)),
    ],
)
def test_sizes_after_decoding(size, expected):
    pixels = decode(saved(Image.new("L", size, 128), "JPEG"))
    assert (pixels.shape[1], pixels.shape[0]) == expected


def test_a_strip_is_refused():
    with pytest.raises(PhotoUnreadable, match="太长"):
        decode(saved(Image.new("L", (100, 5000))))


def test_a_picture_of_another_format_than_its_magic_is_refused():
    png = saved(Image.new("RGB", (600, 500)))
    with pytest.raises(PhotoUnreadable):
        decode(b"BM" + png[2:])


def test_a_frame_larger_than_the_header_says_is_refused():
    gif = bytearray(saved(Image.new("P", (600, 500)), "GIF"))
    at = gif.index(b",", 13)
    gif[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(PhotoUnreadable):
        decode(bytes(gif))


@given(form=st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP"]), seed=st.integers(0, 10_000), cut=st.booleans())
@settings(max_examples=80, deadline=None)
def test_damaged_pictures_give_pixels_or_a_sentence(form, seed, cut):
    rng = random.Random(seed)
    data = bytearray(saved(Image.effect_noise((90, 70), 50).convert("RGB"), form))
    if cut:
        del data[rng.randrange(20, len(data)) :]
    for _ in range(8):
        data[rng.randrange(len(data))] = rng.randrange(256)
    with contextlib.suppress(PhotoUnreadable):
        assert decode(bytes(data)).ndim == 3
