/** A token is a secret: whatever goes wrong, it appears in no log line, response, close reason or row. */
import { expect, it } from 'vitest'
import { connect } from '../../client/index.ts'
import { SUBPROTOCOL } from '../../core/protocol/messages.ts'
import { append, POLL } from '../client/support/people.ts'
import { pageSocket } from '../support/page-socket.ts'
import { faultyPlace } from './faulty-place.ts'

const here = faultyPlace({ vars: { GRACE_MS: '200' } })

const TOKEN = 'secret-token-5d1c7e02b8f3a964'

/** Opens a socket and returns everything received until it is closed. */
function heard(
  path: string,
  protocols: string[],
  frames: readonly string[],
  headers: Record<string, string> = {},
) {
  const socket = pageSocket(`${here.stack.url}${path}`, protocols, headers)
  const all: string[] = []
  return new Promise<string>((resolve) => {
    socket.onopen = () => {
      for (const frame of frames) socket.send(frame)
    }
    socket.onmessage = ({ data }) => all.push(String(data))
    socket.onclose = ({ code, reason }) => resolve([...all, code, reason].join('\n'))
  })
}

it('appears nowhere, however it was sent', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  const cold = await here.make({ 'a.txt': 'a' })
  await here.flushed(cold)
  const received: string[] = []
  const get = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${here.stack.url}${path}`, init)
    received.push(`${answer.status} ${await answer.text()} ${JSON.stringify([...answer.headers])}`)
    return answer.status
  }
  const hear = async (...[path, protocols, frames, headers]: Parameters<typeof heard>) => {
    received.push(await heard(path, protocols, frames, headers))
  }

  // Correctly: through the SDK, with Postgres.
  const room = await connect({ url: here.stack.url, room: name, token: TOKEN })
  const file = await room.open('a.txt')
  append(file, ', and more')
  room.setPresence({ file: file.file, selections: [] })
  await room.settled()
  received.push(JSON.stringify([room.me, room.peers]))
  await here.flushed(name)

  // In the wrong places.
  const mine = `/api/rooms/${name}`
  const client = 'client-of-a-test'
  const hello = JSON.stringify({ type: 'hello', protocol: 1, client })
  const both = [SUBPROTOCOL, TOKEN]
  await hear('/api/rooms/nowhere/connect', both, [hello])
  await hear('/api/rooms/not%20a%20name/connect', both, [hello])
  await hear(`${mine}/connect`, [TOKEN], [])
  await hear(`${mine}/connect`, [TOKEN, SUBPROTOCOL], [])
  await hear(`${mine}/connect?token=${TOKEN}`, both, ['no JSON'])
  await hear(`${mine}/connect`, both, ['{"type":"hello","protocol":99,"client":"client-of-a-test"}'])
  await hear(`${mine}/connect`, both, [hello, hello])
  await hear(`${mine}/connect`, both, [hello], { origin: 'https://evil.example' })
  await get(`${mine}/connect?token=${TOKEN}`)
  await get(mine, { headers: { Authorization: `Bearer ${TOKEN}` } })
  await get(`/api/rooms?token=${TOKEN}`, { method: 'POST', body: 'no JSON' })

  // While things fail, and errors are logged.
  const { length } = here.stack.logs
  here.endpoint.fate = () => 'fail'
  await here.stack.forget()
  expect(await get(`/api/rooms/${cold}?token=${TOKEN}`)).toBe(503)
  expect(await get(`/api/rooms/${cold}/flush?token=${TOKEN}`, { method: 'POST' })).toBe(503)
  await hear(`/api/rooms/${cold}/connect?token=${TOKEN}`, both, [hello])
  expect(received.at(-1)).toContain('1013')
  expect(here.stack.logs.slice(length).join('\n')).toMatch(/"task":"load"/)
  expect(here.stack.logs.slice(length).join('\n')).toContain(`GET /api/rooms/${cold}: `)
  here.endpoint.heal()
  room.close()
  await expect.poll(async () => (await here.status(name)).people, POLL).toBe(0)
  await here.flushed(name)

  const tables = ['rooms', 'files', 'commits', 'clients']
  const rows = await Promise.all(tables.map((table) => here.query(`select ${table}::text from ${table}`)))
  expect(rows.map(({ length }) => length > 0)).toEqual([true, true, true, true])
  expect(JSON.stringify(rows)).toContain(room.me.user)
  for (const place of [...received, ...here.stack.logs, JSON.stringify(rows)])
    expect(place).not.toContain(TOKEN)
})

it('is not quoted by the SDK if it cannot be sent', async () => {
  const name = await here.make()
  for (const token of ['two words', 'a,b', 'ümlaut', 'quo"ted', 'base64=']) {
    const joined = connect({ url: here.stack.url, room: name, token: `${TOKEN} ${token}` })
    const error = await joined.catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('the token cannot be sent'),
    })
    expect(String(error)).not.toContain(TOKEN)
  }
})
