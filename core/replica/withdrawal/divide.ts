/**
 * Divides an edit among its parts again, after it was transformed as a whole and its parts one by one: where
 * somebody else's text is at the same place, the results may differ. Which part inserted and deleted what,
 * and in which order it is in the text, is the same in both.
 */
import type { TextOp } from '../../text/op.ts'
import { OpBuilder } from '../../text/op-builder.ts'
import { pointsOf, unitAt } from '../../text/units.ts'

/** Points that a part inserted or deleted. */
interface Share {
  /** Index of the part. */
  readonly by: number
  readonly points: number
}

/** Points of a text, or that were in it. */
interface Piece {
  /** Index of the part that inserted or deleted them; null if none did. */
  readonly by: number | null
  readonly isDeleted: boolean
  readonly points: number
}

/** @returns ops that compose to `whole`; null if `parts` do not insert and delete as much as it does */
export function dividedAs(parts: readonly TextOp[], whole: TextOp): TextOp[] | null {
  const [inserted, deleted] = sharesOf(parts)
  const ops = parts.map(() => new OpBuilder())
  for (const component of whole) {
    if (typeof component === 'number') {
      for (const op of ops) op.skip(component)
    } else if (typeof component === 'string') {
      let text = component
      for (const { by, points } of take(inserted, pointsOf(text))) {
        const unit = unitAt(text, points, pointsOf(text))
        ops[by]?.insert(text.slice(0, unit))
        for (const op of ops.slice(by + 1)) op.skip(points)
        text = text.slice(unit)
      }
      if (text !== '') return null
    } else {
      let left = component.d
      for (const { by, points } of take(deleted, left)) {
        for (const op of ops.slice(0, by)) op.skip(points)
        ops[by]?.delete(points)
        left -= points
      }
      if (left > 0) return null
    }
  }
  return inserted.length + deleted.length > 0 ? null : ops.map((op) => op.finish())
}

/** What parts insert, and what they delete of the text before them, each in the order of the text. */
function sharesOf(parts: readonly TextOp[]): readonly [inserted: Share[], deleted: Share[]] {
  let pieces: Piece[] = [{ by: null, isDeleted: false, points: Number.POSITIVE_INFINITY }]
  for (const [by, op] of parts.entries()) pieces = applied(pieces, op, by)
  const sharesWhich = (isDeleted: boolean) =>
    pieces.flatMap((piece) => {
      return piece.by !== null && piece.isDeleted === isDeleted
        ? [{ by: piece.by, points: piece.points }]
        : []
    })
  return [sharesWhich(false), sharesWhich(true)]
}

function applied(pieces: readonly Piece[], op: TextOp, by: number): Piece[] {
  const rest = [...pieces]
  const done: Piece[] = []
  const pass = (points: number, deletes: boolean) => {
    for (let left = points; left > 0; ) {
      const piece = rest.shift()
      if (piece === undefined) return
      if (piece.isDeleted) {
        done.push(piece)
        continue
      }
      const taken = Math.min(left, piece.points)
      left -= taken
      if (piece.points > taken) rest.unshift({ ...piece, points: piece.points - taken })
      if (!deletes) done.push({ ...piece, points: taken })
      // What another part has inserted is just gone.
      else if (piece.by === null) done.push({ by, isDeleted: true, points: taken })
    }
  }
  for (const component of op) {
    if (typeof component === 'number') pass(component, false)
    else if (typeof component === 'string') done.push({ by, isDeleted: false, points: pointsOf(component) })
    else pass(component.d, true)
  }
  return [...done, ...rest]
}

/** Removes this many points from the front of a list of shares, and returns them. */
function take(shares: Share[], points: number): Share[] {
  const taken: Share[] = []
  for (let left = points; left > 0; ) {
    const share = shares.shift()
    if (share === undefined) break
    const part = Math.min(left, share.points)
    if (part < share.points) shares.unshift({ ...share, points: share.points - part })
    taken.push({ ...share, points: part })
    left -= part
  }
  return taken
}
