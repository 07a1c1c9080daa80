"""Everyday Mandarin for training: words by their frequency in life, in the orders Mandarin puts them.

The words, their frequencies and parts of speech are jieba's dictionary (MIT licence; training only). Drawn by
frequency, they settle homophones as life does; put into patterns of parts of speech, they teach the decoder to listen
to sentences that are none of the call centre's.
"""

# ruff: noqa: E501, SIM905  (word lists: one line per theme reads better than one per word)

from __future__ import annotations

import functools
import itertools
import random
import re
from collections import Counter
from pathlib import Path

import sentences
import words

ALPHABET_SIZE = 2_400
FLATTENED = 0.75  # frequencies to this power: rare words are met too
_PARTS = {  # jieba's tags that fill a slot, and how many of the most frequent words
    "n": (("n", "nz", "vn", "an"), 7_000), "v": (("v", "vn"), 5_000), "a": (("a", "ad"), 1_500), "d": (("d",), 600),
    "t": (("t",), 300), "s": (("s", "f"), 250), "ns": (("ns",), 600), "nr": (("nr",), 500), "i": (("i", "l"), 2_500),
    "m": (("m",), 120), "q": (("q",), 120), "z": (("z", "b"), 800),
}  # fmt: skip
_PEOPLE = "我 我 我们 你 你 您 他 他 她 他们 大家 孩子 老人 爸爸 妈妈 老师 医生 朋友 同学 邻居 师傅 老板 司机 同事 姐姐 弟弟 儿子 女儿 爷爷 奶奶".split()
# Half of all nouns, verbs and adjectives are these: jieba's counts come from newspapers and novels.
_HOME = {
    "n": """饭 菜 米饭 面条 包子 饺子 牛奶 鸡蛋 面包 水果 苹果 香蕉 西瓜 蔬菜 土豆 西红柿 牛肉 猪肉 鱼 鸡肉 汤 茶 咖啡 啤酒 果汁 糖 盐 油 早饭 午饭 晚饭 蛋糕 药 感冒药
衣服 裤子 裙子 鞋 鞋子 帽子 袜子 毛衣 外套 手套 雨伞 眼镜 手表 戒指 书包 钱包 行李 箱子 袋子 盒子 杯子 碗 筷子 勺子 盘子 锅 刀 桌子 椅子 沙发 床 被子 枕头 柜子 衣柜 书架 镜子 毛巾 牙刷 肥皂 洗发水
电视 电脑 手机 相机 冰箱 洗衣机 空调 电风扇 微波炉 电灯 台灯 充电器 耳机 遥控器 键盘 鼠标 打印机 照片 视频 电影 音乐 歌 游戏 新闻 报纸 杂志 书 小说 词典 笔 铅笔 本子 纸 信 邮件 邮箱 短信 微信 密码 软件 网站 文件 资料 表格
车 汽车 公交车 地铁 出租车 自行车 火车 高铁 飞机 船 车票 机票 票 护照 驾照 地图 路 马路 高速公路 红绿灯 路口 桥 车站 机场 加油站 停车场 司机 乘客
学校 教室 图书馆 宿舍 大学 中学 小学 幼儿园 作业 考试 成绩 课 数学课 英语 中文 历史 题目 问题 答案 老师 学生 同学 校长 假期 暑假 毕业证 公司 办公室 会议 会议室 老板 经理 同事 客户 工资 奖金 合同 项目 计划 报告 工作 简历 面试 名片
医院 医生 护士 病人 病 感冒 发烧 头 头发 眼睛 耳朵 鼻子 嘴 牙 手 脚 腿 肚子 心脏 血压 身体 药店 检查 手术 银行 钱 现金 零钱 银行卡 信用卡 存款 贷款 利息 账户 股票 保险 价格 发票 收据 商店 超市 商场 市场 饭店 餐厅 酒店 宾馆 咖啡馆 理发店 邮局 公园 广场 动物园 电影院 体育馆 健身房 游泳池 菜单 服务员
家 房子 房间 客厅 卧室 厨房 卫生间 阳台 窗户 门 门口 墙 地板 楼梯 电梯 楼道 院子 花园 小区 楼 楼上 楼下 钥匙 锁 灯 水 电 煤气 暖气 垃圾 快递 包裹 狗 猫 鸟 花 草 树 天气 雨 雪 风 太阳 月亮 星星 天空 温度 春天 夏天 秋天 冬天 生日 礼物 婚礼 春节 中秋节 国庆节 足球 篮球 乒乓球 比赛 球场 运动 电话 号码 地址 名字 时间 消息 声音 味道 颜色 办法 机会 经验 习惯 爱好 心情 梦 话 故事 事情 东西 地方 世界 国家 城市 农村 人 男人 女人 人们""",
    "v": """吃 喝 买 卖 看 听 说 读 写 唱 跳 走 跑 坐 站 躺 睡 起床 睡觉 洗 洗澡 刷牙 穿 脱 戴 做 做饭 煮 炒 切 打扫 擦 收拾 整理 搬 拿 放 带 送 寄 取 借 还 给 找 丢 换 修 修理 装 安装 拆 打开 关上 关 开 开车 骑 坐车 停车 等 接 打电话 发 收到 下载 上网 拍照 录 播放 打印 复印 签字 填写 检查 选择 决定 准备 安排 计划 开始 结束 完成 继续 停止 取消 改变 提高 增加 减少 解决 处理 帮助 照顾 保护 关心 了解 认识 知道 记得 忘记 想 觉得 认为 希望 喜欢 爱 讨厌 害怕 担心 相信 怀疑 同意 反对 拒绝 接受 支持 学 学习 复习 练习 教 考试 毕业 上课 下课 上班 下班 加班 请假 开会 讨论 商量 介绍 解释 回答 问 告诉 通知 提醒 邀请 参加 访问 旅游 出差 回家 出门 进 出 上 下 来 去 到 回 过 经过 离开 搬家 租 付钱 花 存 赚 赢 输 玩 玩游戏 休息 锻炼 跑步 游泳 踢 打 爬山 钓鱼 画 弹 种 养 浇 喂 生病 看病 吃药 住院 哭 笑 生气 吵架 道歉 感谢 祝贺 结婚 离婚 出生 长大 摔倒 撞 碰 咬 坏 破 断 掉 丢失 偷 骗 报警 投诉 退货 打折 排队 预订 充值 交 付 收""",
    "a": """好 坏 大 小 多 少 高 矮 长 短 远 近 快 慢 早 晚 新 旧 老 年轻 贵 便宜 冷 热 暖和 凉快 干净 脏 漂亮 好看 难看 好吃 难吃 好听 方便 麻烦 容易 难 简单 复杂 忙 累 饿 渴 困 高兴 开心 难过 伤心 生气 着急 紧张 舒服 难受 健康 安全 危险 安静 吵 热闹 聪明 笨 认真 努力 马虎 热情 友好 客气 奇怪 重要 有名 有趣 无聊 满意 失望 甜 酸 苦 辣 咸 香 臭 重 轻 宽 窄 厚 薄 深 浅 亮 暗 圆 方 直 弯 软 硬 湿 干 满 空 清楚 正常 合适 足够 特别 普通 严重 厉害""",
    "d": """很 非常 特别 太 比较 真 最 更 也 都 还 又 再 就 才 已经 刚 正在 马上 立刻 总是 经常 常常 有时候 从来 一直 一定 可能 大概 也许 当然 其实 终于 突然 忽然 幸好 恐怕 到底 究竟 几乎 差点 只 只是 仅仅 另外 一起 互相 慢慢 好好""",
    "t": """今天 明天 昨天 后天 前天 早上 上午 中午 下午 晚上 夜里 现在 刚才 以前 以后 最近 将来 周末 星期一 星期二 星期三 星期四 星期五 星期六 星期天 上个星期 下个星期 这个月 上个月 下个月 今年 去年 明年 春天 夏天 秋天 冬天 放学以后 下班以后 吃饭的时候""",
    "m": """一 两 三 四 五 六 七 八 九 十 十几 二十 三十 几 半 一百 两百 五百 一千 好几""",
    "q": """个 只 条 张 本 件 辆 块 杯 瓶 碗 双 把 间 位 次 天 年 公斤 米 公里 分钟 小时 岁 套 份 台 部 家 棵 朵""",
    "s": """上面 下面 里面 外面 前面 后面 旁边 对面 左边 右边 中间 附近 里 上 下 门口 那里 这里 楼上 楼下 家里 路上""",
}  # fmt: skip

