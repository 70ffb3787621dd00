/**
 * What cannot be said in a text frame: frames in pieces, without mask or of other kinds, half a frame, sockets that are silent, many or not
 * read, hellos in somebody else's name. Each stunt is a whole visit, and says by which answers it may end.
 */
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { PROTOCOL, SUBPROTOCOL } from '../../core/protocol/messages.ts'
import type { Chance } from '../random.ts'
import type { Place } from './place.ts'
import { closePayload, encodeFrame, LOST, NotUpgraded, OPCODE, RawSocket } from './raw-socket.ts'

/** Says how it ended. */
type Visit = (place: Place, chance: Chance) => Promise<string>

interface Stunt {
  readonly visit: Visit
  /** The ends that are right. */
  readonly ends: readonly string[]
}

/** What the platform answers to frames that break RFC 6455, before anything of ours sees them. */
const BROKEN = ['close 1002', 'close 1007', 'close 1009', `close ${LOST}`]
const CLOSED_BY_US = ['close 1000', `close ${LOST}`]

/** How many times what may be sent at once a flood is. */
const FLOOD = 5

/** ms for a stunt. */
const MOST_MS = 20_000

const text = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const clientOf = (chance: Chance) => `stunt-${chance.uint32().toString(36)}-${chance.uint32().toString(36)}`
const helloOf = (client: string) => ({ type: 'hello', protocol: PROTOCOL, client })

