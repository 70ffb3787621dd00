/**
 * Order of change events: one change at a time, each with the text right after it, even if a listener
 * edits.
 */
import { expect, it } from 'vitest'
import type { OpenFile, TextChange } from '../../../client/index.ts'
import { has, ownPlace, type Person, reads, type, until } from '../support/people.ts'

// Changes made by several people within this many ms are one commit, also on a busy machine.
const here = ownPlace({ withoutDatabase: true, vars: { COMMIT_INTERVAL_MS: '800' } })

/** Three clients in a room with one open file; the last one has made no change. */
async function three(text: string) {
  const name = await here.make({ 'a.txt': text })
  const people = [await here.join(name), await here.join(name), await here.join(name)]
  const files = await Promise.all(people.map(({ room }) => room.open('a.txt')))
  const [ann, carol, bob] = people as [Person, Person, Person]
  const [hers, carols, his] = files as [OpenFile, OpenFile, OpenFile]
  return { ann, carol, bob, hers, carols, his }
}

/** A view that knows only the emitted changes, and whether `text` matched after each. */
function mirror(file: OpenFile) {
  const view = { text: file.text, changes: [] as TextChange[], texts: [] as string[] }
  file.on('change', (change) => {
    for (const { at, remove, insert } of [...change.edits].reverse())
      view.text = view.text.slice(0, at) + insert + view.text.slice(at + remove)
    view.changes.push(change)
    view.texts.push(file.text)
    expect(file.text).toBe(view.text)
  })
  return view
}

/** The text after the first of the two changes, whichever comes first in the commit. */
const HALFWAY = /^[AC]\./

/** Ann and Carol type at the same time, so that both are in one commit. */
async function together({ ann, carol, hers, carols }: Awaited<ReturnType<typeof three>>) {
  // A commit was just made, so the next one is delayed.
  type(hers, 0, '.')
  await ann.room.settled()
  await reads(carols, hers.text)
  type(hers, 0, 'A')
  type(carols, 0, 'C')
  await Promise.all([ann.room.settled(), carol.room.settled()])
}

it('change events reach a second listener in order when the first answers each with an edit', async () => {
  const { hers, his, bob } = await three('text')
  his.on('change', ({ origin }) => {
    if (origin === 'remote') type(his, 0, '!')
    else if (origin === 'local' && !his.text.startsWith('?')) type(his, 0, '?')
  })
  const view = mirror(his)
  type(hers, 4, 's')
  await reads(his, '?!texts')
  expect(view.text).toBe('?!texts')
  expect(view.changes.map(({ origin }) => origin)).toEqual(['remote', 'local', 'local'])
  await bob.room.settled()
  await reads(hers, '?!texts')
})

it('change events each match the text, also when one commit has several', async () => {
  const people = await three('text')
  const view = mirror(people.his)
  await together(people)
  await reads(people.his, people.hers.text)
  expect(view.text).toBe(people.hers.text)
  expect(view.texts.slice(-2)).toEqual([expect.stringMatching(HALFWAY), view.text])
})

it('a listener may edit the text during a change event, in the middle of a commit', async () => {
  const people = await three('text')
  const { his, bob, hers } = people
  his.on('change', ({ origin }) => {
    if (origin === 'remote' && HALFWAY.test(his.text)) type(his, 2, '<a>')
  })
  const view = mirror(his)
  await together(people)
  await has(his, 'A', 'C')
  await bob.room.settled()
  await reads(hers, his.text)
  expect(his.text).toMatch(/^(AC|CA)\.<a>text$/)
  expect(view.text).toBe(his.text)
})

it('a listener may undo during a change event, in the middle of a commit', async () => {
  const people = await three('text')
  const { his, bob, hers } = people
  type(his, 4, ' of bob')
  await bob.room.settled()
  await reads(hers, 'text of bob')
  his.on('change', ({ origin }) => {
    if (origin === 'remote' && HALFWAY.test(his.text)) bob.room.undo()
  })
  const view = mirror(his)
  await together(people)
  await has(his, 'A', 'C')
  await bob.room.settled()
  await reads(hers, his.text)
  expect(his.text).toMatch(/^(AC|CA)\.text$/)
  expect(view.text).toBe(his.text)
})

it('peers and presence refer to the text of the change event', async () => {
  const people = await three('one two')
  const { ann, bob, hers, his } = people
  const user = ann.room.me.session
  const cursor = () => bob.room.peers.find(({ session }) => session === user)?.selections[0]?.head
  ann.room.setPresence({ file: hers.file, selections: [{ anchor: 4, head: 4 }] })
  await until(bob.room, ['peers'], () => cursor() === 4)
  const seen: (string | undefined)[] = []
  his.on('change', () => {
    seen.push(his.text.slice(cursor()))
    const at = his.text.indexOf('wo')
    if (seen.length < 3) bob.room.setPresence({ file: his.file, selections: [{ anchor: at, head: at }] })
  })
  await together(people)
  await reads(his, hers.text)
  expect(new Set(seen)).toEqual(new Set(['two']))
  expect(seen).toHaveLength(3)
  const at = hers.text.indexOf('wo')
  await until(ann.room, ['peers'], () =>
    ann.room.peers.some(
      ({ session, selections }) => session === bob.room.me.session && selections[0]?.head === at,
    ),
  )
})
