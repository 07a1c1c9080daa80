/** Every text of the pages. Another language must have the same shape (see en.ts). */
import type { Outcome } from "../view"
import type { Channel, Severity, SilenceKind, Verdict, WordsSuppressed } from "../events"
import type { Verdict as Measure } from "../derive"
import { liveZhCN, type LiveTexts } from "./live.zh-CN"

export interface Texts {
  language: { other: string; switchTo: string }
  channel: Record<Channel, string>
  /** Of the shipped rulebook; another one's phases are shown by the name it gave them. */
  phase: Record<string, string>
  severity: Record<Severity, string>
  outcome: Record<Outcome | "open", string>
  verdict: Record<Verdict, string>
  call: {
    idle: string
    opening: string
    running: string
    ended: string
    interrupted: string
    waitingForData: string
    inbound: string
    outbound: string
  }
  connection: { connecting: string; offline: string; retry: (n: number) => string; tooSlow: string; unknownCall: string; ready: string }
  header: {
    hears: (who: string) => string
    noData: string
    speaking: string
    words: string
    wordsOk: string
    wordsNone: string
    wordsDemo: string
    keys: string
    panel: string
  }
  latency: { label: string; none: string; count: string; median: string; p95: string; worst: string; about: string; slow: string }
  status: {
    bothHeard: string
    allHeard: string
    lost: Record<Channel, string>
    checkDevice: Record<Channel, string>
    noWords: string
    onlySound: string
    wordsRestart: string
    demoModel: string
    stage: (stage: string) => string
    restWorks: string
    several: (n: number) => string
    steps: readonly [string, string, string, string]
    silentCall: (step: number) => string
  }
  stage: {
    label: string
    idle: string
    idleMore: string
    idleOffline: string
    normal: string
    normalMore: (phase: string) => string
    over: string
    opening: string
    said: string
    sayNow: string
    sayNowMore: string
    stillSilent: string
    waitOpening: string
    seconds: string
    countedFrom: (seconds: number) => string
    timer: (seconds: number) => string
    backToNormal: string
    nextStep: (step: number) => string
    nextLast: string
    mayHangUp: string
    hangUpMore: string
    why: string
    cite: string
    silentFor: string
    waitTitle: string
    waitLeft: string
    waitPast: string
    waited: (seconds: number) => string
    comeBack: string
    comeBackSay: string
    offline: string
    offlineMore: string
    onlySound: string
    works: string
    worksNot: string
    blind: Record<Channel, string>
    blindMore: Record<Channel, string>
  }
  action: { done: string; dismiss: string; useless: string; uselessShort: string; close: string; newest: string }
  meter: {
    pace: string
    pitch: string
    level: string
    silence: string
    paceUnit: string
    pitchUnit: string
    levelUnit: string
    silenceUnit: string
    about: (value: string) => string
    estimate: string
    measure: Record<Measure, string>
    pitchMeasure: Record<Measure, string>
    levelMeasure: Record<Measure, string>
    tooLittle: (seconds: number) => string
    window: (seconds: number) => string
    whole: (seconds: number) => string
    characters: (n: number) => string
    usual: (value: string, minutes: number) => string
    usualHere: (value: string) => string
    baselineNone: string
    snr: (value: string) => string
    snrNone: string
    silenceNone: string
    silenceKind: Record<SilenceKind, string>
    limit: (seconds: number) => string
    limitNone: string
    speaking: (who: string) => string
    target: string
  }
  transcript: {
    title: string
    lag: (seconds: string) => string
    late: string
    earlier: (n: number) => string
    empty: string
    none: string
    last: string
    guess: string
    suppressed: (n: number) => string
    suppressedBecause: Record<WordsSuppressed["reason"], string>
  }
  panel: {
    phases: string
    nextLine: string
    nextNone: string
    hints: string
    earlier: (n: number) => string
    hintsNone: string
    script: string
    fromHint: string
  }
  score: {
    title: string
    open: string
    of: string
    noFatal: string
    fatal: (n: number) => string
    scored: string
    waiting: string
    notScored: string
    good: string
    practise: string
    rulebook: (version: string) => string
    fatalItem: string
    evidence: string
    points: (points: string, weight: number) => string
    nothing: string
    interrupted: string
    interruptedMore: (clock: string) => string
    interruptedOnly: (clock: string) => string
    none: string
    noneBecause: (failure: { cause: string; reason: string }) => string
  }
  keys: { title: string; done: string; dismiss: string; useless: string; earlier: string; help: string; score: string; off: string; on: string }
  live: LiveTexts
}

