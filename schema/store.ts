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
  readonly writer: string | null
  readonly lineage: readonly string[]
  readonly gaps: readonly Gap[]
  /** Files that the room had at `seq` and that are not stored as they were then: the list below is not the room's. */
  readonly setAside: number
  /** `at` of commit `seq`, ms since the epoch of Unix; null where the archive lacks it. */
  readonly lastAt: number | null
  /** Whether commits or files of a flush that broke off stand above `seq`. */
  readonly hasMore: boolean
  readonly files: readonly StoredFileSize[]
  /** At most `CLIENTS_AT_LOAD` of them. */
  readonly clients: readonly StoredClient[]
  /** Whether there are others, to be asked for one by one. */
  readonly hasMoreClients: boolean
}

/** Clients that come along with a room. A public room may have had a hundred thousand. */
export const CLIENTS_AT_LOAD = 1_000

/** Whose row it is, and up to where it is complete. */
export interface StoredMark {
  readonly epoch: string
  readonly seq: number
  /** The life of an object that wrote it last; null for a row from before there were writers. */
  readonly writer: string | null
}

/** Commits `after < seq <= upTo` that are nowhere any more. */
export interface Gap {
  readonly after: number
  readonly upTo: number
}

/** What a flush says of itself: all that is needed to tell whether it may write. */
export interface FlushHead {
  readonly room: string
  readonly epoch: string
  /** The last commit that it brings. */
  readonly seq: number
  /** The commit up to which the room believes that everything is stored; 0 for a room that never was. */
  readonly base: number
  /** The life of the object that it comes from. */
  readonly writer: string
  /** The row that it takes over, as it was found at `base`; null once it has, or where there was none. */
  readonly takes: Pick<StoredMark, 'epoch' | 'writer'> | null
  /** Those who wrote the row before, the last one last. */
  readonly lineage: readonly string[]
}

/**
 * What changed after commit `base`, up to and including commit `seq`. Files and commits may be read as they are written: they
 * are gone through once, or again when the flush is repeated.
 */
export interface FlushBatch extends FlushHead {
  readonly createdAt: number
  readonly policy: StoredPolicy
  /** All that are known. */
  readonly gaps: readonly Gap[]
  /** Files of the room that are neither in this batch nor stored as they are at `seq`. */
  readonly setAside: number
  /** Whether what stands above the stored seq is foreign and to be removed first. Whoever takes a row over does so in any case. */
  readonly cleans: boolean
  /** Whether the batch ends with it: only then the row's seq, its clients and its removals move. */
  readonly isWhole: boolean
  readonly files: Iterable<StoredFile>
  /** ids of files that are gone at `seq` */
  readonly removed: readonly string[]
  /** Stored files that get another path and nothing else, where `revision` is the stored one. */
  readonly moved: readonly StoredFileInfo[]
  readonly commits: Iterable<StoredCommit>
  readonly clients: readonly StoredClient[]
  /** Clients whose last submission was stored before this moment, in Unix ms, are forgotten; null to forget none. */
  readonly forgetsBefore: number | null
}

/**
 * What became of a flush: written, with the ids of files whose rows somebody else had written over, so that they were left alone;
 * or nothing was written, since the row went back to `seq` (null where there is no row).
 */
export type FlushAnswer =
  | { readonly type: 'written'; readonly skipped: readonly string[] }
  | { readonly type: 'behind'; readonly stored: StoredMark | null }

/** The text of a file, with the revision that it is of. */
export interface StoredText {
  readonly revision: number
  readonly text: string
}

/**
 * Why a store failed, by what to do about it: `unavailable` (try again later), `refused` (these data will never
 * be taken), `credentials` (somebody has to mend the configuration), `conflict` (another room of this name is stored, or somebody
 * else writes this one).
 */
export type StoreErrorKind = 'unavailable' | 'refused' | 'credentials' | 'conflict'

/** What whoever runs the deployment can do. */
const ADVICE: Readonly<Record<StoreErrorKind, string>> = {
  unavailable: ' If it goes on, check DATABASE_URL and the migrations: /readyz says which.',
  credentials: ' CHECK DATABASE_URL AND THE MIGRATIONS: /readyz says which.',
  refused: '',
  conflict: '',
}

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

  /** As it stands in a line of the log: with what to do, where that is not the caller's to know. */
  override toString(): string {
    return `${this.kind}: ${this.forLog}.${ADVICE[this.kind]}`
  }
}

/** The changes that are read page by page, each by an index of its own. */
export type PagedChange = 'chat' | 'remove'

/** Every method throws StoreError, and never answers an empty room, or fewer rows, for an error. */
export interface FileStore {
  /** The room's list and some of its clients, without texts; null where none is stored under this name. One round trip. */
  load(room: string): Promise<StoredRoom | null>

  /** The last submission of a client of a room; null where none is known. One round trip. */
  client(room: string, client: string): Promise<StoredClient | null>

  /** Whose the row of a room is; null where there is none. One round trip. */
  mark(room: string): Promise<StoredMark | null>

  /** The texts of files by id, as of the last flush; what is not stored is left out. One round trip. */
  texts(room: string, files: readonly string[]): Promise<ReadonlyMap<string, StoredText>>

  /**
   * The commits of the archive with `after < seq <= upTo`, ascending; none at all where they have more than `wanted.bytes`. Whatever is
   * there: the caller checks that none is missing. One round trip.
   */
  commits(room: string, after: number, upTo: number, wanted?: CommitsWanted): Promise<readonly StoredCommit[]>

  /** Of the commits of the archive with `seq < before` that have a change of this type, the last so many, ascending. One round trip. */
  commitsWith(type: PagedChange, room: string, before: number, most: number): Promise<readonly StoredCommit[]>

  /**
   * Writes a batch, where the row is as it says. Repeating it, or bringing an older one, changes nothing. It is one transaction and one
   * round trip, unless it is so large that it has to be cut (see flush-parts.ts); then what a part has brought stays when a later
   * part fails, and the room's seq moves with the last one alone. A text that is null where none is stored is `refused`.
   */
  flush(batch: FlushBatch): Promise<FlushAnswer>
}

/** What of a run of commits is wanted. */
export interface CommitsWanted {
  /** Whether their blobs come along; `blobs` is null otherwise. They do by default. */
  readonly blobs?: boolean
  /** UTF-8 bytes that the run may have, its blobs included where they come along; no bound without it. */
  readonly bytes?: number
}
