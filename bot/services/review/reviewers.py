"""Who may review, as persons: one person's several accounts are one voice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

LOCAL = "terminal:local"
"""Whoever sits at the machine; may do everything."""
_QQ = "qq:"


def member_of(entry: str) -> str:
    """The member id of an account in the settings: a bare number is of QQ."""
    return entry if ":" in entry else f"{_QQ}{entry}"


def _known_as(member_id: str) -> str:
    """How a person's account is kept: QQ's without its platform, as votes of old are stored."""
    return member_id.removeprefix(_QQ)


class Reviewers:
    """Superusers and named reviewers, from the settings.

    An entry is a QQ number (``12345``) or an id with its platform (``qqbot:A1B2``), or several of one person joined
    by ``/`` (``12345/telegram:67890``).
    """

    def __init__(
        self,
        superusers: Iterable[str],
        reviewers: Iterable[str] = (),
        *,
        accounts_of: Callable[[str], Sequence[str]] = lambda member_id: (member_id,),
    ) -> None:
        """*accounts_of* tells which accounts a member has bound: they give nobody rights, and are one voice."""
        self._accounts_of = accounts_of
        self._person: dict[str, str] = {}
        self._superusers: set[str] = set()
        for entry in (*superusers, *reviewers):
            accounts = [_known_as(member_of(account.strip())) for account in entry.split("/") if account.strip()]
            known = [self._person[account] for account in accounts if account in self._person]
            person = next(iter([*known, *accounts]), "")
            self._person |= dict.fromkeys(accounts, person)
            # The entry may say that two of the entries before it are one person.
            self._person = {account: person if one in known else one for account, one in self._person.items()}
        for entry in superusers:
            accounts = [_known_as(member_of(account.strip())) for account in entry.split("/") if account.strip()]
            self._superusers |= {self._person[account] for account in accounts}

    @property
    def count(self) -> int:
        """Persons who may review."""
        return len(self.others(set()))

    def needed(self, overturn_votes: int, reporters: set[str]) -> int:
        """How many persons must agree to overturn a key that *reporters* say is wrong: of those who have not
        had a voice yet, *overturn_votes*, or all where there are fewer."""
        return min(overturn_votes, max(1, len(self.others(reporters))))

    def others(self, persons: set[str]) -> set[str]:
        """Who may review besides *persons*."""
        return {self._voice(member_of(one)) or one for one in self._person.values()} - persons

    def still(self, person: str) -> str | None:
        """The person that somebody who voted as *person* is by now; ``None`` for who may not review any more."""
        return self.person(member_of(person))

    def person(self, member_id: str) -> str | None:
        """The person behind an account (``qq:12345``); ``None`` for one that may not review, whatever else may."""
        if member_id == LOCAL:
            return LOCAL
        return self._voice(member_id) if _known_as(member_id) in self._person else None

    def voice_of(self, member_id: str) -> str:
        """The account that a reviewer's several ones are counted as; itself for anybody else's."""
        person = self.person(member_id)
        return member_id if person is None else member_of(person)

    def is_superuser(self, member_id: str) -> bool:
        """Whether the settings name this very account: binding it to another one changes nothing."""
        return member_id == LOCAL or self._person.get(_known_as(member_id)) in self._superusers

    def among(self, member_ids: Iterable[str]) -> set[str]:
        """The persons among these members, with whatever account, who may review."""
        return {person for member_id in member_ids if (person := self._voice(member_id)) is not None}

    def _voice(self, member_id: str) -> str | None:
        """The first person of the settings among a member's accounts."""
        if member_id == LOCAL:
            return LOCAL
        known = (self._person.get(_known_as(account)) for account in self._accounts_of(member_id))
        return next((person for person in known if person is not None), None)
