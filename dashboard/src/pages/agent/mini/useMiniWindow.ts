/** The page in a small window that stays in front: the same nodes, moved there and back. */
import { createApp, onScopeDispose, ref, type App, type Component, type Ref } from "vue"
import { hostTimeout, setHost } from "../../../ui/host"

const NAME = "callcoach-mini"
const BLOCKED_MS = 6000
const SIZE = { width: 380, height: 600 }

interface PictureInPicture {
  requestWindow: (size: { width: number; height: number }) => Promise<Window>
}

export interface MiniWindow {
  /** `blocked`: the browser allows neither kind of window. */
  state: Ref<"here" | "away" | "blocked">
  toggle: () => Promise<void>
}

/** `root` is the app's own element; `placeholder` stands in the tab while it is away and says how to get it back. */
export function useMiniWindow(root: () => HTMLElement | null, placeholder: Component): MiniWindow {
  const state = ref<"here" | "away" | "blocked">("here")
  let small: Window | null = null
  let sign: { app: App; element: HTMLElement } | null = null

  function back(): void {
    const element = root()
    if (!small || !element) return
    const closing = small
    small = null
    document.body.append(document.adoptNode(element))
    sign?.app.unmount()
    sign?.element.remove()
    sign = null
    setHost(null)
    state.value = "here"
    closing.close()
  }

  async function away(): Promise<void> {
    const element = root()
    const offered = (window as { documentPictureInPicture?: PictureInPicture }).documentPictureInPicture
    if (!element) return
    if (!offered) return popup()
    let opened: Window
    try {
      opened = await offered.requestWindow(SIZE)
    } catch {
      return popup()
    }
    await dress(opened)
    if (opened.closed || small) return
    small = opened
    opened.document.body.append(opened.document.adoptNode(element))
    opened.addEventListener("pagehide", back, { once: true })
    setHost(opened)
    state.value = "away"
    const stand = document.createElement("div")
    document.body.append(stand)
    sign = { app: createApp(placeholder, { onBack: back }), element: stand }
    sign.app.mount(stand)
  }

  function popup(): void {
    const features = `popup,width=${SIZE.width},height=${SIZE.height}`
    const opened = window.open(`/agent${location.search}`, NAME, features)
    state.value = opened ? "here" : "blocked"
    if (!opened) hostTimeout(BLOCKED_MS, () => void (state.value = "here"))
  }

  async function toggle(): Promise<void> {
    if (window.name === NAME) window.close()
    else if (small) back()
    else await away()
  }

  onScopeDispose(back)
  return { state, toggle }
}

/** The tab's look: its style sheets, language, title and the attributes of its body. */
async function dress(opened: Window): Promise<void> {
  const { document: small } = opened
  small.documentElement.lang = document.documentElement.lang
  small.title = document.title
  Object.assign(small.body.dataset, document.body.dataset)
  const style = small.createElement("style")
  style.textContent = (await Promise.all([...document.styleSheets].map(written))).join("\n")
  small.head.append(style)
}

/** As written, out of the browser's own store: rules read back lose borders that are set by a variable. */
async function written(sheet: CSSStyleSheet): Promise<string> {
  const readBack = [...sheet.cssRules].map((rule) => rule.cssText).join("\n")
  if (!sheet.href) return sheet.ownerNode?.textContent ?? readBack
  try {
    const answer = await fetch(sheet.href, { cache: "force-cache" })
    return answer.ok ? await answer.text() : readBack
  } catch {
    return readBack // the server is away, and nothing was kept
  }
}
