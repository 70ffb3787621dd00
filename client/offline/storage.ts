/**
 * Where the SDK keeps what is not acked, so that it outlives the page. Two methods of a database, and a lock: whoever holds a
 * copy is the only one to read and write it, in all tabs, until it lets go or is gone.
 */

export interface RoomStorage {
  /** The clients that left a copy of the room, those first that should be gone on with. */
  clients(room: string): Promise<readonly string[]>
  /** Takes hold of a client's copy, which need not be there yet. Null while somebody else holds it. */
  hold(room: string, client: string): Promise<HeldCopy | null>
}

export interface HeldCopy {
  /** The parts of the copy by name; empty when there is none. */
  read(): Promise<ReadonlyMap<string, string>>
  /** Writes parts, and deletes those that are null: all or nothing. Resolves when it is done. */
  write(parts: ReadonlyMap<string, string | null>): Promise<void>
  /** Deletes the copy. */
  clear(): Promise<void>
  /** Lets somebody else hold it. Called once. */
  release(): void
}
