/**
 * Limits of a room. Every number that bounds a frame, a text or a wait is defined here with its default; a
 * deployment overrides them by configuration, never in code.
 */
/** Allowed cost per second, and how much may be spent at once. */
export interface Rate {
  /** 0 for no limit. */
  readonly perSecond: number
  readonly burst: number
}

/**
 * Kinds of message with a rate of their own: submissions; chat within submissions, counted additionally;
 * presence; all other requests.
 */
export type RateKind = 'submit' | 'chat' | 'presence' | 'request'

/** What one user may send to a room, by kind of message. */
export type RateLimits = Readonly<Record<RateKind, Rate>>

export interface Limits {
  /** UTF-16 units of one frame from a client. */
  readonly frameUnits: number
  /** UTF-8 bytes of one file. */
  readonly fileBytes: number
  /** Files per room. */
  readonly files: number
  /** UTF-8 bytes of all files of a room; 0 for no limit. */
  readonly roomBytes: number
  /** Changes per submission. */
  readonly changes: number
  /** ms from the opening of a socket to its `hello`. */
  readonly helloMs: number
  /** UTF-16 units of JSON in one presence message. */
  readonly presenceUnits: number
  /** Selections in one presence message. */
  readonly selections: number
  /** UTF-16 units that a connection may send before its hello is accepted. */
  readonly helloUnits: number
  readonly rates: RateLimits
  /** Guests at one address share the rate of this many users; 0 for no limit. */
  readonly addressUsers: number
  /** Connections per room; 0 for no limit. */
  readonly connections: number
  /** Connections per user and room; 0 for no limit. */
  readonly connectionsPerUser: number
  /** UTF-16 units of commits and presence that may queue for a slow reader; 0 for no limit. */
  readonly sendQueueUnits: number
}

/** Limits that a client can respect by itself; sent in `welcome` (H7). */
export interface ClientLimits
  extends Pick<Limits, 'frameUnits' | 'fileBytes' | 'files' | 'changes' | 'presenceUnits' | 'selections'> {
  /** UTF-16 units of one chat message. */
  readonly chatUnits: number
}

/** The subset of the limits that clients need. */
export function clientLimits(limits: Limits): ClientLimits {
  const { frameUnits, fileBytes, files, changes, presenceUnits, selections } = limits
  return { frameUnits, fileBytes, files, changes, presenceUnits, selections, chatUnits: CHAT_UNITS }
}

export const DEFAULT_LIMITS: Limits = {
  frameUnits: 8 * 1024 * 1024,
  fileBytes: 1024 * 1024,
  files: 5_000,
  roomBytes: 256 * 1024 * 1024,
  changes: 1_000,
  helloMs: 10_000,
  presenceUnits: 8 * 1024,
  selections: 100,
  helloUnits: 16 * 1024,
  rates: {
    // With one submission in flight at a time, only a client close to its room reaches this, and the SDK
    // then slows down.
    submit: { perSecond: 500, burst: 5_000 },
    // Nobody types faster than this for long.
    chat: { perSecond: 2, burst: 20 },
    // The SDK sends at most 25 per second.
    presence: { perSecond: 50, burst: 500 },
    // A returning client may have every file of a room open.
    request: { perSecond: 500, burst: 10_000 },
  },
  // A class behind one address, where not everybody is active at once.
  addressUsers: 20,
  connections: 10_000,
  connectionsPerUser: 100,
  sendQueueUnits: 16 * 1024 * 1024,
}

/**
 * Bytes of a journal row that the platform certainly accepts (its limit is "2 MB"); a larger append is
 * refused. The three bounds below keep every commit under it: a batch is sealed at COMMIT_BYTES, and may
 * exceed that by one submission.
 */
export const ROW_BYTES = 2_000_000

/** Bytes of JSON at which a batch is sealed before it accepts another submission. */
export const COMMIT_BYTES = 256 * 1024

/**
 * UTF-16 units of blobs at which a commit is sealed, to limit what waits in memory: removals of large files
 * have no other weight.
 */
export const BLOB_UNITS = 1024 * 1024

/** Bytes of JSON that one submission may take in its commit, with everything possible moved into blobs. */
export const SUBMISSION_BYTES = 1_536 * 1024

/** Bytes of JSON up to which a text or op is inlined in its commit; anything larger becomes a blob. */
export const INLINE_BYTES = 32 * 1024

/**
 * Commits, and their UTF-16 units, that are replayed to a returning client; one that missed more starts
 * afresh.
 */
export const RESUME_COMMITS = 10_000
export const RESUME_UNITS = 4 * 1024 * 1024

/** UTF-16 units of texts that a room keeps in memory; the least recently used are unloaded. */
export const LOADED_UNITS = 16 * 1024 * 1024

/**
 * UTF-16 units of any frame from a sender who may not edit, and of any frame that is neither a submission
 * nor a desync report.
 */
export const SMALL_FRAME_UNITS = 64 * 1024

/**
 * UTF-16 units of a desync report frame: from a sender who may edit, and from anybody else, whose report
 * contains no texts.
 */
export const REPORT_FRAME_UNITS = 1024 * 1024
export const VIEWER_REPORT_UNITS = 48 * 1024

/** Commits from which one submission may revive files: each may have to be read from the archive. */
export const REVIVED_COMMITS = 4

/** UTF-16 units of one chat message. */
export const CHAT_UNITS = 4_000

/** UTF-8 bytes of a path. */
export const PATH_BYTES = 512
/** Segments of a path: its cost in time and memory grows with them. */
export const PATH_SEGMENTS = 32

/** UTF-16 units of JSON for each text, and for all ops, in a desync report; anything larger is omitted. */
export const REPORT_UNITS = 256 * 1024

/** Desync reports that a client sends per connection, and that the room stores. */
export const REPORTS_PER_CONNECTION = 10

/** The longest timer of the platform in ms, 2^31 − 1: longer ones fire at once. */
export const TIMER_MS = 2_147_483_647
