/**
 * How long changes wait during a composition, and what is typed meanwhile; real input is tested in a
 * browser.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CHECK_MS, CompositionWait, LONGEST_WAIT_MS } from '../../editors/composing.ts'
import { FileBinding } from '../../editors/monaco/binding.ts'
import { FakeFile } from './fake-file.ts'
import { createModel, replace } from './monaco/model.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the wait for a composition', () => {
  it('is not needed without a composition', () => {
    expect(
      new CompositionWait(
        () => false,
        () => false,
      ).mustWait(),
    ).toBe(false)
  })

  it('ends with the composition', () => {
    let composing = true
    const wait = new CompositionWait(
      () => composing,
      () => false,
    )
    expect(wait.mustWait()).toBe(true)
    composing = false
    expect(wait.mustWait()).toBe(false)
  })

  it('is 10 s at most, and as long again for later changes', () => {
    const wait = new CompositionWait(
      () => true,
      () => false,
    )
    expect(wait.mustWait()).toBe(true)
    vi.advanceTimersByTime(LONGEST_WAIT_MS - 1)
    expect(wait.mustWait()).toBe(true)
    vi.advanceTimersByTime(1)
    expect(wait.mustWait()).toBe(false)
    expect(wait.mustWait()).toBe(true)
  })
})

describe('a model with a composition in its editor', () => {
  function open(text: string) {
    const file = new FakeFile(text)
    const model = createModel(text)
    const composition = { isUnderWay: true, cursor: 0, ended: 0, end: () => void composition.ended++ }
    const failed = (error: Error) => expect.fail(error.message)
    new FileBinding(model, null, file, failed, composition)
    const type = (from: number, to: number, insert: string) => replace(model, [{ from, to, insert }])
    return { file, model, composition, type }
  }

  it('gets remote changes after the composition, and the file gets composed text at once', () => {
    const { file, model, composition, type } = open('one\ntwo')
    type(7, 7, 'a')
    file.receive([{ at: 0, remove: 3, insert: 'ONE\n1' }])
    type(7, 8, 'ab')
    expect(model.getValue()).toBe('one\ntwoab')
    expect(file.text).toBe('ONE\n1\ntwoab')
    vi.advanceTimersByTime(CHECK_MS * 4)
    expect(model.getValue()).toBe('one\ntwoab')
    composition.isUnderWay = false
    vi.advanceTimersByTime(CHECK_MS)
    expect(model.getValue()).toBe(file.text)
  })

  it('keeps remote letters between composed ones', () => {
    const { file, model, composition, type } = open('')
    type(0, 0, 'abc')
    file.receive([{ at: 1, remove: 1, insert: 'XY' }])
    type(0, 3, 'abcd')
    composition.isUnderWay = false
    vi.advanceTimersByTime(CHECK_MS)
    expect([model.getValue(), file.text]).toEqual(['aXYcd', 'aXYcd'])
  })

  it('passes on a replaced text, and one that must be cleaned, while changes wait', async () => {
    const { file, model, composition, type } = open('one\ntwo')
    file.receive([{ at: 3, remove: 0, insert: '!' }])
    type(7, 7, 'x\0\r\ny')
    await Promise.resolve()
    expect(file.text).toBe('one!\ntwox\ny')
    model.setValue('one\nTWO')
    await Promise.resolve()
    expect(file.text).toBe('one!\nTWO')
    composition.isUnderWay = false
    vi.advanceTimersByTime(CHECK_MS)
    expect(model.getValue()).toBe(file.text)
  })

  it('gets waiting changes after 10 s in any case', () => {
    const { file, model } = open('one')
    file.receive([{ at: 0, remove: 0, insert: 'x' }])
    vi.advanceTimersByTime(LONGEST_WAIT_MS)
    expect(model.getValue()).toBe('one')
    vi.advanceTimersByTime(CHECK_MS * 2)
    expect(model.getValue()).toBe('xone')
  })

  it('is reset to the text of the file at once when an edit is refused', async () => {
    const file = new FakeFile('one')
    const model = createModel('one')
    const errors: string[] = []
    new FileBinding(model, null, file, ({ message }) => errors.push(message), {
      isUnderWay: true,
      cursor: 0,
      end() {},
    })
    file.receive([{ at: 0, remove: 0, insert: 'x' }])
    file.edit = () => {
      throw new Error('no')
    }
    replace(model, [{ from: 3, to: 3, insert: '?' }])
    await Promise.resolve()
    expect([model.getValue(), errors]).toEqual(['xone', ['no']])
    vi.advanceTimersByTime(LONGEST_WAIT_MS * 2)
    expect(model.getValue()).toBe('xone')
  })
})
