/**
 * The state of a room after a run, from every source: its API, a resume from the very beginning, and
 * Postgres.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { PROTOCOL, type ServerMessage, SUBPROTOCOL } from '../../core/protocol/messages.ts'
import type { LocalDatabase } from '../../dev/postgres/local-database.ts'
import type { Copy, LogRow } from './checker.ts'

interface Status {
  readonly seq: number
  readonly files: readonly { readonly path: string }[]
}

/** Makes the room flush everything. @throws Error if it has not within `ms` */
export async function flush(room: string, ms: number): Promise<void> {
  const deadline = Date.now() + ms
  for (;;) {
    const answer = await fetch(`${room}/flush`, { method: 'POST' }).catch((error: unknown) => String(error))
    if (typeof answer !== 'string' && answer.ok) return
    if (Date.now() > deadline) {
      throw new Error(`the room does not flush: ${typeof answer === 'string' ? answer : await answer.text()}`)
    }
    await sleep(50)
  }
}

export async function seqOf(room: string): Promise<number> {
  return ((await (await fetch(room)).json()) as Status).seq
}

/** Keeps a byte order mark, which is part of the text. */
const WHOLE = new TextDecoder('utf-8', { ignoreBOM: true })

/** The room's texts over HTTP. */
export async function served(room: string): Promise<Copy> {
  const { files } = (await (await fetch(room)).json()) as Status
  const texts = new Map<string, string>()
  for (const { path } of files) {
    const encoded = path.split('/').map(encodeURIComponent).join('/')
    const answer = await fetch(`${room}/files/${encoded}`)
    texts.set(path, WHOLE.decode(await answer.arrayBuffer()))
  }
  return { name: 'the server', texts }
}

/** The room's texts and its log in Postgres. */
export async function stored(database: LocalDatabase, room: string): Promise<{ copy: Copy; log: LogRow[] }> {
  const files = await database.query<{ path: string; text: string }>(
    'select path, text from files where room = $1',
    [room],
  )
  const log = await database.query<LogRow>(
    'select seq::int, body, blobs from commits where room = $1 order by seq',
    [room],
  )
  return { copy: { name: 'Postgres', texts: new Map(files.map(({ path, text }) => [path, text])) }, log }
}

/** The commits sent to a client that claims to know the room but has none of it. */
export function resumed(room: string, epoch: string): Promise<string[]> {
  const socket = new WebSocket(`${room.replace(/^http/, 'ws')}/connect`, [
    SUBPROTOCOL,
    'guest-7c1e90b2-of-the-checker',
  ])
  const client = crypto.randomUUID()
  const bodies: string[] = []
  return new Promise((resolve, reject) => {
    let seq = Number.POSITIVE_INFINITY
    socket.onopen = () =>
      socket.send(JSON.stringify({ type: 'hello', protocol: PROTOCOL, client, since: 0, epoch }))
    socket.onclose = ({ code }) => reject(new Error(`the resume was closed with ${code}`))
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as ServerMessage
      if (message.type === 'welcome') {
        if (!message.resumed) reject(new Error('the room does not have all of its commits'))
        seq = message.seq
      } else if (message.type === 'commit') bodies.push(String(data))
      if (bodies.length < seq) return
      resolve(bodies)
      socket.close()
    }
  })
}
