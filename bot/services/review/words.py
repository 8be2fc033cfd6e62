"""The sentences that reviewers and reporters read."""

from __future__ import annotations

VERDICT_WORDS: dict[str, str] = {
    "changed": "答案改成",
    "confirmed": "确认答案",
    "added": "补上答案",
    "alias": "也算对",
    "extended": "确认仍有效",
    "retired": "停用",
    "unanswerable": "没有公认答案",
    "explained": "采用",
    "rejected": "没有采纳",
}
DONE_WORDS: dict[str, str] = {
    "changed": "改过答案",
    "confirmed": "确认过答案",
    "added": "给出了答案",
    "alias": "认可了别的写法",
    "extended": "确认过仍然有效",
    "retired": "认为题目有问题，停用了",
    "unanswerable": "认为没有公认的答案，停用了",
}
"""After 审核人, for whoever asks why."""
CAUSE_WORDS: dict[str, str] = {
    "correction": "有人纠错",
    "conflict": "题库冲突",
    "unanswered": "没答上来",
    "low_confidence": "模型没把握",
    "voted_down": "有人觉得没用",
    "disagreement": "群友和模型答得不一样",
    "expired": "答案到期",
    "temptation": "错项点评",
}
