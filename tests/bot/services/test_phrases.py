"""取消, in all its forms."""

from __future__ import annotations

import pytest

from bot.services.phrases import CANCEL


@pytest.mark.parametrize("text", ["取消", "／取消", "/ 取消", "算了。", "不了", "不用", "不用了", "不要！"])
def test_it_means_no(text: str):
    assert CANCEL.match(text)


@pytest.mark.parametrize("text", ["取消增值税的是哪一年", "不对", "算了吧这题", "取消搁置 12"])
def test_other_words_mean_other_things(text: str):
    assert not CANCEL.match(text)
