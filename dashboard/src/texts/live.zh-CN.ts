/** Texts of a live headset: start and end, facts, devices, recording, mini window. */
import type { Channel, SourceNotice } from "../events"

export interface LiveTexts {
  start: string
  starting: string
  startNext: string
  startAuto: string
  startMore: string
  end: string
  ending: string
  endCall: string
  endAgain: string
  endAgainMore: string
  problem: { start: string; end: string; noServer: string }
  readOnly: string
  readOnlyMore: string
  ready: string
  line: Record<"absent" | "opening" | "ok" | "idle" | "lost", string>
  lineMore: { opening: string; idle: Record<"agent" | "customer", string> }
  check: string
  since: (seconds: string) => string
  minutes: (minutes: number) => string
  seconds: (seconds: string) => string
  level: (who: string) => string
  noDevice: string
  farEnd: { short: string; title: string; still: string; how: string }
  muted: string
  mutedStage: string
  mutedMore: string
  lateSound: (seconds: string) => string
  lateWho: (who: string) => string
  source: { code: Record<SourceNotice["code"], string>; mixed: string; rolesKept: string }
  bleed: { heard: Record<"agent" | "customer", string>; short: Record<"agent" | "customer", string>; copy: string; copyShort: string }
  capture: {
    title: string
    open: (who: string) => string
    none: string
    device: string
    heard: string
    heardIs: Record<"yes" | "idle" | "lost", string>
    late: string
    inserted: string
    dropped: string
    about: string
    patched: string
  }
  blind: Record<Channel, { still: string; check: string }>
  recording: { on: string; off: string; deleted: string; stopped: string; offMore: string; onMore: string; deletedMore: string }
  withdraw: { ask: string; sure: string; yes: string; no: string; gone: string; problem: (why: string) => string }
  fault: {
    diskFull: string
    failed: string
    stoppedAt: (clock: string) => string
    goesOn: string
    inMemory: string
    inMemoryMore: string
    unkept: (n: number) => string
    unkeptSome: string
    retrying: (why: string) => string
    keptLate: string
    /** By `cause` of StageFailed. */
    because: Partial<Record<string, string>>
    /** `leftOut`: by level, each with those before it. */
    overload: { title: string; leftOut: readonly string[]; late: (seconds: string) => string }
  }
  facts: {
    title: string
    next: string
    during: string
    direction: string
    company: string
    agent: string
    customer: string
    customerHint: string
    consent: string
    consentMore: string
    saved: string
    saving: string
    notSaved: string
    kept: string
  }
  play: { play: (clock: string) => string; stop: string; none: string; wait: string }
  settings: { title: string; sound: string; soundMore: string; vibration: string; vibrationMore: string; noVibration: string; keys: string; keysMore: string }
  mini: { open: string; back: string; away: string; blocked: string }
  more: string
  keys: { startEnd: string; facts: string; mini: string; settings: string }
}

