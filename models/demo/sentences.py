"""The sentences the demo model learns from: templates of a property-management call centre, and "salad".

Salad is random pieces in a random order. Without it a small decoder recites the templates instead of
listening (a trial run had 77 % errors outside them without it, 25 % after adding some).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import words

TEMPLATES = """
您好，{company}客服中心，请问有什么可以帮您？|您好，{company}欢迎您的来电。|您好，{company}物业服务中心，我是{name}。|我是{company}的{name}，请问您贵姓？|{greet}，我是{name}，请问有什么可以帮您？
您好，{company}客服中心，欢迎您的来电，请问有什么可以帮您？|欢迎致电{company}，我是客服{name}。|您好，请问是{name}{title}吗？|请问怎么称呼您？|请问您贵姓？|{surname}{title}您好。|好的{surname}{title}，|{surname}{title}，请您放心。
我姓{surname}。|我姓{surname}，住在{house}。|我叫{name}，住在{house}。|我家在{house}。|我是{house}的业主。|我住{area}{house}。|请问您住在几号楼几单元？|您的地址是{house}，对吗？
我的电话是{phone}。|电话号码是{phone}。|请您记一下，{phone}。|您的电话是{phone}，对吗？|工单号是{digits}。|您的订单号是{digits}。|卡号后四位是{digits4}。|验证码是{digits}。|车牌号是{digits}。
我家的{thing}{fault}。|我家{thing}{fault}，你们什么时候来修？|{time}{thing}{fault}。|{place}的{thing}{fault}，麻烦来看一下。|{thing}{time}修过，现在又{fault}。|{thing}{fault}好几天了，怎么还没有人来？|{thing}刚修好又{fault}。
{time}修过的{thing}，又{fault}。|上次说{time}来，{time}都没有来。|上次说收{money}，后来收了{money}。|上次说不收钱，现在又要收{money}。|上次来的师傅说要换{thing}。|我要报修，{thing}{fault}。|能不能派个师傅来看一下{thing}？
{fee}是多少？|{fee}是{money}。|{fee}{money}，{fee}{money}。|一共{money}。|{fee}和{fee}一共{money}。|这个月的{fee}是{money}。|您还欠{fee}{money}。|上门检测要收{money}。|换{thing}要收{fee}{money}。|换{thing}另收{money}{fee}。
{money}是{fee}。|这{money}是什么费用？|为什么多收了{money}？|多收的{money}什么时候退？|{money}太贵了。|为什么要收{fee}？|你们多收了我{money}{fee}。|那这次要收多少钱？|这次还要不要收费？|这次维修免费。|这次不收{fee}。|不收任何费用。|还要收{fee}吗？
{fee}按{count}个月收。|每个月{money}。|每平方米{money}。|{fee}在{place}交。|可以在{place}缴费。|可以用微信或者支付宝付款。|我要一张{paper}。|请给我开一张{paper}。|{paper}在{place}领取。|{paper}在{place}。|{paper}可以在{place}看到。
{paper}的第{count}页。|在{paper}第{count}页写着。|收费标准{place}有。|{place}也有{paper}。|{place}公示栏上有收费标准。|{paper}{time}发给您。|{paper}{clock}前发给您。|我把{paper}发给您。|我马上把{paper}发到您手机上。|请带上{paper}。
保修期是{count}年。|{thing}保修{count}年。|{thing}保修{count}个月。|还在保修期内。|已经过了保修期。|保修期内免费维修。|保修期内坏了免费更换。|您的{thing}是{time}换的。|{thing}是{time}装的，还在保修期里。|保修期内再{fault}，我们免费更换。|过了保修期要收{fee}。
{staff}{time}到您家里。|{staff}{clock}到。|{staff}{clock}到{clock}到您家。|{time}{clock}到{clock}。|{staff}{time}{clock}上门。|到之前会先给您打电话。|{staff}会提前给您打电话。|出发前{staff}会打电话给您。|{staff}在路上，大约{count}分钟到。|您{time}在家吗？
修好以后请您签字。|修好以后请您确认一下。|请您在{paper}上签字。|请您签字确认。|麻烦您签个字。|修完以后我给您打电话。|换好以后请您检查一下。|请您{time}在家等候。|您{clock}方便吗？|{time}{clock}可以吗？|您看{time}方便吗？
我帮您{doing}。|我马上帮您{doing}。|请稍等，我帮您{doing}。|我跟您{doing}。|好的，我跟您确认一下。|我来{doing}，请您稍等{count}分钟。|请您稍等，我请{staff}{doing}。|我让{staff}给您回电话。|我会在{clock}前给您回复。|{clock}前给您回电话，您看可以吗？
我{time}{clock}前给您答复。|这件事我来负责，{time}给您结果。|我已经登记好了。|我已经通知{staff}了。|我查到了。|我看到了，您的{paper}是{time}办的。|系统里有您的{paper}。|我查过了，{fee}是{money}。|您的{fee}{time}已经交了。|查到您{time}交了{money}。
对不起，给您添麻烦了。|很抱歉，让您{feeling}了。|非常抱歉，是我们没有做好。|对不起，让您久等了。|真对不起，{staff}{time}没有来。|抱歉，刚才打断您了。|对不起，是我没有听清楚。|我理解您的心情。|我知道您很{feeling}。|您的心情我明白，换了我也会{feeling}。|请您不要{feeling}。
感谢您的耐心等待。|谢谢您的等待。|谢谢您的理解。|谢谢您的支持。|感谢您的来电，祝您生活愉快。|谢谢您的来电，再见。|不客气，再见。|祝您生活愉快。|还有什么可以帮您？|请问还有其他问题吗？|没有别的事了。|好的，再见。|不客气，祝您{time}愉快。
我要投诉，{complaint}。|{complaint}。|{complaint}，你们管不管？|{complaint}，我很{feeling}。|{time}我就打过电话，{complaint}。|我{time}就说过了，{complaint}。|你们{staff}说{time}来，到现在都没有来。|为什么{complaint}？|你们应该给我一个解释。|总要给我一个说法吧？
当时没有告诉我要收{fee}。|你们没有跟我说过。|没有人告诉过我。|我觉得这样不合理。|我觉得你们还是要{doing}。|你先让我说。|让我把话说完。|你说得太快了。|你说慢一点，我没有听清楚。|请你再说一遍。|我听不清楚。|大声一点，我听不见。|那我要等到什么时候？
你去{place}{doing}。|您应该先{doing}。|您应该先看一下{paper}。|你应该看看{paper}。|您必须带{paper}来。|您应该先问{staff}。|这个你要问{staff}。|这个我不清楚，你问{staff}吧。|我不知道，你打{phone}吧。|这个不归我们管。|这是公司的规定，没有办法。|{surname}{title}，这个我真的不知道。
你怎么不看{paper}？|你自己去{place}看。|我们从来没有收过{fee}。|我们不可能退{fee}。|我们绝对没有多收{fee}。|绝对不会收{fee}。|你肯定记错了，是{money}。|您是不是看错了{paper}？|别人都没有说过{complaint}。|以前没有人投诉过{thing}。|你弄错了，不是{money}，是{money}。
我想{service}。|我要{service}，怎么办？|{service}要带什么？|{service}要带{paper}和{paper}。|{service}在{place}办。|{service}需要{count}天。|{service}的电话是{phone}。|能不能{service}？|请问{service}找谁？|{service}请找{staff}。|{service}要交{money}吗？|{time}可以{service}吗？
停水通知，{time}{clock}到{clock}停水。|{time}{area}停电。|{time}{clock}恢复供水。|{area}的{thing}正在维修。|{area}{count}号楼的电梯{fault}。|{place}有没有人？|{place}在哪里？|{place}几点开门？|{place}{clock}开门。|我现在在{place}。|{staff}在不在？|{staff}现在不在{place}。
喂，你好，是{company}吗？|喂，听得到我说话吗？|喂，能听见吗？|喂，请问是物业吗？|你好，我想问一下{fee}。|你好，我是{house}的，我姓{surname}。|请问{surname}{title}在吗？|请转{staff}。|我找{surname}{staff}。|听到了，请您继续。|听到了，请说。|您好，我听到了，请问您有什么事？
我在听，您请说。|嗯，我在听。|好的，我记下来了。|好的，明白了。|我明白您的意思了。|是这样的，{thing}{fault}，所以要{doing}。|您的意思是{thing}{fault}，对吗？|我重复一下，{thing}{fault}，{time}上门。|跟您核对一下，{fee}{money}，{fee}{money}，一共{money}。
可以，{clock}见。|可以的，谢谢你。|好的，谢谢。|行，那就这样吧。|那好吧。|不用了，谢谢。|不可以，我{time}不在家。|算了，我自己{doing}。|好，我等你电话。|麻烦你了。|辛苦了。|没有了，谢谢。|好的，没问题。|您请放心，{staff}一定会来。
"""

_UNITS = ("元", "元", "元", "块钱", "块", "万元")
_PARTS = ("上午", "下午", "晚上", "早上", "中午", "今天下午", "明天上午", "今天上午", "明天下午", "周六上午")
_SMALL = ("", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十")


def read_number(value: int) -> str:
    """1-9,999 as Mandarin reads it: 120 is 一百二十, 1,005 is 一千零五, 15 is 十五."""
    out, zero = "", False
    for place, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // place % 10
        if digit:
            out += ("零" if zero and out else "") + words.DIGITS[digit] + unit
            zero = False
        else:
            zero = True
    return out[1:] if out.startswith("一十") else out


def _money(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.35:
        number = read_number(rng.randrange(1, 20) * 10)
    elif kind < 0.6:
        number = read_number(rng.randrange(1, 100) * 10)
    elif kind < 0.9:
        number = read_number(rng.randrange(1, 3000))
    else:
        number = read_number(rng.randrange(1, 200)) + "点" + rng.choice(words.DIGITS)
    return number + rng.choice(_UNITS)


def _house(rng: random.Random) -> str:
    room = "".join(rng.choice(words.DIGITS) for _ in range(rng.choice((3, 3, 4))))
    building = read_number(rng.randrange(1, 40))
    kind = rng.random()
    if kind < 0.6:
        return f"{building}号楼{rng.choice('一二三四五')}单元{room}"
    return f"{building}栋{room}" if kind < 0.8 else f"{building}号楼{room}"


def _phone(rng: random.Random) -> str:
    start = rng.choice(("一三", "一五", "一八", "幺三", "幺八", "四零零", "零幺零", "八"))
    size = 11 if start[0] in "一幺" else rng.choice((7, 8, 10))
    return (start + "".join(rng.choice(words.DIGITS) for _ in range(size)))[:size]


def _clock(rng: random.Random) -> str:
    hour = rng.choice(("一", "两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"))
    part = rng.choice(_PARTS) if rng.random() < 0.6 else ""
    return f"{part}{hour}点{rng.choice(('', '', '', '半', '十分', '一刻', '二十'))}"


def _name(rng: random.Random) -> str:
    return rng.choice(words.SURNAMES) + "".join(rng.sample(words.GIVEN, rng.choice((1, 2, 2))))


def _one_of(options: tuple[str, ...] | str) -> Callable[[random.Random], str]:
    return lambda rng: rng.choice(options)


SLOTS: dict[str, Callable[[random.Random], str]] = {
    "surname": _one_of(words.SURNAMES),
    "title": _one_of(words.TITLES),
    "company": _one_of(words.COMPANIES),
    "area": _one_of(words.AREAS),
    "thing": _one_of(words.THINGS),
    "fault": _one_of(words.FAULTS),
    "place": _one_of(words.PLACES),
    "fee": _one_of(words.FEES),
    "paper": _one_of(words.PAPERS),
    "staff": _one_of(words.STAFF),
    "time": _one_of(words.TIMES),
    "service": _one_of(words.SERVICES),
    "feeling": _one_of(words.FEELINGS),
    "complaint": _one_of(words.COMPLAINTS),
    "doing": _one_of(words.DOINGS),
    "greet": _one_of(("您好", "早上好", "下午好", "新年好", "晚上好")),
    "count": lambda rng: read_number(rng.choice((rng.randrange(1, 13), rng.randrange(1, 60)))),
    "money": _money,
    "house": _house,
    "phone": _phone,
    "clock": _clock,
    "name": _name,
    "digits": lambda rng: "".join(rng.choice(words.DIGITS) for _ in range(rng.randrange(4, 9))),
    "digits4": lambda rng: "".join(rng.choice(words.DIGITS) for _ in range(4)),
}

_TEMPLATES = tuple(dict.fromkeys(t for row in TEMPLATES.strip().splitlines() for t in row.split("|") if t))
_QUOTES = words.quotes()
_ENDS = "，。？！"


def sentence(rng: random.Random) -> str:
    """One template with its slots filled."""
    return re.sub(r"\{(\w+)\}", lambda slot: SLOTS[slot[1]](rng), rng.choice(_TEMPLATES))


def quote(rng: random.Random) -> str:
    """A handbook line, at times after a form of address."""
    line = rng.choice(_QUOTES)
    if rng.random() < 0.25:
        line = f"{rng.choice(words.SURNAMES)}{rng.choice(words.TITLES)}，{line}"
    return line


def utterance(rng: random.Random, parts: int) -> str:
    """``parts`` sentences as one turn would say them: most inner full stops become commas."""
    said = [quote(rng) if rng.random() < 0.22 else sentence(rng) for _ in range(parts)]
    joined = "".join(s[:-1] + "，" if s[-1] == "。" and rng.random() < 0.7 else s for s in said[:-1]) + said[-1]
    # A turn may be cut at a comma: the voice activity detector ends it there.
    return joined if rng.random() < 0.85 or "，" not in joined[2:] else joined[: joined.index("，", 2) + 1]


def salad(rng: random.Random) -> str:
    """Pieces without sense: loose words, cuts out of sentences, single characters, digits."""
    out = ""
    for _ in range(rng.randrange(2, 7)):
        kind = rng.random()
        if kind < 0.5:
            out += rng.choice(words.LOOSE)
        elif kind < 0.8:
            text = "".join(c for c in (sentence(rng) if rng.random() < 0.7 else quote(rng)) if c not in _ENDS)
            at = rng.randrange(max(1, len(text) - 1))
            out += text[at : at + rng.randrange(2, 6)]
        elif kind < 0.93:
            out += "".join(rng.choice(alphabet()) for _ in range(rng.randrange(1, 4)))
        else:
            out += SLOTS[rng.choice(("digits", "money", "clock", "phone"))](rng)
        if rng.random() < 0.15:
            out += "，"
    return out.rstrip("，") + rng.choice("。。。，？")


_alphabet: list[str] = []


def alphabet() -> list[str]:
    """Every Hanzi the templates, quotes and loose words can produce, sorted."""
    if not _alphabet:
        fills = [v for name, v in vars(words).items() if name.isupper() and name != "QUOTES"]
        text = TEMPLATES + words.QUOTES + "".join("".join(f) for f in fills) + "零十百千万点元块钱栋号楼单元幺两半刻分"
        text += "".join(("上午", "下午", "晚上", "早上", "中午", "新年", "周六"))
        _alphabet.extend(sorted({c for c in text if "一" <= c <= "鿿"}))
    return _alphabet


# Written by hand and never trained on: how the model does outside its templates, but mostly in its words.
OUTSIDE = tuple(
    """
