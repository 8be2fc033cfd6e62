"""Days turn at midnight in China, whatever the machine is set to."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from local_time import local, local_now, today


def test_a_moment_in_china():
    assert f"{local(datetime(2026, 11, 27, 16, 30, tzinfo=UTC)):%m-%d %H:%M}" == "11-28 00:30"
    assert local_now().date() in (today(), local_now().date())


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_the_zone_of_the_machine_changes_nothing(zone: str):
    code = "from local_time import local_now; print(local_now().utcoffset())"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"TZ": zone}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "8:00:00"
