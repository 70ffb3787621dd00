/** What a deployment allows all its rooms together to ask of the database, from its variables. */
import { type BudgetSettings, DEFAULT_BUDGET } from '../../core/flush/budget.ts'
import { TIMEOUT, wholeOf } from './values.ts'

/** Variables as wrangler hands them over: text, or not set. */
export interface FlushBudgetVars {
  readonly FLUSH_CONCURRENT?: string
  readonly FLUSH_PER_WINDOW?: string
  readonly FLUSH_WINDOW_MS?: string
  readonly FLUSH_LEASE_MS?: string
  readonly FLUSH_SHARDS?: string
}

export interface FlushBudgetSettings {
  /** Objects that the budget is spread over */
  readonly shards: number
  /** What each of them may let through */
  readonly budget: BudgetSettings
}

/**
 * The limits of one shard: its part of the whole, at least 1. There are never more shards than flushBudget, so that the parts
 * never exceed the whole.
 * @throws Error naming the setting that cannot be understood
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
