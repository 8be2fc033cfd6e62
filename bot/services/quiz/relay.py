"""接力: two teams answer in turn, one member at a time; the state is in the database."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.services.incoming import Incoming
from bot.services.quiz import words
from bot.services.quiz.record import Record
from store import quizzes, teams
from store.models import QuizItem, QuizPlayer, now

_LEAD = 2
"""A team that is so many ahead takes nobody in for the moment."""
_AWAY = 2
"""Who lets so many turns pass is passed over, until it joins again."""
_TEAM = re.compile(r"^[/／]?\s*(?:(?P<team>[12一二１２])\s*队?|加入|报名)\s*[。.!！]?$")
_LATE = re.compile(r"^[/／]?\s*(?:加入|报名)\s*[。.!！]?$")
_NUMBERS = {"1": 1, "一": 1, "１": 1, "2": 2, "二": 2, "２": 2}


class Relay:
    """A question is asked of one member of a team; when it does not know, one member of the other team may try.

    The teams take turns at being first, and within a team whoever had the fewest turns is next.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self.players: list[QuizPlayer] = []
        self._told_to_wait: str | None = None

    async def load(self) -> None:
        """See what the database has."""
        async with self._record.sessions() as session:
            self.players = list(await teams.players(session, self._record.quiz.id))

    @property
    def ready(self) -> bool:
        """Both teams have somebody."""
        return {player.team for player in self.players} == {1, 2}

    def wants_in(self, text: str) -> bool:
        """Whether *text* joins a team; once the game runs a bare number is an answer or talk."""
        return bool((_TEAM if self._record.quiz.state == "joining" else _LATE).match(text))

    async def join(self, incoming: Incoming) -> str:
        """Put the member into the team that it names, or into the smaller one."""
        match = _TEAM.match(incoming.text)
        mine = self.player(incoming.member_id)
        named = _NUMBERS.get((match and match["team"]) or "")
        if mine is not None and (named in (None, mine.team)):
            if mine.missed:
                mine.missed, mine.turns = 0, max(mine.turns, self._turns_for(mine.team, mine))
                await self._write(mine)
            return words.in_team(mine.team, *self._sizes())
        one, two = self._sizes(without=mine)
        team = named or (1 if one <= two else 2)
        if (one - two if team == 1 else two - one) >= _LEAD:
            return words.team_full(team)
        values = {
            "quiz_id": self._record.quiz.id,
            "member_id": incoming.member_id,
            "name": incoming.member_name[:64],
            "team": team,
            "turns": self._turns_for(team, mine),
        }
        async with self._record.writing() as session:
            await teams.join(session, values)
        await self.load()
        return words.in_team(team, *self._sizes())

    def player(self, member_id: str | None) -> QuizPlayer | None:
        """The member as one who plays."""
        return next((player for player in self.players if player.member_id == member_id), None)

    def joined(self, account: str, person: str) -> None:
        """The player *account* is *person*, who may have a place already and keeps that."""
        theirs = self.player(account)
        if theirs is not None and self.player(person) is not None:
            self.players.remove(theirs)
        elif theirs is not None:
            theirs.member_id = person

    def wait_line(self, item: QuizItem, member_id: str) -> str:
        """For who plays and answers out of turn, once a turn; empty for others."""
        holder = self.player(item.turn)
        if holder is None or self._told_to_wait == item.turn or self.player(member_id) is None:
            return ""
        self._told_to_wait = item.turn
        return words.not_your_turn(holder)

    def of_team(self, item: QuizItem, member_id: str) -> bool:
        """Whether the member is of the team whose turn it is."""
        holder, mine = self.player(item.turn), self.player(member_id)
        return holder is not None and mine is not None and holder.team == mine.team

    async def open(self, item: QuizItem, *, opened_at: datetime, due_at: datetime) -> bool:
        """Ask the waiting *item* of who is next in the team that is first this time."""
        return await self._give_turn(item, "waiting", _first_team(item), opened_at=opened_at, due_at=due_at)

    async def pass_on(self, item: QuizItem, *, missed: bool) -> QuizPlayer | None:
        """Give the open *item* to the other team; ``None`` when that has had its try. *missed*: nobody answered."""
        holder = self.player(item.turn)
        if holder is None:
            return None
        holder.missed = holder.missed + 1 if missed else 0
        if holder.team != _first_team(item):
            await self._write(holder)
            return None
        opened = now()
        due = opened + timedelta(seconds=self._record.limit_s(item))
        passed = await self._give_turn(item, "open", 3 - holder.team, holder, opened_at=opened, due_at=due)
        return self.player(item.turn) if passed else None

    async def played(self, item: QuizItem) -> None:
        """Whoever has the turn has answered: it is here."""
        holder = self.player(item.turn)
        if holder is not None and holder.missed:
            holder.missed = 0
            await self._write(holder)

    def turn_line(self, item: QuizItem) -> str:
        """Who is asked."""
        holder = self.player(item.turn)
        return words.turn(holder) if holder else ""

    async def standing(self) -> str:
        """How the teams stand: ``一队 6 : 3 二队``."""
        return words.standing(await self._points())

    async def outcome(self) -> str:
        """Which team has won."""
        return words.outcome(await self._points())

    async def _points(self) -> dict[int, int]:
        async with self._record.sessions() as session:
            return await teams.points(session, self._record.quiz.id)

    async def _give_turn(
        self, item: QuizItem, was: str, team: int, before: QuizPlayer | None = None, **values: datetime
    ) -> bool:
        """Let *item*, whose state was *was*, go to the next of *team*, after *before*; whether it was so."""
        chosen = min(self._team(team), key=lambda player: (player.missed >= _AWAY, player.turns, player.id))
        async with self._record.writing() as session:
            if not await quizzes.change_item(session, item.id, was, state="open", turn=chosen.member_id, **values):
                return False
            chosen.turns += 1
            for player in (chosen, before):
                if player is not None:
                    await teams.change(session, player)
        self._record.know(item, state="open", turn=chosen.member_id, **values)
        self._told_to_wait = None
        return True

    async def _write(self, player: QuizPlayer) -> None:
        async with self._record.writing() as session:
            await teams.change(session, player)

    def _team(self, team: int) -> list[QuizPlayer]:
        return [player for player in self.players if player.team == team]

    def _turns_for(self, team: int, mine: QuizPlayer | None) -> int:
        """Of who comes to *team* late: soon to be asked, but once, not until it has made up for what it missed."""
        others = [player.turns for player in self._team(team) if player is not mine and player.missed < _AWAY]
        return max(0, min(others, default=0) - 1)

    def _sizes(self, without: QuizPlayer | None = None) -> tuple[int, int]:
        one, two = (sum(player is not without for player in self._team(team)) for team in (1, 2))
        return one, two


def _first_team(item: QuizItem) -> int:
    return 1 if item.number % 2 else 2
