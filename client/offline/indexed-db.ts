/**
 * Browser storage of room copies: IndexedDB has the data, the Web Locks API says which tab holds which
 * copy. A reloaded tab resumes its own copy, and waits for its previous page to release it. It does not
 * know the content of copies.
 */

import { after } from '../transport/timers.ts'
import type { HeldCopy, RoomStorage } from './storage.ts'

const DATABASE = 'edgeroom'
const STORE = 'copies'
/** Time in ms that a page waits for the previous page of its tab. */
const RELOAD_MS = 1_000
/** Time in ms after which opening the database is retried: browsers sometimes lose the request. */
const OPEN_MS = 1_000
const OPEN_TRIES = 5
/** A key above every string in IndexedDB's order. */
const LAST: string[] = []

/** Null where the browser cannot store or cannot lock (both need a secure context). */
export function indexedDbStorage(): RoomStorage | null {
  const hasLocks = typeof navigator === 'object' && 'locks' in navigator
  return typeof indexedDB === 'object' && hasLocks ? new IndexedDbStorage() : null
}

class IndexedDbStorage implements RoomStorage {
  #database: Promise<IDBDatabase> | null = null

  async clients(room: string): Promise<readonly string[]> {
    const store = (await this.#open()).transaction(STORE).objectStore(STORE)
    const keys = await answer(store.getAllKeys(IDBKeyRange.bound([room], [room, LAST])))
    const clients = new Set(keys.map((key) => String((key as string[])[1])))
    const own = sessionStorage.getItem(tabKey(room))
    if (own !== null && clients.delete(own)) return [own, ...clients]
    return [...clients]
  }

  async hold(room: string, client: string): Promise<HeldCopy | null> {
    const isOwn = sessionStorage.getItem(tabKey(room)) === client
    const release = await lock(`edgeroom:${room}:${client}`, isOwn ? RELOAD_MS : 0)
    if (release === null) return null
    const range = IDBKeyRange.bound([room, client], [room, client, LAST])
    return {
      read: async () => {
        const store = (await this.#open()).transaction(STORE).objectStore(STORE)
        const [keys, values] = await Promise.all([
          answer(store.getAllKeys(range)),
          answer(store.getAll(range)),
        ])
        return new Map(keys.map((key, i) => [String((key as string[])[2]), String(values[i])]))
      },
      write: async (parts) => {
        sessionStorage.setItem(tabKey(room), client)
        await this.#change((store) => {
          for (const [name, part] of parts) {
            if (part === null) store.delete([room, client, name])
            else store.put(part, [room, client, name])
          }
        })
      },
      clear: () => this.#change((store) => store.delete(range)),
      release,
    }
  }

  async #change(change: (store: IDBObjectStore) => void): Promise<void> {
    const transaction = (await this.#open()).transaction(STORE, 'readwrite')
    change(transaction.objectStore(STORE))
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error)
    })
  }

  #open(): Promise<IDBDatabase> {
    this.#database ??= openDatabase(() => {
      this.#database = null
    })
    return this.#database
  }
}

/**
 * Opens the database, and retries a few times while no request is answered. The first answer counts.
 * @param gone called when it cannot be opened, or was closed
 */
function openDatabase(gone: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    let isSettled = false
    const ask = (triesLeft: number) => {
      if (isSettled || triesLeft === 0) return
      const stop = after(OPEN_MS, () => ask(triesLeft - 1))
      const request = indexedDB.open(DATABASE, 1)
      request.onupgradeneeded = () => request.result.createObjectStore(STORE)
      request.onsuccess = () => {
        stop()
        if (isSettled) {
          request.result.close()
          return
        }
        isSettled = true
        request.result.onclose = gone
        resolve(request.result)
      }
      request.onerror = () => {
        stop()
        if (isSettled) return
        isSettled = true
        gone()
        reject(request.error)
      }
    }
    ask(OPEN_TRIES)
  })
}

/**
 * Takes a lock. Resolves with its release, or with null when it stays taken. Closing the page releases it
 * too.
 */
function lock(name: string, waitMs: number): Promise<(() => void) | null> {
  const options = waitMs > 0 ? { signal: AbortSignal.timeout(waitMs) } : { ifAvailable: true }
  return new Promise((resolve) => {
    const held = (taken: Lock | null): Promise<void> | undefined => {
      if (taken === null) {
        resolve(null)
        return undefined
      }
      return new Promise((release) => resolve(release))
    }
    // Rejects only on timeout.
    navigator.locks.request(name, options, held).catch(() => resolve(null))
  })
}

/** The key under which a tab remembers the client whose copy it wrote. */
function tabKey(room: string): string {
  return `edgeroom:${room}`
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
