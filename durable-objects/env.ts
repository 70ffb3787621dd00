/** The bindings of a deployment, as wrangler.toml and its secrets make them. */
import type { FlushBudgetObject } from './flush/budget-object.ts'
import type { DatabaseBindings } from './flush/store.ts'
import type { Room } from './room/object.ts'
import type { SettingVars } from './settings/settings.ts'
import type { TokenVars } from './settings/token-rules.ts'

/** Cloudflare's rate limiting, where it is bound: how often a user, or an address, may do something. */
export interface RateBindings {
  readonly CONNECTS_BY_USER?: RateLimit
  readonly CONNECTS_BY_ADDRESS?: RateLimit
  readonly ROOMS_BY_USER?: RateLimit
  readonly ROOMS_BY_ADDRESS?: RateLimit
  readonly INVITATIONS_BY_USER?: RateLimit
  readonly INVITATIONS_BY_ADDRESS?: RateLimit
}

export interface Env extends SettingVars, DatabaseBindings, TokenVars, RateBindings {
  readonly ROOM: DurableObjectNamespace<Room>
  readonly FLUSH_BUDGET: DurableObjectNamespace<FlushBudgetObject>
  /** Origins of pages that may call, with commas between. */
  readonly ALLOWED_ORIGINS?: string
  /** The demo's files. */
  readonly ASSETS?: Fetcher
}
