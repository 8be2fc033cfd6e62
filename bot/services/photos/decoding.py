"""Untrusted bytes to upright pixels on an opaque ground; runs in the worker only."""

from __future__ import annotations

import io
import struct

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageStat

from bot.services.photos.header import MAX_PIXELS, check
from bot.services.photos.text import PhotoUnreadable

Pixels = npt.NDArray[np.uint8]
"""Height, width, 3: blue, green, red."""

MAX_ASPECT = 25
"""Height to width above which a picture is no screenshot a person took."""
_LONG = 2.6
"""Height to width from which a picture is a long screenshot, joined from several screens."""
_MAX_SIDE = 2600
"""Longest side, pixels, of an ordinary picture: small print of a whole page keeps 20 pixels a line."""
_LONG_WIDTH = 900
_GROWN = 2.0
_SMALL_SIDE = 480
"""Pictures narrower than this are thumbnails: enlarging them helps the detection."""


def decode(image: bytes) -> Pixels:
    """The first frame, turned upright, shrunk to what reading needs.

    Raises:
        PhotoUnreadable: damaged, or other than its header says.
    """
    header = check(image)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(io.BytesIO(image), formats=[header.format]) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise PhotoUnreadable("图片太大了，只截题目那一块再发。")
            size = _target(opened.width, opened.height)
            # A JPEG can be decoded at half or a quarter of its size, for that much less memory.
            opened.draft("RGB", size)
            upright = _turned(_opaque(_plain(opened, size)), opened.getexif().get(_ORIENTATION, 1))
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error) as error:
        raise PhotoUnreadable("图片打不开，可能损坏了，请重新发一次。") from error
    except Image.DecompressionBombError as error:
        raise PhotoUnreadable("图片太大了，只截题目那一块再发。") from error
    return np.ascontiguousarray(np.asarray(upright)[:, :, ::-1])


_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _target(width: int, height: int) -> tuple[int, int]:
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise PhotoUnreadable("图片太长了，分成几段截图再发。")
    if height > _LONG * width:
        scale = min(_GROWN, _LONG_WIDTH / width) if width < _SMALL_SIDE else min(1.0, _LONG_WIDTH / width)
    elif min(width, height) < _SMALL_SIDE:
        scale = min(_GROWN, _MAX_SIDE / max(width, height))
    else:
        scale = min(1.0, _MAX_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _plain(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Of mode RGB or RGBA and of this *size*; shrunk first, since every later step makes copies."""
    see_through = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    mode = "RGBA" if see_through else "RGB"
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode != mode:
        image = image.convert(mode)
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _opaque(image: Image.Image) -> Image.Image:
    """RGB with see-through parts in whatever shows the ink: white below dark strokes, black below light ones."""
    if image.mode == "RGB":
        image.load()
        return image
    alpha = image.getchannel("A")
    ink = ImageStat.Stat(image.convert("L"), mask=alpha.point([255 * (value > 128) for value in range(256)]))
    see_through = alpha.histogram()[:128] != [0] * 128
    light = see_through and ink.count[0] > 0 and ink.mean[0] > 160
    ground = Image.new("RGBA", image.size, (0, 0, 0, 255) if light else (255, 255, 255, 255))
    return Image.alpha_composite(ground, image).convert("RGB")


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)
