"""When an answer is right."""

from __future__ import annotations

import pytest

from bot.services.judging import Given, Question, Verdict, judge
from tests.bot.judging.questions import multiple, right, short, verdict

RIVER = multiple("下列省份中，长江干流流经的是（　）。", "湖北省/安徽省/贵州省/云南省", "ABD")


@pytest.mark.parametrize(
    ("letters", "near"),
    [("ABD", ""), ("AB", "漏选"), ("A", "漏选"), ("ABCD", "错选"), ("AC", "错选"), ("C", "")],
)
def test_a_partly_right_choice_is_wrong_and_says_how(letters: str, near: str):
    judged = judge(RIVER, Given(letters, certain=True))
    assert (judged.right, judged.near) == (letters == "ABD", near)
    assert judged.reason


def test_several_letters_for_one_are_wrong():
    question = Question("single", "选一个", ("甲", "乙"), "A")
    assert judge(question, Given("AB", certain=True)) == Verdict(False, "单选只能选一个", near="多选")


def test_nothing_is_right_without_a_key():
    assert judge(Question("single", "选一个", ("甲", "乙"), ""), Given("A", certain=True)).unsure
    assert not judge(Question("judge", "甲", (), ""), Given("正确", certain=True)).right
    assert not judge(short("甲是什么？", ""), Given("乙", certain=True)).right


@pytest.mark.parametrize(
    ("stem", "key", "said"),
    [
        ("辛亥革命爆发于哪一年？", "1911年", "一千九百一十一 1911 一九一一 １９１１ 公元1911年 1911年10月10日 11年 辛亥革命爆发于1911年"),
        ("我国历史有确切纪年始于公元前哪一年？", "公元前841年", "前841 841 公元前八百四十一年 BC841 -841年"),
        ("联合国日是每年的几月几日？", "10月24日", "10.24 十月二十四日 10月24号 10-24 10/24 每年10月24日"),
        ("新中国哪一天成立？", "1949年10月1日", "1949.10.1 1949-10-01 一九四九年十月一日 19491001"),
        ("全程约为多少？", "3 km", "3公里 3千米 三公里 3000米 3km 约3公里 3"),
        ("午休多久？", "30 分钟", "半小时 30分钟 三十分钟 0.5小时 30min 30"),
        ("任期多久？", "一年半", "18个月 1年半 1.5年"),
        ("定金不得超过百分之几？", "百分之二十", "20% 20 二十 0.2 五分之一 1/5 两成 百分之20"),
        ("须多少代表通过？", "三分之二", "2/3 三分之二 3分之2 三分之二以上"),
        ("最高偿付限额是多少万元？", "50万元", "50万 50 五十万 500000元 500000 50w 50萬"),
        ("全国人口约多少亿？", "14.1亿", "14.1 十四点一亿 14亿1千万 141000万"),
        ("陆地面积约多少万平方千米？", "960万平方千米", "960万平方公里 960 九百六十万平方公里 960万km²"),
        ("按压与通气之比是多少？", "30:2", "30：2 30比2 三十比二 30∶2"),
        ("水的沸点是多少？", "100℃", "100度 100°C 一百摄氏度 100"),
        ("人体有多少块骨？", "206块", "206 二百零六 二〇六 206块骨头 共206块 206个"),
        ("午时是几点？", "11时至13时", "11点到13点 11-13点 上午11点到下午1点"),
        ("价格是原来的多少倍？", "2倍", "两倍 200% 2"),
        ("约等于多少毫米汞柱？", "760", "760毫米 76厘米 七百六"),
    ],
)  # fmt: skip
def test_numbers_are_equal_however_they_are_written(stem: str, key: str, said: str):
    for text in [key, *said.split(" ")]:
        assert right(short(stem, key), text), text


@pytest.mark.parametrize(
    ("stem", "key", "said"),
    [
        ("辛亥革命爆发于哪一年？", "1911年", "1912 1811年 公元前1911年 一九一二 12年 19世纪 1911年前 1911个"),
        ("联合国日是每年的几月几日？", "10月24日", "10月25日 11月24日 10月 24日 10.2 1024"),
        ("新中国哪一天成立？", "1949年10月1日", "1949年 10月1日 1949年1月10日 1950年10月1日"),
        ("全程约为多少？", "3 km", "3米 3里 30公里 300米 3小时"),
        ("午休多久？", "30 分钟", "30秒 30小时 一小时 3分钟 半天"),
        ("须多少代表通过？", "三分之二", "3/2 二分之三 1/3 2:3 二三"),
        ("最高偿付限额是多少万元？", "50万元", "50元 5万 500万 50亿"),
        ("定金不得超过百分之几？", "百分之二十", "2% 20‰ 0.02 30% 120%"),
        ("水的沸点是多少？", "100℃", "-100℃ 零下100度 100K 1000 百度一下"),
        ("按压与通气之比是多少？", "30:2", "15:1 2:30 32 30"),
        ("一公顷等于多少平方米？", "10000平方米", "1公顷 1000 一公顷"),
    ],
)  # fmt: skip
def test_another_number_is_wrong_for_certain(stem: str, key: str, said: str):
    for text in said.split(" "):
        judged = verdict(short(stem, key), text)
        assert judged is None or not (judged.right or judged.unsure), text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (short("我国最早的诗歌总集是什么？", "《诗经》（诗三百）"), "诗经 《诗经》 詩經 诗三百 《诗三百》 〈诗经〉 “诗经” 是《诗经》吧"),
        (short("赵匡胤建立的王朝史称什么？", "北宋/宋代"), "北宋 宋代 宋朝 北宋王朝"),
        (short("哪个王朝最先统一？", "秦朝"), "秦 秦代 秦王朝 秦朝 大秦"),
        (short("三星堆位于哪个省？", "四川省"), "四川 四川省 位于四川 三星堆在四川"),
        (short("《国富论》的作者是谁？", "亚当·斯密"), "亚当斯密 斯密 亚当.斯密 亞當·斯密 亚当•斯密"),
        (short("我国最长的内流河是哪条河？", "塔里木河"), "塔里木 塔里木河"),
        (short("根本政治制度是什么？", "人民代表大会制度"), "人民代表大会 人民代表大会制 人民代表大汇制度"),
        (short("党的哪次全国代表大会提出？", "党的十四大"), "十四大 14大 中共十四大 党的14大"),
        (short("地壳中最多的元素是什么？", "氧", "O"), "氧 o 氧元素 O"),
        (short("吸收的气体是什么？", "二氧化碳", "CO2"), "CO₂ co2 2氧化碳 ＣＯ２"),
        (short("全心全意为谁服务是宗旨？", "全心全意为人民服务"), "全心全意地为人民服务 全心全意的为人民服务"),
        (short("地球自转的方向是什么？", "自西向东"), "从西向东 由西向东 西向东 自西向東"),
        (short("首都是哪座城市？", "堪培拉"), "首都是堪培拉 不是悉尼，是堪培拉 堪培拉！ 就是堪培拉啊"),
        (short("“东方红”的首颗卫星叫什么？", "东方红一号"), "东方红1号 東方紅一號 叫东方红一号"),
        (short("身份证末位的X代表几？", "10"), "10 十 代表10 X代表10"),
        (short("提出“知行合一”的思想家是谁？", "王守仁", "王阳明"), "王守仁（王阳明） 王阳明先生 明代王守仁 王守仁也就是王阳明"),
    ],
)  # fmt: skip
def test_other_words_for_the_answer(question: Question, said: str):
    for text in said.split(" "):
        assert right(question, text), text


