/**
 * Conversion between content events and edits, and mapping of positions, with random texts and real Monaco
 * models.
 */
import { ChangeSet } from '@codemirror/state'
import fc from 'fast-check'
import type { editor } from 'monaco-editor'
import { describe, expect, it } from 'vitest'
import { cleanText } from '../../../editors/clean-text.ts'
import { difference, editsOf, operationsOf, repairsOf } from '../../../editors/monaco/changes.ts'
import { endOf, mapOwn, mapPlace } from '../../../editors/places.ts'
import { applyEdits } from '../fake-file.ts'
import { createModel, replace } from './model.ts'

/** Short texts in which surrogate pairs, line ends and plain letters are all likely. */
const text = fc
  .array(fc.constantFrom('a', 'b', '\n', 'é', '😀', '😁', '漢'), { maxLength: 12 })
  .map((parts) => parts.join(''))

/** Texts with content that rooms do not accept. */
const dirty = fc
  .array(fc.constantFrom('a', '\n', '\r', '\0', '\ud83d', '\ude00', '😀'), { maxLength: 12 })
  .map((parts) => parts.join(''))

/** A text with some ascending, separate replacements, which may split surrogate pairs. */
const changed = text.chain((before) =>
  fc.array(fc.tuple(fc.nat(before.length), fc.nat(before.length), text), { maxLength: 4 }).map((raw) => {
    const changes: { from: number; to: number; insert: string }[] = []
    for (const [one, other, insert] of raw.sort((a, b) => Math.min(a[0], a[1]) - Math.min(b[0], b[1]))) {
      const from = Math.max(Math.min(one, other), changes.at(-1)?.to ?? 0)
      changes.push({ from, to: Math.max(one, other, from), insert })
    }
    return { before, changes }
  }),
)

describe('the edits of a content event', () => {
  it('give the model’s text after it, and never split a surrogate pair', () => {
    fc.assert(
      fc.property(changed, ({ before, changes }) => {
        const model = createModel(before)
        const events: editor.IModelContentChangedEvent[] = []
        model.onDidChangeContent((event) => events.push(event))
        // Monaco widens ranges that split a pair; if they then overlap, it does nothing.
        try {
          replace(model, changes)
        } catch (error) {
          expect(String(error)).toContain('Overlapping ranges')
          return
        }
        const edits = events.map((event) => editsOf(event.changes))
        const after = edits.reduce((text, list) => applyEdits(text, list ?? []), before)
        expect(edits).not.toContain(null)
        expect(after).toBe(model.getValue())
        for (const { at, remove } of edits.flat().filter((edit) => edit !== null)) {
          for (const place of [at, at + remove])
            expect(before.slice(place - 1, place + 1)).not.toMatch(/^[\ud800-\udbff][\udc00-\udfff]$/)
        }
      }),
    )
  })

  it('keep the order of what is inserted at one position', () => {
    const model = createModel('<>')
    let edits: ReturnType<typeof editsOf> = null
    model.onDidChangeContent((event) => {
      edits = editsOf(event.changes)
    })
    replace(model, [
      { from: 1, to: 1, insert: 'a' },
      { from: 1, to: 1, insert: 'b' },
    ])
    expect(model.getValue()).toBe('<ab>')
    expect(edits).toEqual([
      { at: 1, remove: 0, insert: 'a' },
      { at: 1, remove: 0, insert: 'b' },
    ])
  })

  it('are null when one change refers to what another made', () => {
    const first = { rangeOffset: 0, rangeLength: 0, text: 'abc' }
    expect(editsOf([first, { rangeOffset: 1, rangeLength: 1, text: '' }])).toBe(null)
    expect(editsOf([])).toEqual([])
  })
})

describe('the operations of edits', () => {
  it('change a model as the edits change its text', () => {
    fc.assert(
      fc.property(fc.oneof(text, dirty), text, (before, after) => {
        const model = createModel('')
        replace(model, [{ from: 0, to: 0, insert: before }])
        const edit = difference(model.getValue(), after)
        model.applyEdits(operationsOf(edit ? [edit] : [], (units) => model.getPositionAt(units)))
        expect(model.getValue()).toBe(after)
      }),
    )
  })
})

describe('the difference of two texts', () => {
  it('is one edit that leads from the first to the second and splits no surrogate pair', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const edit = difference(before, after)
        expect(edit ? applyEdits(before, [edit]) : before).toBe(after)
        expect(edit === null).toBe(before === after)
        expect(edit?.insert ?? '').not.toMatch(/\p{Surrogate}/u)
        expect(before.slice(edit?.at, (edit?.at ?? 0) + (edit?.remove ?? 0))).not.toMatch(/\p{Surrogate}/u)
      }),
    )
  })

  it('touches no more than what differs', () => {
    expect(difference('one two three', 'one 2 three')).toEqual({ at: 4, remove: 3, insert: '2' })
    expect(difference('aa', 'aaa')).toEqual({ at: 2, remove: 0, insert: 'a' })
    expect(difference('x😀y', 'x😁y')).toEqual({ at: 1, remove: 2, insert: '😁' })
  })
})

describe('cleaning a text', () => {
  it('is the same as its repairs', () => {
    fc.assert(
      fc.property(dirty, (before) => {
        expect(applyEdits(before, repairsOf(before))).toBe(cleanText(before))
        expect(repairsOf(cleanText(before))).toEqual([])
      }),
    )
  })

  it('leaves Unicode line separators alone: rooms accept them', () => {
    expect(cleanText('a\u2028b\u2029c\u0085d')).toBe('a\u2028b\u2029c\u0085d')
  })
})

describe('a position in a text', () => {
  it('is mapped as by the CodeMirror binding', () => {
    fc.assert(
      fc.property(changed, fc.nat(30), fc.constantFrom(-1 as const, 1 as const), (given, units, side) => {
        // Adjacent replacements are one to CodeMirror, as in edits made from ops.
        const apart = given.changes.filter(({ from }, i, all) => i === 0 || from > (all[i - 1]?.to ?? 0))
        const place = Math.min(units, given.before.length)
        const edits = apart.map(({ from, to, insert }) => ({ at: from, remove: to - from, insert }))
        const changes = ChangeSet.of(apart, given.before.length, '\n')
        expect(mapPlace(place, edits, side)).toBe(changes.mapPos(place, side))
      }),
    )
  })

  it('of a cursor stays before text inserted there, and a selection does not grow', () => {
    const insert = [
      { at: 2, remove: 0, insert: '<<' },
      { at: 5, remove: 0, insert: '>' },
    ]
    expect(mapOwn({ anchor: 2, head: 2 }, insert)).toEqual({ anchor: 2, head: 2 })
    expect(mapOwn({ anchor: 2, head: 5 }, insert)).toEqual({ anchor: 4, head: 7 })
    expect(mapOwn({ anchor: 5, head: 2 }, insert)).toEqual({ anchor: 7, head: 4 })
  })

  it('behind some edits is behind the last of them', () => {
    const edits = [
      { at: 0, remove: 2, insert: 'abc' },
      { at: 4, remove: 0, insert: '!' },
    ]
    expect(endOf(edits)).toBe(6)
    expect(endOf([{ at: 3, remove: 2, insert: '' }])).toBe(3)
  })
})
