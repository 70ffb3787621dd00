/**
 * The bare Durable Objects: a message is `{"c":client,"n":n,"op":[position,"letter"]}`, and its echo is the
 * ack. A cursor is `{"at":position,"c":client}`, which is never stored. Only `limit` sends several messages
 * in one frame, one per line.
 */
import { FrameMemo } from '../load/frame-memo.ts'
import { LoadSocket } from '../load/socket.ts'
import type { Adapter } from './adapter.ts'

export type RelayMode = 'relay' | 'row' | 'limit'

/** client and n of each message in a frame, alternating; n is `CURSOR` for a cursor. */
type Decoded = readonly number[]

const CURSOR = -1

export function relayAdapter(url: string, mode: RelayMode): Adapter {
  const memo = new FrameMemo<Decoded>(readMessages)
  const address = (room: string) => `${url}/room/${room}?mode=${mode}`
  return {
    async seed() {
      return () => {}
    },
    async connect(room, index, sink) {
      const frame = (data: Buffer, start: number, end: number) => {
        const decoded = memo.read(data, start, end)
        for (let i = 0; i < decoded.length; i += 2) {
          const from = decoded[i] ?? 0
          const n = decoded[i + 1] ?? 0
          if (n === CURSOR) {
            if (from !== index) sink.cursors?.(1)
          } else if (from === index) sink.ack(n)
          else sink.remote(from, n)
        }
      }
      const socket = await LoadSocket.open(address(room), { frame, closed: sink.closed })
      return {
        socket,
        send: (n, position, letter) =>
          socket.sendText(`{"c":${index},"n":${n},"op":[${position},"${letter}"]}`),
        moveCursor: (position) => socket.sendText(`{"at":${position},"c":${index}}`),
        close: () => socket.close(),
      }
    },
    join: () => null,
    build: () => Promise.reject(new Error('a relay has no text to build')),
    ...(mode === 'relay'
      ? {}
      : { stored: async (room) => Number(await (await fetch(address(room))).text()) }),
  }
}

function readMessages(data: Buffer, start: number, end: number): Decoded {
  return data
    .toString('latin1', start, end)
    .split('\n')
    .flatMap((line) => {
      const { c, n = CURSOR } = JSON.parse(line) as { c: number; n?: number }
      return [c, n]
    })
}
