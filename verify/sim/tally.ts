/**
 * Counts what runs exercised, so that a campaign in which some fault never happened fails instead of proving
 * nothing. Every name here has to occur.
 */
export const COUNTED = [
  'steps',
  // what people do
  'edits',
  'large edits',
  'creations, renames, removals',
  'paths tried that collide with another',
  'renames of only the case',
  'large creations',
  'removals of unopened files',
  'restorations requested',
  'transactions',
  'transactions abandoned',
  'undos',
  'redos',
  'chat messages',
  'policy changes',
  'presence',
  'files opened',
  'files read by the API',
  'clients closed and reopened',
  'clients reloaded',
  'clients that continued with kept work',
  // what the network does
  'frames delivered',
  'frames delayed',
  'frames reordered between connections',
  'frames lost',
  'connections cut at both ends',
  'connections cut at the client first',
  'connections cut at the room first',
  'connections gone silent',
  'connections doubled',
  'connections replaced (4409)',
  'client ids tried by another user',
  'client ids taken by another user',
  'clients that chose another id (4423)',
  'clients offline for seconds',
  'clients asleep for a month',
  // what the platform does
  'deaths',
  'deaths that lost unseen rows',
  'deaths between row and broadcast',
  'deaths during a database call',
  'rooms with a commit interval',
  'hibernations',
  'hibernations ended by a close',
  'disk failures',
  'evictions',
  'returns from the store',
  'journals pruned',
  // what the database does
  'load: ok',
  'load: unavailable',
  'load: answer lost',
  'texts: ok',
  'texts: unavailable',
  'texts: answer lost',
  'commits: ok',
  'commits: unavailable',
  'commits: answer lost',
  'flush: ok',
  'flush: unavailable',
  'flush: answer lost',
  'flush: twice',
  'flush: late',
  'flush: broken off',
  'databases gone back',
  'rooms lost by the database',
  'second writers',
  'object storages lost',
  'flushes over the budget',
  'connections refused (1013)',
  // consequences
  'commits',
  'commits of several submissions',
  'commits of large and small content',
  'commits of large content and chat',
  'commits of large content and policy',
  'acks',
  'acks over a later connection',
  'rejections',
  'files restored',
  'typing handed to the user',
  'submissions resent',
  'resends recognised',
  'welcomes that resumed',
  'welcomes that did not resume',
  'resyncs',
  'rooms that were written again',
  'rooms loaded after an interrupted flush',
  'rooms that stayed in conflict',
  'rooms with lost commits',
  'files with a lost text',
] as const

export type Counted = (typeof COUNTED)[number]

export class Tally {
  readonly #counts = new Map<Counted, number>(COUNTED.map((what) => [what, 0]))

  add(what: Counted, times = 1): void {
    this.#counts.set(what, this.of(what) + times)
  }

  of(what: Counted): number {
    return this.#counts.get(what) ?? 0
  }

  merge(other: Tally): void {
    for (const what of COUNTED) this.add(what, other.of(what))
  }

  /** Names that never occurred. */
  get missing(): Counted[] {
    return COUNTED.filter((what) => this.of(what) === 0)
  }

  toString(): string {
    const width = Math.max(...COUNTED.map((what) => what.length))
    return COUNTED.map((what) => `${what.padEnd(width)}  ${this.of(what)}`).join('\n')
  }
}
