"""Bound accounts give nobody rights and nobody a second voice; whoever reported is told, with that account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from bot.services.corrections.reporting import Reporter
from bot.services.incoming import Incoming
from bot.services.people.joining import Joining
from bot.services.people.people import People
from bot.services.review.reviewers import Reviewers
from bot.services.rounds import ChatRounds
from bot.services.study.learning import Learner
from store.db import Sessions
from tests.bot.review.scene import CHOICE, CHOICE_ASKED, Scene

BOUND = {
    "qq:9": ("qq:9", "qq:1", "telegram:5"),
    "qq:1": ("qq:9", "qq:1", "telegram:5"),
    "telegram:5": ("qq:9", "qq:1", "telegram:5"),
    "qq:2": ("qq:2", "qq:3"),
    "qq:3": ("qq:2", "qq:3"),
}


def accounts_of(member_id: str) -> Sequence[str]:
    return BOUND.get(member_id, (member_id,))


REVIEWERS = Reviewers(["1", "4"], ["2", "3"], accounts_of=accounts_of)


@pytest.mark.parametrize(
    ("account", "person", "superuser"),
    [
        ("qq:1", "1", True),
        ("qq:9", None, False),
        ("telegram:5", None, False),
        ("qq:2", "2", False),
        ("qq:3", "2", False),
        ("qq:4", "4", True),
    ],
)
def test_rights_stay_with_the_account_that_the_settings_name(account: str, person: str | None, superuser: bool):
    assert REVIEWERS.person(account) == person
    assert REVIEWERS.is_superuser(account) == superuser


def test_a_bound_reviewer_is_no_superuser():
    both = Reviewers(["1"], ["2"], accounts_of=lambda _: ("qq:1", "qq:2"))
    assert (both.person("qq:2"), both.is_superuser("qq:2"), both.is_superuser("qq:1")) == ("1", False, True)
    assert (both.voice_of("qq:2"), both.voice_of("qq:7"), both.count) == ("qq:1", "qq:7", 1)


def test_several_accounts_are_one_voice():
    assert REVIEWERS.count == 3
    assert REVIEWERS.others(set()) == {"1", "2", "4"}
    assert REVIEWERS.still("3") == "2"
    # Reported with an account that may not review: the person has had a voice all the same.
    assert REVIEWERS.among(["telegram:5", "qq:77"]) == {"1"}


async def test_a_second_account_does_not_overturn_a_key(sessions: Sessions):
    scene = Scene(sessions, people=Reviewers(["1"], ["2", "3"], accounts_of=accounts_of))
    await scene.add(CHOICE)
    reported = await scene.about(1, "B", member="qq:100")
    item = await scene.item_of(reported.correction_id)
    for account in ("qq:2", "qq:3"):
        person = scene.people.person(account)
        assert person is not None
        decision = await scene.decide(item, by=person)
        assert (decision.settled, decision.votes, decision.needed) == (False, 1, 2)
    assert (await scene.decide(item, by="1")).settled


async def test_the_outcome_is_told_to_the_account_that_reported(scene: Scene):
    people = People(scene.sessions)
    joining = Joining(scene.sessions, people, Learner(scene.sessions))
    await joining.join("telegram:5", "qq:100")
    ask = await scene.ask(CHOICE_ASKED)
    incoming = people.known(Incoming("telegram:1", "telegram:5", "", group_id="telegram:500"))
    reporter = Reporter(incoming.member_id, "某人", incoming.account, incoming.group_id, incoming.speaker)
    await scene.corrections.report(ask, reporter, "B")
    [made] = await scene.all_corrections()
    assert (made.member_id, made.reported_by) == ("qq:100", "telegram:5")
    await scene.decide(made.item_id)
    assert [(one.account, one.member_id) for one in await scene.told()] == [("telegram:1", "telegram:5")]


async def test_two_accounts_that_report_the_same_are_one_voice(scene: Scene):
    await scene.add(CHOICE)
    for member in ("qq:100", "telegram:5"):
        await scene.history(member, accepted=1)
        reported = await scene.about(1, "B", member=member)
    item = await scene.item_of(reported.correction_id)
    before = (await scene.item(item)).gain
    await Joining(scene.sessions, People(scene.sessions), Learner(scene.sessions)).join("telegram:5", "qq:100")
    assert (await scene.item(item)).gain < before
    statuses = [one.status for one in await scene.all_corrections() if one.item_id == item]
    assert statuses == ["withdrawn", "open"]


async def test_two_accounts_of_one_superuser_approve_a_round_once(sessions: Sessions):
    process = Asked()
    rounds = ChatRounds(sessions, cast("Any", process), cast("Any", None), voice_of=REVIEWERS.voice_of)
    for account in ("qq:2", "qq:3"):
        await rounds.approve(Incoming("qq:10001", "qq:2", "", speaker_id=account), 7)
    assert process.by == ["qq:2", "qq:2"]


class Asked:
    """Keeps who asks the training package."""

    def __init__(self) -> None:
        self.by: list[str] = []

    async def run(self, *arguments: str, progress: object = None) -> dict[str, Any]:
        self.by.append(arguments[arguments.index("--by") + 1])
        return {"text": "好"}
