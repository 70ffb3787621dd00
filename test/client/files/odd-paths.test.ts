/** Valid but unusual paths: names of JavaScript properties, and line separators that `.` does not match. */
import { expect, it } from 'vitest'
import { beforeAllShared, type SharedStack, stackWithoutDatabase } from '../../support/servers/shared.ts'

let stack: SharedStack
beforeAllShared(async (once) => {
  stack = await once(stackWithoutDatabase)
})

it('makes a room with files named like JavaScript properties', async () => {
  const files = '{"constructor":"a","prototype":"b","__proto__":"c","toString":"d"}'
  const made = await fetch(`${stack.url}/api/rooms`, {
    method: 'POST',
    body: `{"room":"words","files":${files}}`,
  })
  expect(made.status).toBe(201)
  const room = (await (await fetch(`${stack.url}/api/rooms/words`)).json()) as { files: { path: string }[] }
  expect(room.files.map(({ path }) => path).toSorted()).toEqual(Object.keys(JSON.parse(files)).toSorted())
  expect(await (await fetch(`${stack.url}/api/rooms/words/files/__proto__`)).text()).toBe('c')
})

it('names the file that is not text', async () => {
  for (const files of ['{"constructor":1}', '{"a.txt":"", "constructor":{}}']) {
    const answer = await fetch(`${stack.url}/api/rooms`, { method: 'POST', body: `{"files":${files}}` })
    expect(answer.status).toBe(400)
    expect(((await answer.json()) as { error: { message: string } }).error.message).toBe(
      'files.constructor: a file must be a string, its text',
    )
  }
})

it('reads a file with line separators in its path', async () => {
  const path = 'a\u2028b/c\u2029.txt'
  const body = JSON.stringify({ room: 'lines', files: { [path]: 'read' } })
  expect((await fetch(`${stack.url}/api/rooms`, { method: 'POST', body })).status).toBe(201)
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  expect(await (await fetch(`${stack.url}/api/rooms/lines/files/${encoded}`)).text()).toBe('read')
})
