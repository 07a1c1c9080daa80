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
from pypinyin import lazy_pinyin

RULEBOOK = Path(__file__).resolve().parents[2] / "pipeline" / "resources" / "rules" / "handbook.yaml"
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

# What goes together in life: verbs with their objects, and what is said of things.
_DOES = """
穿衣服 买衣服 洗衣服 换衣服 收衣服 试衣服 穿鞋 换鞋 戴帽子 戴眼镜 戴口罩 打伞 拿雨伞 背书包 收拾行李 拿行李 整理房间 打扫卫生 扫地 拖地 擦桌子 擦窗户 倒垃圾 洗碗 洗菜 切菜 炒菜 煮饭 煮面条 包饺子 蒸包子 热牛奶 泡茶 喝茶 喝咖啡 喝汤 喝酒 喝开水 吃早饭 吃午饭 吃晚饭 吃水果 吃面条 吃米饭 吃鱼 吃药 吃火锅 吃零食 点菜 点外卖 取外卖 做饭 做菜 做作业 做运动 做生意 做手术 做检查 做游戏 做计划 做报告 做决定 做好准备
看电视 看电影 看书 看报纸 看新闻 看比赛 看病 看医生 看孩子 看房子 看风景 看照片 看手机 听音乐 听广播 听故事 听歌 听课 听讲座 说话 说中文 说英语 说普通话 说实话 说清楚 讲故事 讲道理 讲价钱 读书 读报纸 读课文 写信 写字 写作业 写报告 写日记 写文章 写名字 写地址 打电话 打电脑 打游戏 打篮球 打乒乓球 打羽毛球 打麻将 打牌 打车 打针 打工 打招呼 打扫房间 打开电视 打开窗户 打开邮件 打印文件 打印照片 发邮件 发短信 发微信 发照片 发消息 发传真 发工资 发脾气 发烧 收邮件 收快递 收钱 收房租 收拾东西 寄包裹 寄快递 寄信 取包裹 取钱 取票 取快递 存钱 换钱 借钱 还钱 借书 还书 花钱 挣钱 付钱 找钱 找人 找工作 找房子 找钥匙 找东西 找手机 找停车位 找座位 丢东西 丢手机 丢钱包 买东西 买菜 买票 买车 买房子 买水果 买药 买礼物 买手机 卖房子 卖水果 卖车 租房子 租车 搬家 搬东西 修车 修电脑 修手机 修空调 修房子 修路 装空调 装修房子 装软件 换灯泡 换锁 换轮胎 换电池 换工作 换座位
开车 开门 开窗 开灯 开会 开店 开玩笑 开空调 开药 开证明 开始工作 关门 关窗 关灯 关电视 关手机 锁门 停车 倒车 洗车 加油 骑车 坐车 坐地铁 坐公交车 坐飞机 坐火车 坐电梯 坐下来 等车 等人 等电话 等消息 等一会儿 赶时间 赶飞机 赶火车 堵车 过马路 问路 走路 走楼梯 爬山 爬楼梯 跑步 游泳 散步 跳舞 唱歌 画画 照相 拍照 拍视频 弹钢琴 踢足球 下棋 钓鱼 旅游 出差 出门 出国 上班 下班 加班 上学 放学 上课 下课 上网 上楼 下楼 上医院 去医院 去银行 去超市 去学校 去公司 去公园 去机场 去火车站 去外地 回家 回公司 回老家 回学校 回电话 回邮件 回信 请假 请客 请人帮忙 请医生 带孩子 带钥匙 带身份证 带雨伞 接孩子 接电话 接朋友 接客人 接水 送孩子 送礼物 送朋友 送货 送医院 照顾老人 照顾孩子 照顾病人 陪孩子 陪父母 教孩子 教学生 教英语 学开车 学英语 学游泳 学做饭 学习电脑 参加比赛 参加会议 参加考试 参加婚礼 参加活动 准备考试 准备材料 准备晚饭 复习功课 检查身体 检查作业 量体温 量血压 住院 出院 住酒店 住宿舍 订酒店 订机票 订座位 排队 挂号 报名 报警 签字 签合同 填表 交钱 交作业 交电费 交房租 交朋友 办护照 办签证 办手续 办银行卡 办会员卡 刷卡 刷牙 洗脸 洗手 洗头 洗澡 理发 睡觉 睡午觉 起床 休息 养狗 养猫 养花 浇花 种树 种菜 喂狗 喂鱼 过生日 过年 过节 过周末 放假 放音乐 放鞭炮 聊天 吵架 生气 道歉 帮忙 帮助别人 解决问题 回答问题 提问题 提意见 提建议 了解情况 介绍朋友 介绍自己 通知大家 告诉他 相信他 想办法 想家 想念父母 担心孩子 忘记密码 记住密码 改密码 输密码 换密码 下载软件 下载电影 保存文件 上传资料 充电 充话费 连网络 关掉声音 调小声音 把声音开大 搬桌子 抬箱子 拿杯子 拿钥匙 放桌子上 挂墙上 贴照片 剪头发 缝衣服 铺床 盖被子 开空调 关暖气 停水 停电 漏水 着火 报名参加
""".split()
_IS = """
天气很好 天气很冷 天气预报说有雨 外面在下雨 外面很冷 外面太吵 雨下得很大 风很大 太阳很大 雪停了 天黑了 天亮了 路很远 路很滑 路上堵车 路上人很多 车坏了 车开走了 车停在楼下 车里没有油了 火车晚点了 飞机晚点了 公交车来了 地铁很方便 电梯停了 电脑坏了 电脑太慢 手机没电了 手机丢了 手机响了 电话打不通 网络很慢 网断了 电视没有声音 灯不亮 灯太亮 空调不冷 冰箱坏了 洗衣机在响 门开着 门打不开 窗户没关 钥匙丢了 钥匙在桌子上 房间很干净 房间太小 房租太贵 房子很大 厨房里有味道 水很冷 饭做好了 饭菜很香 饭有点硬 菜太咸 菜很新鲜 汤很好喝 鱼很好吃 水果很甜 苹果很便宜 西瓜很大 咖啡太苦 茶凉了 蛋糕很好吃 衣服很漂亮 衣服太小 衣服湿了 裤子太长 鞋很舒服 鞋破了 价格很便宜 价格太贵 质量很好 声音太大 声音很小 味道很好 孩子在睡觉 孩子在哭 孩子很聪明 孩子感冒了 孩子上学去了 老人身体很好 爸爸在看报纸 妈妈在做饭 爷爷在散步 奶奶在看电视 姐姐结婚了 弟弟在写作业 妹妹喜欢画画 哥哥在外地工作 同事都下班了 老师在上课 学生在考试 医生在开会 病人在休息 经理出差了 老板不在办公室 司机在等人 邻居很热情 邻居在装修 朋友来了 朋友请我吃饭 客人到了 客人走了 服务员很热情 狗在叫 猫在睡觉 小鸟在唱歌 花开了 花很香 树叶黄了 头很疼 肚子疼 牙疼 眼睛很累 身体不舒服 感冒好了 发烧了 药很苦 作业很多 考试很难 题目太难 成绩很好 工作很忙 工作很累 工资不高 会议取消了 会议推迟了 时间不够 时间到了 时间过得很快 钱不够 钱花完了 票卖完了 东西太重 东西很多 箱子很重 包裹到了 快递到了 邮件收到了 照片很清楚 音乐很好听 电影很好看 小说很有意思 故事很感人 消息很重要 问题解决了 事情办完了 办法很好 计划改变了 生意很好 超市关门了 商店打折 银行下班了 饭店人很多 公园很漂亮 学校很近 医院很远 公司在市中心 这里不能停车 这里禁止吸烟 那边有座位 前面有红绿灯 后面有人 楼下有超市 附近有地铁站 家里没有人 桌子上有水 墙上有画 路边有树
""".split()
_FRAMES = """
{p}{t}{does}|{p}在{does}|{p}想{does}|{p}要{does}|{p}喜欢{does}|{p}不喜欢{does}|{p}每天{does}|{p}正在{does}|{p}会{does}|{p}不会{does}|{p}还没有{does}|{p}已经{does}了|{p}准备{does}|{p}打算{t}{does}|{p}忘了{does}|{p}帮{p}{does}|{p}和{p}一起{does}|{p}陪{p}{does}|{p}让{p}{does}|{p}叫{p}{does}|{t}{p}{does}了|{t}别忘了{does}|{t}不用{does}|别{does}|不要{does}|可以{does}吗？|能不能{does}？|要不要{does}？|什么时候{does}？|在哪里{does}？|怎么{does}？|谁在{does}？|为什么不{does}？|{p}先{does}，再{does}|{p}一边{does}，一边{does}|{does}以前要{does}|{does}以后{p}{does}|{does}的时候不要{does}|{does}要多少钱？|{does}需要多长时间？|{does}很麻烦|{does}很有意思|{does}不容易|下班以后{does}|周末{p}{does}|因为要{does}，所以{p}不能{does}|如果{is}，就不要{does}
{is}|{t}{is}|{is}，{p}{does}|{is}，别{does}|{is}，不能{does}|{is}，所以{p}{does}|因为{is}，{p}没有{does}|虽然{is}，但是{is}|{is}，而且{is}|{is}，可是{p}要{does}|{p}说{is}|{p}知道{is}|{p}发现{is}|{p}觉得{is}|听说{is}|{is}吗？|{is}，怎么办？|{is}，你看见了吗？|昨天{is}|{is}，快{does}|{does}的时候{is}
"""


