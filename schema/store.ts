/**
 * The interface between a room and Postgres. A store holds rooms as plain rows; it knows nothing of sockets,
 * ops or checksums. Invariants: a room's stored seq never claims more than is stored, and a flush that is
 * older than it changes nothing, so a delayed or repeated flush is harmless.
 */

/** A file of a room, without its text. `revision` is the seq of the last commit that changed it. */
export interface StoredFileInfo {
  readonly file: string
  readonly path: string
  readonly revision: number
}

/** A file of a stored room, with the UTF-8 size of its text if known. */
export interface StoredFileSize extends StoredFileInfo {
  readonly bytes?: number
}

/** A file as flushed. `text` is null if only the path or the revision changed: the stored text stays. */
export interface StoredFile extends StoredFileInfo {
  readonly text: string | null
}

/** The last committed submission of a client: `n` of the client, `seq` of the commit. */
export interface StoredClient {
  readonly client: string
  readonly user: string
  readonly n: number
  readonly seq: number
}

/**
 * A commit of the archive. `body` is its JSON exactly as broadcast; `blobs` are the large texts it refers
 * to.
 */
export interface StoredCommit {
  readonly seq: number
  /** Unix ms */
  readonly at: number
  readonly body: string
  readonly blobs: Readonly<Record<string, string>> | null
}

/**
 * Who may do what in a room: JSON that only the room interprets. Null for a room from before policies
 * existed.
 */
export type StoredPolicy = object | null

/** A room as of `seq`, without its texts and its archive. */
export interface StoredRoom {
  readonly room: string
  /** Distinguishes rooms that had the same name at different times. */
  readonly epoch: string
  readonly seq: number
  /** Unix ms */
  readonly createdAt: number
  readonly policy: StoredPolicy
  readonly writer: string | null
  readonly lineage: readonly string[]
  readonly gaps: readonly Gap[]
  /**
   * Number of files that are not stored as they were at `seq`, so that the list below is incomplete or
   * inaccurate.
   */
  readonly setAside: number
  /** `at` of commit `seq`, Unix ms; null if the archive lacks it. */
  readonly lastAt: number | null
  /** Whether an interrupted flush left commits or files above `seq`. */
  readonly hasMore: boolean
  readonly files: readonly StoredFileSize[]
  /** At most `CLIENTS_AT_LOAD` of them. */
  readonly clients: readonly StoredClient[]
  /** Whether there are more, to be looked up one by one. */
  readonly hasMoreClients: boolean
}

/** Most clients loaded with a room. A public room may have had a hundred thousand. */
export const CLIENTS_AT_LOAD = 1_000

/** Who wrote a row, and up to where it is complete. */
export interface StoredMark {
  readonly epoch: string
  readonly seq: number
  /** The instance of an object that wrote it last; null for a row from before writers were recorded. */
  readonly writer: string | null
}

/** Lost commits: `after < seq <= upTo`. */
export interface Gap {
  readonly after: number
  readonly upTo: number
}

/** The part of a flush that determines whether it may write. */
export interface FlushHead {
  readonly room: string
  readonly epoch: string
  /** The last commit in it. */
  readonly seq: number
  /** The commit up to which the room believes everything to be stored; 0 for a room that never was. */
  readonly base: number
  /** The instance of the object that it comes from. */
  readonly writer: string
  /** The row that it takes over, as found at `base`; null once it has, or if there was none. */
  readonly takes: Pick<StoredMark, 'epoch' | 'writer'> | null
  /** Earlier writers of the row, the most recent last. */
  readonly lineage: readonly string[]
}

/**
 * What changed after commit `base`, up to and including commit `seq`. Files and commits may be read lazily:
 * they are iterated once, and again if the flush is repeated.
 */
export interface FlushBatch extends FlushHead {
  readonly createdAt: number
  readonly policy: StoredPolicy
  /** All known gaps. */
  readonly gaps: readonly Gap[]
  /** Number of files of the room that are neither in this batch nor stored as of `seq`. */
  readonly setAside: number
  /**
   * Whether what is above the stored seq is foreign and has to be deleted first. Taking over a row always
   * does that.
   */
  readonly cleans: boolean
  /** Whether the batch is complete: only then are the row's seq, its clients and its removals written. */
  readonly isWhole: boolean
  readonly files: Iterable<StoredFile>
  /** ids of files that no longer exist at `seq` */
  readonly removed: readonly string[]
  /** Stored files that only get another path, if `revision` is the stored one. */
  readonly moved: readonly StoredFileInfo[]
  readonly commits: Iterable<StoredCommit>
  readonly clients: readonly StoredClient[]
  /** Clients whose last submission was stored before this time, Unix ms, are deleted; null for none. */
  readonly forgetsBefore: number | null
}

