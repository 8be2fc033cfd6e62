"""Text recognition on decoded pixels: pieces, sideways pictures, slanted lines; runs in the worker only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, median
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from rapidocr import RapidOCR

from bot.services.photos.decoding import Pixels, decode
from bot.services.photos.layout import arrange
from bot.services.photos.text import PhotoText, PhotoUnreadable, TextLine
from bot.services.photos.tiles import joined, spans

NOTHING_READ = "没从图里认出文字，请发清楚一点的截图，或者直接把题目打成文字。"
TOO_BLURRED = "图片太模糊了，看不准，请发清楚一点的截图，或者直接把题目打成文字。"
THREADS = 2
_DETECTION_SIDE = 1280
"""Longest side, pixels, the detection sees; recognition sees the full picture."""
_MIN_SCORE = 0.5
_MAX_LINES = 1000
_POOR = 0.85
"""Mean score below which the picture may be upside down."""
_BLURRED = 0.83
"""Mean score below which a good part of the characters is wrong; a page that can be used has 0.9 and more."""
_LEVEL = math.radians(0.3)
_STEEPEST = math.radians(20)

Quads = npt.NDArray[np.float64]
"""Per line its four corners (x, y), clockwise from its top left."""


class Engine:
    """One detection and one recognition model, loaded at once."""

    def __init__(self) -> None:
        parameters: dict[str, Any] = {
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.text_score": _MIN_SCORE,
            "Global.max_side_len": 4000,
            "Det.limit_type": "max",
            "Det.limit_side_len": _DETECTION_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
        self._models = RapidOCR(params=parameters)
        # The first run loads the models; it must not count against a member's picture.
        self._read(np.full((64, 320, 3), 255, np.uint8))

    def see(self, picture: bytes) -> PhotoText:
        """What a picture's bytes say.

        Raises:
            PhotoUnreadable: it cannot be decoded, no text is found, or most of it is guessed.
        """
        lines, size = self.lines(decode(picture))
        if not lines:
            raise PhotoUnreadable(NOTHING_READ)
        # Long lines weigh more: single letters are read surely even where no sentence is.
        if sum(line.score * len(line.text) for line in lines) < _BLURRED * sum(len(line.text) for line in lines):
            raise PhotoUnreadable(TOO_BLURRED)
        return arrange(lines, size)

    def lines(self, pixels: Pixels) -> tuple[list[TextLine], tuple[int, int]]:
        """Lines top to bottom, with the width and height of the picture once it is upright."""
        height, width = pixels.shape[:2]
        cuts = spans(width, height)
        if len(cuts) > 1:
            pieces = [(cut, _moved(_upright(*self._read(pixels[cut[0] : cut[1]])), cut[0])) for cut in cuts]
            return joined(pieces)[:_MAX_LINES], (width, height)
        found = self._read(pixels)
        if _sideways(found[0]):
            width, height = height, width
            pixels = np.ascontiguousarray(np.rot90(pixels))
            found = self._read(pixels)
        if _poor(found[1]):
            found = max(found, self._read(np.ascontiguousarray(np.rot90(pixels, 2))), key=_worth)
        return _upright(*found)[:_MAX_LINES], (width, height)

    def _read(self, pixels: Pixels) -> tuple[Quads, list[tuple[str, float]]]:
        result = cast(Any, self._models(pixels))
        if not result.txts:
            return np.zeros((0, 4, 2)), []
        texts = [(str(text).strip(), float(score)) for text, score in zip(result.txts, result.scores, strict=True)]
        return np.asarray(result.boxes, dtype=np.float64), texts


def _poor(texts: Sequence[tuple[str, float]]) -> bool:
    """Read as badly as what stands on its head."""
    return bool(texts) and fmean(score for _, score in texts) < _POOR


def _worth(found: tuple[Quads, Sequence[tuple[str, float]]]) -> float:
    return sum(score * len(text) for text, score in found[1])


def _sides(quads: Quads) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Length of each line's upper and left side."""
    upper: npt.NDArray[np.float64] = np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1)
    left: npt.NDArray[np.float64] = np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1)
    return upper, left


def _sideways(quads: Quads) -> bool:
    if not len(quads):
        return False
    upper, left = _sides(quads)
    upright = float(upper[upper > 1.5 * left].sum())
    return float(left[left > 1.5 * upper].sum()) > 2 * upright


def _upright(quads: Quads, texts: Sequence[tuple[str, float]]) -> list[TextLine]:
    """Lines with level boxes: the corners are turned by the lines' common slant first."""
    if not texts:
        return []
    slant = _slant(quads)
    cosine, sine = math.cos(slant), math.sin(slant)
    level = quads @ np.array([[cosine, -sine], [sine, cosine]])
    level -= np.minimum(level.min(axis=(0, 1)), 0)
    lines: list[TextLine] = []
    for corners, (text, score) in zip(level, texts, strict=True):
        if text:
            (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
            lines.append(TextLine(text, (float(left), float(top), float(right), float(bottom)), score))
    return sorted(lines, key=lambda line: (line.top, line.left))


def _slant(quads: Quads) -> float:
    """The angle, radians, most long lines share; 0 when they are level or disagree."""
    upper, left = _sides(quads)
    long = quads[upper > 4 * left]
    if not len(long):
        return 0.0
    across = (long[:, 1] - long[:, 0]) + (long[:, 2] - long[:, 3])
    angle = median(float(value) for value in np.arctan2(across[:, 1], across[:, 0]))
    return angle if _LEVEL < abs(angle) < _STEEPEST else 0.0


def _moved(lines: Sequence[TextLine], down: float) -> list[TextLine]:
    return [
        TextLine(line.text, (line.left, line.top + down, line.right, line.bottom + down), line.score) for line in lines
    ]