export const STUNTS: Readonly<Record<string, Stunt>> = {
  'binary frame': {
    ends: ['close 4400'],
    visit: (place, chance) =>
      inside(place, chance, (socket) =>
        socket.write(encodeFrame(noise(chance, 200), { opcode: OPCODE.binary })),
      ),
  },
  'binary frame as hello': {
    ends: ['close 4400'],
    visit: (place, chance) =>
      outside(place, chance, (socket) =>
        socket.write(encodeFrame(text(helloOf(clientOf(chance))), { opcode: OPCODE.binary })),
      ),
  },
  'hello in pieces': {
    ends: ['welcome'],
    visit: async (place, chance) => {
      const socket = await open(place, chance)
      const welcomed = first(socket)
      const hello = text(helloOf(clientOf(chance)))
      const cut = chance.int(hello.length)
      socket.write(encodeFrame(hello.subarray(0, cut), { isFinal: false }))
      socket.write(encodeFrame(Buffer.from('still here'), { opcode: OPCODE.ping }))
      socket.write(encodeFrame(hello.subarray(cut), { opcode: OPCODE.continuation }))
      return ended(socket, welcomed)
    },
  },
  'hello byte by byte': {
    ends: ['welcome'],
    visit: async (place, chance) => {
      const socket = await open(place, chance)
      const welcomed = first(socket)
      for (const byte of encodeFrame(text(helloOf(clientOf(chance))))) {
        socket.write(Buffer.from([byte]))
        await new Promise(setImmediate)
      }
      return ended(socket, welcomed)
    },
  },
  'frame without mask': {
    ends: [...BROKEN, 'close 4400'],
    visit: (place, chance) =>
      inside(place, chance, (socket) => socket.write(encodeFrame(text('no mask'), { isMasked: false }))),
  },
  'frame with reserved bits': {
    ends: [...BROKEN, 'close 4400'],
    visit: (place, chance) =>
      inside(place, chance, (socket) =>
        socket.write(encodeFrame(text('reserved'), { reserved: 1 + chance.int(7) })),
      ),
  },
  'frame of no kind': {
    ends: [...BROKEN, 'close 4400'],
    visit: (place, chance) =>
      inside(place, chance, (socket) =>
        socket.write(encodeFrame(text('what'), { opcode: chance.pick([3, 4, 7, 11, 15]) })),
      ),
  },
  'piece of nothing': {
    ends: [...BROKEN, 'close 4400'],
    visit: (place, chance) =>
      inside(place, chance, (socket) =>
        socket.write(encodeFrame(text('and so on'), { opcode: OPCODE.continuation })),
      ),
  },
  'ping that is too long': {
    ends: [...BROKEN, 'close 4400'],
    visit: (place, chance) =>
      inside(place, chance, (socket) => {
        socket.write(encodeFrame(noise(chance, 300), { opcode: OPCODE.ping }))
        socket.write(encodeFrame(noise(chance, 20), { opcode: OPCODE.ping, isFinal: false }))
        socket.send('{')
      }),
  },
  'text that is no UTF-8': {
    ends: ['close 1007', 'close 4400'],
    visit: (place, chance) =>
      inside(place, chance, (socket) => {
        const bytes = chance.pick([
          [0xff],
          [0xc0, 0x80],
          [0xed, 0xa0, 0x80],
          [0xf5, 0x80],
          [0x22, 0xe2, 0x82],
        ])
        socket.write(encodeFrame(Buffer.from([0x7b, ...bytes])))
      }),
  },
  'frame that is too large': {
    ends: ['close 4413'],
    visit: (place, chance) =>
      inside(place, chance, (socket) =>
        socket.write(encodeFrame(Buffer.alloc(place.limits.frameUnits + 1 + chance.int(9), 'x'))),
      ),
  },
  'frame as large as may be': {
    ends: ['close 4400'],
    visit: (place, chance) =>
      inside(place, chance, (socket) =>
        socket.write(encodeFrame(Buffer.alloc(place.limits.frameUnits, '['))),
      ),
  },
  'hello that is too large': {
    ends: ['close 4413'],
    visit: (place, chance) =>
      outside(place, chance, (socket) =>
        socket.send(JSON.stringify({ ...helloOf(clientOf(chance)), x: 'y'.repeat(place.limits.helloUnits) })),
      ),
  },
  'length that is a lie': {
    ends: CLOSED_BY_US,
    visit: (place, chance) =>
      inside(
        place,
        chance,
        (socket) => {
          const frame = encodeFrame(noise(chance, 70_000))
          frame.writeBigUInt64BE(chance.pick([1n << 62n, 0xffff_ffff_ffff_ffffn, 1n << 40n]), 2)
          socket.write(frame)
          setTimeout(() => socket.destroy(), 20)
        },
        [...BROKEN, 'close 4413'],
      ),
  },
  'half a frame': {
    ends: CLOSED_BY_US,
    visit: (place, chance) =>
      inside(place, chance, (socket) => {
        const frame = encodeFrame(text(helloOf('half-of-a-client')))
        socket.write(frame.subarray(0, 1 + chance.int(frame.length - 1)))
        setTimeout(() => socket.destroy(), chance.int(20))
      }),
  },
  'close of no kind': {
    ends: [...BROKEN, ...CLOSED_BY_US, 'close 1005', 'close 999', 'close 0', 'close 4400'],
    visit: (place, chance) =>
      inside(
        place,
        chance,
        (socket) => {
          const payload = chance.pick([
            Buffer.alloc(0),
            Buffer.from([3]),
            closePayload(chance.pick([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535])),
            closePayload(1000, 'bye'.repeat(50)),
            Buffer.concat([closePayload(1000), Buffer.from([0xff, 0xfe])]),
          ])
          socket.write(encodeFrame(payload, { opcode: OPCODE.close }))
          socket.send(JSON.stringify({ type: 'open', file: 'after-close' }))
          setTimeout(() => socket.destroy(), 50)
        },
        ['close any'],
      ),
  },
  'somebody else': {
    ends: ['close 4403'],
    visit: (place, chance) =>
      outside(place, chance, (socket) => {
        socket.send(JSON.stringify(helloOf(chance.pick([...place.healthy]))))
      }),
  },
  'newer connection': {
    ends: ['close 4409'],
    visit: async (place, chance) => {
      const token = `secret-of-${clientOf(chance)}`
      const client = clientOf(chance)
      const [older, newer] = [await open(place, chance, token), await open(place, chance, token)]
      await said(older, client)
      await said(newer, client)
      // What still comes from the older one is ignored.
      older.send('garbage', '{"type":"open","file":"x"}')
      const code = await older.closed
      newer.destroy()
      return `close ${code}`
    },
  },
  'flood of presence': { ends: ['close 4429'], visit: (place, chance) => flood(place, chance, 'presence') },
  'flood of submissions': { ends: ['close 4429'], visit: (place, chance) => flood(place, chance, 'submit') },
  'crowd of one user': {
    ends: ['close 4429'],
    visit: async (place, chance) => {
      const token = `secret-of-${clientOf(chance)}`
      const sockets = await Promise.all(
        Array.from({ length: place.connectionsPerUser + 1 }, () => open(place, chance, token)),
      )
      const code = await Promise.race(sockets.map(({ closed }) => closed))
      for (const socket of sockets) socket.destroy()
      return `close ${code}`
    },
  },
  'crowd that hangs up': {
    ends: ['gone'],
    visit: async (place, chance) => {
      const sockets = await Promise.all(Array.from({ length: 12 }, () => open(place, chance)))
      for (const socket of sockets) {
        if (chance.chance(0.5)) socket.send(JSON.stringify(helloOf(clientOf(chance))))
        if (chance.chance(0.3)) void socket.close()
        else socket.destroy()
      }
      return 'gone'
    },
  },
  'reader of nothing': {
    ends: ['gone'],
    visit: async (place, chance) => {
      const socket = await open(place, chance)
      await said(socket, clientOf(chance))
      socket.stopReading()
      const file = chance.pick([...place.model.now.files.keys()])
      for (let i = 0; i < 200; i++) socket.send(JSON.stringify({ type: 'open', file }))
      setTimeout(() => socket.destroy(), 100)
      await socket.closed
      return 'gone'
    },
  },
  'silence, with pings': {
    ends: ['close 4408'],
    visit: async (place, chance) => {
      const socket = await open(place, chance)
      // [H2] None of this extends the time for a hello.
      const noise = setInterval(() => {
        socket.send('ping')
        socket.write(encodeFrame(Buffer.from('!'), { opcode: OPCODE.ping }))
      }, 100)
      const code = await socket.closed
      clearInterval(noise)
      return `close ${code}`
    },
  },
  'room that is not there': {
    ends: ['close 4404'],
    visit: async (place, chance) => {
      const room = chance.pick([
        'there-is-none',
        'x'.repeat(65),
        '-x',
        '__proto__',
        'a.b',
        '%00',
        '%F0%9F%98%80',
        `${place.room}x`,
      ])
      const socket = await RawSocket.open(place.url, room)
      return `close ${await socket.closed}`
    },
  },
  'upgrade that is none': {
    ends: [
      'status 400',
      'status 403',
      'status 404',
      'status 426',
      'gone',
      'welcome',
      'close 4408',
      ...BROKEN,
    ],
    visit: upgrade,
  },
  'garbage on TCP': {
    ends: [
      'gone',
      'status 400',
      'status 404',
      'status 408',
      'status 413',
      'status 414',
      'status 431',
      'status 501',
      'status 200',
      'status 426',
      'status 405',
    ],
    visit: tcpGarbage,
  },
}

