"""The OpenCompass config of an evaluation: a Python file that a person can read, change and run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from inference.chat_template import ChatFormat
from inference.prompts import SYSTEM_PROMPT
from training.opencompass.parts import Part
from training.opencompass.settings import OpencompassSettings

MODEL = "model"
"""Name of the model in OpenCompass's files."""
_WIDTH = 110
_ICL = "opencompass.openicl"
_HEAD = """\
# {title}
#
# OpenCompass 0.5.4. To run it by hand, in the folder of this file:
#   {command}
# Whether it went well is told by */results/{model}/*.json, not by the exit code.
# Everything is a literal; classes are named by their path.
"""


@dataclass(frozen=True, slots=True)
class Local:
    """A Hugging Face model folder, loaded by OpenCompass itself."""

    folder: Path
    chat: ChatFormat
    on_cpu: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """A model behind an OpenAI-compatible server, which applies the chat template itself."""

    url: str
    """With or without ``/v1``."""
    model: str

    @property
    def base(self) -> str:
        """Where the routes are: ``http://127.0.0.1:23333/v1``."""
        return self.url.rstrip("/").removesuffix("/v1") + "/v1"


Subject = Local | Served


def render(
    subject: Subject, parts: Sequence[Part], settings: OpencompassSettings, *, title: str, command: str = ""
) -> str:
    """The config's text, the same for the same arguments; *command* goes into a comment."""
    model = _local(subject, settings) if isinstance(subject, Local) else _served(subject, settings)
    values = {
        "models": [model],
        "datasets": [_dataset(part, subject) for part in parts],
        "infer": _stage("OpenICLInferTask"),
        "eval": _stage("OpenICLEvalTask"),
        "summarizer": {"dataset_abbrs": [[part.name, metric] for part in parts for metric in ("exact", "contains")]},
    }
    head = _HEAD.format(title=_line(title), command=_line(command), model=MODEL)
    return head + "".join(f"\n{name} = {_literal(value)}\n" for name, value in values.items())


def _local(subject: Local, settings: OpencompassSettings) -> dict[str, Any]:
    """``HuggingFaceCausalLM`` applies no chat template: ours is its meta template, the tokenizer adds the BOS."""
    return {
        "type": "opencompass.models.HuggingFaceCausalLM",
        "abbr": MODEL,
        "path": str(subject.folder),
        "tokenizer_path": str(subject.folder),
        "tokenizer_kwargs": {"padding_side": "left", "truncation_side": "left", "trust_remote_code": True},
        "model_kwargs": {
            "device_map": "cpu" if subject.on_cpu else "auto",
            "torch_dtype": "torch.float" if subject.on_cpu else "auto",
            "trust_remote_code": True,
        },
        "meta_template": subject.chat.opencompass_meta(),
        "max_seq_len": settings.max_seq_len,
        "max_out_len": settings.max_out_len,
        "batch_size": settings.batch_size,
        "batch_padding": settings.batch_size > 1,
        "run_cfg": {"num_gpus": 0 if subject.on_cpu else 1, "num_procs": 1},
    }


def _served(subject: Served, settings: OpencompassSettings) -> dict[str, Any]:
    """Without roles of its own, the class would send system prompt and question as one user message."""
    return {
        "type": "gongkao_referee.OfflineOpenAISDK",
        "abbr": MODEL,
        "path": subject.model,
        # The word ENV makes it read OPENAI_API_KEY: a key has no place in a file.
        "key": "ENV",
        "openai_api_base": subject.base,
        "meta_template": {
            "round": [
                {"role": "HUMAN", "api_role": "HUMAN"},
                {"role": "BOT", "api_role": "BOT", "generate": True},
            ],
            "reserved_roles": [{"role": "SYSTEM", "api_role": "SYSTEM"}],
        },
        "temperature": 0.0,
        "max_seq_len": settings.max_seq_len,
        "max_out_len": settings.max_out_len,
        "batch_size": settings.batch_size,
        "max_workers": settings.batch_size,
        "query_per_second": 1000,
        "retry": 2,
        "timeout": settings.request_timeout_s,
        "run_cfg": {"num_gpus": 0, "num_procs": 1},
    }


def _dataset(part: Part, subject: Subject) -> dict[str, Any]:
    inferencer: dict[str, Any] = {"type": f"{_ICL}.icl_inferencer.GenInferencer"}
    if isinstance(subject, Local):
        # A merged model's generation_config may know only its base's end of text.
        inferencer["stopping_criteria"] = list(subject.chat.stop_words)
    return {
        "abbr": part.name,
        "type": "opencompass.datasets.JsonlDataset",
        "path": str(part.file.resolve()),
        "reader_cfg": {"input_columns": ["input"], "output_column": "gold"},
        "infer_cfg": {
            "prompt_template": {
                "type": f"{_ICL}.icl_prompt_template.PromptTemplate",
                "template": {
                    "begin": [{"role": "SYSTEM", "fallback_role": "HUMAN", "prompt": SYSTEM_PROMPT}],
                    "round": [{"role": "HUMAN", "prompt": "{input}"}],
                },
            },
            "retriever": {"type": f"{_ICL}.icl_retriever.ZeroRetriever"},
            "inferencer": inferencer,
        },
        "eval_cfg": {"evaluator": {"type": "gongkao_referee.Marks", "kind": part.marking}},
    }


def _stage(task: str) -> dict[str, Any]:
    """All sets in one task: each start of one takes ten seconds."""
    return {
        "partitioner": {"type": "opencompass.partitioners.NaivePartitioner", "n": 1000},
        "runner": {
            "type": "opencompass.runners.LocalRunner",
            "max_num_workers": 1,
            "task": {"type": f"opencompass.tasks.{task}"},
        },
    }


def _literal(value: Any, indent: str = "") -> str:
    """*value* as Python writes it, on one line where that is short, else one entry a line."""
    short = repr(value)
    if len(indent) + len(short) <= _WIDTH or not isinstance(value, (dict, list)):
        return short
    deeper = indent + "    "
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value).items()
        lines = [f"{deeper}{name!r}: {_literal(one, deeper)},\n" for name, one in entries]
        return "{\n" + "".join(lines) + indent + "}"
    lines = [f"{deeper}{_literal(one, deeper)},\n" for one in cast("list[Any]", value)]
    return "[\n" + "".join(lines) + indent + "]"


def _line(text: str) -> str:
    """For a comment, where a line break would end it."""
    return " ".join(text.split())
