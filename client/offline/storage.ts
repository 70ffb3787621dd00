/**
 * Storage for work that is not acked, so that it outlives the page: a small database, and locks. Invariant:
 * whoever holds a copy is its only reader and writer, across all tabs, until it is released or its page is
 * gone.
 */

export interface RoomStorage {
  /** The clients that have a copy of the room, in the order in which they should be resumed. */
  clients(room: string): Promise<readonly string[]>
  /** Locks a client's copy, which need not exist yet. Null while another holder has it. */
  hold(room: string, client: string): Promise<HeldCopy | null>
}

export interface HeldCopy {
  /** The parts of the copy by name; empty when there is none. */
  read(): Promise<ReadonlyMap<string, string>>
  /** Writes parts, and deletes those that are null: all or nothing. Resolves when durable. */
  write(parts: ReadonlyMap<string, string | null>): Promise<void>
  /** Deletes the copy. */
  clear(): Promise<void>
  /** Releases the copy to others. Called once. */
  release(): void
}
