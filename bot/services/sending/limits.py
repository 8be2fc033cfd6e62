"""What platforms are known to allow, as the ``[sending]`` table of ``bot.toml``: every figure, and where it is from.

These are where the planner begins. What a platform then says about a chat is stored and wins.
"""

from __future__ import annotations

from pydantic import Field

from settings import Table


class Limits(Table):
    """A platform that nothing is known about: gently, and without windows."""

    spacing_s: float = Field(default=1.5, ge=0, le=600)
    """Between two unasked messages of one account, in seconds. nonebot-bison, a push bot of years, takes 1.5."""
    jitter_s: float = Field(default=1.0, ge=0, le=600)
    """Up to this much more, at random, in seconds."""
    account_daily: int = Field(default=2000, ge=0)
    """Unasked messages of one account a day (Beijing time); 0 for no limit. A guess, no platform's figure."""
    chat_daily: int = Field(default=20, ge=0)
    """Unasked messages in one chat a day; 0 for no limit. A guess: more annoys people before it annoys platforms."""
    window_group_s: int = Field(default=0, ge=0)
    """How long a group's message may be answered, in seconds; 0 where speaking unasked needs no answerable message."""
    window_private_s: int = Field(default=0, ge=0)
    """The same in private."""
    replies: int = Field(default=0, ge=0)
    """Replies that one message of a member may get; 0 for no limit."""
    wakeup_days: tuple[int, ...] = ()
    """Ends of the periods, in days after a member's last word, in each of which it may be called back once."""
    mute_s: int = Field(default=3600, ge=1)
    """How long a chat is left alone that muted the bot without saying for how long, in seconds."""
    refused_again_s: int = Field(default=7 * 86400, ge=1)
    """After how long a chat that refused is tried once more, in seconds; rules have changed before."""
    doubts: int = Field(default=3, ge=0)
    """Unconfirmed sends in a row after which the account only answers for a while; 0 for never."""
    stand_down_s: int = Field(default=6 * 3600, ge=1)
    """How long that while is, in seconds."""


class OneBotLimits(Limits):
    """OneBot v11: a person's account, watched by QQ's risk control (风控), which has no published figures."""

    # DDBOT#124: accounts in more than 50 groups have to spread what they send; NapCatQQ#788: a group mutes without a
    # notice for about a day. No figure is official; two seconds and more keep 1,000 groups within an hour.
    spacing_s: float = Field(default=2.0, ge=0, le=600)
    jitter_s: float = Field(default=2.0, ge=0, le=600)
    # NapCatQQ#1410: accounts that fall under suspicion time out on every send; #808: on texts with flagged addresses.
    doubts: int = Field(default=3, ge=0)


class QqLimits(Limits):
    """The official QQ bot platform."""

    # bot.q.qq.com, api-v2/autogen/api/v2_groups_group_openid_messages.post (2026-08-12): unverified bots 30 a minute,
    # 20 a minute and 1,000 a day in one group.
    spacing_s: float = Field(default=2.0, ge=0, le=600)
    jitter_s: float = Field(default=0.5, ge=0, le=600)
    account_daily: int = Field(default=0, ge=0)
    # api-v2/server-inter/message/send-receive/send (quoted in tencent-connect/bot-docs#216): replies within 5 minutes in
    # groups and 60 in private, 5 to a message. The newer page says 4 in private: the planner leaves one unused.
    window_group_s: int = Field(default=300, ge=0)
    window_private_s: int = Field(default=3600, ge=0)
    replies: int = Field(default=5, ge=0)
    # v2_users_user_openid_messages.post, is_wakeup: once each on the same day, in days 1-3, 3-7 and 7-30.
    wakeup_days: tuple[int, ...] = (1, 3, 7, 30)


class SendingConfig(Table):
    """The ``[sending]`` table."""

    queue: int = Field(default=5000, ge=1)
    """Messages that may wait for their turn in this process; more are told to come back."""
    queue_mb: int = Field(default=64, ge=1)
    """Their pictures together, in MiB."""
    lease_s: float = Field(default=180, gt=0)
    """A send that takes longer than this many seconds was cut off by the end of its process."""
    look_after_s: float = Field(default=5, ge=0)
    """When an unconfirmed message is first looked for in the chat, in seconds."""
    settle_s: float = Field(default=90, ge=0)
    """A message that is not in the chat by then, in seconds, did not go out. NapCatQQ#210: forwarded records came
    20 minutes late; plain messages are not known to."""
    ask_again_s: float = Field(default=600, gt=0)
    """How long a message waits for the chat to speak before the planner is asked again, in seconds."""
    onebot11: OneBotLimits = OneBotLimits()
    qq: QqLimits = QqLimits()
    generic: Limits = Limits()
    """Every other platform."""

    def of(self, platform: str) -> Limits:
        """The limits of a platform, as an outlet names it."""
        return {"onebot11": self.onebot11, "qq": self.qq}.get(platform, self.generic)
