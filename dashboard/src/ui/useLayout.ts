import { readonly, ref, type Ref } from "vue"
import { inHost } from "./host"

/** The mini window below 760 px, or too low for stage, meters and transcript: a footer in place of meters and side column. */
export function useIsMini(): Readonly<Ref<boolean>> {
  return useMatch("(max-width: 759.98px), (max-height: 559.98px)")
}

/** Wide enough for a column beside the mini window's stage: a page of a laptop at 200 %. */
export function useHasColumn(): Readonly<Ref<boolean>> {
  return useMatch("(min-width: 600px)")
}

/** Too low for the dock beside the mini window's stage, or no column for it: one line. */
export function useIsStrip(): Readonly<Ref<boolean>> {
  return useMatch("(max-height: 559.98px), (min-width: 760px) and (max-width: 1023.98px)")
}

function useMatch(condition: string): Readonly<Ref<boolean>> {
  const isMatch = ref(false)
  const follow = (event: { matches: boolean }): void => void (isMatch.value = event.matches)
  inHost((host) => {
    const query = host.matchMedia(condition)
    follow(query)
    query.addEventListener("change", follow)
    return () => query.removeEventListener("change", follow)
  })
  return readonly(isMatch)
}
