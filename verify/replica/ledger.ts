/**
 * The fate of every character of a run: who typed it, who deleted it, and whether what can never be in the
 * room was handed to its user. What two people delete and one restores may occur in a text twice, which is
 * not an error: this is the only inexact part.
 */
import type { TextChange } from './changes.ts'
import { Log } from './log.ts'

/** Readable characters come first; some are two UTF-16 units, so that points and units differ. */
const ASTRAL = 7
const FIRST = 0x4e00
const FIRST_ASTRAL = 0x20000

export class Ledger {
  readonly log = new Log()
  #count = 0
  /** Clients that deleted a character. */
  readonly #deleters = new Map<string, Set<string>>()
  readonly #owed = new Set<string>()
  readonly #doubted = new Set<string>()
  readonly #returned = new Set<string>()
  /** Handed to the user, although a later page may still send it. */
  readonly #kept = new Set<string>()

  /** Characters that nobody has typed before. */
  characters(count: number, user: string): string[] {
    return Array.from({ length: count }, () => {
      const number = this.#count++
      const character = String.fromCodePoint((number % ASTRAL === 3 ? FIRST_ASTRAL : FIRST) + number)
      this.log.typists.set(character, user)
      return character
    })
  }

  did(client: string, changes: readonly TextChange[]): void {
    for (const { does, character } of changes) {
      if (does !== 'del') continue
      const deleters = this.#deleters.get(character) ?? new Set()
      this.#deleters.set(character, deleters.add(client))
    }
  }

  isContested(character: string): boolean {
    return (this.#deleters.get(character)?.size ?? 0) > 1
  }

  /** Whether somebody else has deleted it: if it is there nevertheless, it may be what they restored. */
  wasDeletedByOthers(character: string, client: string): boolean {
    return [...(this.#deleters.get(character) ?? [])].some((deleter) => deleter !== client)
  }

  /** What was typed will never be in the room: it has to be handed to the user. */
  owe(characters: readonly string[]): void {
    for (const character of characters) this.#owed.add(character)
  }

  /**
   * The outcome of what was typed is unknown: it has to be in the room at some time, or be handed over, or
   * be deleted.
   */
  doubt(character: string): void {
    this.#doubted.add(character)
  }

  handedBack(text: string, isKept: boolean): void {
    // What was in the room before may be back without the client that handed it over here.
    for (const character of text)
      (isKept || this.log.seen.has(character) ? this.#kept : this.#returned).add(character)
  }

  isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
    return this.#lacks(one, other).length === 0 && this.#lacks(other, one).length === 0
  }

  /** @throws Error if the two differ */
  checkSame(what: string, is: ReadonlySet<string>, shouldBe: ReadonlySet<string>): void {
    if (this.isSame(is, shouldBe)) return
    const [missing, extra] = [this.#lacks(is, shouldBe), this.#lacks(shouldBe, is)]
    throw new Error(`${what}: missing "${missing.join('')}", extra "${extra.join('')}"`)
  }

  #lacks(text: ReadonlySet<string>, other: ReadonlySet<string>): string[] {
    return [...other].filter((character) => !text.has(character) && !this.isContested(character))
  }

  checkOnce(what: string, text: readonly string[]): void {
    const known = new Set<string>()
    for (const character of text) {
      if (known.has(character) && !this.isContested(character))
        throw new Error(`${what}: duplicated "${character}"`)
      known.add(character)
    }
  }

  /**
   * The characters that `text` and `order` share are in the same order in both.
   * @param client the only one that may have deleted them meanwhile: what somebody else restores may be
   * elsewhere
   */
  checkOrder(
    what: string,
    text: readonly string[],
    order: readonly string[],
    client: string | null = null,
  ): void {
    const places = new Map(order.map((character, i) => [character, i]))
    let last = -1
    for (const character of text) {
      const place = places.get(character)
      const deleters = this.#deleters.get(character)
      const isOthers = client !== null && deleters !== undefined && !deleters.has(client)
      if (place === undefined || isOthers || this.isContested(character)) continue
      if (place < last)
        throw new Error(
          `${what}: out of order at "${character}" in "${text.join('')}", which was "${order.join('')}"`,
        )
      last = place
    }
  }

  /** Everything is settled: nothing is owed any more, and nothing that was handed over is in the room. */
  checkEnd(): void {
    const isLost = (one: string) => !this.#returned.has(one) && !this.#kept.has(one)
    const isAnywhere = (one: string) => this.log.seen.has(one) || this.#deleters.has(one)
    const lost = [...this.#owed, ...[...this.#doubted].filter((one) => !isAnywhere(one))].filter(isLost)
    if (lost.length > 0) throw new Error(`typed, refused, and never handed to the user: "${lost.join('')}"`)
    const here = new Set([...this.log.now.values()].flatMap(({ text }) => text))
    const both = [...this.#returned].filter((one) => here.has(one) && !this.isContested(one))
    if (both.length > 0) throw new Error(`handed to the user, but in the room: "${both.join('')}"`)
  }
}
