/** What gives way in the header where there is no room for everything: one thing after the other, the last one only in part. */
import { onMounted, onScopeDispose, type Ref } from "vue"

/** In this order, by the names that `data-gives` has in the header's style. Each is still said by a tooltip. */
export const GIVES = ["brand", "latency", "mini", "words", "centre", "peer", "bars", "keys", "gaps", "state", "names"] as const

/** Before the page is painted, after each change of the header's texts or width. */
export function useRoom(header: Ref<HTMLElement | null>): void {
  onMounted(() => {
    const found = header.value
    if (!found || typeof ResizeObserver === "undefined") return
    const look = (): void => giveWay(found)
    const width = new ResizeObserver(look)
    const texts = new MutationObserver(look)
    width.observe(found)
    texts.observe(found, { childList: true, characterData: true, subtree: true })
    onScopeDispose(() => {
      width.disconnect()
      texts.disconnect()
    })
  })
}

function giveWay(header: HTMLElement): void {
  for (let count = 0; count <= GIVES.length; count++) {
    header.dataset.gives = GIVES.slice(0, count).join(" ")
    if (header.scrollWidth <= header.clientWidth) return
  }
}
