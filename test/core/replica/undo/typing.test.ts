/** Which edits are one run of typing, that one undo takes back. */
import { expect, it } from 'vitest'
import { Typing } from '../../../../core/replica/undo/typing.ts'
import type { TextOp } from '../../../../core/text/index.ts'

interface Case {
  readonly title: string
  readonly first: TextOp
  readonly next: TextOp
  readonly file?: string
  readonly goesOn: boolean
}

const CASES: readonly Case[] = [
  { title: 'a letter behind the last', first: [3, 'a'], next: [4, 'b'], goesOn: true },
  { title: 'a letter behind one that counts two units', first: [3, '😀'], next: [4, 'b'], goesOn: true },
  { title: 'a letter at the start, behind the first', first: ['a'], next: [1, 'b'], goesOn: true },
  { title: 'a letter before the last', first: [3, 'a'], next: [3, 'b'], goesOn: false },
  { title: 'a letter elsewhere', first: [3, 'a'], next: [9, 'b'], goesOn: false },
  { title: 'a letter in another file', first: [3, 'a'], next: [4, 'b'], file: 'g', goesOn: false },
  { title: 'a letter behind what was typed over', first: [3, 'a', { d: 5 }], next: [4, 'b'], goesOn: true },
  { title: 'what an input method puts for it', first: [3, 'a'], next: [3, 'ä', { d: 1 }], goesOn: true },
  { title: 'the same with its parts the other way', first: [3, 'a'], next: [3, { d: 1 }, 'ä'], goesOn: true },
  { title: 'a word in place of one elsewhere', first: [3, 'a'], next: [7, 'b', { d: 1 }], goesOn: false },
  { title: 'Backspace after typing', first: [3, 'a'], next: [3, { d: 1 }], goesOn: false },
  { title: 'Backspace after Backspace', first: [3, { d: 1 }], next: [2, { d: 1 }], goesOn: true },
  { title: 'Delete after Delete', first: [3, { d: 1 }], next: [3, { d: 1 }], goesOn: true },
  { title: 'a word deleted back', first: [9, { d: 1 }], next: [4, { d: 5 }], goesOn: true },
  { title: 'Backspace elsewhere', first: [3, { d: 1 }], next: [8, { d: 1 }], goesOn: false },
  { title: 'typing after Backspace', first: [3, { d: 1 }], next: [3, 'a'], goesOn: false },
  { title: 'a letter at each cursor', first: [1, 'a', 4, 'a'], next: [2, 'b', 5, 'b'], goesOn: true },
  {
    title: 'Backspace at each',
    first: [1, { d: 1 }, 4, { d: 1 }],
    next: [{ d: 1 }, 4, { d: 1 }],
    goesOn: true,
  },
  { title: 'a letter at one cursor of two', first: [1, 'a', 4, 'a'], next: [2, 'b'], goesOn: false },
]

it.each(CASES)('$title continues typing: $goesOn', ({ first, next, file = 'f', goesOn }) => {
  const typing = new Typing()
  expect(typing.next('f', first)).toBe(false)
  expect(typing.next(file, next)).toBe(goesOn)
})

it('continues at a caret moved by changes of others', () => {
  const typing = new Typing()
  typing.next('f', [3, 'a'])
  typing.carry('f', ['theirs'])
  typing.carry('g', ['elsewhere'])
  expect(typing.next('f', [10, 'b'])).toBe(true)
})

it('continues before text that somebody typed at the caret', () => {
  const typing = new Typing()
  typing.next('f', [3, 'a'])
  typing.carry('f', [4, 'theirs'])
  expect(typing.next('f', [4, 'b'])).toBe(true)
})

it('does not continue after something else', () => {
  const typing = new Typing()
  typing.next('f', [3, 'a'])
  typing.stop()
  expect(typing.next('f', [4, 'b'])).toBe(false)
})
