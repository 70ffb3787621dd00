/**
 * Whether this deployment can serve, part by part: the database, its migrations, and the keys of the
 * identity provider. A result is cached for some seconds, and concurrent requests share one check, so that
 * nobody can cause load by asking often. It quotes no setting.
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

/** What is checked. */
export interface Parts {
  /** Null if no database is configured. */
  readonly database: Transact | null
  /** Whether rooms may exist only in their objects. */
  readonly isLocal: boolean
  /** Whether the identity provider serves its keys; null if there is none. */
  readonly keys: (() => Promise<boolean>) | null
}

/** ms that a result is cached. */
const KEPT_MS = 5_000
/** ms after which another request's check is no longer waited for: that request may have been aborted. */
const PATIENCE_MS = 15_000

const NO_DATABASE =
  'there is no database: set DATABASE_URL, or bind HYPERDRIVE. Until then rooms exist only in their objects, without any copy'

export class ReadinessProbe {
  readonly #parts: Parts
  #last: { readonly at: number; readonly readiness: Readiness } | null = null
  #pending: { readonly since: number; readonly answer: Promise<Readiness> } | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The current state, or that of some seconds ago. */
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

  /** Logs what changed since the last check. */
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
      'the identity provider serves no keys at AUTH_JWKS_URL: tokens whose keys are not cached here are refused with 503',
  }
}
