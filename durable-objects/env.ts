/** The bindings of a deployment, as wrangler.toml and its secrets make them. */
import type { FlushBudgetObject } from './flush-budget.ts'
import type { Room } from './room.ts'
import type { SettingVars } from './settings.ts'
import type { TokenVars } from './token-rules.ts'

export interface Env extends SettingVars, TokenVars {
  readonly ROOM: DurableObjectNamespace<Room>
  readonly FLUSH_BUDGET: DurableObjectNamespace<FlushBudgetObject>
  /** Origins of pages that may call, with commas between. */
  readonly ALLOWED_ORIGINS?: string
  /** The demo's files. */
  readonly ASSETS?: Fetcher
  /** Where the lasting copy is kept. Without it rooms live in their objects alone. */
  readonly DATABASE_URL?: string
  /** Any Postgres through Hyperdrive: used instead of DATABASE_URL. */
  readonly HYPERDRIVE?: Hyperdrive
  /** Where the Neon driver sends its queries, when it is not Neon itself. */
  readonly NEON_ENDPOINT?: string
}
