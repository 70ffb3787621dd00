/** Which edits form one run of typing, reverted by one undo. */
import { expect, it } from 'vitest'
import { Typing } from '../../../../core/replica/undo/typing.ts'
import type { TextOp } from '../../../../core/text/index.ts'

interface Case {
  readonly title: string
  readonly first: TextOp
  readonly next: TextOp
  readonly file?: string
  readonly continues: boolean
}

const CASES: readonly Case[] = [
  { title: 'a letter after the last', first: [3, 'a'], next: [4, 'b'], continues: true },
  { title: 'a letter after one of two units', first: [3, '😀'], next: [4, 'b'], continues: true },
  { title: 'a letter at the start, after the first', first: ['a'], next: [1, 'b'], continues: true },
  { title: 'a letter before the last', first: [3, 'a'], next: [3, 'b'], continues: false },
  { title: 'a letter elsewhere', first: [3, 'a'], next: [9, 'b'], continues: false },
  { title: 'a letter in another file', first: [3, 'a'], next: [4, 'b'], file: 'g', continues: false },
  { title: 'a letter after replaced text', first: [3, 'a', { d: 5 }], next: [4, 'b'], continues: true },
  { title: 'a replacement by an input method', first: [3, 'a'], next: [3, 'ä', { d: 1 }], continues: true },
  {
    title: 'the same with its components reversed',
    first: [3, 'a'],
    next: [3, { d: 1 }, 'ä'],
    continues: true,
  },
  { title: 'a replacement elsewhere', first: [3, 'a'], next: [7, 'b', { d: 1 }], continues: false },
  { title: 'Backspace after typing', first: [3, 'a'], next: [3, { d: 1 }], continues: false },
  { title: 'Backspace after Backspace', first: [3, { d: 1 }], next: [2, { d: 1 }], continues: true },
  { title: 'Delete after Delete', first: [3, { d: 1 }], next: [3, { d: 1 }], continues: true },
  { title: 'a word deleted backwards', first: [9, { d: 1 }], next: [4, { d: 5 }], continues: true },
  { title: 'Backspace elsewhere', first: [3, { d: 1 }], next: [8, { d: 1 }], continues: false },
  { title: 'typing after Backspace', first: [3, { d: 1 }], next: [3, 'a'], continues: false },
  { title: 'a letter at each cursor', first: [1, 'a', 4, 'a'], next: [2, 'b', 5, 'b'], continues: true },
  {
    title: 'Backspace at each',
    first: [1, { d: 1 }, 4, { d: 1 }],
    next: [{ d: 1 }, 4, { d: 1 }],
    continues: true,
  },
  { title: 'a letter at one of two cursors', first: [1, 'a', 4, 'a'], next: [2, 'b'], continues: false },
]

it.each(CASES)('$title continues typing: $continues', ({ first, next, file = 'f', continues }) => {
  const typing = new Typing()
  expect(typing.next('f', first)).toBe(false)
  expect(typing.next(file, next)).toBe(continues)
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
