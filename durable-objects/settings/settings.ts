/**
 * The settings of a deployment, from its variables. An invalid one, or two that contradict each other, stop
 * the deployment.
 */

import type { PacerSettings } from '../../core/authority/pacer.ts'
import { DAY_MS, DEFAULT_FLUSH, type FlushSettings } from '../../core/flush/policy.ts'
import type { Limits } from '../../core/protocol/limits.ts'
import { type FlushBudgetSettings, flushBudgetSettingsOf } from './flush-budget.ts'
import { type NumberName, numberOf, type Variables } from './table.ts'

export type SettingVars = Variables<NumberName | 'ENVIRONMENT'>

export interface Settings {
  readonly limits: Limits
  /** how often one user may connect, create a room, and invite; 0 for no limit */
  readonly perMinute: { readonly connect: number; readonly room: number; readonly invitation: number }
  readonly flush: FlushSettings
  readonly pacer: PacerSettings
  readonly flushBudget: FlushBudgetSettings
  /** Where this runs: prefixes the writer id that Postgres stores for each instance of an object. */
  readonly environment: string
  /** timeout of a database call, ms */
  readonly databaseTimeoutMs: number
  /**
   * in a room of several, a session silent for this many ms is closed; may take twice as long, since that is
   * also the interval of the check; 0 for never
   */
  readonly silenceMs: number
  /** ms from the last session leaving to evicting the room, once Postgres has it */
  readonly graceMs: number
  /** commits that the journal keeps for resuming clients; older ones are read from the archive */
  readonly tailCommits: number
}

/**
 * Database calls that an ordinary flush may make with one lease: it writes, learns that the database has
 * less than the room believed, reads what it has, and writes again. The first call that times out ends the
 * flush.
 */
const FLUSH_CALLS = 3

/**
 * Reads the settings of a deployment.
 * @throws Error naming the invalid setting, or the two that contradict each other; it quotes no value
 */
export function settingsOf(vars: SettingVars): Settings {
  const settings = valuesOf(vars)
  if (settings.flush.retryMaxMs < settings.flush.retryMs) {
    throw new Error(
      'The setting FLUSH_RETRY_MAX_MS, the longest wait after a failed flush, must not be below FLUSH_RETRY_MS, the first wait.',
    )
  }
  if (settings.graceMs < (settings.pacer.commitIntervalMs ?? 0)) {
    throw new Error(
      'The setting GRACE_MS, how long a room stays loaded after the last session left, must not be below COMMIT_INTERVAL_MS, the least time between two commits.',
    )
  }
  if (settings.flushBudget.budget.leaseMs < FLUSH_CALLS * settings.databaseTimeoutMs) {
    throw new Error(
      'The setting FLUSH_LEASE_MS, after which a flush lease counts as lost, must be at least three times DATABASE_TIMEOUT_MS: a flush may make three calls to the database, each of which may take that long. Raise FLUSH_LEASE_MS or lower DATABASE_TIMEOUT_MS.',
    )
  }
  return settings
}

function valuesOf(vars: SettingVars): Settings {
  const number = <Name extends NumberName>(name: Name) => numberOf(vars, name)
  return {
    limits: {
      fileBytes: number('MAX_FILE_BYTES'),
      files: number('MAX_FILES'),
      roomBytes: number('MAX_ROOM_BYTES'),
      helloMs: number('HELLO_MS'),
      frameUnits: number('MAX_FRAME_UNITS'),
      helloUnits: number('MAX_HELLO_UNITS'),
      changes: number('MAX_CHANGES'),
      presenceUnits: number('MAX_PRESENCE_UNITS'),
      selections: number('MAX_SELECTIONS'),
      rates: {
        submit: { perSecond: number('SUBMITS_PER_SECOND'), burst: number('SUBMIT_BURST') },
        chat: { perSecond: number('CHAT_PER_SECOND'), burst: number('CHAT_BURST') },
        presence: { perSecond: number('PRESENCE_PER_SECOND'), burst: number('PRESENCE_BURST') },
        request: { perSecond: number('REQUESTS_PER_SECOND'), burst: number('REQUEST_BURST') },
      },
      addressUsers: number('ADDRESS_USERS'),
      connections: number('MAX_CONNECTIONS'),
      connectionsPerUser: number('MAX_CONNECTIONS_PER_USER'),
      sendQueueUnits: number('MAX_SEND_QUEUE_UNITS'),
    },
    perMinute: {
      connect: number('CONNECTS_PER_MINUTE'),
      room: number('ROOMS_PER_MINUTE'),
      invitation: number('INVITATIONS_PER_MINUTE'),
    },
    flush: {
      ...DEFAULT_FLUSH,
      idleMs: number('FLUSH_IDLE_MS'),
      maxAgeMs: number('FLUSH_MAX_AGE_MS'),
      maxBytes: number('FLUSH_MAX_BYTES'),
      clientMs: DAY_MS * number('CLIENT_DAYS'),
      retryMs: number('FLUSH_RETRY_MS'),
      retryMaxMs: number('FLUSH_RETRY_MAX_MS'),
    },
    flushBudget: flushBudgetSettingsOf(vars),
    environment: vars.ENVIRONMENT || 'production',
    databaseTimeoutMs: number('DATABASE_TIMEOUT_MS'),
    silenceMs: number('SILENCE_MS'),
    graceMs: number('GRACE_MS'),
    tailCommits: number('TAIL_COMMITS'),
    pacer: {
      commitIntervalMs: number('COMMIT_INTERVAL_MS'),
      framesPerSecond: number('FRAMES_PER_SECOND'),
    },
  }
}
