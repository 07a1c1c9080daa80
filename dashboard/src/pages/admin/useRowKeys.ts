/** `/` to the search, `J` `K` along the rows, `F` to the filters: whatever part of the administrator's pages is shown. */
import type { Ref } from "vue"

/** Rows carry `data-row` on what is pressed to open them, the search `data-search`, the first filter `data-filter`. */
export function useRowKeys(root: Readonly<Ref<HTMLElement | null>>): Record<string, () => boolean> {
  function focus(selector: string): boolean {
    const found = root.value?.querySelector<HTMLElement>(selector)
    found?.focus()
    return found !== null && found !== undefined
  }

  function move(step: 1 | -1): boolean {
    const rows = [...(root.value?.querySelectorAll<HTMLElement>("[data-row]") ?? [])]
    if (!rows.length) return false
    const active = document.activeElement
    const at = rows.findIndex((row) => row === active || row.closest("tr")?.contains(active))
    const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))]
    next?.focus()
    next?.scrollIntoView({ block: "nearest" })
    return true
  }

  return { "/": () => focus("[data-search]"), j: () => move(1), k: () => move(-1), f: () => focus("[data-filter]") }
}
