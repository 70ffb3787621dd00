/** The flush budget from a deployment's variables: what all its rooms together may ask of the database. */
import { type BudgetSettings, DEFAULT_BUDGET } from '../../core/flush/budget.ts'
import { numberOf, type Variables } from './table.ts'

export type FlushBudgetVars = Variables<
  'FLUSH_CONCURRENT' | 'FLUSH_PER_WINDOW' | 'FLUSH_WINDOW_MS' | 'FLUSH_LEASE_MS' | 'FLUSH_SHARDS'
>

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
  const number = (name: keyof FlushBudgetVars) => numberOf(vars, name)
  const concurrent = number('FLUSH_CONCURRENT')
  const perWindow = number('FLUSH_PER_WINDOW')
  const shards = Math.min(number('FLUSH_SHARDS'), concurrent, perWindow)
  return {
    shards,
    budget: {
      ...DEFAULT_BUDGET,
      concurrent: Math.floor(concurrent / shards),
      perWindow: Math.floor(perWindow / shards),
      windowMs: number('FLUSH_WINDOW_MS'),
      leaseMs: number('FLUSH_LEASE_MS'),
    },
  }
}
