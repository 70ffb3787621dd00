/**
 * The settings of the Worker under attack, and the limits that the oracle has to know. Limits are low if a
 * run is to reach them, rates are high enough for everybody but floods, and rooms are let go at once, so
 * that they come back from Postgres.
 */
import type { OracleLimits } from './oracle/oracle.ts'

export const LIMITS: OracleLimits = {
  files: 24,
  fileBytes: 100_000,
  changes: 1_000,
  frameUnits: 8 * 1024 * 1024,
  helloUnits: 16 * 1024,
  presenceUnits: 8 * 1024,
  selections: 100,
  reportUnits: 256 * 1024,
  archived: 10_000,
}

/** The burst of submissions, and of presence messages; as many again are lent. */
export const BURST = 1_000
export const CONNECTIONS_PER_USER = 10
/** ms after which an empty room is let go. */
export const GRACE_MS = 100

export const VARS = {
  MAX_FILES: `${LIMITS.files}`,
  MAX_FILE_BYTES: `${LIMITS.fileBytes}`,
  MAX_FRAME_UNITS: `${LIMITS.frameUnits}`,
  MAX_HELLO_UNITS: `${LIMITS.helloUnits}`,
  MAX_CHANGES: `${LIMITS.changes}`,
  MAX_PRESENCE_UNITS: `${LIMITS.presenceUnits}`,
  MAX_SELECTIONS: `${LIMITS.selections}`,
  HELLO_MS: '10000',
  SUBMITS_PER_SECOND: '1000',
  SUBMIT_BURST: `${BURST}`,
  CHAT_PER_SECOND: '0',
  // Concurrent submissions share a commit.
  COMMIT_INTERVAL_MS: '5',
  // A flood on one connection after the other has to outrun this on a slow machine too.
  PRESENCE_PER_SECOND: '200',
  PRESENCE_BURST: `${BURST}`,
  REQUESTS_PER_SECOND: '20000',
  REQUEST_BURST: '100000',
  // Attackers connect from separate addresses, as often as they like.
  ADDRESS_USERS: '20',
  CONNECTS_PER_MINUTE: '0',
  ROOMS_PER_MINUTE: '0',
  INVITATIONS_PER_MINUTE: '0',
  MAX_CONNECTIONS_PER_USER: `${CONNECTIONS_PER_USER}`,
  FLUSH_IDLE_MS: '100',
  FLUSH_MAX_AGE_MS: '500',
  FLUSH_RETRY_MS: '50',
  FLUSH_RETRY_MAX_MS: '200',
  GRACE_MS: `${GRACE_MS}`,
  TAIL_COMMITS: '200',
} as const
