/**
 * What one person's browser keeps: copies of work that is not acked. They outlive the page; a page that is
 * gone writes nothing more, and holds nothing.
 */
import type { RoomStorage } from '../../../client/offline/storage.ts'
import type { Machine } from './virtual-time.ts'

export class Shelf {
  readonly #copies = new Map<string, Map<string, string>>()
  readonly #holders = new Map<string, Machine>()

  /** The storage as one page sees it. */
  of(page: Machine): RoomStorage {
    return {
      clients: async () => [...this.#copies.keys()],
      hold: async (_room, client) => {
        const holder = this.#holders.get(client)
        if (holder !== undefined && !holder.gone) return null
        this.#holders.set(client, page)
        return {
          read: async () => new Map(this.#copies.get(client)),
          write: async (parts) => this.#write(page, client, parts),
          clear: async () => {
            if (!page.gone) this.#copies.delete(client)
          },
          release: () => this.#holders.delete(client),
        }
      },
    }
  }

  #write(page: Machine, client: string, parts: ReadonlyMap<string, string | null>): void {
    if (page.gone) return
    const copy = this.#copies.get(client) ?? new Map<string, string>()
    this.#copies.set(client, copy)
    for (const [name, part] of parts) {
      if (part === null) copy.delete(name)
      else copy.set(name, part)
    }
  }
}
