/**
 * What one browser keeps: copies of work that is not acked. They outlive a page; a page that is gone writes
 * and holds nothing.
 */
import type { RoomStorage } from '../../client/offline/storage.ts'
import type { Owner } from './clock.ts'

export class Shelf {
  readonly #copies = new Map<string, Map<string, string>>()
  readonly #holders = new Map<string, Owner>()
  readonly #askers = new Set<Owner>()

  /** The clients whose copies a page holds. */
  heldBy(page: Owner): string[] {
    return [...this.#holders].flatMap(([client, holder]) => (holder === page ? [client] : []))
  }

  /** Whether a page has read this storage yet. */
  wasAskedBy(page: Owner): boolean {
    return this.#askers.has(page)
  }

  /** The storage as one page sees it. */
  of(page: Owner): RoomStorage {
    return {
      clients: async () => {
        this.#askers.add(page)
        return [...this.#copies.keys()]
      },
      hold: async (_room, client) => {
        const holder = this.#holders.get(client)
        if (page.gone || (holder !== undefined && !holder.gone)) return null
        this.#holders.set(client, page)
        const isHeld = () => !page.gone && this.#holders.get(client) === page
        return {
          read: async () => new Map(this.#copies.get(client)),
          write: async (parts) => {
            if (!isHeld()) return
            const copy = this.#copies.get(client) ?? new Map<string, string>()
            for (const [name, part] of parts) {
              if (part === null) copy.delete(name)
              else copy.set(name, part)
            }
            this.#copies.set(client, copy)
          },
          clear: async () => {
            if (isHeld()) this.#copies.delete(client)
          },
          release: () => {
            if (isHeld()) this.#holders.delete(client)
          },
        }
      },
    }
  }
}
