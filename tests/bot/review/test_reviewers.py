"""Who may review, on which platform."""

from __future__ import annotations

import pytest

from bot.services.review.reviewers import Reviewers

PEOPLE = Reviewers(["1", "qqbot:BOSS"], ["2/telegram:22"])


@pytest.mark.parametrize("member_id", ["qq:1", "qqbot:BOSS", "terminal:local"])
def test_superusers_are_known_on_their_own_platform(member_id: str):
    assert PEOPLE.is_superuser(member_id)


@pytest.mark.parametrize("member_id", ["telegram:1", "qqbot:1", "web:1", "qq:BOSS", "discord:BOSS", ""])
def test_a_number_of_another_platform_is_somebody_else(member_id: str):
    assert not PEOPLE.is_superuser(member_id)


def test_accounts_on_two_platforms_are_one_person():
    assert PEOPLE.person("qq:2") == PEOPLE.person("telegram:22") == "2"
    assert PEOPLE.count == 3
