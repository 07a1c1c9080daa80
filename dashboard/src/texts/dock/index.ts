/** Texts of what an agent and the team lead tell each other in a call. */
import { computed } from "vue"
import { isEnglish } from ".."
import { dockEn } from "./en"
import type { DockTexts } from "./shape"
import { dockZhCN } from "./zh-CN"

/** These texts in the chosen language. */
export const dock = computed<DockTexts>(() => (isEnglish.value ? dockEn : dockZhCN))
