/**
 * The two Yjs servers, which wrap the sync protocol differently. Hocuspocus puts the document's name before
 * each message and confirms updates; y-partyserver has no ack, so the echo of an author's own update counts
 * as one. Joining and building a text use a real Y.Doc, because that is part of a client's cost. Cursors are
 * awareness; the clients of both send each move at once.
 */
import { randomUUID } from 'node:crypto'
import * as Y from 'yjs'
import { FrameMemo } from '../load/frame-memo.ts'
import { LoadSocket } from '../load/socket.ts'
import {
  type Adapter,
  type Built,
  type Joined,
  type LoadClient,
  letterOf,
  QUIET,
  type Sink,
} from './adapter.ts'
import {
  cursorsOf,
  cursorUpdate,
  FIRST_AUTHOR,
  lettersOf,
  letterUpdate,
  Reader,
  SEED_AUTHOR,
  TEXT,
  Writer,
} from './yjs-updates.ts'

export type YjsFlavour = 'hocuspocus' | 'y-partyserver'

const SYNC = 0
const AWARENESS = 1
const AUTH = 2
const SYNC_REPLY = 4
const SYNC_STATUS = 8
const STEP_1 = 0
const STEP_2 = 1
const UPDATE = 2
const AUTHENTICATED = 2
/** The state of an empty document. */
const NOTHING = Uint8Array.of(0)
/** Unconfirmed updates that a builder has in flight. */
const WINDOW = 64

interface Events {
  /** The whole document, in response to the first sync step of an empty client. */
  whole?(update: Uint8Array): void
  letters?(letters: readonly number[]): void
  /** The authors whose cursors moved. */
  cursors?(authors: readonly number[]): void
  status?(): void
  closed(reason: string): void
}

interface Decoded {
  readonly kind: 'whole' | 'letters' | 'cursors' | 'status' | 'authenticated' | 'other'
  readonly whole?: Uint8Array
  readonly letters?: readonly number[]
  readonly cursors?: readonly number[]
}

export function yjsAdapter(url: string, flavour: YjsFlavour): Adapter {
  const isNamed = flavour === 'hocuspocus'
  const message = (room: string) => (isNamed ? new Writer().text(room) : new Writer())
  const wrapped = (room: string, update: Uint8Array) =>
    message(room).number(SYNC).number(UPDATE).bytes(update).done()
  const memo = new FrameMemo<Decoded>((data, start) => readMessage(data, start, isNamed))

  /** Resolves when the document is received. */
  async function open(room: string, events: Events): Promise<LoadSocket> {
    let synced: () => void
    const isSynced = new Promise<void>((resolve) => {
      synced = resolve
    })
    const ask = () => socket.sendBinary(message(room).number(SYNC).number(STEP_1).bytes(NOTHING).done())
    const address = isNamed ? url : `${url}/parties/doc/${room}?_pk=${randomUUID()}`
    const socket: LoadSocket = await LoadSocket.open(address, {
      frame(data, start, end, isText) {
        if (isText) return
        const { kind, whole, letters, cursors } = memo.read(data, start, end)
        if (kind === 'status') events.status?.()
        else if (letters !== undefined) events.letters?.(letters)
        else if (cursors !== undefined) events.cursors?.(cursors)
        else if (kind === 'authenticated') ask()
        else if (whole !== undefined) {
          events.whole?.(whole)
          synced()
        }
      },
      closed: events.closed,
    })
    if (isNamed) socket.sendBinary(message(room).number(AUTH).number(0).text('').text('4.7.0').done())
    else ask()
    await isSynced
    return socket
  }

  async function seed(room: string, text: string): Promise<() => void> {
    const doc = new Y.Doc()
    doc.clientID = SEED_AUTHOR
    doc.getText(TEXT).insert(0, text)
    const socket = await open(room, QUIET)
    socket.sendBinary(wrapped(room, Y.encodeStateAsUpdate(doc)))
    while ((await join(room)).text !== text) await new Promise((resolve) => setTimeout(resolve, 10))
    return () => socket.close()
  }

  async function connect(room: string, index: number, sink: Sink): Promise<LoadClient> {
    const me = FIRST_AUTHOR + index
    let confirmed = 0
    let moves = 0
    const socket = await open(room, {
      cursors: (authors) => sink.cursors?.(authors.filter((author) => author !== me).length),
      letters(letters) {
        for (let i = 0; i < letters.length; i += 2) {
          const author = letters[i] ?? 0
          const n = letters[i + 1] ?? 0
          if (author !== me) sink.remote(author - FIRST_AUTHOR, n)
          else if (!isNamed) sink.ack(n)
        }
      },
      status: () => sink.ack(confirmed++),
      closed: sink.closed,
    })
    return {
      socket,
      send: (n, position, letter) => socket.sendBinary(wrapped(room, letterUpdate(me, n, position, letter))),
      moveCursor(position) {
        const update = cursorUpdate(me, ++moves, position, index)
        socket.sendBinary(message(room).number(AWARENESS).bytes(update).done())
      },
      close: () => socket.close(),
    }
  }

  async function join(room: string): Promise<Joined> {
    const started = performance.now()
    const doc = new Y.Doc()
    let text = ''
    let ms = 0
    const socket = await open(room, {
      ...QUIET,
      whole(update) {
        Y.applyUpdate(doc, update)
        text = doc.getText(TEXT).toString()
        ms = performance.now() - started
      },
    })
    socket.close()
    return { text, ms, bytes: socket.bytesIn }
  }

  async function build(room: string, positions: readonly number[]): Promise<Built> {
    const doc = new Y.Doc()
    const text = doc.getText(TEXT)
    let confirmed = 0
    let wake = () => {}
    const confirm = (letters: number) => {
      confirmed += letters
      wake()
    }
    const socket = await open(room, {
      ...QUIET,
      ...(isNamed ? { status: () => confirm(1) } : { letters: (letters) => confirm(letters.length / 2) }),
    })
    let sent = 0
    doc.on('update', (update: Uint8Array) => {
      socket.sendBinary(wrapped(room, update))
      sent++
    })
    const upTo = async (waiting: number) => {
      while (sent - confirmed > waiting)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
    for (const [n, position] of positions.entries()) {
      text.insert(position, letterOf(n))
      await upTo(WINDOW)
    }
    await upTo(0)
    return { text: text.toString(), release: () => socket.close() }
  }

  return { seed, connect, join, build }
}

function readMessage(data: Buffer, start: number, isNamed: boolean): Decoded {
  const reader = new Reader(data, start)
  if (isNamed) reader.bytes()
  const type = reader.number()
  if (type === SYNC_STATUS) return { kind: 'status' }
  if (type === AUTH) return { kind: reader.number() === AUTHENTICATED ? 'authenticated' : 'other' }
  if (type === AWARENESS) return { kind: 'cursors', cursors: cursorsOf(reader.bytes(), 0) }
  if (type !== SYNC && type !== SYNC_REPLY) return { kind: 'other' }
  const step = reader.number()
  const content = reader.bytes()
  if (step === UPDATE)
    return isLetters(content) ? { kind: 'letters', letters: lettersOf(content, 0) } : { kind: 'other' }
  return step === STEP_2 ? { kind: 'whole', whole: Uint8Array.from(content) } : { kind: 'other' }
}

/** False for the update that seeds a document. */
function isLetters(update: Buffer): boolean {
  const reader = new Reader(update, 0)
  reader.number()
  reader.number()
  return reader.number() !== SEED_AUTHOR
}
