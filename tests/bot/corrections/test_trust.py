"""What a member's word weighs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.services.corrections.trust import shadowed, support, trust

RECORDS = st.dictionaries(st.text(min_size=1, max_size=3), st.tuples(st.integers(0, 50), st.integers(0, 50)))


@given(st.sets(st.text(min_size=1, max_size=4), min_size=1, max_size=50))
def test_newcomers_together_weigh_half(members):
    assert support(members, {}) == 0.5


@given(RECORDS)
def test_members_without_an_accepted_correction_together_weigh_half_at_most(records):
    records = {member: (0, rejected) for member, (_, rejected) in records.items()}
    assert support(records, records) <= 0.5


def test_one_accepted_correction_makes_a_member_count_by_itself():
    assert support(["a", "b", "c"], {"a": (1, 0), "b": (1, 0)}) == 2 / 3 + 2 / 3 + 0.5


def test_the_shadowed_do_not_count():
    assert shadowed((0, 3))
    assert shadowed((1, 5))
    assert not shadowed((0, 2))
    assert not shadowed((1, 3))
    assert support(["a"], {"a": (0, 3)}) == 0
    assert support(["a", "new"], {"a": (0, 9)}) == 0.5


@given(RECORDS)
def test_support_never_falls_when_somebody_joins(records):
    members = sorted(records)
    for upto in range(len(members)):
        assert support(members[:upto], records) <= support(members[: upto + 1], records) + 1e-9
    assert all(0 < trust(record) < 1 for record in records.values())
