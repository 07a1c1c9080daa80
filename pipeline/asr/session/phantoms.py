"""Phantom lines: typical hallucinations of Whisper over silence, noise and music, from subtitles of its training data.

As reported by users (openai/whisper discussion 928; faster-whisper #127; WhisperLive #246; mpv-sub-fastwhisper #9).
Simplified, without punctuation, in lower case. Phrases of real calls must not be listed: 谢谢, 再见.
"""

from __future__ import annotations

PHANTOM_LINES = (
    "请不吝点赞订阅转发打赏支持明镜与点点栏目",
    "明镜需要您的支持欢迎收看订阅明镜",
    "欢迎订阅明镜频道",
    "优优独播剧场yoyotelevisionseriesexclusive",
    "优优独播剧场yoyo电视剧独家播出",
    "字幕由amaraorg社区提供",
    "由amaraorg社群提供的字幕",
    "小编字幕由amaraorg社区提供",
    "中文字幕志愿者杨茜茜",
    "字幕志愿者李宗盛",
    "中文字幕李宗盛",
    "词曲李宗盛",
    "字幕制作贝尔",
    "字幕by索兰娅",
    "字幕提供者",
    "谢谢观看",
    "感谢观看",
    "谢谢收看",
    "感谢收看",
    "多谢您收看时局新闻再会",
    "多谢收睇时局新闻再会",
    "我们下期再见",
    "我们下期节目再见",
    "本期视频就到这里",
    "请订阅我的频道",
    "别忘了点赞订阅加关注",
    "点赞订阅转发",
    "mingpaocanada明报加拿大",
    "mingpaotoronto明报多伦多",
    "thanksforwatching",
    "thankyouforwatching",
    "thankyouforwatchingandsubscribe",
    "pleasesubscribetomychannel",
    "subtitlesbytheamaraorgcommunity",
    "transcriptionbycastingwords",
)