_ENDINGS = ("。", "。", "。", "。", "，", "吗？", "吧。", "呢？", "了。", "？")

# Slots are parts of speech in braces, {p} is a person; what stands between them is said as it stands.
PATTERNS = """
{p}{v}{n}|{p}想{v}{n}|{p}要{v}{n}|{p}在{s}{v}{n}|{p}{d}{v}了{n}|{p}把{n}{v}了|{p}把{n}放在{n}{s}|{n}被{p}{v}了|{p}没有{v}{n}|{p}不{v}{n}|{t}{p}去{n}{v}{n}|{t}{p}{v}了{m}{q}{n}
{p}的{n}很{a}|{p}的{n}太{a}了|这{q}{n}{d}{a}|那{q}{n}不太{a}|这个{n}比那个{n}{a}|{n}越来越{a}|{n}{a}得很|{p}觉得{n}{d}{a}|{n}有点{a}|{a}的{n}在{s}|{z}的{n}|{p}喜欢{a}的{n}|今天的{n}{d}{a}|{n}和{n}都{a}
{p}能不能{v}{n}|可不可以{v}{n}|请你{v}{n}|请把{n}{v}|麻烦你{v}一下{n}|{p}可以{v}{n}吗|你{v}过{n}没有|怎么{v}{n}|为什么{n}{v}了|什么时候{v}{n}|{n}在哪里{v}|哪里有{n}|谁{v}了{n}|{n}多少钱|几点{v}
{p}打算{t}{v}{n}|{p}准备{v}{n}|{p}已经{v}了|{p}正在{v}{n}|{p}刚刚{v}完{n}|{p}一边{v}一边{v}|{p}先{v}再{v}|如果{v}{n}，就{v}{n}|因为{n}{a}，所以{p}{v}|虽然{n}{a}，但是{n}{a}|只要{v}，就{v}|{p}不但{v}，还{v}{n}
{t}{n}{v}了|{t}天气{a}|{t}要{v}{n}|从{ns}到{ns}|{p}从{n}{s}{v}来|{p}住在{ns}|{p}去过{ns}|{ns}的{n}{a}|{n}{t}到{ns}|{p}给{p}{v}{n}|{p}跟{p}{v}|{p}对{n}{d}{a}|{p}为{n}{v}|{p}和{p}一起{v}{n}|{p}让{p}{v}{n}
{p}叫{nr}|{nr}{v}了{n}|{nr}的{n}|{nr}{i}|{i}|{p}{i}|真是{i}|{n}{i}|{m}{q}{n}|有{m}{q}{n}|一共{m}{q}|{p}家里有{m}{q}{n}|{n}{s}停了{m}{q}{n}|{p}买了{m}{q}{a}的{n}|{m}年{m}月|{n}的{n}是{n}|{n}是{a}的|{p}是{n}|这是{p}的{n}
{v}{n}的时候，{p}{v}{n}|{v}以后{p}{v}{n}|{p}发现{n}{v}了|{p}说{n}{a}|{p}知道{n}{v}|听说{n}{v}了|{p}希望{n}{v}|{p}记得{v}{n}|{p}忘记{v}{n}了|{p}担心{n}{v}|别{v}{n}|不要{v}{n}|{n}应该{v}|{n}需要{v}|{n}必须{v}{n}
{v}{v}{n}|{n}{v}{n}|{n}、{n}和{n}|{d}{v}|{v}得{d}{a}|{n}{n}|{a}{n}|{n}{v}不了|{v}不出来|{v}起来{d}{a}|{n}上|{n}里有{n}|{n}{s}有{n}|{v}了又{v}|越{v}越{a}|{p}自己{v}{n}|还是{v}{n}好|{n}就{v}了|{n}都{v}完了
"""


