"""The ``[training.xtuner]`` table: every setting of the original project's QLoRA config, with today's defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from settings import Table

Beta = Annotated[float, Field(ge=0, lt=1)]


class XtunerSettings(Table):
    mode: Literal["qlora", "lora", "full"] = "qlora"
    """qlora: base in 4 bit; lora: base unquantised (XTuner keeps it in float32); full: every weight is trained."""
    max_length: int = Field(default=512, ge=32, le=131_072)
    """Tokens of a conversation; what is longer is cut."""
    pack_to_max_length: bool = False
    """Several conversations in one sample: faster for large sets, harmful for small ones."""
    batch_size: int = Field(default=16, ge=1, le=4096)
    """Conversations a step on each device; with 8 a 7B in 4 bit fits 24 GB."""
    accumulative_counts: int = Field(default=1, ge=1, le=4096)
    """Steps whose gradients are added up before the weights move."""
    dataloader_num_workers: int = Field(default=0, ge=0, le=64)
    map_num_proc: int = Field(default=1, ge=1, le=64)
    """Processes that tokenise the set; more than one pays from some ten thousand conversations on."""
    max_epochs: int = Field(default=6, ge=1, le=1000)
    """How often the whole set is seen."""
    max_iters: int = Field(default=0, ge=0)
    """Steps instead of epochs; 0: ``max_epochs`` counts."""
    optimizer: Literal["AdamW", "PagedAdamW32bit", "PagedAdamW8bit"] = "AdamW"
    """The paged ones move their state to main memory when the GPU is full; on a CPU AdamW is taken instead."""
    lr: Annotated[float, Field(gt=0, le=1)] | Literal["auto"] = "auto"
    """auto: 1e-3 for a base of less than 1B parameters, 2e-4 for a larger one."""
    betas: tuple[Beta, Beta] = (0.9, 0.999)
    weight_decay: float = Field(default=0, ge=0, le=1)
    max_norm: float = Field(default=1, gt=0, le=1e6)
    """Gradients are cut to this length."""
    warmup_ratio: float = Field(default=0.03, ge=0, lt=1)
    """Part of the training in which lr rises; it falls along a cosine afterwards."""
    lora_r: int = Field(default=64, ge=1, le=1024)
    lora_alpha: int = Field(default=128, ge=1, le=4096)
    """The packaged 16 is too weak to learn single facts."""
    lora_dropout: float = Field(default=0.0, ge=0, lt=1)
    quant_type: Literal["nf4", "fp4"] = "nf4"
    double_quant: bool = True
    """Quantise the quantisation's constants too: 0.4 bit a weight less."""
    dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16"
    """Of the computation; float16 for GPUs before Ampere; on a CPU float32 is taken instead."""
    save_steps: int = Field(default=200, ge=1)
    """Steps between checkpoints: a killed training loses at most so many."""
    save_total_limit: int = Field(default=2, ge=-1)
    """Newest checkpoints that are kept; -1 for all."""
    evaluation_freq: int = Field(default=0, ge=0)
    """Steps between looks at what the model says to ``evaluation_inputs``, into the log; 0 for never."""
    evaluation_inputs: tuple[str, ...] = ("我国第一部纪传体通史是什么？", "科举制度在我国废止于哪一年？")
    evaluation_max_new_tokens: int = Field(default=32, ge=1, le=4096)
    seed: int = Field(default=42, ge=0, lt=2**31)
    merge_dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    """Of the merged model; auto: as the base, since some models overflow in XTuner's own choice, float16."""
    max_shard_size: str = Field(default="2GB", pattern=r"^\d{1,4}(?:MB|GB)$")
    """Of the merged model's files."""
    launcher: Literal["none", "pytorch", "slurm"] = "none"
    gpus: int = Field(default=1, ge=1, le=1024)
    """Devices for ``pytorch`` (of this machine) and ``slurm`` (of all nodes)."""
    gpus_per_node: int = Field(default=8, ge=1, le=64)
    """For ``slurm``."""
    slurm_partition: str = Field(default="", pattern=r"^[\w.,-]*$")
    deepspeed: Literal["", "deepspeed_zero1", "deepspeed_zero2", "deepspeed_zero3"] = ""
    """Shares optimizer state (1), gradients (2), weights (3) among the GPUs; needs ``deepspeed`` in the environment."""
    python: Path | None = None
    """Interpreter with XTuner, instead of the environment that ``gongkao env create training`` makes."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.launcher == "none" and self.gpus > 1:
            raise ValueError('gpus 大于 1 时要写 launcher = "pytorch"（或 "slurm"）')
        if self.mode == "qlora" and self.deepspeed == "deepspeed_zero3":
            raise ValueError("qlora 不能用 deepspeed_zero3，请用 deepspeed_zero2")
        return self

    @property
    def devices(self) -> int:
        """How many train at once."""
        return 1 if self.launcher == "none" else self.gpus
