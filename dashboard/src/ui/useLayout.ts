import { readonly, ref, type Ref } from "vue"
import { inHost } from "./host"

/** The mini window below 760 px: a footer in place of meters, transcript and side column. */
export function useIsMini(): Readonly<Ref<boolean>> {
  const isMini = ref(false)
  const follow = (event: { matches: boolean }): void => void (isMini.value = event.matches)
  inHost((host) => {
    const query = host.matchMedia("(max-width: 759.98px)")
    follow(query)
    query.addEventListener("change", follow)
    return () => query.removeEventListener("change", follow)
  })
  return readonly(isMini)
}
