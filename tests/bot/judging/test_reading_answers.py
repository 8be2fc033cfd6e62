"""What is an answer, and what is talk."""

from __future__ import annotations

import pytest

from bot.services.judging import Given, Question, read
from tests.bot.judging.questions import multiple, short, single

LAND = single("有“风车之国”之称的欧洲国家是（　）。", "瑞士/荷兰/挪威/希腊", "B")
RIVER = multiple("下列省份中，长江干流流经的是（　）。", "湖北省/安徽省/贵州省/云南省", "ABD")
POEM = Question("judge", "《梅花》“墙角数枝梅，凌寒独自开”的作者是苏轼。", (), "错误")
FIRST = Question("judge", "活字印刷术由北宋的毕昇发明。", (), "正确")
YEAR = short("科举制度在我国废止于哪一年？", "1905年")


@pytest.mark.parametrize(
    "text",
    [
        "B",
        "b",
        "Ｂ",
        "选B",
        "我选 B",
        "答案是B",
        "B吧",
        "b。",
        "(B)",
        "【B】",
        "B！！",
        "第二个",
        "选B选B",
        "🅱️",
        "B？",
        "还是选B",
        "改选B",
    ],
)
def test_one_letter(text: str):
    assert read(LAND, text) == Given("B", certain=text != "第二个")


@pytest.mark.parametrize(
    "text",
    ["ABD", "abd", "A B D", "A、B、D", "DBA", "Ａ，Ｂ，Ｄ", "A和B和D", "选A,B,D吧", "湖北、安徽、云南", "云南 安徽 湖北", "湖北省安徽省和云南省", "A湖北、B安徽、D云南", "除了C都选", "除了贵州", "贵州不选，选ABD"],
)  # fmt: skip
def test_several_letters(text: str):
    given = read(RIVER, text)
    assert given is not None
    assert given.value == "ABD"


@pytest.mark.parametrize("text", ["全选", "都选", "ABCD全选", "四个都选", "以上都是", "全都选吧"])
def test_all_of_them(text: str):
    assert read(RIVER, text) == Given("ABCD", certain=True)


@pytest.mark.parametrize("text", ["荷兰", "荷蘭", "应该是荷兰吧", "B荷兰", "B. 荷兰", "我觉得是荷兰", "荷兰是风车之国"])
def test_the_text_of_an_option(text: str):
    given = read(LAND, text)
    assert given is not None
    assert given.value == "B"


@pytest.mark.parametrize(
    ("options", "text", "letter"),
    [
        ("深圳证券交易所/北京证券交易所/上海证券交易所", "上交所", "C"),
        ("沙皇俄国/准噶尔部/廓尔喀军", "沙俄", "A"),
        ("成正比/成反比/没有关系", "反比", "B"),
        ("嫦娥五号/嫦娥四号/嫦娥三号", "嫦娥4号", "B"),
        ("10点/100点/500点/1000点", "一百", "B"),
        ("18%/58.5%/75%/99.9%", "四分之三", "C"),
        ("9时至11时/11时至13时/13时至15时", "11点到13点", "B"),
        ("连云港和兰州/青岛和兰州/连云港和西安", "兰州、连云港", "A"),
        ("绝对剩余价值/相对剩余价值", "应该是绝对剩余价值吧", "A"),
        ("荷兰/瑞士", "和平，荷兰", "A"),
    ],
)
def test_a_part_that_only_one_option_has(options: str, text: str, letter: str):
    given = read(single("下列正确的是（　）。", options, "A"), text)
    assert given is not None
    assert given.value == letter


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("连云港和兰州/青岛和兰州/连云港和西安", "兰州"),
        ("加一天/减一天/减半天/加半天", "一天"),
        ("没有关系/成正比/成反比", "没有"),
        ("九江长江大桥/武汉长江大桥", "长江大桥"),
        ("瞿塘峡、巫峡、西陵峡/西陵峡、巫峡、瞿塘峡", "巫峡"),
        ("1911年/1912年", "1913年"),
    ],
)
def test_what_several_options_have_names_none(options: str, text: str):
    assert read(single("下列正确的是（　）。", options, "A"), text) is None