export const zhCN: Texts = {
  language: { other: "EN", switchTo: "Switch to English" },
  channel: { agent: "坐席", customer: "客户", mixed: "混合" },
  phase: { opening: "开场", body: "正文", hold: "保持", complaint: "投诉", closing: "结束" },
  severity: { critical: "严重", warning: "警示", tip: "建议" },
  outcome: {
    open: "进行中",
    done: "做到了",
    dismissed: "收起",
    useless: "没用",
    replaced: "被替换",
    cause_gone: "已解除",
    expired: "过时",
    call_ended: "通话结束",
  },
  verdict: { met: "达标", missed: "未达", not_applicable: "不适用" },
  call: {
    idle: "空闲",
    opening: "正在接入",
    running: "通话中",
    ended: "已结束",
    interrupted: "通话未正常结束",
    waitingForData: "等待数据",
    inbound: "呼入",
    outbound: "呼出",
  },
  connection: {
    connecting: "正在连接",
    offline: "网络断开",
    retry: (n) => `连不上服务器 · 正在重试（第 ${n} 次）· 通话不受影响`,
    tooSlow: "画面跟不上，已重新接上，没有漏掉记录",
    unknownCall: "没有这通电话的记录",
    ready: "已就绪",
  },
  header: {
    hears: (who) => `听得到${who}`,
    noData: "无数据",
    speaking: "在说",
    words: "识别",
    wordsOk: "正常",
    wordsNone: "无文字",
    wordsDemo: "演示模型",
    keys: "按键说明",
    panel: "本通",
  },
  latency: {
    label: "提示延迟",
    none: "—",
    count: "条数",
    median: "中位数",
    p95: "95% 不超过",
    worst: "最慢",
    about: "从声音到画面，最近 20 条提示",
    slow: "超过 150 ms",
  },
  status: {
    bothHeard: "两边声音正常",
    allHeard: "声音正常",
    lost: { agent: "听不到您", customer: "听不到客户", mixed: "听不到通话" },
    checkDevice: {
      agent: "检查耳机麦克风，恢复后自动继续",
      customer: "检查耳机与软电话的声音输出",
      mixed: "检查录音线路",
    },
    noWords: "没有通话文字",
    onlySound: "只看声音",
    demoModel: "演示识别模型，只认识演示声音 · 真实通话请装正式模型",
    wordsRestart: "识别停了，正在重新启动 · 声音提示照常",
    stage: (stage) => `${stage} 停止工作`,
    restWorks: "其余照常",
    several: (n) => `${n} 项受限`,
    steps: ["开场语", "再问一次", "致歉道别", "可挂机"],
    silentCall: (step) => `无声电话 · 第 ${step} 步`,
  },
  stage: {
    label: "现在要做的事",
    idle: "等待来电",
    idleMore: "接通后自动开始，不用点任何按钮",
    idleOffline: "服务器连上后自动就绪",
    normal: "正常",
    normalMore: (phase) => phase,
    over: "客户已出声，正常应答",
    opening: "开场语",
    said: "已说完",
    sayNow: "现在说",
    sayNowMore: "说完后开始计时",
    stillSilent: "客户仍无声，稍停",
    waitOpening: "等客户开口",
    seconds: "秒",
    countedFrom: (seconds) => `从您说完算起，共 ${seconds} 秒`,
    timer: (seconds) => `还剩 ${seconds} 秒`,
    backToNormal: "客户一出声，自动回到正常通话",
    nextStep: (step) => `第 ${step} 步说：`,
    nextLast: "之后：",
    mayHangUp: "仍无声，可以挂机",
    hangUpMore: "三次开头语都已说完",
    why: "原因",
    cite: "依据：",
    silentFor: "已静默",
    waitTitle: "已请客户稍等",
    waitLeft: "秒后请回应",
    waitPast: "秒，已超时，请回应客户",
    waited: (seconds) => `已等 ${seconds} 秒`,
    comeBack: "回来说：",
    comeBackSay: "对不起，让您久等了",
    offline: "继续通话",
    offlineMore: "通话不受影响。连上后补上这段时间的文字与提示。",
    onlySound: "只看声音",
    works: "仍提示：静默、无声电话、语速（估算）、语调、打断。",
    worksNot: "不提示：用语、话术。",
    blind: { agent: "听不到您，检查耳机", customer: "教练只听得到您", mixed: "教练听不到通话" },
    blindMore: {
      agent: "提示暂停，声音恢复后自动继续",
      customer: "检查耳机与软电话的声音输出，恢复后自动继续",
      mixed: "检查录音线路，恢复后自动继续",
    },
  },
  action: { done: "做到了", dismiss: "收起", useless: "这条没用", uselessShort: "没用", close: "关闭", newest: "回到最新" },
  meter: {
    pace: "语速",
    pitch: "语调",
    level: "音量",
    silence: "静默",
    paceUnit: "字/分",
    pitchUnit: "半音",
    levelUnit: "dBFS",
    silenceUnit: "秒",
    about: (value) => `约 ${value}`,
    estimate: "估算",
    measure: { low: "偏慢", ok: "正常", high: "偏快", none: "" },
    pitchMeasure: { low: "偏平", ok: "正常", high: "起伏大", none: "" },
    levelMeasure: { low: "偏轻", ok: "正常", high: "偏响", none: "" },
    tooLittle: (seconds) => `话音不足 ${seconds} 秒`,
    window: (seconds) => `近 ${seconds} 秒`,
    whole: (seconds) => `全程 ${seconds} 秒`,
    characters: (n) => `${n} 字`,
    usual: (value, minutes) => `平时 ${value} · 基于 ${minutes} 分钟`,
    usualHere: (value) => `本次通话 ${value} · 暂定`,
    baselineNone: "基线未定",
    snr: (value) => `信噪比 ${value} dB`,
    snrNone: "信噪比未知",
    silenceNone: "无",
    silenceKind: { both: "双方静默", agent: "您已静默", announced: "客户在等", hold: "保持中" },
    limit: (seconds) => `满 ${seconds} 秒提示`,
    limitNone: "不计时",
    speaking: (who) => `${who}正在说`,
    target: "目标 150",
  },
  transcript: {
    title: "通话文字",
    lag: (seconds) => `文字慢 ${seconds} 秒`,
    late: "迟",
    earlier: (n) => `更早的 ${n} 句，这里不再显示`,
    empty: "还没有文字",
    none: "没有通话文字 · 只看声音",
    last: "上一条提示",
    guess: "识别中",
    suppressed: (n) => `未采纳 ${n} 处`,
    suppressedBecause: {
      no_speech: "声音里没有人说话",
      repetition: "模型在重复",
      phantom_line: "模型常见的空想字幕",
      too_fast: "比人说话还快",
    },
  },
  panel: {
    phases: "通话阶段",
    nextLine: "下一句可以说",
    nextNone: "按正常流程应答",
    hints: "本通提示",
    earlier: (n) => `更早的 ${n} 条，这里不再显示`,
    hintsNone: "还没有提示",
    script: "无声电话",
    fromHint: "当前提示",
  },
  score: {
    title: "评分卡",
    open: "看评分卡",
    of: "/ 100",
    noFatal: "无致命项",
    fatal: (n) => `${n} 个致命项`,
    scored: "已评分",
    waiting: "正在评分",
    notScored: "未评",
    good: "做得好",
    practise: "练一练",
    rulebook: (version) => `规则书 ${version}`,
    fatalItem: "致命项",
    evidence: "依据",
    points: (points, weight) => `${points}/${weight}`,
    nothing: "没有可评的项目",
    interrupted: "通话未正常结束",
    interruptedMore: (clock) => `记录到 ${clock}，按已有内容评分`,
    interruptedOnly: (clock) => `记录到 ${clock}`,
    none: "无法评分",
    noneBecause: ({ cause, reason }) =>
      cause === "rulebook" ? "无法评分：通话所用的规则书不在手边" : cause === "damaged" ? "无法评分：部分记录已损坏" : `无法评分：${reason}`,
  },
  keys: {
    title: "按键",
    done: "做到了",
    dismiss: "收起提示",
    useless: "这条没用",
    earlier: "看前一条 / 后一条提示",
    help: "打开或关闭这张表",
    score: "通话结束后看评分卡",
    off: "关闭单键",
    on: "打开单键",
  },
  live: liveZhCN,
}
