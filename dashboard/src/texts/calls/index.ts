/** Texts of an agent's own calls. */
import { computed } from "vue"
import { isEnglish } from ".."
import { callsEn } from "./en"
import type { CallsTexts } from "./shape"
import { callsZhCN } from "./zh-CN"

/** These texts in the chosen language. */
export const calls = computed<CallsTexts>(() => (isEnglish.value ? callsEn : callsZhCN))