@pytest.mark.parametrize("text", ["1", "A股今天跌了", "B站上看的", "C罗", "AB型血", "BBC", "A4纸", "D盘", "A还是B", "选A吗", "不是A", "A不对", "排除A", "别选A", "你们都选A", "选A的都是背过的", "@小明 选A", "E", "a/b test", "B荷兰还是A", "A荷兰"])  # fmt: skip
def test_letters_that_answer_nothing(text: str):
    assert read(LAND, text) is None


@pytest.mark.parametrize("question", [LAND, RIVER, POEM, YEAR])
@pytest.mark.parametrize(
    "text",
    ["", " ", "哈哈哈", "这题好难", "对了，明天几点考试", "我觉得不对劲", "错过了", "666666", "什么意思", "你们选啥", "https://a.cn/b", "[CQ:face,id=1]", "/跳过", "😂😂", "我去过荷兰", "有人知道吗", "……"],
)  # fmt: skip
def test_talk(question: Question, text: str):
    given = read(question, text)
    assert given is None or (question is YEAR and not given.certain)


@pytest.mark.parametrize(
    "text",
    [
        "对",
        "正确",
        "√",
        "✓",
        "✅",
        "T",
        "true",
        "YES",
        "是的",
        "没错",
        "对吧",
        "我觉得对",
        "这句话是对的",
        "选对",
        "对，毕昇",
        "当然对了",
    ],
)
def test_right_is_said_in_many_ways(text: str):
    given = read(FIRST, text)
    assert given is not None
    assert given.value == "正确"


@pytest.mark.parametrize(
    "text",
    [
        "错",
        "错误",
        "不对",
        "×",
        "❌",
        "F",
        "否",
        "不正确",
        "这个说法错误",
        "错，应该是王安石",
        "说反了，错",
        "不对不对",
        "錯誤",
    ],
)
def test_wrong_is_said_in_many_ways(text: str):
    given = read(POEM, text)
    assert given is not None
    assert given.value == "错误"


@pytest.mark.parametrize(
    "text",
    ["对了", "对不对", "是不是", "对吗", "不是吧", "真的假的", "错题本", "对，明天早上集合", "不错", "对对子", "A"],
)
def test_talk_about_right_and_wrong(text: str):
    assert read(POEM, text) is None


def test_what_people_also_say_to_one_another_is_not_certain():
    assert [read(POEM, text) for text in ("不是", "对对对", "是啊")] == [
        Given("错误", certain=False),
        Given("正确", certain=False),
        Given("正确", certain=False),
    ]
    assert read(POEM, "不是", addressed=True) == Given("错误", certain=True)


def test_two_letters_for_one_are_no_certain_answer():
    assert read(LAND, "AB") == Given("AB", certain=False)


def test_an_open_question_hears_all_that_is_no_talk():
    poet = short("《将进酒》的作者是谁？", "李白")
    assert read(poet, "杜甫") == Given("杜甫", certain=False)
    assert read(poet, "李白") == Given("李白", certain=True)
    assert read(poet, "应该是李白吧") == Given("应该是李白吧", certain=True)
    assert read(poet, "答案是杜甫") == Given("答案是杜甫", certain=True)
    assert read(poet, "我最喜欢李白了") is None


def test_what_is_said_to_the_bot_is_meant_unless_it_asks():
    poet = short("《将进酒》的作者是谁？", "李白")
    assert read(poet, "杜甫", addressed=True) == Given("杜甫", certain=True)
    assert read(poet, "杜甫是谁", addressed=True) is None
    long = read(poet, "2027年国考报名时间和条件", addressed=True)
    assert long is None or not long.certain
    said = read(YEAR, "光绪年间", addressed=True)
    assert said is not None
    assert not said.certain


def test_a_number_is_heard_where_a_number_is_asked():
    months = short("试用期最长不得超过几个月？", "六个月")
    assert read(months, "6") == Given("6", certain=True)
    assert read(months, "666") == Given("666", certain=False)
    assert read(short("《将进酒》的作者是谁？", "李白"), "6") is None


def test_options_of_a_statement_are_answered_with_its_words():
    question = Question("judge", "地球是圆的。", ("错误", "正确"), "B")
    assert read(question, "对") == Given("B", certain=True)
    assert read(question, "A") == Given("A", certain=True)
