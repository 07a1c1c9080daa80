/** Texts of the pages about people, apart from the agent page's so that that page need not load them. */
import { computed } from "vue"
import { isEnglish } from ".."
import { peopleEn } from "./en"
import type { PeopleTexts } from "./shape"
import { peopleZhCN } from "./zh-CN"

/** These texts in the chosen language. */
export const people = computed<PeopleTexts>(() => (isEnglish.value ? peopleEn : peopleZhCN))
