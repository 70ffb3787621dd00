/**
 * Whether this deployment can serve, part by part: the database, its migrations, and the keys of the identity provider. An
 * answer is kept for some seconds, and those who ask while one is sought share it, so that nobody can make work by asking
 * often. It quotes nothing of a setting.
 */

import type { Transact } from '../../schema/statement.ts'
import { databaseState, type PartState } from '../../schema/stores/readiness.ts'

export interface Readiness {
  readonly ok: boolean
  readonly checks: {
    readonly database: PartState
    readonly migrations: PartState
    readonly keys: PartState
  }
}

/** What is asked. */
export interface Parts {
  /** Null where no database is configured. */
  readonly database: Transact | null
  /** Whether rooms may live in their objects alone. */
  readonly isLocal: boolean
  /** Whether the identity provider shows its keys; null where there is none. */
  readonly keys: (() => Promise<boolean>) | null
}

/** ms that an answer is good for. */
const KEPT_MS = 5_000
/** ms after which an answer that was sought for somebody else is not waited for any more: their request may have been cut off. */
const PATIENCE_MS = 15_000

const NO_DATABASE =
  'there is no database: set DATABASE_URL, or bind HYPERDRIVE. Until then rooms live in their objects alone, and no copy of them is kept'

export class ReadinessProbe {
  readonly #parts: Parts
  #last: { readonly at: number; readonly readiness: Readiness } | null = null
  #pending: { readonly since: number; readonly answer: Promise<Readiness> } | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** How things are, or were some seconds ago. */
  async now(): Promise<Readiness> {
    for (;;) {
      if (this.#last !== null && Date.now() - this.#last.at < KEPT_MS) return this.#last.readiness
      const pending = this.#pending
      if (pending === null || Date.now() - pending.since >= PATIENCE_MS) return this.#ask()
      let timer: ReturnType<typeof setTimeout> | null = null
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, pending.since + PATIENCE_MS - Date.now())
      })
      await Promise.race([pending.answer, late])
      clearTimeout(timer)
    }
  }

  async #ask(): Promise<Readiness> {
    const answer = readinessOf(this.#parts)
    const pending = { since: Date.now(), answer }
    this.#pending = pending
    try {
      const readiness = await answer
      this.#log(readiness)
      this.#last = { at: Date.now(), readiness }
      return readiness
    } finally {
      if (this.#pending === pending) this.#pending = null
    }
  }

  /** What changed since the last time. */
  #log({ ok, checks }: Readiness): void {
    const before = this.#last?.readiness
    if (JSON.stringify(before?.checks) === JSON.stringify(checks)) return
    const failing = Object.entries(checks).flatMap(([part, { ok, message }]) =>
      ok === false ? [`${part}: ${message}.`] : [],
    )
    if (!ok) console.error(`This deployment is not ready. ${failing.join(' ')}`)
    else if (before !== undefined) console.warn('This deployment is ready again.')
  }
}

async function readinessOf({ database, isLocal, keys }: Parts): Promise<Readiness> {
  const [stored, signed] = await Promise.all([
    database === null ? withoutDatabase(isLocal) : databaseState(database),
    keys === null ? { ok: null, message: 'there is no identity provider' } : keysState(await keys()),
  ])
  const checks = { ...stored, keys: signed }
  return { ok: Object.values(checks).every(({ ok }) => ok !== false), checks }
}

function withoutDatabase(isLocal: boolean) {
  const nothing: PartState = { ok: null, message: 'there is no database' }
  return { database: isLocal ? nothing : { ok: false, message: NO_DATABASE }, migrations: nothing }
}

function keysState(answered: boolean): PartState {
  if (answered) return { ok: true }
  return {
    ok: false,
    message:
      'the identity provider shows no keys at AUTH_JWKS_URL: people whose keys are not known here are told to come again',
  }
}