/** Does one and says what is wrong with how it ended, or null. */
export async function perform(name: string, place: Place, chance: Chance): Promise<string | null> {
  const stunt = STUNTS[name]
  if (stunt === undefined) throw new Error(`there is no stunt ${name}`)
  place.tally.fired(name)
  const given = new AbortController()
  const late = sleep(MOST_MS, `nothing within ${MOST_MS} ms`, { signal: given.signal })
  late.catch(() => {})
  const end = await Promise.race([stunt.visit(place, chance), late]).finally(() => given.abort())
  place.tally.answered(end)
  return stunt.ends.includes(end) ? null : `${name} ended with ${end}, not with ${stunt.ends.join(' or ')}`
}

function open(place: Place, chance: Chance, token = `secret-of-${clientOf(chance)}`): Promise<RawSocket> {
  return RawSocket.open(place.url, place.room, { token })
}

/** Opens a socket, does something before hello, and answers how it ends. */
async function outside(place: Place, chance: Chance, act: (socket: RawSocket) => void): Promise<string> {
  const socket = await open(place, chance)
  act(socket)
  return `close ${await socket.closed}`
}

/** Opens a socket, says hello, does something, and answers how it ends. */
async function inside(
  place: Place,
  chance: Chance,
  act: (socket: RawSocket) => void,
  also: readonly string[] = [],
): Promise<string> {
  const socket = await open(place, chance)
  await said(socket, clientOf(chance))
  act(socket)
  const end = `close ${await socket.closed}`
  return also.includes(end) || also.includes('close any') ? (CLOSED_BY_US[0] ?? end) : end
}

/** Says hello; resolves with the first answer. */
async function said(socket: RawSocket, client: string): Promise<string> {
  const answer = first(socket)
  socket.send(JSON.stringify(helloOf(client)))
  return Promise.race([answer, socket.closed.then((code) => `close ${code}`)])
}

function first(socket: RawSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.onText = (message) => resolve(String((JSON.parse(message) as { type?: unknown }).type))
  })
}

