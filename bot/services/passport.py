"""How an answer was known, and the words that say so."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Passport(BaseModel):
    """Travels with every answer; stored with the exchange as JSON."""

    model_config = ConfigDict(frozen=True)

    source: Literal["bank", "model", "none"]
    """Who answered; ``none`` for a refusal."""
    match: Literal["exact", "alias", "short_key", "near"] | None = None
    """How the bank item was found: same wording, another wording of it, a
    short-answer item whose answer is one of the asker's options, or a wording
    that differs in nothing that could change the answer."""
    confidence: float | None = None
    """0 to 1: 1.0 for a bank hit; for the model how often such answers of it are right, where its round was
    calibrated, else its :attr:`token_probability`; ``None`` when unknown."""
    token_probability: float | None = None
    """The model's mean token probability, where :attr:`confidence` was made from it."""
    withheld: str = ""
    """What the model said and was not sure enough of for it to be passed on: for reviewers, never for members."""
    model: str | None = None
    """Name the model server gave."""
    round: str | None = None
    """Training round of that model; ``None`` when it never went through one."""
    question_ids: tuple[int, ...] = ()
    """Bank items used."""
    bank_source: str | None = None
    """Where the bank item came from, in the words of its ``source`` column."""
    category: str | None = None
    explanation: str | None = None
    valid_until: str | None = None
    """ISO date up to which the bank item is known to hold."""
    read_as: str | None = None
    """The question as a picture or a quoted message gave it; ``None`` when the member typed it."""
    took_ms: float = 0
    """From receipt to answer."""
    shared: bool = False
    """The model's answer was made for an identical question asked at the same time or a while before."""


def in_words(passport: Passport) -> str:
    """The passport as a member reads it, two to five short Chinese lines."""
    if passport.source == "none" and passport.withheld:
        return f"这次没有给出答案：模型的把握只有 {_percent(passport.confidence)}，太低，没有拿出来。"
    if passport.source == "none":
        return "这次没有给出答案，也就没有依据可看。"
    if passport.source == "model":
        lines = [f"来源：模型 {passport.model or '（未具名）'}，题库里没有同样的题"]
        lines.append(f"训练轮次：{passport.round or '未经本项目训练'}")
        lines.append(f"把握：{_percent(passport.confidence)}{_how_known(passport)}，仅供参考")
    else:
        ids = "、".join(f"#{number}" for number in passport.question_ids)
        how = {
            "exact": "题目一致",
            "alias": "同一题的另一种问法",
            "short_key": "按答案对应到你的选项",
            "near": "说法略有不同，逐项核对过是同一题",
        }
        lines = [f"来源：题库 {ids}（{passport.bank_source or '未注明出处'}）"]
        lines.append(f"匹配：{how[passport.match or 'exact']}，把握 {_percent(passport.confidence)}")
        if passport.explanation:
            lines.append(f"解析：{passport.explanation}")
        if passport.valid_until:
            lines.append(f"有效期至 {passport.valid_until}，过期会停用")
    return "\n".join(lines)


def _how_known(passport: Passport) -> str:
    """What a share of the model's is worth: its own word, or its record on questions that it had not learnt."""
    if passport.confidence is None:
        return ""
    return "（模型自己说的，没有校准过）" if passport.token_probability is None else "（按它在没学过的题上的成绩算）"


def _percent(confidence: float | None) -> str:
    return "未知" if confidence is None else f"{confidence:.0%}"
