import { onScopeDispose, readonly, ref, type Ref } from "vue"

/** The mini window below 760 px: a footer in place of meters, transcript and side column. */
export function useIsMini(): Readonly<Ref<boolean>> {
  const query = window.matchMedia("(max-width: 759.98px)")
  const isMini = ref(query.matches)
  const follow = (event: MediaQueryListEvent): void => void (isMini.value = event.matches)
  query.addEventListener("change", follow)
  onScopeDispose(() => query.removeEventListener("change", follow))
  return readonly(isMini)
}
