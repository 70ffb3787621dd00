/**
 * A room as it comes from Postgres. One that was let go is stored completely. If its storage was lost
 * instead, the rows may not be any moment of its log: an interrupted flush may have left commits and files
 * above the room's seq, which are removed before anything is read; and files may have been set aside, so
 * that they are missing or stored at a path that another file has taken since, in which case the older one
 * is renamed. The room then gets a new epoch, so that no client resumes into a state that it does not have.
 */
import { hasTwins, movedApart } from '../../core/model/apart.ts'
import { faultOf } from '../../core/model/stored-room.ts'
import { cleaning } from '../../schema/statements/cleaning.ts'
import { type FileStore, type StoredRoom, StoreError } from '../../schema/store.ts'
import type { Emit } from '../events/room-event.ts'

/**
 * How often a row is read again that changed between reading and cleaning it. The object before this one may
 * be gone while a flush of it is still on its way: what arrives counts. More often than this, somebody else
 * writes the room.
 */
const ATTEMPTS = 3

/**
 * Loads the room, or null if there is none.
 * @param newWriter makes an id for this instance of the room's object
 * @throws StoreError if it cannot be loaded, or was changed by hand into what no room could be
 */
export async function storedRoom(
  store: FileStore,
  room: string,
  newWriter: () => string,
  emit: Emit,
  attempts = ATTEMPTS,
): Promise<StoredRoom | null> {
  const stored = await store.load(room)
  if (stored === null) return null
  const fault = faultOf(stored)
  if (fault !== null) {
    const where = `its rows in the database were changed by hand: ${fault}`
    throw new StoreError('refused', 'the rows of this room cannot be read', { where })
  }
  const { seq, hasMore, setAside } = stored
  // If the last commit is not stored, nothing distinguishes it from another commit with the same seq.
  const isNameless = seq > 0 && stored.lastAt === null
  // In these cases its files may be of different moments.
  const isMixed = hasMore || setAside > 0 || hasTwins(stored.files)
  if (!isMixed && !isNameless) return stored
  const moved = isMixed ? movedApart(stored.files) : []
  const heir = { epoch: crypto.randomUUID(), writer: newWriter() }
  try {
    await store.flush(cleaning(stored, heir, moved))
  } catch (error) {
    const hasChanged = error instanceof StoreError && error.kind === 'conflict'
    if (!hasChanged || attempts === 1) throw error
    return storedRoom(store, room, newWriter, emit, attempts - 1)
  }
  const files = moved.map(({ file, path }) => ({ file, path }))
  emit({ type: 'repaired', seq, isCut: hasMore, setAside, moved: files })
  return store.load(room)
}