async function ended(socket: RawSocket, answer: Promise<string>): Promise<string> {
  const end = await Promise.race([answer, socket.closed.then((code) => `close ${code}`)])
  socket.destroy()
  return end
}

/** Sends until it is thrown out. It was warned before. */
async function flood(place: Place, chance: Chance, type: 'presence' | 'submit'): Promise<string> {
  const socket = await open(place, chance)
  await said(socket, clientOf(chance))
  let warnings = 0
  socket.onText = (message) => {
    if (message.includes('"too_fast"')) warnings++
  }
  // Of now, so that nothing has to be fetched for it.
  const base = place.model.now.sealed
  const frame = (n: number) =>
    type === 'presence'
      ? { type, seq: 0, file: null, selections: [[n, n]] }
      : { type, n, base, changes: [{ type: 'remove', file: 'gone' }] }
  const frames = Array.from({ length: place.burst * FLOOD }, (_, n) => JSON.stringify(frame(n + 1)))
  // However slowly they are taken: it goes on.
  const goOn = setInterval(() => socket.send(...frames), 500)
  socket.send(...frames)
  const code = await socket.closed
  clearInterval(goOn)
  return warnings === 0 ? `close ${code} without a warning` : `close ${code}`
}

/** An upgrade with something missing, wrong or forged. */
async function upgrade(place: Place, chance: Chance): Promise<string> {
  const forged = { 'x-edgeroom-identity': '{"user":"forged","name":"forged"}', 'x-edgeroom-room': 'another' }
  const options = chance.pick([
    { protocols: '' },
    { protocols: `${SUBPROTOCOL}x` },
    { protocols: `other, ${SUBPROTOCOL}` },
    { headers: { Upgrade: 'h2c' } },
    { headers: { 'Sec-WebSocket-Version': '12' } },
    { headers: { 'Sec-WebSocket-Key': 'short' } },
    { headers: { Connection: 'close' } },
    { headers: { Origin: 'https://elsewhere.example' } },
    { headers: { 'Content-Length': '5' } },
    { headers: forged },
    { protocols: `${SUBPROTOCOL}, ${'t'.repeat(4_000)}` },
    { protocols: `${SUBPROTOCOL}, , ,, token`, headers: forged },
  ])
  try {
    const socket = await RawSocket.open(place.url, place.room, options)
    const client = clientOf(chance)
    const user = new Promise<unknown>((resolve) => {
      socket.onText = (message) => resolve((JSON.parse(message) as { user?: unknown }).user)
    })
    socket.send(JSON.stringify(helloOf(client)))
    const seen = await Promise.race([user, socket.closed])
    socket.destroy()
    if (typeof seen === 'number') return seen === 4403 ? 'status 403' : `close ${seen}`
    return seen === 'forged' ? 'forged' : 'welcome'
  } catch (error) {
    return error instanceof NotUpgraded ? `status ${error.status}` : 'gone'
  }
}

async function tcpGarbage(place: Place, chance: Chance): Promise<string> {
  const { hostname, port } = new URL(place.url)
  const tcp = connectTcp({ host: hostname, port: Number(port) })
  tcp.on('error', () => {})
  const path = `/api/rooms/${place.room}`
  const bytes = chance.pick([
    noise(chance, 2_000),
    text('GET / HTTP/9.9\r\n\r\n'),
    text(`GET ${path} HTTP/1.1\r\n\r\n`),
    text(`GET ${path}\u0000 HTTP/1.1\r\nHost: x\r\n\r\n`),
    text(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n`),
    text(
      `POST /api/rooms HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    ),
    text(
      `POST /api/rooms HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n`,
    ),
    text(`POST /api/rooms HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999\r\n\r\n{"room":`),
    text(`GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`),
    text(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${'x-a: b\r\n'.repeat(20_000)}\r\n`),
    text('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]),
  ])
  let answer = ''
  tcp.on('data', (more) => {
    answer ||= more.toString('latin1').split('\r\n', 1)[0] ?? ''
  })
  tcp.write(bytes)
  const timer = setTimeout(() => tcp.destroy(), 150 + chance.int(100))
  await once(tcp, 'close')
  clearTimeout(timer)
  const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]
  return status === undefined ? 'gone' : `status ${status}`
}

function noise(chance: Chance, most: number): Buffer {
  return Buffer.from(Array.from({ length: 1 + chance.int(most) }, () => chance.int(256)))
}
