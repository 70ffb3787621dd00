/** Cases of bindings that only Monaco has; those of both editors are in same.test.ts. */
import type { editor } from 'monaco-editor'
import { describe, expect, it } from 'vitest'
import type { Room } from '../../../client/types.ts'
import { FileBinding } from '../../../editors/monaco/binding.ts'
import { collab } from '../../../editors/monaco/index.ts'
import { OwnView, selectionsOf } from '../../../editors/monaco/own-view.ts'
import { undoByRoom } from '../../../editors/monaco/undo.ts'
import { followAccess } from '../../../editors/monaco/writing.ts'
import { FakeFile } from '../fake-file.ts'
import { createModel, replace } from './model.ts'
import { FakeEditor, FakeRoom } from './room.ts'

const CRLF: editor.EndOfLineSequence.CRLF = 1

function open(text: string, shown = text) {
  const file = new FakeFile(text)
  const model = createModel(shown)
  const host = new FakeEditor(model)
  const errors: Error[] = []
  const binding = new FileBinding(model, new OwnView(host, model), file, (error) => errors.push(error))
  const selections = () => selectionsOf(host, model).map(({ anchor, head }) => [anchor, head])
  return { file, model, host, errors, binding, selections }
}

async function turn(): Promise<void> {
  await Promise.resolve()
}

describe('the line ends of a model', () => {
  it('are LF from the start', () => {
    const { file, model } = open('a\nb\nc', 'a\r\nb\r\nc')
    expect(model.getEOL()).toBe('\n')
    expect(model.getValue()).toBe('a\nb\nc')
    file.receive([{ at: 4, remove: 1, insert: 'C' }])
    expect(model.getValue()).toBe('a\nb\nC')
    expect(file.calls).toEqual([])
  })

  it('are LF again when a program sets a text with others', async () => {
    const { file, model, errors } = open('a\nb\nc')
    model.setValue('a\r\nB\r\nc')
    expect(file.text).toBe('a\nB\nc')
    expect(file.calls).toEqual([[{ at: 2, remove: 1, insert: 'B' }]])
    await turn()
    expect(model.getEOL()).toBe('\n')
    expect(model.getValue()).toBe('a\nB\nc')
    expect(errors).toEqual([])
  })

  it('are LF again when a program changes them', async () => {
    const { file, model } = open('a\nb')
    model.setEOL(CRLF)
    replace(model, [{ from: 0, to: 1, insert: 'x' }])
    await turn()
    expect(model.getValue()).toBe('x\nb')
    expect(file.text).toBe('x\nb')
    expect(file.calls).toEqual([[{ at: 0, remove: 1, insert: 'x' }]])
  })
})

describe('the text of a model', () => {
  it('starts with U+FEFF if that of the file does, which Monaco strips from a model', () => {
    const { file, model } = open('\ufeffone')
    expect(model.getValue()).toBe('\ufeffone')
    replace(model, [{ from: 4, to: 4, insert: '!' }])
    expect(file.text).toBe('\ufeffone!')
  })

  it('is right when an earlier listener changes the model during an event', async () => {
    const file = new FakeFile('one')
    const model = createModel('one')
    let answering = true
    model.onDidChangeContent(() => {
      if (answering) {
        answering = false
        replace(model, [{ from: 0, to: 0, insert: '// ' }])
      }
    })
    const errors: Error[] = []
    new FileBinding(model, null, file, (error) => errors.push(error))
    replace(model, [{ from: 3, to: 3, insert: '!' }])
    await turn()
    expect([model.getValue(), file.text]).toEqual(['// one!', '// one!'])
    answering = true
    model.setValue('two')
    expect([model.getValue(), file.text]).toEqual(['// two', '// two'])
    await turn()
    expect([model.getValue(), file.text]).toEqual(['// two', '// two'])
    expect(errors).toEqual([])
  })

  it('is the file’s, with the reason reported, when an earlier listener changes the file', async () => {
    const file = new FakeFile('one')
    const model = createModel('one')
    let answered = false
    model.onDidChangeContent(() => {
      if (!answered) file.receive([{ at: 0, remove: 0, insert: '// ' }])
      answered = true
    })
    const errors: Error[] = []
    new FileBinding(model, null, file, (error) => errors.push(error))
    replace(model, [{ from: 3, to: 3, insert: '!' }])
    await turn()
    expect([model.getValue(), file.text]).toEqual(['// one', '// one'])
    expect(errors).toHaveLength(1)
  })

  it('may be changed in thousands of places at once', () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `line ${i}`).join('\n')
    const { file, model } = open(lines)
    const changes = Array.from({ length: 3000 }, (_, i) => ({
      from: lines.indexOf(`line ${i}\n`),
      insert: '> ',
    }))
    replace(
      model,
      changes.filter(({ from }) => from >= 0).map(({ from, insert }) => ({ from, to: from, insert })),
    )
    expect(file.calls).toHaveLength(1)
    expect(file.text).toBe(model.getValue())
    file.receive([{ at: 0, remove: 2, insert: '' }])
    expect(model.getValue()).toBe(file.text)
  })
})

