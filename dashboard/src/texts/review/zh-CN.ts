import { judgingZhCN } from "./judgingZhCN"
import type { ReviewTexts } from "./shape"

export const reviewZhCN: ReviewTexts = {
  somebody: "别人",
  reasonNeeded: "请写理由，坐席看得到",
  verdict: { met: "达标", partly: "警示", missed: "未达", not_applicable: "不适用", to_confirm: "待确认" },
  stage: { none: "待评", reviewing: "复核中", to_answer: "待坐席回应", to_check: "待班长核查", to_decide: "待质检裁定", done: "已评" },
  answer: { open: "待回应", accepted: "已确认", appealed: "申诉中", expired: "已截止" },
  judging: judgingZhCN,
  changedBy: (name) => `${name} 刚改过这一项，先看看`,
}
