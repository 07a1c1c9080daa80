/** Which page an address shows: a page is one line here and one folder in pages/. Keep PAGES of pipeline/server/pages.py in step. */
import { createRouter, createWebHistory, type RouteLocation, type RouteRecordRaw } from "vue-router"
import UnknownPage from "./pages/UnknownPage.vue"

const PAGES: RouteRecordRaw[] = [
  { path: "/agent/calls", component: () => import("./pages/agent/calls/CallsPage.vue"), meta: { stays: true }, props: ({ query }) => ({ call: typeof query.call === "string" ? query.call : null }) },
  { path: "/agent/:rest(.*)*", component: () => import("./pages/agent/AgentPage.vue"), props: wantedCall },
  { path: "/login", component: () => import("./pages/login/LoginPage.vue") },
  { path: "/admin/:section(teams|tokens|desks|settings|audit)?", component: () => import("./pages/admin/AdminPage.vue"), props: true },
  { path: "/qa/import", component: () => import("./pages/qa/ImportPage.vue") },
  { path: "/qa/rules", component: () => import("./pages/qa/rules/RulesPage.vue") },
  { path: "/qa", component: () => import("./pages/qa/list/ListPage.vue") },
  { path: "/qa/appeals", component: () => import("./pages/qa/appeals/AppealsPage.vue") },
  { path: "/qa/calls/:call/card", component: () => import("./pages/qa/card/CardPage.vue"), props: true },
  { path: "/qa/calls/:call", component: () => import("./pages/qa/replay/ReplayPage.vue"), props: ({ params, query }) => ({ call: String(params.call), at: Number(query.at) || null, item: typeof query.item === "string" ? query.item : null, words: typeof query.words === "string" ? query.words : "" }) },
  { path: "/floor", component: () => import("./pages/floor/FloorPage.vue"), meta: { stays: true } },
  { path: "/floor/plan", component: () => import("./pages/floor/plan/PlanPage.vue") },
  { path: "/floor/day", component: () => import("./pages/floor/day/DayPage.vue") },
  { path: "/me", component: () => import("./pages/me/MePage.vue") },
]

export const router = createRouter({
  history: createWebHistory(),
  routes: [{ path: "/", redirect: (to) => ({ path: "/agent", query: to.query }) }, ...PAGES, { path: "/:rest(.*)*", component: UnknownPage }],
})

/** `?call=ID` shows that call; otherwise the page follows the latest one. */
export function wantedCall({ query }: Pick<RouteLocation, "query">): { wanted: string } {
  const call = Array.isArray(query.call) ? query.call[0] : query.call
  return { wanted: call || "latest" }
}
