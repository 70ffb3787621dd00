/** Lists of edits compose and converge, and an editor and its file become equal after any exchange. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Edit } from '../../client/types.ts'
import { Divergence } from '../../editors/divergence.ts'
import { compose, rebase } from '../../editors/edit-lists.ts'
import { applyEdits } from './fake-file.ts'

const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), maxLength: 8 })

/** A random list of edits for a text of `units` units: ascending, not overlapping, sometimes adjacent. */
function editsFor(units: number): fc.Arbitrary<readonly Edit[]> {
  const piece = fc.record({ skip: fc.nat(4), remove: fc.nat(3), insert: texts })
  return fc.array(piece, { maxLength: 4 }).map((pieces) => {
    const edits: Edit[] = []
    let done = 0
    for (const { skip, remove, insert } of pieces) {
      const at = done + skip
      if (at + remove > units) break
      edits.push({ at, remove, insert })
      done = at + remove
    }
    return edits
  })
}

const twoOfOne = texts.chain((text) =>
  fc.record({ text: fc.constant(text), one: editsFor(text.length), other: editsFor(text.length) }),
)

const twoInARow = texts
  .chain((text) => fc.record({ text: fc.constant(text), first: editsFor(text.length) }))
  .chain(({ text, first }) =>
    fc.record({
      text: fc.constant(text),
      first: fc.constant(first),
      second: editsFor(applyEdits(text, first).length),
    }),
  )

describe('lists of edits', () => {
  it('compose into one with the same effect', () => {
    fc.assert(
      fc.property(twoInARow, ({ text, first, second }) => {
        const both = applyEdits(applyEdits(text, first), second)
        expect(applyEdits(text, compose(first, second))).toBe(both)
      }),
    )
  })

  it('converge in either order', () => {
    fc.assert(
      fc.property(twoOfOne, ({ text, one, other }) => {
        const [oneAfter, otherAfter] = rebase(one, other)
        expect(applyEdits(applyEdits(text, one), otherAfter)).toBe(
          applyEdits(applyEdits(text, other), oneAfter),
        )
      }),
    )
  })

  it('leave own text before remote text inserted at the same position', () => {
    const [own, theirs] = rebase([{ at: 1, remove: 0, insert: 'own' }], [{ at: 1, remove: 0, insert: 'x' }])
    expect(own).toEqual([{ at: 1, remove: 0, insert: 'own' }])
    expect(theirs).toEqual([{ at: 4, remove: 0, insert: 'x' }])
  })

  it('keep own text next to what it replaces', () => {
    const [own] = rebase([{ at: 1, remove: 2, insert: 'own' }], [{ at: 1, remove: 0, insert: 'x' }])
    expect(own).toEqual([{ at: 2, remove: 2, insert: 'own' }])
  })
})

describe('an editor and its file that diverge', () => {
  it('have the same text again after any exchange', () => {
    const moves = fc.array(
      fc.record({
        who: fc.constantFrom('editor', 'file', 'pass', 'bring'),
        at: fc.nat(9),
        insert: texts,
        remove: fc.nat(3),
      }),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(texts, moves, (text, all) => {
        const both = new Divergence()
        let [editor, file] = [text, text]
        const within = (of: string, at: number, remove: number, insert: string): Edit[] => {
          const from = Math.min(at, of.length)
          return [{ at: from, remove: Math.min(remove, of.length - from), insert }]
        }
        for (const { who, at, remove, insert } of all) {
          if (who === 'editor') {
            const edits = within(editor, at, remove, insert)
            both.editorChanged(edits)
            editor = applyEdits(editor, edits)
          } else if (who === 'file') {
            const edits = within(file, at, remove, insert)
            both.fileChanged(edits)
            file = applyEdits(file, edits)
          } else if (who === 'pass') file = applyEdits(file, both.pass())
          else editor = applyEdits(editor, both.bring())
        }
        file = applyEdits(file, both.pass())
        editor = applyEdits(editor, both.bring())
        expect(editor).toBe(file)
        expect(both.waits).toBe(false)
      }),
    )
  })
})
