import { createApp, watchEffect } from "vue"
import App from "./App.vue"
import { router } from "./router"
import "./styles/tokens.css"
import "./styles/base.css"
import { isEnglish } from "./texts"

// Screen readers pronounce by it, and sizes go by it.
watchEffect(() => void (document.documentElement.lang = isEnglish.value ? "en" : "zh-CN"))
createApp(App).use(router).mount("#app")