/**
 * The result of a flush: written, with the ids of files that were left alone because another writer had
 * overwritten their rows; or nothing written, because the row went back to `stored` (null for no row).
 */
export type FlushAnswer =
  | { readonly type: 'written'; readonly skipped: readonly string[] }
  | { readonly type: 'behind'; readonly stored: StoredMark | null }

/** The text of a file, and its revision. */
export interface StoredText {
  readonly revision: number
  readonly text: string
}

/**
 * Why a store failed, by what to do about it: `unavailable` (try again later), `refused` (this data will
 * never be accepted), `credentials` (somebody has to fix the configuration), `conflict` (another room of
 * this name is stored, or another writer writes this one).
 */
export type StoreErrorKind = 'unavailable' | 'refused' | 'credentials' | 'conflict'

/** What the operator of the deployment can do. */
const ADVICE: Readonly<Record<StoreErrorKind, string>> = {
  unavailable: ' If this persists, check DATABASE_URL and the migrations: /readyz says which.',
  credentials: ' CHECK DATABASE_URL AND THE MIGRATIONS: /readyz says which.',
  refused: '',
  conflict: '',
}

export class StoreError extends Error {
  readonly kind: StoreErrorKind
  /** The SQLSTATE, if the database gave one. */
  readonly sqlstate: string | undefined
  /** Details for the log, such as table and constraint. Users of a room only see the message. */
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

  /** Everything known, for operators. */
  get forLog(): string {
    return this.where === undefined ? this.message : `${this.message}: ${this.where}`
  }

  /** For the log: with advice, unless the caller adds its own. */
  override toString(): string {
    return `${this.kind}: ${this.forLog}.${ADVICE[this.kind]}`
  }
}

/** The kinds of change that are read in pages, each through its own index. */
export type PagedChange = 'chat' | 'remove'

/** Every method throws StoreError on failure, and never returns an empty room, or fewer rows, instead. */
export interface FileStore {
  /**
   * The room, with its list of files and some of its clients, without texts; null if there is none. One
   * round trip.
   */
  load(room: string): Promise<StoredRoom | null>

  /** The last submission of a client of a room; null if unknown. One round trip. */
  client(room: string, client: string): Promise<StoredClient | null>

  /** Epoch, seq and writer of a room's row; null if there is none. One round trip. */
  mark(room: string): Promise<StoredMark | null>

  /**
   * The texts of files by id, as of the last flush; files that are not stored are omitted. One round trip.
   */
  texts(room: string, files: readonly string[]): Promise<ReadonlyMap<string, StoredText>>

  /**
   * The commits of the archive with `after < seq <= upTo`, ascending; none if together they exceed
   * `wanted.bytes`. The caller checks whether any are missing. One round trip.
   */
  commits(room: string, after: number, upTo: number, wanted?: CommitsWanted): Promise<readonly StoredCommit[]>

  /**
   * The last `most` commits of the archive with `seq < before` that have a change of this type, ascending.
   * One round trip.
   */
  commitsWith(type: PagedChange, room: string, before: number, most: number): Promise<readonly StoredCommit[]>

  /**
   * Writes a batch, if the row is as it expects. Repeating it, or writing an older one, changes nothing. It
   * takes one transaction and one round trip, unless it is so large that it is split (see flush-parts.ts):
   * then the parts written before a failure stay, and only the last one moves the room's seq. A null text
   * where none is stored is `refused`.
   */
  flush(batch: FlushBatch): Promise<FlushAnswer>
}

/** What to read of a run of commits. */
export interface CommitsWanted {
  /** Whether to read blobs; if not, `blobs` is null. Default: true. */
  readonly blobs?: boolean
  /** Most UTF-8 bytes of the run, including blobs if they are read; default: no limit. */
  readonly bytes?: number
}
