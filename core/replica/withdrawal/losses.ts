/** Describes changes that will not be committed, so that nothing typed is lost silently. */
import { composeOps } from '../../text/compose.ts'
import type { TextOp } from '../../text/op.ts'
import type { Text } from '../../text/text.ts'
import { transformPoint } from '../../text/transform.ts'
import { pointsOf } from '../../text/units.ts'
import type { Effect, LostChange, LostText, Piece } from '../effects.ts'
import type { Draft } from '../revival.ts'

/** @param created for a file whose creation is lost: its text, including everything typed since */
export function lossOf(change: Draft, path: string, created: string | undefined): LostChange {
  if (change.type === 'edit') return { change, path, text: typedIn(change.op).join('') }
  if (change.type === 'chat') return { change, path, text: change.text }
  if (change.type === 'create') return { change, path, text: created ?? change.text }
  return { change, path, text: null }
}

/** What an op inserts, piece by piece. */
export function typedIn(op: TextOp): string[] {
  return op.filter((component) => typeof component === 'string')
}

/** @param pieces in text order */
export function lostText(file: string, path: string, text: Text, pieces: readonly Piece[]): LostText {
  return { file, path, text: text.toString(), typed: pieces.map((piece) => piece.text), pieces }
}

/**
 * What `op` inserted.
 * @param text the current text, after `op` and then `since`
 */
export function insertedText(
  file: string,
  path: string,
  text: Text,
  op: TextOp,
  since: TextOp = [],
): LostText {
  const pieces: Piece[] = []
  let point = 0
  for (const component of op) {
    if (typeof component === 'number') point += component
    if (typeof component !== 'string') continue
    const now = Math.min(transformPoint(point, since, 'left'), text.points)
    pieces.push({ at: text.unitOf(now), text: component })
    point += pointsOf(component)
  }
  return lostText(file, path, text, pieces)
}

/** The texts from which effects took something back, as they were before, with what was taken out. */
export function lostTexts(effects: readonly Effect[], pathOf: (file: string) => string): LostText[] {
  const undone = new Map<string, { readonly before: Text; readonly ops: TextOp[] }>()
  for (const effect of effects) {
    if (effect.type !== 'text' || effect.origin !== 'rollback') continue
    const known = undone.get(effect.file)
    if (known === undefined) undone.set(effect.file, { before: effect.before, ops: [effect.op] })
    else known.ops.push(effect.op)
  }
  return [...undone].flatMap(([file, { before, ops }]) => {
    const op = composeOps(ops)
    const pieces = withoutMoved(deletedBy(op, before), typedIn(op))
    return pieces.length === 0 ? [] : [lostText(file, pathOf(file), before, pieces)]
  })
}

/** Excludes what was restored elsewhere in the same text: that is not lost. */
function withoutMoved(pieces: readonly Piece[], given: readonly string[]): Piece[] {
  let rest = [...pieces]
  for (const text of given) {
    let left = text
    rest = rest.flatMap((piece) => {
      const at = piece.text.indexOf(left)
      if (left !== '' && at !== -1) {
        const end = at + left.length
        left = ''
        const [first, last] = [piece.text.slice(0, at), piece.text.slice(end)]
        return [
          { at: piece.at, text: first },
          { at: piece.at + end, text: last },
        ].filter((part) => part.text !== '')
      }
      if (!left.includes(piece.text)) return [piece]
      left = left.replace(piece.text, '')
      return []
    })
  }
  return rest
}

function deletedBy(op: TextOp, before: Text): Piece[] {
  const pieces: Piece[] = []
  let point = 0
  for (const component of op) {
    if (typeof component === 'number') point += component
    if (typeof component !== 'object') continue
    const end = point + component.d
    pieces.push({ at: before.unitOf(point), text: before.slice(point, end) })
    point = end
  }
  return pieces
}
