/** Conversion between change sets and edits, differences of texts, and cleaning, with random texts. */
import { ChangeSet, Text } from '@codemirror/state'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanText } from '../../../editors/clean-text.ts'
import { changesOf, difference, editsOf } from '../../../editors/codemirror/changes.ts'
import { applyEdits } from '../fake-file.ts'

/** Short texts in which surrogate pairs, line ends and plain letters are all likely. */
const text = fc
  .array(fc.constantFrom('a', 'b', '\n', 'é', '😀', '😁', '漢'), { maxLength: 12 })
  .map((parts) => parts.join(''))

/** A text with a change set of some random replacements, which may split surrogate pairs. */
const changed = text.chain((before) =>
  fc.array(fc.tuple(fc.nat(before.length), fc.nat(before.length), text), { maxLength: 4 }).map((raw) => {
    const changes: { from: number; to: number; insert: string }[] = []
    for (const [one, other, insert] of raw.sort((a, b) => Math.min(a[0], a[1]) - Math.min(b[0], b[1]))) {
      const from = Math.max(Math.min(one, other), changes.at(-1)?.to ?? 0)
      changes.push({ from, to: Math.max(one, other, from), insert })
    }
    return { before, changes: ChangeSet.of(changes, before.length, '\n') }
  }),
)

function docOf(content: string): Text {
  return Text.of(content.split('\n'))
}

describe('the edits of a change set', () => {
  it('give the same text as the change set', () => {
    fc.assert(
      fc.property(changed, ({ before, changes }) => {
        const doc = docOf(before)
        expect(applyEdits(before, editsOf(changes, doc))).toBe(changes.apply(doc).toString())
      }),
    )
  })

  it('never start or end inside a surrogate pair', () => {
    fc.assert(
      fc.property(changed, ({ before, changes }) => {
        for (const { at, remove } of editsOf(changes, docOf(before))) {
          for (const place of [at, at + remove]) {
            expect(/^[\ud800-\udbff][\udc00-\udfff]$/.test(before.slice(place - 1, place + 1))).toBe(false)
          }
        }
      }),
    )
  })

  it('include the whole pair when the DOM changed one half of it', () => {
    const changes = ChangeSet.of({ from: 2, to: 3, insert: '😁'[1]! }, 4)
    expect(editsOf(changes, docOf('x😀y'))).toEqual([{ at: 1, remove: 2, insert: '😁' }])
  })

  it('convert back to a change set with the same effect', () => {
    fc.assert(
      fc.property(changed, ({ before, changes }) => {
        const doc = docOf(before)
        const again = changesOf(editsOf(changes, doc), before.length)
        expect(again.apply(doc).toString()).toBe(changes.apply(doc).toString())
      }),
    )
  })

  it('fit the text, or there is no change set', () => {
    expect(() => changesOf([{ at: 5, remove: 1, insert: '' }], 3)).toThrow(RangeError)
  })
})

describe('the difference of two texts', () => {
  it('is one edit that leads from the first to the second', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const edit = difference(before, after)
        expect(edit ? applyEdits(before, [edit]) : before).toBe(after)
        expect(edit === null).toBe(before === after)
      }),
    )
  })

  it('touches no more than what differs', () => {
    expect(difference('one two three', 'one 2 three')).toEqual({ at: 4, remove: 3, insert: '2' })
    expect(difference('aa', 'aaa')).toEqual({ at: 2, remove: 0, insert: 'a' })
  })
})

describe('cleaning a text', () => {
  it('turns CR LF and CR into LF', () => {
    expect(cleanText('a\r\nb\rc\n')).toBe('a\nb\nc\n')
  })

  it('removes NUL and replaces half of a surrogate pair with U+FFFD', () => {
    expect(cleanText('a\0b\ud83dc\ude00')).toBe('ab\ufffdc\ufffd')
  })

  it('leaves everything else alone, including emoji and combining marks', () => {
    expect(cleanText('👩‍👩‍👧 e\u0301 \t漢')).toBe('👩‍👩‍👧 e\u0301 \t漢')
  })
})
