/** Texts of reviews: what people say of a call, wherever it is shown. */
import { computed } from "vue"
import { isEnglish } from ".."
import { reviewEn } from "./en"
import type { ReviewTexts } from "./shape"
import { reviewZhCN } from "./zh-CN"

/** These texts in the chosen language. */
export const review = computed<ReviewTexts>(() => (isEnglish.value ? reviewEn : reviewZhCN))