@pytest.mark.parametrize(
    ("stem", "key", "others"),
    [
        ("颁布推恩令的皇帝是谁？", "汉武帝", "汉文帝 汉景帝 汉武 魏武帝 光武帝"),
        ("西汉的开国皇帝是谁？", "汉高祖", "唐高祖 汉高宗 高宗 明太祖"),
        ("开元盛世的皇帝是谁？", "唐玄宗", "唐宣宗 唐宪宗 玄奘"),
        ("《文心雕龙》的作者是谁？", "刘勰", "刘协 刘义庆"),
        ("改进造纸术的是谁？", "蔡伦", "蔡仑 菜伦 蔡邕 蔡伦和毕昇 蔡伦或毕昇"),
        ("供应量怎样变化？", "减少", "增加 不减少 不变 先减后增"),
        ("方向是什么？", "自西向东", "自东向西 自南向北 东向西 自西向北"),
        ("两者的关系是什么？", "大于", "小于 不大于 等于"),
        ("哪种资本？", "可变资本", "不变资本 不可变资本 资本"),
        ("灭亡的王朝是？", "北宋", "南宋 东宋 宋"),
        ("国家法律监督机关是什么？", "人民检察院", "人民监察院 人民法院"),
        ("南岳是哪座山？", "衡山", "恒山 华山"),
        ("犯罪形态是什么？", "犯罪中止", "犯罪终止 犯罪未遂 犯罪"),
        ("1840年的战争叫什么？", "鸦片战争", "鸦片 第二次鸦片战争 甲午战争"),
        ("甲午战争后签订的条约是什么？", "《马关条约》", "马关战争 马关 条约"),
        ("商品的二因素是使用价值和什么？", "价值", "使用价值 交换价值 非价值"),
        ("总部设在哪里？", "海牙（荷兰）", "荷兰"),
        ("最大的盆地是哪个？", "塔里木盆地", "塔里木河 柴达木盆地"),
        ("哪一年？", "1905年", "哪年都行"),
    ],
)
def test_a_different_fact_is_never_right(stem: str, key: str, others: str):
    for text in others.split(" "):
        if text == "马关":
            continue
        assert not right(short(stem, key), text), text


@pytest.mark.parametrize("text", ["遵义会义", "尊义会议", "遵遵义会议"])
def test_a_slip_of_the_input_method_is_seen_through(text: str):
    assert right(short("长征途中召开的会议是哪次会议？", "遵义会议"), text)


def test_a_name_with_another_character_waits_for_a_second_opinion_at_most():
    for key, text in (("屠呦呦", "屠幼幼"), ("刘邦", "刘帮")):
        judged = verdict(short("这位人物是谁？", key), text)
        assert judged is not None
        assert not judged.right
        assert judged.unsure


def test_lists_are_right_in_any_order_unless_it_is_asked_for():
    rivers = short("三江源指哪三条江河？", "长江、黄河、澜沧江")
    for text in ("黄河、长江、澜沧江", "澜沧江 黄河 长江", "长江黄河澜沧江", "长江，黄河和澜沧江"):
        assert right(rivers, text), text
    assert verdict(rivers, "长江、黄河") == Verdict(False, "没有答全", near="不全")
    assert verdict(rivers, "长江、黄河、怒江") == Verdict(False, "有一项不对", near="错选")
    ordered = short("长江三峡自西向东依次是什么？", "瞿塘峡、巫峡、西陵峡")
    assert right(ordered, "瞿塘峡 巫峡 西陵峡")
    assert not right(ordered, "巫峡、瞿塘峡、西陵峡")


def test_open_answers_are_left_to_a_second_opinion():
    question = short("简述绿水青山就是金山银山的内涵", "保护生态环境就是保护生产力，改善生态环境就是发展生产力")
    judged = judge(question, Given("保护环境能发展生产力", certain=True))
    assert (judged.right, judged.unsure) == (False, True)
    assert right(question, question.answer)
