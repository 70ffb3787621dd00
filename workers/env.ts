/** The bindings of a deployment, from wrangler.toml and its secrets. */
import type { FlushBudgetObject } from '../durable-objects/flush/budget-object.ts'
import type { DatabaseBindings } from '../durable-objects/flush/store.ts'
import type { Room } from '../durable-objects/room/object.ts'
import type { SettingVars } from '../durable-objects/settings/settings.ts'
import type { TokenVars } from '../durable-objects/settings/token-rules.ts'
import type { RateBindings } from './http/rates.ts'

export interface Env extends SettingVars, DatabaseBindings, TokenVars, RateBindings {
  readonly ROOM: DurableObjectNamespace<Room>
  readonly FLUSH_BUDGET: DurableObjectNamespace<FlushBudgetObject>
  /** Origins of pages that may call, separated by commas. */
  readonly ALLOWED_ORIGINS?: string
  /** The demo's static files. */
  readonly ASSETS?: Fetcher
}
