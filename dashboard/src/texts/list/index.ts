/** Texts of the list of calls. */
import { computed } from "vue"
import { isEnglish } from ".."
import { listEn } from "./en"
import type { ListTexts } from "./shape"
import { listZhCN } from "./zh-CN"

/** These texts in the chosen language. */
export const list = computed<ListTexts>(() => (isEnglish.value ? listEn : listZhCN))
