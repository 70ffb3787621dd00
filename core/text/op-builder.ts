// Builds an op in normal form: adjacent components of the same kind are merged, empty ones dropped, and
// there is no trailing skip. The order of an insert and a delete at one place is kept as given, since it
// decides where concurrent text lands.

import type { OpComponent, TextOp } from './op.ts'

export class OpBuilder {
  #op: OpComponent[] = []
  #skip = 0
  #insert = ''
  #delete = 0

  /** Skips this many points. */
  skip(points: number): void {
    if (points === 0) return
    this.#endInsert()
    this.#endDelete()
    this.#skip += points
  }

  /** Inserts well-formed text. */
  insert(text: string): void {
    if (text === '') return
    this.#endSkip()
    this.#endDelete()
    this.#insert += text
  }

  /** Deletes this many points. */
  delete(points: number): void {
    if (points === 0) return
    this.#endSkip()
    this.#endInsert()
    this.#delete += points
  }

  /** Returns the op; the builder must not be used afterwards. */
  finish(): TextOp {
    this.#endInsert()
    this.#endDelete()
    return this.#op
  }

  #endSkip(): void {
    if (this.#skip > 0) this.#op.push(this.#skip)
    this.#skip = 0
  }

  #endInsert(): void {
    if (this.#insert !== '') this.#op.push(this.#insert)
    this.#insert = ''
  }

  #endDelete(): void {
    if (this.#delete > 0) this.#op.push({ d: this.#delete })
    this.#delete = 0
  }
}
