"""Near duplicates are found among many other texts, and only they."""

from __future__ import annotations

import random

import numpy as np

from training.datasets.minhash import Commonness, MinHash, alike, pairs


def texts(count: int, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    return [
        "以下关于"
        + "".join(chr(0x4E00 + chance.randrange(3000)) for _ in range(chance.randrange(8, 40)))
        + "的说法正确的是"
        for _ in range(count)
    ]


def keys_of(found: list[str]) -> np.ndarray:
    commonness = Commonness()
    commonness.learn(found)
    return MinHash(32, 5, commonness).keys(found)


def test_a_text_has_the_same_keys_alone_and_among_others() -> None:
    found = texts(3000)
    commonness = Commonness()
    commonness.learn(found)
    hashing = MinHash(32, 5, commonness)
    keys = hashing.keys(found)
    for number in range(0, 3000, 131):
        assert (hashing.keys([found[number]])[:, 0] == keys[:, number]).all()


def test_pairs_do_not_reach_from_one_text_into_the_next() -> None:
    found, starts = pairs(["甲乙丙", "丁", "", "甲乙"])
    assert starts.tolist() == [0, 2, 3, 4, 5]
    assert found[0] == found[4]
    assert len(set(found.tolist())) == 4


def test_one_changed_character_is_found_and_little_else() -> None:
    originals = texts(2000)
    changed = [text[:6] + "某" + text[7:] for text in originals]
    found: set[tuple[int, int]] = set()
    for left, right in alike(keys_of(originals + changed), 24):
        found.update(zip(left.tolist(), right.tolist(), strict=True))
    assert {(number, number + 2000) for number in range(2000)} <= found
    assert len(found) < 2100


def test_a_crowded_band_does_not_hide_a_pair() -> None:
    """Both share a key with hundreds that resemble them not enough, and other keys with each other alone."""
    keys = np.arange(1200, dtype=np.uint32).reshape(2, 600)
    keys[0] = 7
    keys[1, 3] = keys[1, 599] = 1
    found = [pair for left, right in alike(keys, 24) for pair in zip(left.tolist(), right.tolist(), strict=True)]
    assert (3, 599) in found
    assert len(found) == len(set(found)) == 24 * 600 - 24 * 25 // 2 + 1
