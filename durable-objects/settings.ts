/** The settings of a deployment, from its variables. One that cannot be understood stops the start, loudly. */
import { DEFAULT_LIMITS, type Limits, TIMER_MS } from '../core/protocol/limits.ts'
import { DEFAULT_FLUSH, type FlushSettings } from '../core/room/flush-policy.ts'
import { DEFAULT_PACER, type PacerSettings } from '../core/room/pacer.ts'
import { type PermitSettings, type PermitVars, permitSettingsOf } from './permits.ts'

/** Variables as wrangler hands them over: text, or not set. What each means stands in docs/operations.md. */
export interface SettingVars extends PermitVars {
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
  /** how often one user may connect, make a room, and invite; 0 for no limit */
  readonly perMinute: { readonly connect: number; readonly room: number; readonly invitation: number }
  readonly flush: FlushSettings
  readonly pacer: PacerSettings
  readonly permits: PermitSettings
  /** ms after which a call to the database is given up */
  readonly databaseTimeoutMs: number
  /** ms after which somebody of whom nothing is heard is gone, in a room of several; twice as long at most, since it is looked so often; 0 for never */
  readonly silenceMs: number
  /** ms after the last person left until the object lets go of a room that the lasting copy has */
  readonly graceMs: number
  /** commits that the journal keeps for those who come back; older ones are read from the archive */
  readonly tailCommits: number
}

/** A hundred tabs that come back at once; a teacher who invites a large class. */
const PER_MINUTE = { connect: 120, room: 30, invitation: 300 }
const DATABASE_TIMEOUT_MS = 10_000
/** The SDK says something, or pings, every half minute. */
const SILENCE_MS = 60_000
const GRACE_MS = 5 * 60_000
const TAIL_COMMITS = 2_000

/** @throws Error naming the setting that cannot be understood */
export function settingsOf(vars: SettingVars): Settings {
  const number = (name: keyof SettingVars, fallback: number): number => {
    const value = vars[name]
    if (value === undefined || value === '') return fallback
    const parsed = Number(value)
    if (Number.isFinite(parsed) && parsed >= 0) return parsed
    throw new Error(`The setting ${name} must be a number from 0.`)
  }
  /** A number below 1 would refuse everything. */
  const atLeastOne = (name: keyof SettingVars, fallback: number): number => {
    const value = number(name, fallback)
    if (value >= 1) return value
    throw new Error(`the setting ${name} must be a number from 1, not "${vars[name]}"`)
  }
  /** ms that a timer waits, not an alarm: one that is too long would fire at once. */
  const timerMs = (name: keyof SettingVars, fallback: number): number => {
    const value = number(name, fallback)
    if (value <= TIMER_MS) return value
    throw new Error(`The setting ${name} must be at most ${TIMER_MS} ms.`)
  }
  const { rates } = DEFAULT_LIMITS
  return {
    limits: {
      fileBytes: number('MAX_FILE_BYTES', DEFAULT_LIMITS.fileBytes),
      files: number('MAX_FILES', DEFAULT_LIMITS.files),
      roomBytes: number('MAX_ROOM_BYTES', DEFAULT_LIMITS.roomBytes),
      helloMs: timerMs('HELLO_MS', DEFAULT_LIMITS.helloMs),
      frameUnits: atLeastOne('MAX_FRAME_UNITS', DEFAULT_LIMITS.frameUnits),
      helloUnits: atLeastOne('MAX_HELLO_UNITS', DEFAULT_LIMITS.helloUnits),
      changes: atLeastOne('MAX_CHANGES', DEFAULT_LIMITS.changes),
      presenceUnits: atLeastOne('MAX_PRESENCE_UNITS', DEFAULT_LIMITS.presenceUnits),
      selections: number('MAX_SELECTIONS', DEFAULT_LIMITS.selections),
      rates: {
        submit: {
          perSecond: number('SUBMITS_PER_SECOND', rates.submit.perSecond),
          burst: atLeastOne('SUBMIT_BURST', rates.submit.burst),
        },
        chat: {
          perSecond: number('CHAT_PER_SECOND', rates.chat.perSecond),
          burst: atLeastOne('CHAT_BURST', rates.chat.burst),
        },
        presence: {
          perSecond: number('PRESENCE_PER_SECOND', rates.presence.perSecond),
          burst: atLeastOne('PRESENCE_BURST', rates.presence.burst),
        },
        request: {
          perSecond: number('REQUESTS_PER_SECOND', rates.request.perSecond),
          burst: atLeastOne('REQUEST_BURST', rates.request.burst),
        },
      },
      addressUsers: number('ADDRESS_USERS', DEFAULT_LIMITS.addressUsers),
      connections: number('MAX_CONNECTIONS', DEFAULT_LIMITS.connections),
      connectionsPerUser: number('MAX_CONNECTIONS_PER_USER', DEFAULT_LIMITS.connectionsPerUser),
      backlogUnits: number('MAX_BACKLOG_UNITS', DEFAULT_LIMITS.backlogUnits),
    },
    perMinute: {
      connect: number('CONNECTS_PER_MINUTE', PER_MINUTE.connect),
      room: number('ROOMS_PER_MINUTE', PER_MINUTE.room),
      invitation: number('INVITATIONS_PER_MINUTE', PER_MINUTE.invitation),
    },
    flush: {
      ...DEFAULT_FLUSH,
      idleMs: number('FLUSH_IDLE_MS', DEFAULT_FLUSH.idleMs),
      maxAgeMs: number('FLUSH_MAX_AGE_MS', DEFAULT_FLUSH.maxAgeMs),
      retryMs: number('FLUSH_RETRY_MS', DEFAULT_FLUSH.retryMs),
      retryMaxMs: number('FLUSH_RETRY_MAX_MS', DEFAULT_FLUSH.retryMaxMs),
    },
    permits: permitSettingsOf(vars),
    databaseTimeoutMs: timerMs('DATABASE_TIMEOUT_MS', DATABASE_TIMEOUT_MS),
    silenceMs: number('SILENCE_MS', SILENCE_MS),
    graceMs: number('GRACE_MS', GRACE_MS),
    tailCommits: number('TAIL_COMMITS', TAIL_COMMITS),
    pacer: {
      commitIntervalMs: timerMs('COMMIT_INTERVAL_MS', DEFAULT_PACER.commitIntervalMs),
      framesPerSecond: number('FRAMES_PER_SECOND', DEFAULT_PACER.framesPerSecond),
    },
  }
}
