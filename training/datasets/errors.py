"""What can go wrong with a training set; every message is Chinese and names what to do.

DatasetError
├── NothingToTrain     there is nothing a set could be made of
├── BuildUnderWay      another process builds one at the moment
├── Leaked             something held out would be trained on
├── UnknownVersion     no such version, or its files are not here
├── DamagedVersion     its files are not those that were built
├── VersionInUse       a round uses it, or may not use it
├── UnknownRound       no such training round
└── WorkerLost         a process of the build was ended, for want of memory as a rule
"""

from __future__ import annotations

from collections.abc import Sequence


class DatasetError(Exception):
    """Base of this package's errors."""


class NothingToTrain(DatasetError):
    pass


class BuildUnderWay(DatasetError):
    pass


class Leaked(DatasetError):
    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__(f"留出的题漏进了训练集，共 {len(findings)} 处，没有登记这一版：\n" + "\n".join(findings[:20]))
        self.findings = tuple(findings)


class UnknownVersion(DatasetError):
    pass


class DamagedVersion(DatasetError):
    pass


class VersionInUse(DatasetError):
    pass


class UnknownRound(DatasetError):
    pass


class WorkerLost(DatasetError):
    pass
