import type { AdminTexts } from "./adminShape"

export const adminZhCN: AdminTexts = { todo: "x" }