export const liveZhCN: LiveTexts = {
  start: "开始通话",
  starting: "正在开始",
  startNext: "下一通",
  startAuto: "听到第一句话自动开始",
  startMore: "接起电话时按下，教练开始听",
  end: "结束",
  ending: "正在结束",
  endCall: "结束通话",
  endAgain: "再按一次 F2 结束",
  endAgainMore: "教练随之停下，电话不会挂断",
  problem: { start: "没能开始通话", end: "没能结束通话", noServer: "连不上服务器" },
  readOnly: "只能看，按钮不起作用",
  readOnlyMore: "这一页不是从链接打开的：请打开 callcoach 启动时给出的链接，或运行 callcoach link 取一个新的",
  ready: "已就绪",
  line: { absent: "没有设备", opening: "正在打开", ok: "已就绪", idle: "没有声音", lost: "听不到" },
  lineMore: {
    opening: "等设备送来第一段声音",
    idle: { agent: "麦克风全是零，是否静音？", customer: "没有在放声音，来电时自动恢复" },
  },
  check: "声音自检",
  since: (seconds) => `已 ${seconds}`,
  minutes: (minutes) => `${minutes} 分钟`,
  seconds: (seconds) => `${seconds} 秒`,
  level: (who) => `${who}音量`,
  noDevice: "无设备",
  farEnd: {
    short: "客户侧无设备",
    title: "客户一侧没有设备",
    still: "静默按 15 秒提示，不显示无声电话步骤。",
    how: "接法：用 callcoach devices 选一个回放设备，再用 --far 指定。",
  },
  muted: "麦克风没有任何声音，是否静音？",
  mutedStage: "没有您的声音",
  mutedMore: "看耳机的静音键",
  lateSound: (seconds) => `声音晚到 ${seconds} 秒`,
  lateWho: (who) => `${who}一侧`,
  source: {
    code: {
      short: "录音结尾缺一小段",
      length: "录音文件头写的时长不对，按实际内容",
      joined: "录音由几段接成，全部听取",
      damaged: "录音有损坏，坏的部分略过",
      no_numbers: "录音里有无效采样",
      one_signal: "录音左右声道相同，不分坐席与客户",
      only_left: "录音只有左声道有人声",
      only_right: "录音只有右声道有人声",
      only_agent: "只有坐席的录音有人声",
      only_customer: "只有客户的录音有人声",
    },
    mixed: "不分坐席与客户",
    rolesKept: "可能是无声电话",
  },
  bleed: {
    heard: {
      agent: "耳机漏音：麦克风里听得到客户的声音，已不计为坐席说话",
      customer: "线路回声：客户一侧听得到坐席的声音，已不计为客户说话",
    },
    short: { agent: "耳机漏音，已排除", customer: "线路回声，已排除" },
    copy: "两个声道是同一份录音，分不清谁在说话",
    copyShort: "两声道相同",
  },
  capture: {
    title: "声音设备",
    open: (who) => `查看${who}一侧的设备`,
    none: "这通电话来自录音，没有设备数据。",
    device: "设备",
    heard: "状态",
    heardIs: { yes: "有声音", idle: "没有声音", lost: "听不到" },
    late: "最多晚到",
    inserted: "补入静音",
    dropped: "丢弃声音",
    about: "从本通开始累计",
    patched: "声音有缺漏",
  },
  blind: {
    agent: { still: "提示暂停；客户一侧照常记录。", check: "查看插头、静音键和系统里选的麦克风，恢复后自动继续。" },
    customer: { still: "静默改看“您多久没说”，15 秒；无声电话步骤停用。", check: "查看耳机与软电话的声音输出，恢复后自动继续。" },
    mixed: { still: "提示暂停。", check: "查看录音线路，恢复后自动继续。" },
  },
  recording: {
    on: "录音中",
    off: "未录音",
    deleted: "录音已删除",
    stopped: "录音已停",
    onMore: "已同意录音，声音存在本机",
    offMore: "没有录音同意，只留文字与数字记录",
    deletedMore: "同意已撤回，已录的声音不再保留",
  },
  withdraw: {
    ask: "客户撤回录音同意",
    sure: "本通录音会立即删除，无法恢复。",
    yes: "删除录音",
    no: "保留",
    gone: "同意已撤回",
    problem: (why) => `录音没有删除：${why}`,
  },
  fault: {
    diskFull: "磁盘已满",
    failed: "录音出错",
    stoppedAt: (at) => `录音停在 ${at}`,
    goesOn: "提示照常 · 请联系管理员",
    inMemory: "记录暂存内存",
    inMemoryMore: "提示照常 · 恢复后补写",
    unkept: (n) => `还有 ${n} 条记录没有存下`,
    unkeptSome: "有记录还没有存下",
    retrying: (why) => `正在重试（${why}）· 请勿关闭程序`,
    keptLate: "记录已全部存下",
    because: {
      full: "磁盘已满",
      locked: "数据库被别的程序占用",
      gone: "数据文件夹被删除",
      replaced: "数据库文件被换掉",
      read_only: "数据文件夹不可写",
      damaged: "数据库已损坏",
      taken: "这通电话已由另一个程序接管",
    },
    overload: { title: "这台机器忙不过来", leftOut: ["字幕已停", "文字晚些补上", "音调暂不测"], late: (s) => `提示迟 ${s} 秒` },
  },
  facts: {
    title: "通话资料",
    next: "下一通电话",
    during: "本通电话，改动立即生效",
    direction: "方向",
    company: "公司",
    agent: "坐席姓名",
    customer: "客户姓名",
    customerHint: "已知才填",
    consent: "客户同意录音",
    consentMore: "须经客户同意才可勾选；取消勾选即删除已录的声音。",
    saved: "已生效",
    saving: "正在保存",
    notSaved: "没有保存",
    kept: "公司和坐席姓名记在这台电脑上，其余只用于这一通。",
  },
  play: { play: (at) => `从 ${at} 播放`, stop: "停止播放", none: "没有录音", wait: "正在查找录音" },
  settings: {
    title: "设置",
    sound: "提示音",
    soundMore: "出现新提示时轻响一声",
    vibration: "振动",
    vibrationMore: "出现新提示时振一下",
    noVibration: "这台设备不能振动",
    keys: "单键快捷键",
    keysMore: "D、N、F、W 等；F2 与 Esc 不受影响",
  },
  mini: { open: "小窗", back: "回到这里", away: "正在小窗中显示", blocked: "浏览器不允许打开小窗" },
  more: "更多",
  keys: { startEnd: "开始通话；按两次结束", facts: "通话资料", mini: "小窗", settings: "设置" },
}
