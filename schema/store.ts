/**
 * The seam between a room and its lasting copy. A store keeps rooms as plain rows; it knows nothing of
 * sockets, ops or checksums. A room's stored seq never says more than is stored, and a flush that is older than
 * it changes nothing (so a late or repeated one is harmless).
 */

/** One file of a room's list. `revision` is the seq of the last commit that changed it. */
export interface StoredFileInfo {
  readonly file: string
  readonly path: string
  readonly revision: number
}

/** One file of a stored room's list, with the UTF-8 bytes of its text where that is known. */
export interface StoredFileSize extends StoredFileInfo {
  readonly bytes?: number
}

/** One file as a flush brings it. `text` is null where only the path or the revision changed: the stored one stays. */
export interface StoredFile extends StoredFileInfo {
  readonly text: string | null
}

/** The last submission of a client that was committed: `n` of the client, `seq` of the commit. */
export interface StoredClient {
  readonly client: string
  readonly user: string
  readonly n: number
  readonly seq: number
}

/** One commit of the archive. `body` is the commit's JSON exactly as broadcast; `blobs` are the large texts it names. */
export interface StoredCommit {
  readonly seq: number
  /** ms since the epoch of Unix */
  readonly at: number
  readonly body: string
  readonly blobs: Readonly<Record<string, string>> | null
}

/** Who may do what in a room: JSON that the room alone understands. Null for a room from before there was any. */
export type StoredPolicy = object | null

/** A room as it stood at `seq`, without its texts and its archive. */
export interface StoredRoom {
  readonly room: string
  /** Tells two rooms apart that had the same name at different times. */
  readonly epoch: string
  readonly seq: number
  /** ms since the epoch of Unix */
  readonly createdAt: number
  readonly policy: StoredPolicy
  readonly files: readonly StoredFileSize[]
  readonly clients: readonly StoredClient[]
}

/** What changed after the last flush, up to and including commit `seq`. */
export interface FlushBatch {
  readonly room: string
  readonly epoch: string
  readonly seq: number
  readonly createdAt: number
  readonly policy: StoredPolicy
  readonly files: readonly StoredFile[]
  /** ids of files that are gone at `seq` */
  readonly removed: readonly string[]
  readonly commits: readonly StoredCommit[]
  readonly clients: readonly StoredClient[]
}

/**
 * Why a store failed, by what to do about it: `unavailable` (try again later), `refused` (these data will never
 * be taken), `credentials` (somebody has to mend the configuration), `conflict` (another room of this name is stored).
 */
export type StoreErrorKind = 'unavailable' | 'refused' | 'credentials' | 'conflict'

export class StoreError extends Error {
  readonly kind: StoreErrorKind
  /** The SQLSTATE, where the database gave one. */
  readonly sqlstate: string | undefined
  /** More for the log, such as table and constraint. Whoever may look at a room reads the message alone. */
  readonly where: string | undefined

  constructor(
    kind: StoreErrorKind,
    message: string,
    options?: { sqlstate?: string | undefined; where?: string | undefined; cause?: unknown },
  ) {
    super(message, { cause: options?.cause })
    this.name = 'StoreError'
    this.kind = kind
    this.sqlstate = options?.sqlstate
    this.where = options?.where
  }

  /** All that is known, for those who run the deployment. */
  get forLog(): string {
    return this.where === undefined ? this.message : `${this.message}: ${this.where}`
  }
}

/** The changes that are read page by page, each by an index of its own. */
export type PagedChange = 'chat' | 'remove'

/** Every method throws StoreError, and never answers an empty room, or fewer rows, for an error. */
export interface FileStore {
  /** The room's list and clients, without texts; null where none is stored under this name. One round trip. */
  load(room: string): Promise<StoredRoom | null>

  /** The texts of files by id, as of the last flush; what is not stored is left out. One round trip. */
  texts(room: string, files: readonly string[]): Promise<ReadonlyMap<string, string>>

  /**
   * The commits of the archive with `after < seq <= upTo`, ascending. Whatever is there: the caller checks that none is missing.
   * One round trip.
   * @param mostBytes UTF-8 bytes that they may have, with the content beside them: none are read where they have more; no bound without it
   */
  commits(room: string, after: number, upTo: number, mostBytes?: number): Promise<readonly StoredCommit[]>

  /** Of the commits of the archive with `seq < before` that have a change of this type, the last so many, ascending. One round trip. */
  commitsWith(type: PagedChange, room: string, before: number, most: number): Promise<readonly StoredCommit[]>

  /**
   * Writes a batch. Repeating it, or bringing an older one, changes nothing. It is one transaction and one round trip, unless it is
   * so large that it has to be cut (see flush-parts.ts); then what a part has brought stays when a later part fails, and
   * the room's seq moves with the last one alone. A text that is null where none is stored is `refused`.
   */
  flush(batch: FlushBatch): Promise<void>
}
