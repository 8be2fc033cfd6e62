"""Pictures are drawn in threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from paper.rounds.picture import loss_curve


def test_several_threads_draw_at_once():
    points = [[float(at), 1 / at] for at in range(1, 40)]
    with ThreadPoolExecutor(6) as threads:
        drawn = list(threads.map(lambda number: loss_curve(number, points, "训练中"), range(12)))
    assert all(picture.startswith(b"\x89PNG") for picture in drawn)
