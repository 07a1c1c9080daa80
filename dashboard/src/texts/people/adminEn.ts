import type { AdminTexts } from "./adminShape"

export const adminEn: AdminTexts = { todo: "x" }
