/** The diff of two texts, by examples and on random texts. */
import { describe, expect, it } from 'vitest'
import { diff, parseOp, rebase, Text } from '../../../core/text/index.ts'
import { seeded } from '../../support/seeded.ts'

const test = seeded()
const { note } = test

function diffOf(from: string, to: string) {
  const op = diff(Text.from(from), Text.from(to))
  parseOp(op, Text.from(from).points)
  expect(Text.from(from).apply(op).toString() === to, note).toBe(true)
  return op
}

describe('the diff of two texts', () => {
  it('turns one into the other', () => {
    for (let i = 0; i < 1500; i++) {
      const from = Text.from(test.random.text(60))
      const to = test.random.chance(0.7)
        ? from.apply(test.random.op(from.points))
        : Text.from(test.random.text(60))
      diffOf(from.toString(), to.toString())
    }
  })

  it('turns one into the other if a few lines recur often', () => {
    for (let i = 0; i < 1500; i++) {
      const lines = () =>
        Array.from({ length: test.random.int(30) }, () =>
          test.random.pick(['a\n', 'b\n', '😀\n', '😁\n', '\n']),
        ).join('')
      diffOf(lines(), lines())
    }
  })

  it('of equal texts is empty', () => {
    expect(diffOf('', '')).toEqual([])
    expect(diffOf('a\nb', 'a\nb')).toEqual([])
  })

  it('is a single insert or delete if one text is empty', () => {
    expect(diffOf('', 'a\n😀')).toEqual(['a\n😀'])
    expect(diffOf('a\n😀', '')).toEqual([{ d: 3 }])
  })

  it('contains only what changed', () => {
    expect(diffOf('one\ntwo\nthree\n', 'one\ntwo!\nthree\n')).toEqual([7, '!'])
    expect(diffOf('x 😀 y', 'x 😁 y')).toEqual([2, '😁', { d: 1 }])
    expect(diffOf('one\ntwo\nthree\nfour\n', 'One\ntwo\nthree\nFour\n')).toEqual([
      'O',
      { d: 1 },
      13,
      'F',
      { d: 1 },
    ])
    expect(diffOf('{\n}\n{\n}\n', '{\n}\n{\nnew\n}\n')).toEqual([6, 'new\n'])
    expect(diffOf('a\nb\nc\n', 'a1\nb2\nc3\n')).toEqual([1, '1', 2, '2', 2, '3'])
  })

  it('finds common lines although others moved', () => {
    const op = diffOf('import a\n\nf()\n\ng()\n\nend\n', 'import a\nimport b\n\nf()\n\nnew()\n\ng()\n\nend\n')
    expect(op.filter((component) => typeof component === 'object')).toEqual([])
  })

  it('preserves a pending edit elsewhere in the text', () => {
    const lines = Array.from({ length: 2000 }, (_, i) => `line ${i}\n`)
    const base = Text.from(lines.join(''))
    const other = lines.slice()
    other[10] = 'changed\n'
    other.splice(1000, 2)
    other.splice(1900, 0, 'fresh\n')
    const place = base.pointOf(base.toString().indexOf('line 500\n'))
    const committed = diff(base, Text.from(other.join('')))
    const pending = [place, 'mine: ']
    const merged = base.apply(committed).apply(rebase(committed, pending).pending).toString()
    expect(merged).toBe(other.join('').replace('line 500\n', 'mine: line 500\n'))
  })

  it('terminates for large texts that share next to nothing', () => {
    const lines = (word: string) =>
      Array.from({ length: 20_000 }, () => `${word}${test.random.int(50)}\n`).join('')
    diffOf(lines('a'), lines('a'))
    diffOf(lines('a'), lines('b'))
  })
})
