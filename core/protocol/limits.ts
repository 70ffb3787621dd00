/**
 * What a room puts up with. Every number that bounds a frame, a text or a wait stands here with its default;
 * a deployment overrides them by configuration, never by code.
 */
export interface Limits {
  /** UTF-16 units of one frame from a client */
  readonly frameUnits: number
  /** UTF-8 bytes of one file */
  readonly fileBytes: number
  /** files of one room */
  readonly files: number
  /** changes of one submission */
  readonly changes: number
  /** ms from the opening of a socket to its `hello` */
  readonly helloMs: number
  /** UTF-16 units of JSON in one presence message */
  readonly presenceUnits: number
  /** selections in one presence message */
  readonly selections: number
}

export const DEFAULT_LIMITS: Limits = {
  frameUnits: 8 * 1024 * 1024,
  fileBytes: 1024 * 1024,
  files: 5_000,
  changes: 1_000,
  helloMs: 10_000,
  presenceUnits: 8 * 1024,
  selections: 100,
}

/** UTF-16 units up to which a text or op travels inside its commit; what is larger becomes a blob beside it. */
export const INLINE_UNITS = 32 * 1024

/** UTF-16 units of submitted content after which a batch is sealed at once, so that no commit outgrows a row. */
export const COMMIT_UNITS = 256 * 1024

/** UTF-8 bytes of a path. */
export const PATH_BYTES = 512
