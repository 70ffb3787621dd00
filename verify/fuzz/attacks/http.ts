/**
 * Attacks before there is a socket: upgrades with something missing, wrong or forged, and bytes that are not
 * HTTP.
 */
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { SUBPROTOCOL } from '../../../core/protocol/messages.ts'
import type { Chance } from '../../random.ts'
import type { Place } from '../place.ts'
import { NotUpgraded, RawSocket } from '../raw-socket.ts'
import { type Attacks, BROKEN, clientOf, helloOf, noise, text } from './session.ts'

export const HTTP_ATTACKS: Attacks = {
  'upgrade that is none': {
    ends: [
      'status 400',
      'status 403',
      'status 404',
      'status 426',
      'gone',
      'welcome',
      'close 4401',
      'close 4408',
      ...BROKEN,
    ],
    run: upgrade,
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
    run: tcpGarbage,
  },
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
    // The platform takes as many bytes for the body of the request; without them it would read a frame from
    // its middle, and end in any way.
    if ('headers' in options && 'Content-Length' in options.headers) socket.write(Buffer.from('xxxxx'))
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
