/**
 * The settings of a deployment, from its variables. An invalid one, or two that contradict each other, stop
 * the deployment.
 */

import { DEFAULT_PACER, type PacerSettings } from '../../core/authority/pacer.ts'
import { DAY_MS, DEFAULT_FLUSH, type FlushSettings } from '../../core/flush/policy.ts'
import { DEFAULT_LIMITS, type Limits } from '../../core/protocol/limits.ts'
import { type FlushBudgetSettings, type FlushBudgetVars, flushBudgetSettingsOf } from './flush-budget.ts'
import { ABOVE_ZERO, DELAY, FROM_ZERO, type Range, TIMEOUT, TIMER, wholeOf } from './values.ts'

/** Variables as wrangler passes them: text, or unset. docs/operations.md documents each. */
export interface SettingVars extends FlushBudgetVars {
  readonly ENVIRONMENT?: string
  readonly MAX_FILE_BYTES?: string
  readonly MAX_FILES?: string
  readonly MAX_ROOM_BYTES?: string
  readonly HELLO_MS?: string
  readonly MAX_FRAME_UNITS?: string
  readonly MAX_HELLO_UNITS?: string
  readonly MAX_CHANGES?: string
  readonly MAX_PRESENCE_UNITS?: string
  readonly MAX_SELECTIONS?: string
  readonly SUBMITS_PER_SECOND?: string
  readonly SUBMIT_BURST?: string
  readonly CHAT_PER_SECOND?: string
  readonly CHAT_BURST?: string
  readonly PRESENCE_PER_SECOND?: string
  readonly PRESENCE_BURST?: string
  readonly REQUESTS_PER_SECOND?: string
  readonly REQUEST_BURST?: string
  readonly ADDRESS_USERS?: string
  readonly CONNECTS_PER_MINUTE?: string
  readonly ROOMS_PER_MINUTE?: string
  readonly INVITATIONS_PER_MINUTE?: string
  readonly MAX_CONNECTIONS?: string
  readonly MAX_CONNECTIONS_PER_USER?: string
  readonly MAX_BACKLOG_UNITS?: string
  readonly FLUSH_IDLE_MS?: string
  readonly FLUSH_MAX_AGE_MS?: string
  readonly FLUSH_MAX_BYTES?: string
  readonly CLIENT_DAYS?: string
  readonly FLUSH_RETRY_MS?: string
  readonly FLUSH_RETRY_MAX_MS?: string
  readonly DATABASE_TIMEOUT_MS?: string
  readonly SILENCE_MS?: string
  readonly GRACE_MS?: string
  readonly TAIL_COMMITS?: string
  readonly COMMIT_INTERVAL_MS?: string
  readonly FRAMES_PER_SECOND?: string
}

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

/** A hundred tabs that reconnect at once; a teacher who invites a large class. */
const PER_MINUTE = { connect: 120, room: 30, invitation: 300 }
const DATABASE_TIMEOUT_MS = 10_000
/**
 * Database calls that an ordinary flush may make with one lease: it writes, learns that the database has
 * less than the room believed, reads what it has, and writes again. The first call that times out ends the
 * flush.
 */
const FLUSH_CALLS = 3
/** The SDK sends something, or pings, every half minute. */
const SILENCE_MS = 60_000
const GRACE_MS = 5 * 60_000
const TAIL_COMMITS = 2_000
/**
 * The platform accepts frames of 32 MiB, and a UTF-16 unit may take three bytes. With a higher limit a
 * client would be disconnected for a frame it was told it may send, reconnect, and be disconnected again.
 */
const FRAME_UNITS: Range = { least: 1, most: Math.floor((32 * 1024 * 1024) / 3) }