@functools.cache
def _dictionary() -> list[tuple[str, int, str]]:
    """jieba's (word, count, part of speech), the most frequent first; Han words only."""
    import jieba

    lines = Path(jieba.__file__).with_name("dict.txt").read_text(encoding="utf-8").splitlines()
    found = [(word, int(count), part) for word, count, part in (line.split() for line in lines)]
    return sorted((w for w in found if re.fullmatch("[一-鿿]{1,4}", w[0])), key=lambda w: (-w[1], w[0]))


@functools.cache
def alphabet() -> tuple[str, ...]:
    """Every Hanzi the model knows: those of the call centre, and the most frequent ones of the dictionary."""
    count: Counter[str] = Counter()
    for word, times, _ in _dictionary():
        for char in word:
            count[char] += times
    chars = {c for c in "".join([*_HOME.values(), *_PEOPLE, PATTERNS]) if "一" <= c <= "鿿"} | set(sentences.alphabet())
    for char, _ in sorted(count.items(), key=lambda c: (-c[1], c[0])):
        if len(chars) >= ALPHABET_SIZE:
            break
        chars.add(char)
    return tuple(sorted(chars))


class _Drawn:
    """Words drawn by flattened frequency."""

    def __init__(self, found: list[tuple[str, int]]) -> None:
        self._words = [word for word, _ in found]
        self._weights = list(itertools.accumulate(count**FLATTENED for _, count in found))

    def __call__(self, rng: random.Random) -> str:
        return rng.choices(self._words, cum_weights=self._weights)[0]


