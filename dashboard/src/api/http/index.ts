// Generated from the application's OpenAPI document by scripts/generate_types.py. Do not edit: run `make types`.

import type { ReviewsRoutes } from "./reviews"
import type { QaRoutes } from "./qa"
import type { ImportsRoutes } from "./imports"
import type { FloorRoutes } from "./floor"
import type { AgentRoutes } from "./agent"
import type { PeopleRoutes } from "./people"
import type { AdminRoutes } from "./admin"

export type * from "./common"
export type * from "./reviews"
export type * from "./qa"
export type * from "./imports"
export type * from "./floor"
export type * from "./agent"
export type * from "./people"
export type * from "./admin"

/** All there are. */
export interface Routes extends ReviewsRoutes, QaRoutes, ImportsRoutes, FloorRoutes, AgentRoutes, PeopleRoutes, AdminRoutes {}