describe('the view of the user', () => {
  it('stays when others type before, at and behind the cursor', () => {
    const { file, host, selections } = open('one two three')
    host.select([4, 7], [13, 13])
    file.receive([
      { at: 0, remove: 0, insert: '> ' },
      { at: 4, remove: 0, insert: '[' },
      { at: 7, remove: 0, insert: ']' },
      { at: 13, remove: 0, insert: '.' },
    ])
    expect(selections()).toEqual([
      [7, 10],
      [17, 17],
    ])
  })

  it('is not touched where it is already right', () => {
    const { file, host } = open('one two')
    host.select([1, 2])
    file.receive([{ at: 7, remove: 0, insert: ' three' }])
    expect(host.sets).toBe(1)
  })

  it('keeps its first line when others insert lines above', () => {
    const text = Array.from({ length: 100 }, (_, i) => `line ${i}`).join('\n')
    const { file, host } = open(text)
    host.setScrollTop(407)
    file.receive([{ at: 0, remove: 0, insert: 'a\nb\n' }])
    expect(host.top).toBe(447)
    file.receive([{ at: 0, remove: 2, insert: '' }])
    expect(host.top).toBe(427)
    host.setScrollTop(0)
    file.receive([{ at: 0, remove: 0, insert: 'top\n' }])
    expect(host.top).toBe(0)
  })

  it('is left alone while the editor shows another model', () => {
    const { file, host, model } = open('one')
    host.show(createModel('another'))
    host.select([5, 5])
    file.receive([{ at: 0, remove: 0, insert: '123' }])
    expect(model.getValue()).toBe('123one')
    expect(host.sets).toBe(1)
  })

  it('goes to what was undone or redone', () => {
    const { file, host, selections } = open('one\ntwo three')
    host.select([0, 0])
    file.receive([{ at: 7, remove: 6, insert: '!' }], 'undo', 'c-me')
    expect(selections()).toEqual([[8, 8]])
    expect(host.revealed).toEqual([2])
    file.receive([{ at: 0, remove: 0, insert: '> ' }])
    expect(selections()).toEqual([[10, 10]])
    expect(host.revealed).toEqual([2])
  })

  it('is behind what was pasted, when that was cleaned', async () => {
    const { model, host, selections } = open('<>')
    replace(model, [{ from: 1, to: 1, insert: 'x\0y' }])
    host.select([4, 4])
    await turn()
    expect(model.getValue()).toBe('<xy>')
    expect(selections()).toEqual([[3, 3]])
  })
})

describe('undo', () => {
  it('is the room’s, however Monaco calls it', () => {
    const model = createModel('')
    const room = new FakeRoom()
    undoByRoom(model, room, { file: 'f1' })
    replace(model, [{ from: 0, to: 0, insert: 'typed' }])
    void model.undo()
    void model.redo()
    expect([model.canUndo(), model.canRedo()]).toEqual([true, true])
    expect(room.asked).toEqual(['undo f1', 'redo f1', 'canUndo f1', 'canRedo f1'])
    expect(model.getValue()).toBe('typed')
  })

  it('is Monaco’s again after the binding, which clears what cannot be undone correctly', () => {
    const model = createModel('')
    const file = new FakeFile('')
    const room = new FakeRoom()
    const binding = collab(model, room as unknown as Room, file)
    replace(model, [{ from: 0, to: 0, insert: 'mine' }])
    file.receive([{ at: 0, remove: 0, insert: 'theirs ' }])
    binding.destroy()
    expect(model.canUndo()).toBe(false)
    replace(model, [{ from: 0, to: 0, insert: '> ' }])
    void model.undo()
    expect(model.getValue()).toBe('theirs mine')
    expect(room.asked).toEqual([])
  })
})

describe('a model', () => {
  it('is bound to one file at a time', () => {
    const model = createModel('a')
    const room = new FakeRoom() as unknown as Room
    const binding = collab(model, room, new FakeFile('a'))
    expect(() => collab(model, room, new FakeFile('a'))).toThrow('already bound to a file')
    binding.destroy()
    binding.destroy()
    const file = new FakeFile('b')
    collab(model, room, file)
    expect(model.getValue()).toBe('b')
  })

  it('is unbound when it is disposed of', () => {
    const model = createModel('a')
    const file = new FakeFile('a')
    const binding = collab(model, new FakeRoom() as unknown as Room, file)
    replace(model, [{ from: 0, to: 0, insert: '> ' }])
    model.dispose()
    file.receive([{ at: 0, remove: 0, insert: 'x' }])
    binding.destroy()
    expect(file.text).toBe('x> a')
  })
})

describe('an editor', () => {
  function follow() {
    const model = createModel('')
    const host = new FakeEditor(model)
    const room = new FakeRoom()
    const file = { removed: false, on: () => () => {} }
    return { model, host, room, file, access: followAccess(host, model, room, file) }
  }

  it('is writable while this user may edit', () => {
    const { host, room } = follow()
    expect(host.readOnly).toBe(false)
    room.canEdit = false
    room.emit('policy')
    expect(host.readOnly).toBe(true)
    room.canEdit = true
    room.emit('policy')
    expect(host.readOnly).toBe(false)
  })

  it('is read-only once the file is removed, or when the application wants it', () => {
    const { host, room, file, access } = follow()
    access.setReadOnly(true)
    expect(host.readOnly).toBe(true)
    access.setReadOnly(false)
    expect(host.readOnly).toBe(false)
    file.removed = true
    room.emit('status')
    expect(host.readOnly).toBe(true)
  })

  it('is left alone while it shows another model, and afterwards', () => {
    const { model, host, room, access } = follow()
    host.show(null)
    room.canEdit = false
    room.emit('policy')
    expect(host.readOnly).toBe(false)
    host.show(model)
    expect(host.readOnly).toBe(true)
    access.stop()
    expect(host.readOnly).toBe(false)
    expect(host.listeners).toBe(0)
  })
})
