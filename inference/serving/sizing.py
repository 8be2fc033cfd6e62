"""What fits on a GPU: a model, its cache, a second model beside it. All figures are computed, and each is for one GPU.

TurboMind loads the weights, takes ``cache_max_entry_count`` of what is then
free for the KV cache (``CreateEngine`` in LMDeploy's ``src/turbomind/turbomind.cc``),
and lives on the rest. So with C for CUDA, W for weights, K for the shortest
useful cache and A for the workspace, share s starts on M free bytes when

    s (M - C - W) >= K    and    (1 - s) (M - C - W) >= A.

The cache is handed out in blocks of 64 tokens (``cache_block_seq_len``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Any

from inference.serving import model_folder, shapes, weights
from inference.serving.shapes import Shape

MIB = 1024 * 1024
BLOCK = 64
"""Tokens."""
CONTEXT_MIB = 960
"""CUDA itself, cuBLAS and the kernels' code: 954 MiB beside a 7B on an H100 (LMDeploy 0.18, its own "free" against the
card's); 400 to 700 are usual on older cards."""
REPACKED = 0.28
"""What loading 4-bit weights costs besides them, in weights: 1,469 MiB of a 7B's 5,313 on the same H100. How it grows
with other models was not seen."""
LEAST_CONTEXT_MIB = 300
"""What CUDA surely takes."""
BESIDE_WEIGHTS = 1.3
"""A server's memory in weights, at the least, where nothing else is known: they, a little cache and its work space."""
_SHARES = 100
"""Shares are told in steps of 0.01, rounded down."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What a model has on a GPU that it fits on."""

    share: float
    """``cache_share``: what was wanted, or less where the workspace would not have fitted."""
    cache_mib: int
    blocks: int

    @property
    def tokens(self) -> int:
        """Of all conversations together."""
        return self.blocks * BLOCK

    def sessions(self, session_len: int) -> int:
        """How many conversations of full length there is cache for at the same time."""
        return self.blocks // ceil(session_len / BLOCK)


@dataclass(frozen=True, slots=True)
class Need:
    """What a model needs on each of its GPUs, MiB unless told otherwise."""

    weights_mib: int
    workspace_mib: int
    """Of the largest pass."""
    first_pass_mib: int
    """Workspace without which not even the trial runs of a start succeed."""
    block_bytes: int
    """Cache for 64 tokens."""
    session_len: int
    context_mib: int = CONTEXT_MIB

    @property
    def session_mib(self) -> int:
        """Cache for one conversation of full length."""
        return _mib(ceil(self.session_len / BLOCK) * self.block_bytes)

    def least_mib(self, share: float) -> int:
        """Free memory below which a start with this *share* cannot succeed; much less than :meth:`on` plans with."""
        rest = max(self.session_mib / share, self.first_pass_mib / (1 - share))
        return LEAST_CONTEXT_MIB + self.weights_mib + ceil(rest)

    def on(self, free_mib: int, share: float = 0.8) -> Fit | None:
        """What it gets of *free_mib*; ``None`` when it has no cache for one conversation.

        The share is lowered to what leaves room for the workspace.
        """
        return _placed(self, free_mib, share, 0)


@dataclass(frozen=True, slots=True)
class Beside:
    """Two models on the same GPU, so that one takes over from the other without a pause."""

    first: Fit
    """Of the one that serves; its share is what it must have been started with, alone on the GPU."""
    second: Fit
    """Of the one that starts beside it; its share is of what the first leaves."""


def need(
    config: Mapping[str, Any],
    weights_bytes: int | None = None,
    *,
    session_len: int = 8192,
    kv_bits: int = 0,
    tp: int = 1,
    max_batch: int = 0,
) -> Need:
    """Of the model with this ``config.json``; without *weights_bytes* those are reckoned from its shape.

    *max_batch* 0 is what LMDeploy takes on a card that it does not know.

    Raises:
        UnknownShape: see :mod:`inference.serving.shapes`.
    """
    shape: Shape = shapes.shape_of(config)
    stored = shapes.published_bytes(config) if weights_bytes is None else weights_bytes
    batch = max_batch or shapes.DEFAULT_BATCH
    loaded_mib = _mib((stored + shapes.second_embedding_bytes(shape)) / tp)
    return Need(
        weights_mib=loaded_mib,
        context_mib=CONTEXT_MIB + (ceil(loaded_mib * REPACKED) if config.get("quantization_config") else 0),
        workspace_mib=_mib(shapes.workspace_bytes(shape, max_batch=batch, session_len=session_len, tp=tp)),
        first_pass_mib=_mib(shapes.first_pass_bytes(shape, session_len=session_len, tp=tp)),
        block_bytes=BLOCK * shapes.kv_bytes_per_token(shape, kv_bits=kv_bits, tp=tp),
        session_len=session_len,
    )


def need_of(folder: Path, *, session_len: int = 8192, kv_bits: int = 0, tp: int = 1, max_batch: int = 0) -> Need:
    """Of the model in *folder*, its weights by the heads of its files.

    Raises:
        BadModelFolder: a file is not whole, or there is no readable config.json.
        UnknownShape: see :func:`need`.
    """
    config = model_folder.config_of(folder)
    stored = weights.loaded_bytes(folder)
    return need(config, stored, session_len=session_len, kv_bits=kv_bits, tp=tp, max_batch=max_batch)


def share_beside(
    free_mib: int,
    weights_mib: int,
    *,
    workspace_mib: int,
    session_mib: int = 0,
    wanted: float = 0.8,
    keep_mib: int = 0,
    context_mib: int = CONTEXT_MIB,
) -> float | None:
    """The cache share for a model that starts in *free_mib*; ``None`` when it does not fit.

    At most *wanted*, and so little that its workspace and *keep_mib*, which
    is for the model after it, stay free. It fits when the cache then holds
    one conversation of *session_mib*.
    """
    rest = free_mib - context_mib - weights_mib
    if rest <= 0:
        return None
    share = floor(min(wanted, (rest - workspace_mib - keep_mib) / rest) * _SHARES + 1e-9) / _SHARES
    return share if share > 0 and share * rest >= session_mib else None


def fits_beside(gpu_mib: int, first: Need, second: Need, wanted: float = 0.8) -> Beside | None:
    """Both models on a GPU of *gpu_mib*, what neither needs shared evenly; ``None`` when they do not fit.

    The first must have been started with the lower share already: TurboMind
    gives no cache back while it runs.
    """
    fixed = sum(one.context_mib + one.weights_mib + one.workspace_mib for one in (first, second))
    each = (gpu_mib - fixed) // 2
    if each < max(first.session_mib, second.session_mib, 1):
        return None
    keep = second.context_mib + second.weights_mib + second.workspace_mib + each
    one = _placed(first, gpu_mib, wanted, keep)
    if one is None:
        return None
    left = gpu_mib - first.context_mib - first.weights_mib - first.workspace_mib - one.cache_mib
    other = _placed(second, left, wanted, 0)
    return None if other is None else Beside(one, other)


def _placed(one: Need, free_mib: int, wanted: float, keep_mib: int) -> Fit | None:
    share = share_beside(
        free_mib,
        one.weights_mib,
        workspace_mib=one.workspace_mib,
        session_mib=one.session_mib,
        wanted=wanted,
        keep_mib=keep_mib,
        context_mib=one.context_mib,
    )
    if share is None:
        return None
    cache = floor((free_mib - one.context_mib - one.weights_mib) * share)
    return Fit(share, cache, cache * MIB // one.block_bytes)


def _mib(amount: float) -> int:
    return ceil(amount / MIB)
