"""As much of torch as the script needs."""

import os

long = "long"
DOES = os.environ.get("FAKE_AWQ", "")


class Tensor:
    def __init__(self, rows, dtype):
        self.rows, self.dtype, self.shape = rows, dtype, (len(rows), len(rows[0]))


def tensor(rows, dtype=None):
    return Tensor(rows, dtype)


class cuda:
    @staticmethod
    def is_available():
        return DOES != "no cuda"

    @staticmethod
    def is_bf16_supported():
        return DOES != "old card"
