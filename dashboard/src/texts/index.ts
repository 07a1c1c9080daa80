/** The texts of the pages in the language that was chosen; this computer keeps the choice. */
import { computed, ref } from "vue"
import { en } from "./en"
import type { Texts } from "./shape"
import { zhCN } from "./zh-CN"

const KEY = "callcoach.language"
type Language = "zh-CN" | "en"

const language = ref<Language>(stored() === "en" ? "en" : "zh-CN")

export const isEnglish = computed(() => language.value === "en")

/** The texts of the chosen language. */
export const t = computed<Texts>(() => (isEnglish.value ? en : zhCN))

export function switchLanguage(): void {
  language.value = language.value === "en" ? "zh-CN" : "en"
  try {
    localStorage.setItem(KEY, language.value)
  } catch {
    // a browser that keeps nothing still switches for this visit
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}
