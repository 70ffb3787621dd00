/** The format of a stored copy: whatever was written before, the copy has the texts of its last writer. */
import { expect, it } from 'vitest'
import { CopyWriter, readCopy } from '../../../client/offline/saved-copy.ts'
import { Replica } from '../../../core/replica/replica.ts'
import { ReplicaState } from '../../../core/replica/replica-state.ts'
import { Text } from '../../../core/text/text.ts'

/** A replica with these open texts, as saved. */
function saved(texts: Readonly<Record<string, string>>) {
  const state = new ReplicaState('client-me')
  for (const [file, text] of Object.entries(texts)) {
    state.copy.files.set({ file, path: file, revision: 1, created: 0, text: Text.from(text) })
    state.copy.open(file)
  }
  return { replica: new Replica('client-me', state).saved(), unsynced: [] }
}

function write(parts: Map<string, string>, changed: ReadonlyMap<string, string | null>): void {
  for (const [name, part] of changed) {
    if (part === null) parts.delete(name)
    else parts.set(name, part)
  }
}

function textsIn(parts: ReadonlyMap<string, string>) {
  return [...(readCopy(parts)?.replica.texts ?? [])].map(([file, text]) => [file, text.toString()])
}

it.each([
  ['by an earlier page', () => new CopyWriter()],
  [
    'before a write failed',
    (writer: CopyWriter) => {
      writer.reset()
      return writer
    },
  ],
])('has no text that is no longer part of it and was written %s', (_, next) => {
  const parts = new Map<string, string>()
  const writer = new CopyWriter()
  write(parts, writer.parts(saved({ f: 'old', g: 'same' })))
  write(parts, next(writer).parts(saved({ g: 'same' })))
  expect(textsIn(parts)).toEqual([['g', 'same']])
})

it('of an older version has all texts that are there', () => {
  const parts = new Map<string, string>()
  write(parts, new CopyWriter().parts(saved({ f: 'one', g: 'two' })))
  const { texts: _, ...rest } = JSON.parse(parts.get('replica') ?? '')
  parts.set('replica', JSON.stringify(rest))
  expect(textsIn(parts)).toEqual([
    ['f', 'one'],
    ['g', 'two'],
  ])
})
