"""What is said in a quiz."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from store.models import QuizAnswer, QuizPlayer
from store.quizzes import Score

LETTERS = "ABCDEFGH"
KINDS = {"single": "单选", "multiple": "多选", "judge": "判断", "short": "简答"}
MODES = {"race": "抢答", "all": "全员答", "duel": "单挑", "model": "人机同答", "relay": "接力", "review": "复习"}
USAGE = (
    "/出题　抢答 5 题\n"
    "/出题 历史 10题 30秒 全员　分类、题数、时间、玩法，先后随意\n"
    "玩法：抢答（先答对得分）、全员（各答一次，最后揭晓）、单挑 @对手、人机（和模型一起答）、接力（两队轮流答）\n"
    "接力：回 1 或 2 报名，发起人发「开始」；轮到谁谁答，不会发「过」，答错换对面；中途来的发 /加入\n"
    "/今日题　大家最可能忘了的一题，三分钟后揭晓\n"
    "答题直接回字母、选项、对错或答案；/提示 /跳过 /暂停 /继续 /结束\n"
    "/排行榜 今日、本周、赛季、总；引用一个回答发 /判对、/判错，改判"
)
ALREADY = "这里正在出题，先答完，或者发 /结束。"
NONE_HERE = "现在没有在出题。发 /出题 开始。"
NOTHING_FITS = "题库里没有这样的题，换个分类或难度试试。"
ONLY_GROUPS = "今日题要在群里发，大家一起答。一个人练发 /出题。"
NOT_YOURS = "只有开始的人、群主和管理员能这样做。"
NO_OPPONENT = "要和谁单挑？发 /出题 单挑 @对手。"
IDLE = "连着两题没人答，先停在这里。"
PAUSED = "暂停了，发 /继续 接着来。"
ALREADY_PAUSED = "已经暂停了，发 /继续 接着来。"
NOT_PAUSED = "没有暂停。"
NO_HINT = "这题没有提示可给了。"
BACK = "刚才断了一会儿，接着来。"
TIME_OVER = "时间到，"
TRY_AGAIN = "不对，再想想，或者发 /跳过。"
NO_SCORES = "结束了。分数这会儿读不出来，过会儿发 /排行榜 看。"
NOT_YOUR_OWN = "自己的回答请管理员来判。"
SOON = "还剩 10 秒。"
SOON_BEGINS = "还有 10 秒开始。"
QUOTE_AN_ANSWER = "引用要改判的那个回答，再发 /判对 或 /判错。"
JUDGED_SO = "它本来就是这样判的。"
NO_MODEL = "模型没有接入，玩不了人机同答。"
RELAY_NEEDS_A_GROUP = "接力要在群里玩，至少两个人。"
STILL_JOINING = "还在报名，回 1 或 2 进队；发起人发「开始」就开始。"
CALLED_OFF = "好，这次不玩了。"
NOBODY_JOINED = "没凑齐两队，先不玩了。想玩再发 /出题 接力。"
NO_TEAM_YET = "还有一队没人，再等等。"
NOT_YOUR_HINT = "轮到的那队才能要提示。"
TEAMS = {1: "一队", 2: "二队"}
_HOW = {
    "race": "直接回答案，先答对的得分。",
    "all": "每人答一次，时间到一起揭晓。",
    "duel": "只算你们两个的，先答对的得分。",
    "model": "每人答一次，最后看模型答得怎样。",
    "relay": "轮到谁谁答，答错换对面答。",
    "review": "直接回答案，不急。",
}
_PATIENT_S = 300
"""So much time is no clock that anybody need see."""
_LONGEST_EXPLANATION = 200
_NAMES = 8


def opening(mode: str, count: int, *, alone: bool, called: str = "") -> str:
    """Before the first question; *called*: what it is in place of the mode's name."""
    if alone and mode != "review":
        return f"{count} 题，直接回答案。"
    return f"{called or MODES[mode]} {count} 题，{_HOW[mode]}"


def question(asked: Mapping[str, Any], *, number: int, count: int, limit_s: int) -> str:
    """A question as it is asked."""
    facts = [KINDS[asked["kind"]], asked["category"], f"{limit_s} 秒" if limit_s < _PATIENT_S else ""]
    head = f"第 {number}/{count} 题　" + " · ".join(fact for fact in facts if fact)
    return "\n".join([head, asked["stem"], *lettered(asked)])


def lettered(asked: Mapping[str, Any]) -> list[str]:
    """The options with their letters: ``B. 辛亥革命``."""
    return [f"{LETTERS[at]}. {option}" for at, option in enumerate(asked["options"])]


def key(asked: Mapping[str, Any]) -> str:
    """The right answer: ``B. 辛亥革命``, ``对``, ``《诗经》``."""
    answer: str = asked["answer"]
    if asked["kind"] == "judge":
        return "对" if answer == "正确" else "错"
    if asked["options"]:
        return "；".join(f"{letter}. {asked['options'][LETTERS.index(letter)]}" for letter in answer)
    return answer


def reveal(asked: Mapping[str, Any]) -> str:
    """The right answer and why."""
    return "\n".join(filter(None, (f"答案：{key(asked)}", explanation(asked))))


def explanation(asked: Mapping[str, Any]) -> str:
    """Why it is the right answer, in one line; cut where it is long, empty where nobody says."""
    whole = " ".join(asked["explanation"].split())
    return whole if len(whole) <= _LONGEST_EXPLANATION else f"{whole[:_LONGEST_EXPLANATION].rstrip()}……"


def won(answer: QuizAnswer) -> str:
    """Who was first, in a race."""
    return f"✓ {name_of(answer)} 答对了，+{answer.points}（{answer.took_ms / 1000:.1f} 秒）"