/** A hundred years, in days. */
const DAYS: Range = { least: 0, most: 36_500 }

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
  if (settings.graceMs < settings.pacer.commitIntervalMs) {
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
  const whole = (range: Range) => (name: keyof SettingVars, fallback: number) =>
    wholeOf(name, vars[name], fallback, range)
  const fromZero = whole(FROM_ZERO)
  const aboveZero = whole(ABOVE_ZERO)
  const timer = whole(TIMER)
  const timeout = whole(TIMEOUT)
  const delay = whole(DELAY)
  const { rates } = DEFAULT_LIMITS
  return {
    limits: {
      fileBytes: aboveZero('MAX_FILE_BYTES', DEFAULT_LIMITS.fileBytes),
      files: aboveZero('MAX_FILES', DEFAULT_LIMITS.files),
      roomBytes: fromZero('MAX_ROOM_BYTES', DEFAULT_LIMITS.roomBytes),
      helloMs: timeout('HELLO_MS', DEFAULT_LIMITS.helloMs),
      frameUnits: whole(FRAME_UNITS)('MAX_FRAME_UNITS', DEFAULT_LIMITS.frameUnits),
      helloUnits: aboveZero('MAX_HELLO_UNITS', DEFAULT_LIMITS.helloUnits),
      changes: aboveZero('MAX_CHANGES', DEFAULT_LIMITS.changes),
      presenceUnits: aboveZero('MAX_PRESENCE_UNITS', DEFAULT_LIMITS.presenceUnits),
      selections: aboveZero('MAX_SELECTIONS', DEFAULT_LIMITS.selections),
      rates: {
        submit: {
          perSecond: fromZero('SUBMITS_PER_SECOND', rates.submit.perSecond),
          burst: aboveZero('SUBMIT_BURST', rates.submit.burst),
        },
        chat: {
          perSecond: fromZero('CHAT_PER_SECOND', rates.chat.perSecond),
          burst: aboveZero('CHAT_BURST', rates.chat.burst),
        },
        presence: {
          perSecond: fromZero('PRESENCE_PER_SECOND', rates.presence.perSecond),
          burst: aboveZero('PRESENCE_BURST', rates.presence.burst),
        },
        request: {
          perSecond: fromZero('REQUESTS_PER_SECOND', rates.request.perSecond),
          burst: aboveZero('REQUEST_BURST', rates.request.burst),
        },
      },
      addressUsers: fromZero('ADDRESS_USERS', DEFAULT_LIMITS.addressUsers),
      connections: fromZero('MAX_CONNECTIONS', DEFAULT_LIMITS.connections),
      connectionsPerUser: fromZero('MAX_CONNECTIONS_PER_USER', DEFAULT_LIMITS.connectionsPerUser),
      sendQueueUnits: fromZero('MAX_BACKLOG_UNITS', DEFAULT_LIMITS.sendQueueUnits),
    },
    perMinute: {
      connect: fromZero('CONNECTS_PER_MINUTE', PER_MINUTE.connect),
      room: fromZero('ROOMS_PER_MINUTE', PER_MINUTE.room),
      invitation: fromZero('INVITATIONS_PER_MINUTE', PER_MINUTE.invitation),
    },
    flush: {
      ...DEFAULT_FLUSH,
      idleMs: delay('FLUSH_IDLE_MS', DEFAULT_FLUSH.idleMs),
      maxAgeMs: delay('FLUSH_MAX_AGE_MS', DEFAULT_FLUSH.maxAgeMs),
      maxBytes: aboveZero('FLUSH_MAX_BYTES', DEFAULT_FLUSH.maxBytes),
      clientMs: DAY_MS * whole(DAYS)('CLIENT_DAYS', DEFAULT_FLUSH.clientMs / DAY_MS),
      retryMs: timeout('FLUSH_RETRY_MS', DEFAULT_FLUSH.retryMs),
      retryMaxMs: timeout('FLUSH_RETRY_MAX_MS', DEFAULT_FLUSH.retryMaxMs),
    },
    flushBudget: flushBudgetSettingsOf(vars),
    environment: vars.ENVIRONMENT || 'production',
    databaseTimeoutMs: timeout('DATABASE_TIMEOUT_MS', DATABASE_TIMEOUT_MS),
    silenceMs: delay('SILENCE_MS', SILENCE_MS),
    graceMs: delay('GRACE_MS', GRACE_MS),
    tailCommits: aboveZero('TAIL_COMMITS', TAIL_COMMITS),
    pacer: {
      commitIntervalMs: timer('COMMIT_INTERVAL_MS', DEFAULT_PACER.commitIntervalMs),
      framesPerSecond: aboveZero('FRAMES_PER_SECOND', DEFAULT_PACER.framesPerSecond),
    },
  }
}
