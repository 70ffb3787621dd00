/** What holds for the bindings of both editors, tested with each. */
import { history } from '@codemirror/commands'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SdkError } from '../../../client/sdk-error.ts'
import type { Edit } from '../../../client/types.ts'
import { EditError } from '../../../core/text/edits.ts'
import { hasHalf } from '../../../editors/clean-text.ts'
import { cleanInput } from '../../../editors/codemirror/binding.ts'
import { FileBinding } from '../../../editors/monaco/binding.ts'
import { FakeFile, FakeView } from '../fake-file.ts'
import { createModel, replace } from './model.ts'

interface Change {
  readonly from: number
  readonly to: number
  readonly insert: string
}

/** An editor bound to a file. Positions are UTF-16 units. */
interface Bound {
  text(): string
  /** All at once, like one editor command. */
  change(changes: readonly Change[]): void
  destroy(): void
}

type Bind = (text: string, file: FakeFile, onError: (error: Error, refused: string) => void) => Bound

const codemirror: Bind = (text, file, onError) => {
  const view = new FakeView(text, [history({ newGroupDelay: 0 }), cleanInput])
  const binding = view.bind(file, { onError })
  return {
    text: () => view.text,
    change: (changes) => view.dispatch({ changes: [...changes] }),
    destroy: () => binding.destroy(),
  }
}

const monaco: Bind = (text, file, onError) => {
  const model = createModel(text)
  const binding = new FileBinding(model, null, file, onError)
  return {
    text: () => model.getValue(),
    change: (changes) => replace(model, changes),
    destroy: () => binding.destroy(),
  }
}

/** A file that can refuse everything, like a removed one. */
class Stubborn extends FakeFile {
  refusing = false

  /** The most UTF-16 units it accepts. */
  most = Number.POSITIVE_INFINITY

  override edit(edits: readonly Edit[]): void {
    const grown = edits.reduce(
      (units, { remove, insert }) => units + insert.length - remove,
      this.text.length,
    )
    if (grown > this.most) throw new SdkError('file_too_large', 'too much')
    if (this.refusing) throw new EditError('bad_edit', 'not now')
    super.edit(edits)
  }
}

/** Runs the microtask in which an editor is reset. */
async function turn(): Promise<void> {
  await Promise.resolve()
}