@functools.cache
def quotes() -> tuple[str, ...]:
    """The handbook's lines, and every phrase and script of the shipped rulebook that our characters can write."""
    import yaml

    book = yaml.safe_load(RULEBOOK.read_text(encoding="utf-8"))
    said = [hit for rule in book["rules"] for hit in rule.get("examples", {}).get("hits", ())]
    said += [step["say"].replace("{company}", "锦和") for step in book["scripts"]["silent_call"]["steps"]]
    said = [text.replace(",", "，").replace("?", "？").replace("!", "！") for text in said]
    known = _letters() | set("，。？！")
    by_sound: dict[str, str] = {}  # some of the rulebook's are a recogniser's slips, which nobody says
    for text in [*words.quotes(), *said]:
        if known.issuperset(text):
            by_sound.setdefault("".join(lazy_pinyin(re.sub("[，。？！]", "", text))), text)
    return tuple(by_sound.values())


def natural(rng: random.Random) -> str:
    """A sentence of things that go together: it has a sense, and the order of everyday talk."""

    def fill(slot: re.Match[str]) -> str:
        match slot[1]:
            case "p":
                return rng.choice(_PEOPLE)
            case "t":
                return rng.choice(_home()["t"])
        return rng.choice(_DOES if slot[1] == "does" else _IS)

    frames = [frame for row in _FRAMES.strip().splitlines() for frame in row.split("|")]
    said = re.sub(r"\{(\w+)\}", fill, rng.choice(frames))
    return said if said.endswith("？") else said + rng.choice(("。", "。", "。", "吧。", "了。"))


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
