/** The settings of a deployment, from its variables. One that cannot be understood stops the start, loudly. */
import { DEFAULT_LIMITS, type Limits } from '../core/protocol/limits.ts'
import { DEFAULT_FLUSH, type FlushSettings } from '../core/room/flush-policy.ts'
import { DEFAULT_PACER, type PacerSettings } from '../core/room/pacer.ts'
import { type PermitSettings, type PermitVars, permitSettingsOf } from './permits.ts'

/** Variables as wrangler hands them over: text, or not set. What each means stands in docs/operations.md. */
export interface SettingVars extends PermitVars {
  readonly MAX_FILE_BYTES?: string
  readonly MAX_FILES?: string
  readonly HELLO_MS?: string
  readonly FLUSH_IDLE_MS?: string
  readonly FLUSH_MAX_AGE_MS?: string
  readonly FLUSH_RETRY_MS?: string
  readonly FLUSH_RETRY_MAX_MS?: string
  readonly DATABASE_TIMEOUT_MS?: string
  readonly GRACE_MS?: string
  readonly TAIL_COMMITS?: string
  readonly COMMIT_INTERVAL_MS?: string
  readonly FRAMES_PER_SECOND?: string
}

export interface Settings {
  readonly limits: Limits
  readonly flush: FlushSettings
  readonly pacer: PacerSettings
  readonly permits: PermitSettings
  /** ms after which a call to the database is given up */
  readonly databaseTimeoutMs: number
  /** ms after the last person left until the object lets go of a room that the lasting copy has */
  readonly graceMs: number
  /** commits that the journal keeps for those who come back; older ones are read from the archive */
  readonly tailCommits: number
}

const DATABASE_TIMEOUT_MS = 10_000
const GRACE_MS = 5 * 60_000
const TAIL_COMMITS = 2_000

/** @throws Error naming the setting that cannot be understood */
export function settingsOf(vars: SettingVars): Settings {
  const number = (name: keyof SettingVars, fallback: number): number => {
    const value = vars[name]
    if (value === undefined || value === '') return fallback
    const parsed = Number(value)
    if (Number.isFinite(parsed) && parsed >= 0) return parsed
    throw new Error(`the setting ${name} must be a number from 0, not "${value}"`)
  }
  return {
    limits: {
      ...DEFAULT_LIMITS,
      fileBytes: number('MAX_FILE_BYTES', DEFAULT_LIMITS.fileBytes),
      files: number('MAX_FILES', DEFAULT_LIMITS.files),
      helloMs: number('HELLO_MS', DEFAULT_LIMITS.helloMs),
    },
    flush: {
      ...DEFAULT_FLUSH,
      idleMs: number('FLUSH_IDLE_MS', DEFAULT_FLUSH.idleMs),
      maxAgeMs: number('FLUSH_MAX_AGE_MS', DEFAULT_FLUSH.maxAgeMs),
      retryMs: number('FLUSH_RETRY_MS', DEFAULT_FLUSH.retryMs),
      retryMaxMs: number('FLUSH_RETRY_MAX_MS', DEFAULT_FLUSH.retryMaxMs),
    },
    permits: permitSettingsOf(vars),
    databaseTimeoutMs: number('DATABASE_TIMEOUT_MS', DATABASE_TIMEOUT_MS),
    graceMs: number('GRACE_MS', GRACE_MS),
    tailCommits: number('TAIL_COMMITS', TAIL_COMMITS),
    pacer: {
      commitIntervalMs: number('COMMIT_INTERVAL_MS', DEFAULT_PACER.commitIntervalMs),
      framesPerSecond: number('FRAMES_PER_SECOND', DEFAULT_PACER.framesPerSecond),
    },
  }
}
