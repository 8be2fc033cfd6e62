"""Which letters are options: their order settles doubtful ones, finds mistaken ones and puts lost ones back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from bot.services.photos.marks import ANSWER, LETTERS, has_number, mistaken_mark
from bot.services.photos.pieces import Piece

_STEM_END = re.compile(r"(?:[(（]\s*[)）]|[？?：:]|_{2,})[\s。.．]*$|(?:是|为|有)[。.]?$")
_LONGEST_LOST = 40
"""Characters above which text without a letter is no option."""
_AHEAD = 6
"""Pieces within which B must follow a doubtful A."""


def settled(pieces: Sequence[Piece], right_edge: float) -> list[Piece]:
    """*pieces* with letters only where there is an option.

    *right_edge* is where full lines of the picture end.
    """
    done: list[Piece] = []
    run: list[int] = []  # where in done the options of the question at hand are
    for at, piece in enumerate(pieces):
        after = pieces[at + 1 :]
        piece = _with_mistaken_letter(piece, done, run, after)
        if not piece.letter:
            if has_number(piece.text) and len(run) >= 2:
                _restore_last(done, run, right_edge)
                run = []
            done.append(piece)
            continue
        last = LETTERS.index(done[run[-1]].letter) if run else -1
        step = LETTERS.index(piece.letter) - last
        doubtful = not piece.sure and not _supported(piece, step, run, after)
        if (step < 1 and piece.letter != "A") or doubtful:
            done.append(replace(piece, letter="", text=piece.raw))
            continue
        if piece.letter == "A" and run:
            _restore_last(done, run, right_edge)
            run = []
        elif step == 2:
            _restore_between(done, run, piece)
        run.append(len(done))
        done.append(replace(piece, sure=True))
    _restore_last(done, run, right_edge)
    return done


def _supported(piece: Piece, step: int, run: Sequence[int], after: Sequence[Piece]) -> bool:
    if run and (step == 1 or (step == 2 and piece.text_left is not None)):
        return True
    following = next((other.letter for other in after[:_AHEAD] if other.letter), "")
    wanted = LETTERS[LETTERS.index(piece.letter) + 1 : LETTERS.index(piece.letter) + 2]
    if piece.letter == "A":
        return following == "B" or (following == "C" and piece.text_left is not None)
    # A torn letter is a letter all the same when its neighbour in order is there too.
    return (step == 2 or not run) and bool(wanted) and following == wanted


def _with_mistaken_letter(piece: Piece, done: Sequence[Piece], run: Sequence[int], after: Sequence[Piece]) -> Piece:
    """*piece* as the option that the sequence asks for here, when its first character is easily taken for another."""
    last = LETTERS.index(done[run[-1]].letter) if run else -1
    if last + 1 >= len(LETTERS):
        return piece
    wanted = LETTERS[last + 1]
    if piece.letter and LETTERS.index(piece.letter) <= last + 1:
        return piece
    mark = mistaken_mark(piece.raw, wanted)
    following = next((other for other in after[:3] if other.letter), None)
    confirmed = following is not None and following.letter == LETTERS[last + 2 : last + 3]
    if mark is None:
        return piece
    if run:
        fits = confirmed or (wanted == "D" and _under(piece, [done[i] for i in run]))
    else:
        fits = confirmed and bool(done) and not _STEM_END.search(mark.rest) and len(mark.rest) <= _LONGEST_LOST
    return replace(piece, letter=wanted, text=mark.rest) if fits else piece


def _under(piece: Piece, options: Sequence[Piece]) -> bool:
    """It begins where some option begins, or stands beside the last one."""
    return piece.row == options[-1].row or any(
        abs(piece.left - option.left) < 0.8 * option.height for option in options
    )


def _restore_between(done: list[Piece], run: list[int], piece: Piece) -> None:
    """Put back the one letter missing before *piece*, where there is a text for it."""
    first = run[-1] + 1 if run else len(done) - 1
    candidates = [i for i in range(max(0, first), len(done)) if _may_be_option(done[i])]
    if run:
        known = [done[i] for i in run] + [piece]
    else:
        known = [piece]
        candidates = [i for i in candidates if i > 0 and not _STEM_END.search(done[i].text)]
    candidates = [i for i in candidates if _placed_like(done[i], known)]
    if not candidates:
        return
    # An option begins after a larger gap than a wrapped line of the one before.
    chosen = max(candidates, key=lambda i: (done[i].top - done[i - 1].bottom if i else 0.0, i))
    lost = LETTERS[LETTERS.index(piece.letter) - 1]
    done[chosen] = replace(done[chosen], letter=lost)
    run.append(chosen)


def _restore_last(done: list[Piece], run: list[int], right_edge: float) -> None:
    """Put back a D that lost its letter, when A, B and C are there and a text stands where D would."""
    if len(run) != 3 or done[run[-1]].letter != "C" or run[-1] + 1 >= len(done):
        return
    options = [done[i] for i in run]
    last, candidate = options[-1], done[run[-1] + 1]
    if not _may_be_option(candidate) or _STEM_END.search(candidate.text):
        return
    if candidate.row == last.row:
        fits = abs(candidate.left - options[1].left) < 3 * last.height
    else:
        pitches = [after.top - before.top for before, after in pairwise(options)]
        pitch = median(pitches)
        full = last.right > right_edge - 2.5 * last.height
        fits = (
            pitch > 0
            and abs((candidate.top - last.top) / pitch - 1) < 0.25
            and not full
            and _placed_like(candidate, options)
        )
    if fits:
        done[run[-1] + 1] = replace(candidate, letter="D")


def _may_be_option(piece: Piece) -> bool:
    return (
        not piece.letter
        and 0 < len(piece.text) <= _LONGEST_LOST
        and not has_number(piece.text)
        and not ANSWER.match(piece.text)
    )


def _placed_like(piece: Piece, known: Sequence[Piece]) -> bool:
    """It begins where an option's letter or text begins, or shares a row with one."""
    for option in known:
        starts = [option.left] if option.text_left is None else [option.left, option.text_left]
        if piece.row == option.row or any(abs(piece.left - start) < 1.6 * option.height for start in starts):
            return True
    return False
