/** The flush budget from a deployment's variables: what all its rooms together may ask of the database. */
import { type BudgetSettings, DEFAULT_BUDGET } from '../../core/flush/budget.ts'
import { TIMEOUT, wholeOf } from './values.ts'

/** Variables as wrangler passes them: text, or unset. */
export interface FlushBudgetVars {
  readonly FLUSH_CONCURRENT?: string
  readonly FLUSH_PER_WINDOW?: string
  readonly FLUSH_WINDOW_MS?: string
  readonly FLUSH_LEASE_MS?: string
  readonly FLUSH_SHARDS?: string
}

export interface FlushBudgetSettings {
  /** number of objects that the budget is split over */
  readonly shards: number
  /** the limits of each of them */
  readonly budget: BudgetSettings
}

/**
 * The limits of one shard: its share of the whole, at least 1. The number of shards is capped so that the
 * shares never exceed the whole.
 * @throws Error naming the invalid setting
 */
export function flushBudgetSettingsOf(vars: FlushBudgetVars): FlushBudgetSettings {
  const count = (name: keyof FlushBudgetVars, fallback: number) =>
    wholeOf(name, vars[name], fallback, TIMEOUT)
  const concurrent = count('FLUSH_CONCURRENT', DEFAULT_BUDGET.concurrent)
  const perWindow = count('FLUSH_PER_WINDOW', DEFAULT_BUDGET.perWindow)
  const shards = Math.min(count('FLUSH_SHARDS', 1), concurrent, perWindow)
  return {
    shards,
    budget: {
      ...DEFAULT_BUDGET,
      concurrent: Math.floor(concurrent / shards),
      perWindow: Math.floor(perWindow / shards),
      windowMs: count('FLUSH_WINDOW_MS', DEFAULT_BUDGET.windowMs),
      leaseMs: count('FLUSH_LEASE_MS', DEFAULT_BUDGET.leaseMs),
    },
  }
}