昨天我去银行办事，回来的时候发现门口停了一辆大货车。|孩子放学以后没有地方玩，你们能不能修一个足球场？|医生说老人要多走路，可是楼道的灯太暗了。|我想把阳台的玻璃换成新的，需要你们同意吗？
冰箱里的牛奶过期了。|明天要下雨，请把窗户关好。|他说的话我不太相信。|这件衣服颜色很好看，就是有点贵。|请你帮我把文件发到邮箱里。|我们打算春节前装修完。|公司的电脑密码忘记了。|飞机晚上九点到北京。
能不能让工人周末不要施工？|我朋友的车被别人撞了，监控能看吗？|小区里的猫太多了，晚上一直叫。|快递放在门卫那里了，你去拿一下。|今天食堂的面条很好吃。|天气太热，电费比上个月多了一倍。|这个软件怎么安装？|请把音乐关小一点。
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

# Written when the training text was fixed, and used for measuring only: nothing was chosen by them.
UNSEEN = tuple(
    """
我妹妹明年要去南方上大学。|这条街上新开了一家书店。|你把手机借给我用一下好吗？|昨天的会议开了三个小时。|楼下的早餐店豆浆很好喝。|他因为堵车迟到了半个小时。|请问去火车站应该坐几路车？|奶奶喜欢在阳台上晒太阳。
这个周末我们一起去爬山吧。|医院的停车场总是没有位置。|她把钥匙忘在办公室了。|我的信用卡被锁住了怎么办？|请帮我查一下上个月的流量。|我想把宽带换成快一点的套餐。|您的包裹已经到了，请尽快来取。|这笔钱为什么还没有到账？
我买的东西收到以后发现是坏的。|退货的运费由谁来出？|能不能给我换一个大一点的？|发票上的名字写错了，请重新开一张。|我们明天派人去现场看一看。|这个问题我需要跟领导商量以后再答复您。|您的意见我已经记下来了，会转给有关部门。|请您把照片发到我们的邮箱。
昨天晚上楼上有人吵架，吵到两点多。|我老公出差了，家里只有我和孩子。|门口的树倒了，把路都挡住了。|院子里的灯白天也亮着，太浪费了。|电梯里的广告声音能不能关掉？|下雨的时候地下室会进水。|这么晚了还在施工，孩子都没法睡觉。|我已经打了好几次电话，每次都说马上来。
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
