/**
 * What may import what, types included. From the bottom: api (generated types and how the server is asked), call (what
 * a page knows of a call; pure), floor (what a page knows of all calls of a team; pure), texts, ui (parts any page may use), stage (what an agent sees, live or
 * then), connection (a call followed live, who is signed in), people (signing in,
 * what the pages about people share), review (what
 * people say of a call), replay (a recorded call, heard and drawn), pages.
 */
const layers = ["api", "call", "floor", "texts", "ui", "stage", "connection", "people", "review", "replay"]

/** A file of a layer sees its own layer and those below it. */
const upward = layers.map((layer, at) => ({
  name: `${layer}-looks-up`,
  severity: "error",
  from: { path: `^src/${layer}/` },
  to: { path: "^src/", pathNot: `^src/(${layers.slice(0, at + 1).join("|")})/` },
}))

module.exports = {
  forbidden: [
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    ...upward,
    {
      name: "call-is-pure",
      comment: "no Vue, no other package: what came gives the same view anywhere",
      severity: "error",
      from: { path: "^src/(call|floor)/", pathNot: "\\.test\\.ts$" },
      to: { path: "node_modules" },
    },
    {
      name: "pages-apart",
      comment: "what two pages need belongs below the pages",
      severity: "error",
      from: { path: "^src/pages/([^/]+)/" },
      to: { path: "^src/(pages/[^/]+/|router|App|main)", pathNot: "^src/pages/$1/" },
    },
    {
      name: "for-tests-only",
      severity: "error",
      from: { path: "^src/", pathNot: "\\.test\\.ts$|/testing\\.ts$" },
      to: { path: "/testing\\.ts$" },
    },
    { name: "not-found", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: { tsPreCompilationDeps: true, tsConfig: { fileName: "tsconfig.json" }, doNotFollow: { path: "node_modules" } },
}