describe.each([
  { name: 'CodeMirror', bind: codemirror },
  { name: 'Monaco', bind: monaco },
])('a binding of $name', ({ bind }) => {
  function open(text: string, shown = text) {
    const file = new Stubborn(text)
    const errors: Error[] = []
    const refused: string[] = []
    const editor = bind(shown, file, (error, text) => {
      errors.push(error)
      refused.push(text)
    })
    const type = (from: number, to: number, insert: string) => editor.change([{ from, to, insert }])
    return { file, editor, errors, refused, type }
  }

  it('passes typed text to the file at once, in order', () => {
    const { file, type } = open('one')
    type(3, 3, ' two')
    expect(file.text).toBe('one two')
    type(0, 3, '1')
    expect(file.text).toBe('1 two')
    expect(file.calls).toEqual([[{ at: 3, remove: 0, insert: ' two' }], [{ at: 0, remove: 3, insert: '1' }]])
  })

  it('is reset to the file when a paste is too large, hands the paste back, and goes on', async () => {
    const { file, editor, errors, refused, type } = open('one two')
    file.most = 20
    type(4, 7, 'far more than there is room for')
    await turn()
    expect([editor.text(), file.text, file.calls]).toEqual(['one two', 'one two', []])
    expect(errors).toMatchObject([{ code: 'file_too_large' }])
    expect(refused).toEqual(['far more than there is room for'])
    type(7, 7, ' three')
    file.receive([{ at: 0, remove: 0, insert: '> ' }])
    expect([editor.text(), file.text]).toEqual(['> one two three', '> one two three'])
  })

  it('hands back what was typed right behind a refused paste, before the reset', async () => {
    const { file, editor, refused, type } = open('one')
    file.most = 10
    type(3, 3, ' is too large')
    type(16, 16, '!')
    await turn()
    expect([editor.text(), file.text]).toEqual(['one', 'one'])
    expect(refused).toEqual([' is too large', '!'])
  })

  it('passes several changes of one command as one list of edits', () => {
    const { file, editor } = open('a b c')
    editor.change([
      { from: 0, to: 1, insert: 'x' },
      { from: 4, to: 5, insert: 'z' },
    ])
    expect(file.calls).toHaveLength(1)
    expect(file.text).toBe('x b z')
  })

  it('brings changes from the room into the editor and does not send them back', () => {
    const { file, editor } = open('hello')
    file.receive([{ at: 5, remove: 0, insert: ' world' }])
    file.receive([{ at: 0, remove: 1, insert: 'J' }], 'resync')
    file.receive([
      { at: 0, remove: 0, insert: '> ' },
      { at: 5, remove: 6, insert: '\n' },
    ])
    expect(editor.text()).toBe('> Jello\n')
    expect(file.calls).toEqual([])
  })

  it('updates another editor of the same file', () => {
    const { file, editor, type } = open('one')
    const other = bind('one', file, () => {})
    type(3, 3, '!')
    other.change([{ from: 0, to: 0, insert: '> ' }])
    expect([editor.text(), other.text(), file.text]).toEqual(['> one!', '> one!', '> one!'])
  })

  it('resets the editor to the text of the file when an edit is refused, with the reason', async () => {
    const { file, editor, errors, type } = open('safe')
    file.refusing = true
    type(4, 4, ' or not')
    await turn()
    expect(editor.text()).toBe('safe')
    expect(file.text).toBe('safe')
    expect(errors.map(({ name }) => name)).toEqual(['EditError'])
    file.refusing = false
    type(0, 0, 'still ')
    expect(file.text).toBe('still safe')
    expect(editor.text()).toBe('still safe')
  })

  it('includes what the room changed while the editor waited to be reset', async () => {
    const { file, editor, type } = open('safe')
    file.refusing = true
    type(0, 4, 'lost')
    file.receive([{ at: 4, remove: 0, insert: ' and sound' }])
    await turn()
    expect(editor.text()).toBe('safe and sound')
  })

  it('stays equal to the file when a listener answers an edit with another', async () => {
    const { file, editor, type } = open('a')
    let answered = false
    file.on('change', () => {
      if (answered) return
      answered = true
      file.edit([{ at: 0, remove: 0, insert: '// ' }])
    })
    type(1, 1, 'b')
    await turn()
    expect(editor.text()).toBe('// ab')
    expect(file.text).toBe('// ab')
  })

  it('takes the text of the file when the editor starts with another', async () => {
    const { file, editor } = open('now', 'before')
    await turn()
    expect(editor.text()).toBe('now')
    expect(file.calls).toEqual([])
  })

  it('neither listens nor writes after it is destroyed', async () => {
    const { file, editor, type } = open('end')
    editor.destroy()
    file.receive([{ at: 0, remove: 0, insert: 'the ' }])
    await turn()
    expect(editor.text()).toBe('end')
    if (bind === monaco) type(0, 0, 'x')
    expect(file.calls).toEqual([])
  })

  it('gets LF for CR LF and CR, no NUL, and U+FFFD for half of a surrogate pair', async () => {
    const { file, editor, errors, type } = open('<>')
    type(1, 1, 'a\r\nb\rc\0d\ud800e\udc00')
    expect(file.text).toBe('<a\nb\ncd\ufffde\ufffd>')
    await turn()
    expect(editor.text()).toBe(file.text)
    expect(errors).toEqual([])
  })

  it('passes on what follows an edit without effect, and accepts one that is emitted later', async () => {
    const { file, editor, errors, type } = open('ab')
    const edit = file.edit.bind(file)
    file.edit = () => {}
    type(0, 1, 'a')
    file.edit = edit
    type(2, 2, 'c')
    expect(file.text).toBe('abc')
    let later = () => {}
    file.edit = (edits) => {
      later = () => edit(edits)
    }
    type(3, 3, 'd')
    file.edit = edit
    later()
    await turn()
    expect([editor.text(), file.text]).toEqual(['abcd', 'abcd'])
    expect(errors).toEqual([])
  })

  it('keeps Unicode line separators', () => {
    const { file, editor, type } = open('')
    type(0, 0, 'a\u2028b\u2029c\u0085d')
    expect(file.text).toBe('a\u2028b\u2029c\u0085d')
    expect(editor.text()).toBe(file.text)
  })

  it('keeps everything typed before the editor was cleaned', async () => {
    const { file, editor, type } = open('')
    type(0, 0, 'a\0')
    type(editor.text().length, editor.text().length, 'b\0')
    type(0, 0, '\0>')
    expect(file.text).toBe('>ab')
    await turn()
    expect(editor.text()).toBe('>ab')
  })

  it('may replace one emoji by another', () => {
    const { file, editor, type } = open('x😀y')
    type(1, 3, '😁')
    expect(file.text).toBe('x😁y')
    expect(editor.text()).toBe('x😁y')
  })

  it('keeps editor and file equal whatever both do', async () => {
    const piece = fc.constantFrom('a', 'bc', '\n', '😀', '\r\n', '\r', '\0', '\ud83d', '\u2028', '\ufeff', '')
    const step = fc.record({
      who: fc.constantFrom('editor', 'editor', 'editor twice', 'room', 'refused'),
      one: fc.nat(30),
      other: fc.nat(30),
      insert: piece,
    })
    let changes = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { file, editor, type } = open('start 😀 end')
        for (const { who, one, other, insert } of steps) {
          const [from, to] = wholeRange(file.text, one, other)
          file.refusing = who === 'refused'
          if (who === 'room') file.receive([{ at: from, remove: to - from, insert: '漢😁' }])
          else type(from, to, insert)
          if (who === 'editor twice') type(0, 0, insert)
          await turn()
          if (hasHalf(editor.text())) await new Promise((resolve) => setTimeout(resolve))
          expect(editor.text()).toBe(file.text)
          expect(/[\0\r]|\p{Surrogate}/u.test(file.text)).toBe(false)
        }
        changes += file.calls.length
      }),
    )
    expect(changes).toBeGreaterThan(100)
  })
})

/** A range in `text` that splits no surrogate pair. */
function wholeRange(text: string, one: number, other: number): [from: number, to: number] {
  const splits = (at: number) => /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1))
  const from = Math.min(one, other, text.length)
  const to = Math.min(Math.max(one, other), text.length)
  return [splits(from) ? from - 1 : from, splits(to) ? to + 1 : to]
}
