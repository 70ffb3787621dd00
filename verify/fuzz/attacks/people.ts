/**
 * Attacks by users: under another's client id, on two connections, too many, too fast, silent, or without
 * reading.
 */
import type { Chance } from '../../random.ts'
import type { Place } from '../place.ts'
import { encodeFrame, OPCODE, RawSocket } from '../raw-socket.ts'
import { type Attacks, clientOf, helloOf, open, outside, said } from './session.ts'

/** The size of a flood, in bursts. */
const FLOOD = 4

export const PEOPLE_ATTACKS: Attacks = {
  'somebody else': {
    ends: ['close 4423'],
    run: (place, chance) =>
      outside(place, chance, (socket) => {
        socket.send(JSON.stringify(helloOf(chance.pick([...place.healthy]))))
      }),
  },
  'newer connection': {
    ends: ['close 4409'],
    run: async (place, chance) => {
      const token = `secret-of-${clientOf(chance)}`
      const client = clientOf(chance)
      const [older, newer] = [await open(place, chance, token), await open(place, chance, token)]
      await said(older, client)
      await said(newer, client)
      // Further frames on the older connection are ignored.
      older.send('garbage', '{"type":"open","file":"x"}')
      const code = await older.closed
      newer.destroy()
      return `close ${code}`
    },
  },
  'flood of presence': { ends: ['close 4429'], run: (place, chance) => flood(place, chance, 'presence') },
  'flood of submissions': { ends: ['close 4429'], run: (place, chance) => flood(place, chance, 'submit') },
  'flood over fresh connections': { ends: ['close 4429'], run: floodAgain },
  'crowd of one user': {
    ends: ['close 4429'],
    run: async (place, chance) => {
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
    run: async (place, chance) => {
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
    run: async (place, chance) => {
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
    run: async (place, chance) => {
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
    run: async (place, chance) => {
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
}

/**
 * Sends a full burst on one connection after another, until one of them is closed for what the others sent.
 */
async function floodAgain(place: Place, chance: Chance): Promise<string> {
  const token = `secret-of-${clientOf(chance)}`
  const file = { type: 'presence', seq: 0, file: null }
  const frames = Array.from({ length: place.burst }, (_, n) =>
    JSON.stringify({ ...file, selections: [[n, n]] }),
  )
  for (;;) {
    const socket = await open(place, chance, token)
    await said(socket, clientOf(chance))
    const answer = new Promise<void>((resolve) => {
      socket.onText = (message) => {
        if (message.includes('"no_such_file"')) resolve()
      }
    })
    socket.send(...frames, JSON.stringify({ type: 'open', file: 'gone' }))
    const code = await Promise.race([answer, socket.closed])
    socket.destroy()
    if (code !== undefined) return `close ${code}`
  }
}

/** Sends until it is closed, after a warning. */
async function flood(place: Place, chance: Chance, type: 'presence' | 'submit'): Promise<string> {
  const socket = await open(place, chance)
  await said(socket, clientOf(chance))
  let warnings = 0
  socket.onText = (message) => {
    if (message.includes('"too_fast"')) warnings++
  }
  // The current seq, so that nothing has to be fetched.
  const base = place.model.now.sealed
  const frame = (n: number) =>
    type === 'presence'
      ? { type, seq: 0, file: null, selections: [[n, n]] }
      : { type, n, base, changes: [{ type: 'remove', file: 'gone' }] }
  const frames = Array.from({ length: place.burst * FLOOD }, (_, n) => JSON.stringify(frame(n + 1)))
  // Repeats, in case the room drains the frames slowly.
  const goOn = setInterval(() => socket.send(...frames), 500)
  socket.send(...frames)
  const code = await socket.closed
  clearInterval(goOn)
  return warnings === 0 ? `close ${code} without a warning` : `close ${code}`
}
