/** An authority with an empty past, for tests of its decisions. */

import { type Author, Authority, type Outcome, type Past } from '../../../core/authority/authority.ts'
import { emptyRoom } from '../../../core/model/state.ts'
import { DEFAULT_LIMITS, type Limits } from '../../../core/protocol/limits.ts'
import type { Change, Commit } from '../../../core/protocol/messages.ts'

export const ANNA: Author = { client: 'client-anna', user: 'anna', name: 'Anna', role: null }
export const BEN: Author = { client: 'client-ben', user: 'ben', name: 'Ben', role: null }
export const VERA: Author = { client: 'client-vera', user: 'vera', name: 'Vera', role: 'viewer' }

/** An empty past. */
export const NOTHING: Past = {
  text: (file) => {
    throw new Error(`no text of ${file}`)
  },
  commits: () => null,
  client: () => null,
  removals: () => null,
  blob: () => null,
}

export class Harness {
  readonly authority: Authority
  readonly #n = new Map<string, number>()

  constructor(
    files: Readonly<Record<string, string>> = {},
    limits: Partial<Limits> = {},
    past: Past = NOTHING,
  ) {
    this.authority = new Authority(emptyRoom(), past, { ...DEFAULT_LIMITS, ...limits })
    const changes = Object.entries(files).map(
      ([path, text]): Change => ({ type: 'create', file: path, path, text }),
    )
    if (changes.length === 0) return
    this.submit({ client: 'client-setup', user: 'setup', name: 'Setup', role: null }, changes)
    this.seal()
  }

  /** @param base defaults to the room's sealed seq */
  submit(author: Author, changes: readonly Change[], base = this.authority.state.seq): Outcome {
    const n = (this.#n.get(author.client) ?? 0) + 1
    this.#n.set(author.client, n)
    return this.authority.submit(author, { type: 'submit', n, base, changes }, 1_000)
  }

  edit(author: Author, file: string, op: Extract<Change, { type: 'edit' }>['op'], base?: number): Outcome {
    return this.submit(author, [{ type: 'edit', file, op }], base)
  }

  seal(): Commit<Change> {
    return this.authority.seal(1_000).whole
  }

  text(file: string): string | undefined {
    return this.authority.state.files.get(file)?.text?.toString()
  }

  get paths(): string[] {
    return [...this.authority.state.files.values()].map(({ path }) => path).sort()
  }
}
