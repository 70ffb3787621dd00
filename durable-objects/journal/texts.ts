/**
 * The texts of the journal's checkpoint, in chunks that fit a row; no rows for a file whose text is not here.
 * A large text has an outline beside its file: sizes and checksums of its chunks, one row each. It is read
 * chunk by chunk when something needs them, and of its rows only those are written that an edit has changed.
 *
 * Invariant: a chunk in memory that is not loaded has its text in the row it was read from. So rows are
 * overwritten only when everything that stood in them and is still needed is in memory.
 */
import { type Chunk, type ChunkSize, chunksOf, chunkText, textOfChunks } from '../../core/text/chunks.ts'
import { Text } from '../../core/text/text.ts'
import { split } from './chunks.ts'
import type { Sql } from './sql.ts'

interface Place {
  readonly file: string
  readonly part: number
}

/** An outline as it is stored: points, units, bytes and hash of each chunk. */
type Outline = readonly (readonly [points: number, units: number, bytes: number, hash: number])[]

export class TextRows {
  readonly #sql: Sql
  /** The rows of chunks of large texts. */
  readonly #places = new WeakMap<Chunk, Place>()

  constructor(sql: Sql) {
    this.#sql = sql
  }

  has(file: string): boolean {
    return this.#sql.exec('SELECT part FROM texts WHERE file = ? LIMIT 1', file).toArray().length > 0
  }

  /** The whole text; null if it is not here. An empty text is one empty chunk. */
  get(file: string): string | null {
    const chunks = this.#sql.exec('SELECT body FROM texts WHERE file = ? ORDER BY part', file).toArray()
    return chunks.length === 0 ? null : chunks.map(({ body }) => String(body)).join('')
  }

  /** The whole text, of which nothing large is read yet; null if it is not here. */
  load(file: string): Text | null {
    const outline = this.#sql.exec('SELECT outline FROM files WHERE file = ?', file).toArray()[0]?.outline
    if (outline == null) {
      const text = this.get(file)
      return text === null ? null : Text.from(text)
    }
    const text = textOfChunks(sizesOf(JSON.parse(String(outline))), (part) => this.#body(file, part))
    this.written(file, text)
    return text
  }

  /** Writes a text that nothing in memory was loaded from. */
  put(file: string, text: string): void {
    this.#write(file, split(text).entries())
  }

  /**
   * Writes a text, or what was changed of it since it was last written. Once the transaction is complete,
   * `written` has to be called.
   * @returns its outline, to be stored with the file; null for a small text
   */
  update(file: string, text: Text): string | null {
    const chunks = chunksOf(text)
    if (chunks.length === 1) {
      this.put(file, text.toString())
      return null
    }
    const changed = chunks.flatMap((chunk, part) =>
      this.#isAt(chunk, file, part) ? [] : [[part, chunkText(chunk)] as const],
    )
    this.#write(file, changed, chunks.length)
    const outline: Outline = chunks.map((chunk) => [chunk.points, chunk.units, chunk.bytes, chunk.hash()])
    return JSON.stringify(outline)
  }

  /** The rows of a file have the chunks of this text, one each. */
  written(file: string, text: Text): void {
    const chunks = chunksOf(text)
    for (const [part, chunk] of chunks.entries()) {
      if (chunks.length > 1) this.#places.set(chunk, { file, part })
      // What is left of a large text is written as a whole.
      else this.#places.delete(chunk)
    }
  }

  delete(file: string): void {
    this.#sql.exec('DELETE FROM texts WHERE file = ?', file)
  }

  #write(file: string, parts: Iterable<readonly [number, string]>, count = 0): void {
    let end = count
    for (const [part, body] of parts) {
      this.#sql.exec('INSERT OR REPLACE INTO texts (file, part, body) VALUES (?, ?, ?)', file, part, body)
      end = Math.max(end, part + 1)
    }
    this.#sql.exec('DELETE FROM texts WHERE file = ? AND part >= ?', file, end)
  }

  #isAt(chunk: Chunk, file: string, part: number): boolean {
    const place = this.#places.get(chunk)
    return place !== undefined && place.file === file && place.part === part
  }

  /** @throws Error if there is no such row */
  #body(file: string, part: number): string {
    const row = this.#sql.exec('SELECT body FROM texts WHERE file = ? AND part = ?', file, part).toArray()[0]
    if (row === undefined) throw new Error(`chunk ${part} of the text of ${file} is missing`)
    return String(row.body)
  }
}

function sizesOf(outline: Outline): ChunkSize[] {
  return outline.map(([points, units, bytes, hash]) => ({ points, units, bytes, hash }))
}
