/** Texts of the floor. */
import { computed } from "vue"
import { isEnglish } from ".."
import { floorEn } from "./en"
import type { FloorTexts } from "./shape"
import { floorZhCN } from "./zh-CN"

/** These texts in the chosen language. */
export const floor = computed<FloorTexts>(() => (isEnglish.value ? floorEn : floorZhCN))
