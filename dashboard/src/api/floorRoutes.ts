/** What the routes of the floor answer, as its pages call it. */
export type { FloorDay as Shift, PastCase, Plan } from "./http"