@functools.cache
def _letters() -> frozenset[str]:
    return frozenset(alphabet())


def _writable(word: str) -> bool:
    return _letters().issuperset(word)


@functools.cache
def _slots() -> dict[str, _Drawn]:
    slots = {}
    for name, (parts, most) in _PARTS.items():
        found = [(w, count) for w, count, part in _dictionary() if part in parts and count > 2 and _writable(w)]
        slots[name] = _Drawn(found[:most])
    return slots


@functools.cache
def _home() -> dict[str, list[str]]:
    return {name: said.split() for name, said in _HOME.items()}


@functools.cache
def _any_word() -> _Drawn:
    return _Drawn([(w, count) for w, count, _ in _dictionary()[:40_000] if _writable(w)])


@functools.cache
def _patterns() -> tuple[str, ...]:
    return tuple(p for row in PATTERNS.strip().splitlines() for p in row.split("|"))


def sentence(rng: random.Random) -> str:
    """One pattern with its slots filled; the grammar is Mandarin's, the sense is nobody's."""

    end = rng.choice(_ENDINGS)
    return _clause(rng) + ("，" + _clause(rng) + "。" if end == "，" else end)


def _clause(rng: random.Random) -> str:
    def fill(slot: re.Match[str]) -> str:
        name = slot[1]
        if name == "p":
            return rng.choice(_PEOPLE)
        if name in _HOME and rng.random() < 0.6:
            return rng.choice(_home()[name])
        return _slots()[name](rng)

    return re.sub(r"\{(\w+)\}", fill, rng.choice(_patterns())).replace("、", "，")


def salad(rng: random.Random) -> str:
    """Words of the dictionary in no order, now and then a single character: one must listen."""
    out = ""
    for _ in range(rng.randrange(2, 7)):
        out += rng.choice(alphabet()) if rng.random() < 0.15 else _any_word()(rng)
        if rng.random() < 0.12:
            out += "，"
    return out.rstrip("，") + rng.choice("。。。，？")


def hot_words(rng: random.Random) -> list[str]:
    """Names and words as a prompt lists them."""
    return [
        rng.choice(words.SURNAMES) + "".join(rng.sample(words.GIVEN, 2)) if rng.random() < 0.4 else _any_word()(rng)
        for _ in range(rng.randrange(2, 7))
    ]
