/**
 * The CodeMirror binding: equality of view and file, refused edits, undo, and cleaning of what enters the
 * document.
 */
import { history, redo, undo } from '@codemirror/commands'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasHalf } from '../../../editors/clean-text.ts'
import { cleanInput } from '../../../editors/codemirror/binding.ts'
import { FakeFile, FakeView } from '../fake-file.ts'

function open(text: string) {
  const file = new FakeFile(text)
  const view = new FakeView(text, [history({ newGroupDelay: 0 }), cleanInput])
  const errors: Error[] = []
  const binding = view.bind(file, { onError: (error) => errors.push(error) })
  return { file, view, binding, errors }
}

/** Runs the microtask in which a view is reset. */
async function turn(): Promise<void> {
  await Promise.resolve()
}

/** Ends the turn in which half of a surrogate pair waits for the other. */
async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve))
}

describe('a binding', () => {
  it('passes typed text to the file at once, in order', () => {
    const { file, view } = open('one')
    view.type(3, 3, ' two')
    view.type(0, 3, '1')
    expect(file.text).toBe('1 two')
    expect(file.calls).toEqual([[{ at: 3, remove: 0, insert: ' two' }], [{ at: 0, remove: 3, insert: '1' }]])
  })

  it('passes several changes of one transaction as one list of edits', () => {
    const { file, view } = open('a b c')
    view.dispatch({
      changes: [
        { from: 0, to: 1, insert: 'x' },
        { from: 4, to: 5, insert: 'z' },
      ],
    })
    expect(file.calls).toHaveLength(1)
    expect(file.text).toBe('x b z')
  })

  it('brings changes from the room into the view and does not send them back', () => {
    const { file, view } = open('hello')
    file.receive([{ at: 5, remove: 0, insert: ' world' }])
    file.receive([{ at: 0, remove: 1, insert: 'J' }], 'resync')
    expect(view.text).toBe('Jello world')
    expect(file.calls).toEqual([])
  })

  it('updates another view of the same file', () => {
    const { file, view } = open('one')
    const other = new FakeView('one', [])
    other.bind(file)
    view.type(3, 3, '!')
    other.type(0, 0, '> ')
    expect([view.text, other.text, file.text]).toEqual(['> one!', '> one!', '> one!'])
  })

  it('undoes and redoes only own edits', () => {
    const { file, view } = open('')
    view.type(0, 0, 'mine')
    file.receive([{ at: 0, remove: 0, insert: 'theirs ' }])
    file.receive([{ at: 11, remove: 0, insert: ' too' }])
    view.run(undo)
    expect(view.text).toBe('theirs  too')
    expect(file.text).toBe('theirs  too')
    view.run(redo)
    expect(file.text).toBe('theirs mine too')
    expect(view.text).toBe(file.text)
  })

  it('moves the cursor to what was undone', () => {
    const { file, view } = open('one two three')
    view.dispatch({ selection: { anchor: 1 } })
    file.receive([{ at: 3, remove: 4, insert: '' }], 'remote')
    expect(view.state.selection.main.head).toBe(1)
    file.receive([{ at: 3, remove: 0, insert: ' two' }], 'undo')
    expect(view.state.selection.main.head).toBe(7)
  })

  it('resets the view to the text of the file when an edit is refused, with the reason', async () => {
    const { file, view, errors } = open('safe')
    view.dispatch({ changes: { from: 4, insert: '\0' }, filter: false })
    await turn()
    expect(view.text).toBe('safe')
    expect(file.text).toBe('safe')
    expect(errors.map(({ name }) => name)).toEqual(['EditError'])
    view.type(0, 0, 'still ')
    expect(file.text).toBe('still safe')
  })

  it('includes what the room changed while the view waited to be reset', async () => {
    const { file, view } = open('safe')
    view.dispatch({ changes: { from: 0, to: 4, insert: '\0' }, filter: false })
    file.receive([{ at: 4, remove: 0, insert: ' and sound' }])
    await turn()
    expect(view.text).toBe('safe and sound')
  })

  it('stays equal to the file when a listener answers an edit with another', async () => {
    const { file, view } = open('a')
    let answered = false
    file.on('change', () => {
      if (answered) return
      answered = true
      file.edit([{ at: 0, remove: 0, insert: '// ' }])
    })
    view.type(1, 1, 'b')
    await turn()
    expect(view.text).toBe('// ab')
    expect(file.text).toBe('// ab')
  })

  it('takes the text of the file when the view starts with another', async () => {
    const file = new FakeFile('now')
    const view = new FakeView('before', [])
    view.bind(file)
    await turn()
    expect(view.text).toBe('now')
    expect(file.calls).toEqual([])
  })

  it('neither listens nor writes after it is destroyed', async () => {
    const { file, view, binding } = open('end')
    binding.destroy()
    file.receive([{ at: 0, remove: 0, insert: 'the ' }])
    await turn()
    expect(view.text).toBe('end')
  })

  it('keeps view and file equal whatever both do', async () => {
    const piece = fc.constantFrom('a', 'bc', '\n', '😀', '\r\n', '\0', '\ud83d', '')
    const step = fc.record({
      who: fc.constantFrom('view', 'view', 'room', 'undo', 'redo'),
      one: fc.nat(30),
      other: fc.nat(30),
      insert: piece,
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { file, view } = open('start 😀 end')
        for (const { who, one, other, insert } of steps) {
          const units = file.text.length
          const from = Math.min(one, other, units)
          const to = Math.min(Math.max(one, other), units)
          if (who === 'view') view.type(from, to, insert)
          else if (who === 'undo') view.run(undo)
          else if (who === 'redo') view.run(redo)
          else receiveWhole(file, from, to)
          await turn()
          if (hasHalf(view.text)) await nextTurn()
          expect(view.text).toBe(file.text)
          expect(/[\0\r]|\p{Surrogate}/u.test(file.text)).toBe(false)
        }
      }),
    )
  })
})

