/** The three-way merge on strings: base, ours and theirs, and the result. */
import { describe, expect, it } from 'vitest'
import { diff } from '../../../core/text/diff.ts'
import { hunksOf } from '../../../core/text/hunks.ts'
import { merge } from '../../../core/text/merge.ts'
import { Text } from '../../../core/text/text.ts'
import { rebase } from '../../../core/text/transform.ts'
import { Random } from '../../support/random.ts'

function merged(base: string, mine: string, theirs: string): { text: string; lost: string[] } {
  const [from, ours, room] = [base, mine, theirs].map((text) => Text.from(text)) as [Text, Text, Text]
  const committed = diff(from, room)
  const { mine: kept, conflicts } = merge(diff(from, ours), committed)
  const text = room.apply(rebase(committed, kept).pending).toString()
  return { text, lost: conflicts.map(({ insert }) => insert) }
}

describe('a three-way merge', () => {
  it('keeps what only one side changed, even on the same line', () => {
    expect(merged('one\ntwo\nthree\n', 'ONE\ntwo\nthree\n', 'one\ntwo\nTHREE\n')).toEqual({
      text: 'ONE\ntwo\nTHREE\n',
      lost: [],
    })
    expect(merged('let a = 1, b = 2', 'let a = 10, b = 2', 'let a = 1, b = 20')).toEqual({
      text: 'let a = 10, b = 20',
      lost: [],
    })
  })

  it('keeps the room’s text where both changed the same place, and returns ours as a conflict', () => {
    expect(merged('color: red;\n', 'color: lime;\n', 'color: navy;\n')).toEqual({
      text: 'color: navy;\n',
      lost: ['lime'],
    })
  })

  it('keeps both inserts at the same place, the room’s first', () => {
    expect(merged('ab', 'a<mine>b', 'a<theirs>b')).toEqual({ text: 'a<theirs><mine>b', lost: [] })
  })

  it('applies the same change of both once', () => {
    expect(merged('old name', 'new name', 'new name')).toEqual({ text: 'new name', lost: [] })
    expect(merged('a long line\n', '\n', '\n')).toEqual({ text: '\n', lost: [] })
  })

  it('returns what was typed into deleted text', () => {
    expect(merged('keep\nthis was here\n', 'keep\nthis was <mine> here\n', 'keep\n')).toEqual({
      text: 'keep\n',
      lost: ['<mine> '],
    })
  })

  it('loses nothing typed, for any three texts: it is in the text or returned', () => {
    const random = new Random('merge')
    for (let i = 0; i < 2_000; i++) {
      const base = Array.from({ length: random.int(8) }, () =>
        random.pick(['a', 'bc\n', '\n', 'd', '😀']),
      ).join('')
      const change = (text: string, token: string) => {
        const points = [...text]
        const at = random.int(points.length + 1)
        points.splice(at, random.int(3), ...(random.int(4) > 0 ? [token] : []))
        return points.join('')
      }
      const mine = change(change(base, 'M'), 'N')
      const theirs = change(change(base, 'X'), 'Y')
      const { text, lost } = merged(base, mine, theirs)
      for (const token of ['M', 'N']) {
        const copies = [...text, ...lost.join('')].filter((point) => point === token).length
        expect(copies, `${token} of ${JSON.stringify({ base, mine, theirs })}`).toBe(
          mine.includes(token) ? 1 : 0,
        )
      }
      for (const token of ['X', 'Y']) expect(text.includes(token)).toBe(theirs.includes(token))
    }
  })
})

describe('the hunks of an op', () => {
  it('are its replacements, in points of the text before', () => {
    expect(hunksOf([2, 'a', { d: 1 }, 'b', 3, { d: 2 }])).toEqual([
      { start: 2, end: 3, insert: 'ab' },
      { start: 6, end: 8, insert: '' },
    ])
    expect(hunksOf([])).toEqual([])
  })
})
