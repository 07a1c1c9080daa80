/** Texts of the page on which a call is replayed. */
import { computed } from "vue"
import { isEnglish } from ".."
import { replayEn } from "./en"
import type { ReplayTexts } from "./shape"
import { replayZhCN } from "./zh-CN"

/** These texts in the chosen language. */
export const replay = computed<ReplayTexts>(() => (isEnglish.value ? replayEn : replayZhCN))
