/**
 * What a room puts up with. Every number that bounds a frame, a text or a wait stands here with its default;
 * a deployment overrides them by configuration, never by code.
 */
/** Tokens a second, and how many may be used at once. */
export interface Rate {
  /** 0 for no limit */
  readonly perSecond: number
  readonly burst: number
}

/** What is counted together: submissions; what is said in them, once more; presence; everything else, which asks for something. */
export type RateKind = 'submit' | 'chat' | 'presence' | 'request'

/** What one user may send to a room, by kind of message. */
export type RateLimits = Readonly<Record<RateKind, Rate>>

export interface Limits {
  /** UTF-16 units of one frame from a client */
  readonly frameUnits: number
  /** UTF-8 bytes of one file */
  readonly fileBytes: number
  /** files of one room */
  readonly files: number
  /** UTF-8 bytes of all files of a room; 0 for no limit */
  readonly roomBytes: number
  /** changes of one submission */
  readonly changes: number
  /** ms from the opening of a socket to its `hello` */
  readonly helloMs: number
  /** UTF-16 units of JSON in one presence message */
  readonly presenceUnits: number
  /** selections in one presence message */
  readonly selections: number
  /** UTF-16 units of what a connection sends before its hello is taken */
  readonly helloUnits: number
  readonly rates: RateLimits
  /** guests of one address may send as much together as so many users; 0 for no limit */
  readonly addressUsers: number
  /** connections of one room; 0 for no limit */
  readonly connections: number
  /** connections of one user to one room; 0 for no limit */
  readonly connectionsPerUser: number
  /** UTF-16 units of commits and presence that may wait until a slow reader has read what was sent before; 0 for no limit */
  readonly sendQueueUnits: number
}

/** The limits that a client can keep by itself: `welcome` has them (H7). */
export interface ClientLimits
  extends Pick<Limits, 'frameUnits' | 'fileBytes' | 'files' | 'changes' | 'presenceUnits' | 'selections'> {
  /** UTF-16 units of one chat message */
  readonly chatUnits: number
}

/** What a client has to know of a deployment's limits. */
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
    // One submission is in flight at a time: only a client beside its room could send as many, and the SDK then slows down.
    submit: { perSecond: 500, burst: 5_000 },
    // Nobody types faster than that for long.
    chat: { perSecond: 2, burst: 20 },
    // The SDK sends 25 a second at most.
    presence: { perSecond: 50, burst: 500 },
    // Who comes back may have every file of a room open.
    request: { perSecond: 500, burst: 10_000 },
  },
  // A class behind one address, where not everybody does everything at once.
  addressUsers: 20,
  connections: 10_000,
  connectionsPerUser: 100,
  sendQueueUnits: 16 * 1024 * 1024,
}

/**
 * Bytes of a row of the journal that the platform surely takes (its limit is "2 MB"); an append above is refused. The three bounds
 * below keep every commit under it: a batch that is sealed at COMMIT_BYTES, and one more submission.
 */
export const ROW_BYTES = 2_000_000

/** Bytes of JSON after which a batch is sealed, before it takes any other submission. */
export const COMMIT_BYTES = 256 * 1024

/** UTF-16 units beside a commit after which it is sealed, so that little of it waits in memory: removals of large files weigh nothing else. */
export const BESIDE_UNITS = 1024 * 1024

/** Bytes of JSON that one submission may take in its commit, when all that may lie beside it does. */
export const SUBMISSION_BYTES = 1_536 * 1024

/** Bytes of JSON up to which a text or op travels inside its commit; what is larger becomes a blob beside it. */
export const INLINE_BYTES = 32 * 1024

/** Commits that are sent to somebody who comes back, and their UTF-16 units; who missed more starts afresh. */
export const RESUME_COMMITS = 10_000
export const RESUME_UNITS = 4 * 1024 * 1024

/** UTF-16 units of texts that a room keeps in memory; those that were not used for longest leave it. */
export const LOADED_UNITS = 16 * 1024 * 1024

/** UTF-16 units of one frame from somebody who may not edit, and of any frame that is neither a submission nor a report. */
export const SMALL_FRAME_UNITS = 64 * 1024

/** UTF-16 units of a report of a desync, as a frame: from somebody who may edit, and from anybody else, whose report has no texts. */
export const REPORT_FRAME_UNITS = 1024 * 1024
export const VIEWER_REPORT_UNITS = 48 * 1024

/** Commits whose removed files one submission may bring back: each may have to be read from the archive. */
export const REVIVED_COMMITS = 4

/** UTF-16 units of one chat message. */
export const CHAT_UNITS = 4_000

/** UTF-8 bytes of a path. */
export const PATH_BYTES = 512
/** Segments of a path: the work and the memory that a path takes grow with them. */
export const PATH_SEGMENTS = 32

/** UTF-16 units of JSON that each text, and all ops, may have in a report of a desync; what is larger is left out. */
export const REPORT_UNITS = 256 * 1024

/** Reports of desyncs that are sent over one connection, and kept of it. */
export const REPORTS_PER_CONNECTION = 10

/** ms that a timer of the platform can wait, 2^31 − 1: with more it fires at once. */
export const TIMER_MS = 2_147_483_647