/** A remote replacement that splits no surrogate pair, as from the room. */
function receiveWhole(file: FakeFile, from: number, to: number): void {
  const splits = (at: number) => /^[\ud800-\udbff][\udc00-\udfff]$/.test(file.text.slice(at - 1, at + 1))
  const at = splits(from) ? from - 1 : from
  const end = splits(to) ? to + 1 : to
  file.receive([{ at, remove: end - at, insert: '漢😁' }])
}

describe('text that enters the document', () => {
  it('gets LF for CR LF and CR, no NUL, and U+FFFD for half of a surrogate pair', () => {
    const { file, view, errors } = open('')
    view.type(0, 0, 'a\r\nb\rc\0d\ud800e')
    expect(view.text).toBe('a\nb\ncd\ufffde')
    expect(file.text).toBe(view.text)
    expect(errors).toEqual([])
  })

  it('keeps what was typed around it and the cursor behind it', () => {
    const { file, view } = open('<>')
    view.dispatch({ changes: { from: 1, insert: 'x\r\ny' }, selection: { anchor: 5 } })
    expect(file.text).toBe('<x\ny>')
    expect(view.state.selection.main.head).toBe(4)
  })

  it('may replace one emoji by another that shares half of its pair', () => {
    const { file, view } = open('x😀')
    view.type(2, 3, '😁'[1]!)
    expect(file.text).toBe('x😁')
    expect(view.text).toBe('x😁')
  })

  it('leaves U+FFFD when half of an emoji was deleted, at the end of the turn', async () => {
    const { file, view } = open('x😀')
    view.type(2, 3, '')
    await nextTurn()
    expect(file.text).toBe('x\ufffd')
    expect(view.text).toBe('x\ufffd')
  })

  it('may be an emoji in two inputs, each with one half', async () => {
    const { file, view, errors } = open('<>')
    view.type(1, 1, '\ud83d')
    await turn()
    expect(file.text).toBe('<>')
    view.type(2, 2, '\ude00')
    expect(file.text).toBe('<😀>')
    view.type(3, 3, '\ud83d')
    view.type(4, 4, '\ude01')
    await nextTurn()
    expect(view.text).toBe('<😀😁>')
    expect(file.calls).toEqual([[{ at: 1, remove: 0, insert: '😀' }], [{ at: 3, remove: 0, insert: '😁' }]])
    expect(errors).toEqual([])
  })

  it('may be an emoji in two inputs over a selection, at several places, and while the room changes the text', async () => {
    const { file, view } = open('abc abc')
    const both = (insert: string, ...places: readonly [number, number][]) =>
      view.dispatch({ changes: places.map(([from, to]) => ({ from, to, insert })) })
    both('\ud83d', [1, 3], [5, 7])
    file.receive([{ at: 0, remove: 0, insert: 'x' }])
    both('\ude00', [3, 3], [6, 6])
    expect(file.text).toBe('xa😀 a😀')
    await nextTurn()
    expect(view.text).toBe(file.text)
  })

  it('has U+FFFD for a half whose other half never comes', async () => {
    const { file, view } = open('<>')
    view.type(1, 1, '\ud83d')
    view.type(2, 2, 'x')
    view.type(0, 0, '\ude00')
    await nextTurn()
    expect(file.text).toBe('\ufffd<\ufffdx>')
    expect(view.text).toBe(file.text)
  })
})