def nobody(answers: Sequence[QuizAnswer]) -> str:
    """That the time is over and nobody was right."""
    return f"{TIME_OVER}没人答。" if not answers else f"{TIME_OVER}{len(answers)} 人答了，都不对。"


def everybody(answers: Sequence[QuizAnswer]) -> str:
    """Who was right and who was not, when everybody answers."""
    if not answers:
        return f"{TIME_OVER}没人答。"
    right = [f"{name_of(one)} +{one.points}" for one in answers if one.right]
    wrong = [f"{name_of(one)}（{one.text[:12]}）" for one in answers if not one.right]
    lines = [f"✓ {_listed(right)}"] if right else ["没人答对。"]
    if wrong:
        lines.append(f"✗ {_listed(wrong)}")
    return "\n".join(lines)


def model_said(text: str, *, right: bool | None) -> str:
    """What the model answered beside the members."""
    if not text:
        return "模型这题没有答。"
    mark = "?" if right is None else "✓" if right else "✗"
    return f"{mark} 模型：{text.partition(chr(10))[0][:60]}"


def joining(count: int, wait_s: int) -> str:
    """That teams are formed for a relay."""
    return f"接力 {count} 题，两队轮流答。回 1 进一队，回 2 进二队。\n{wait_s} 秒后开始，发起人发「开始」就马上开始。"


def in_team(team: int, one: int, two: int) -> str:
    """That a member is in a *team*, with how many there are in each."""
    return f"你在{TEAMS[team]}。现在一队 {one} 人，二队 {two} 人。"


def team_full(team: int) -> str:
    """That the other team needs members more."""
    return f"{TEAMS[team]}人多了，先进{TEAMS[3 - team]}吧。"


def line_up(players: Sequence[QuizPlayer]) -> str:
    """Who plays with whom."""
    names = {team: [one.name or "某位成员" for one in players if one.team == team] for team in TEAMS}
    return "\n".join(f"{TEAMS[team]}：{_listed(names[team])}" for team in TEAMS)


def turn(player: QuizPlayer) -> str:
    """Who is asked, in a relay."""
    return f"轮到{TEAMS[player.team]}的 {player.name or '某位成员'}。"


def not_your_turn(player: QuizPlayer) -> str:
    """To who answered although another one is asked."""
    return f"先等 {player.name or '某位成员'} 答。"


def standing(points: Mapping[int, int]) -> str:
    """How the teams of a relay stand."""
    return f"一队 {points.get(1, 0)} : {points.get(2, 0)} 二队"


def outcome(points: Mapping[int, int]) -> str:
    """Which team has won a relay."""
    one, two = points.get(1, 0), points.get(2, 0)
    if one == two:
        return f"打平了，{one} : {two}。"
    return f"{TEAMS[1 if one > two else 2]}赢了，{max(one, two)} : {min(one, two)}。"


def wrong(answer: QuizAnswer) -> str:
    """That an answer was wrong, in a relay."""
    return f"✗ {name_of(answer)} 没答对。"


def gave_up(name: str) -> str:
    """That who was asked in a relay does not know."""
    return f"{name or '某位成员'} 过。"


def also_right(answer: QuizAnswer) -> str:
    """That an answer given before the question was settled has been found right afterwards."""
    return f"{name_of(answer)} 先前答的「{answer.text[:20]}」也算对，+{answer.points}。"


def summary(scores: Sequence[Score], *, asked: int, rates: Mapping[int, tuple[int, int]], alone: bool) -> str:
    """How a game came out, for where no picture goes."""
    if not scores:
        return f"结束了，{asked} 题，{'还没答过' if alone else '没人答过'}。"
    if alone:
        more = "错的在 /错题本 里，想练同类的发 /同类。" if scores[0].right < asked else ""
        return f"结束了，{asked} 题，答对 {scores[0].right}，得 {scores[0].points} 分。{more}"
    lines = [f"结束了，{asked} 题。"]
    medals = "🥇🥈🥉"
    for place, score in enumerate(scores[:10]):
        # No medal for nothing: where nobody knew it, nobody came first.
        mark = medals[place] if place < len(medals) and score.points > 0 else f"{place + 1}."
        lines.append(f"{mark} {score.name or '某位成员'} {score.points} 分（答对 {score.right}/{score.answered}）")
    if len(scores) > 10:
        lines.append(f"还有 {len(scores) - 10} 人。")
    if rates:
        hardest = min(rates, key=lambda number: (rates[number][0] / rates[number][1], number))
        right, of = rates[hardest]
        if right < of:
            lines.append(f"最难的是第 {hardest} 题，{of} 人答，{right} 人对。")
    return "\n".join(lines)


def board(scores: Sequence[Score], title: str) -> str:
    """A board, for where no picture goes."""
    if not scores:
        return f"{title}：还没有人上榜。两个人以上一起答的才算。"
    lines = [title]
    lines += [
        f"{place}. {score.name or '某位成员'} {score.points} 分（答对 {score.right}/{score.answered}）"
        for place, score in enumerate(scores, start=1)
    ]
    return "\n".join(lines)


def overruled(answer: QuizAnswer) -> str:
    """That a person judged an answer anew."""
    if answer.right:
        return f"改判：{name_of(answer)} 的「{answer.text[:20]}」算对，+{answer.points}。"
    return f"改判：{name_of(answer)} 的「{answer.text[:20]}」不算对，分数收回。"


def name_of(answer: QuizAnswer) -> str:
    return answer.member_name or "某位成员"


def _listed(names: Sequence[str]) -> str:
    shown = "、".join(names[:_NAMES])
    return shown if len(names) <= _NAMES else f"{shown} 等 {len(names)} 人"
