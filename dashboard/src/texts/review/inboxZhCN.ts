import type { InboxTexts } from "./inboxShape"

export const inboxZhCN: InboxTexts = {
  title: "申诉",
  toDecide: "等您裁定",
  toCheck: "等您核查",
  reviewing: "您没评完的",
  noneToDecide: "没有等您裁定的申诉",
  noneToCheck: "没有等您核查的申诉",
  open: "打开",
  goOn: "接着评",
  begun: "评了一部分，还没评完",
  overdue: "核查已逾期，质检可直接裁定",
  next: (waiting) => `下一通待处理（${waiting}）`,
  todo: "评下一通",
  back: "都处理完了，回申诉",
  keys: { rows: "上一通、下一通", open: "打开这一通" },
}
