/** Attacks with frames: fragmented, unmasked, of other kinds, too large, cut off, with a wrong length. */

import { closePayload, encodeFrame, LOST, OPCODE } from '../raw-socket.ts'
import {
  type Attacks,
  BROKEN,
  clientOf,
  ended,
  first,
  helloOf,
  inside,
  noise,
  open,
  outside,
  text,
} from './session.ts'

/** The attacker closed; the platform may have sent a close frame before. */
const HUNG_UP = ['close 1000', `close ${LOST}`]

export const FRAME_ATTACKS: Attacks = {
  'binary frame': {
    ends: ['close 4400'],
    run: (place, chance) =>
      inside(place, chance, (socket) =>
        socket.write(encodeFrame(noise(chance, 200), { opcode: OPCODE.binary })),
      ),
  },
  'binary frame as hello': {
    ends: ['close 4400'],
    run: (place, chance) =>
      outside(place, chance, (socket) =>
        socket.write(encodeFrame(text(helloOf(clientOf(chance))), { opcode: OPCODE.binary })),
      ),
  },
  'hello in pieces': {
    ends: ['welcome'],
    run: async (place, chance) => {
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
    run: async (place, chance) => {
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
    run: (place, chance) =>
      inside(place, chance, (socket) => socket.write(encodeFrame(text('no mask'), { isMasked: false }))),
  },
  'frame with reserved bits': {
    ends: [...BROKEN, 'close 4400'],
    run: (place, chance) =>
      inside(place, chance, (socket) =>
        socket.write(encodeFrame(text('reserved'), { reserved: 1 + chance.int(7) })),
      ),
  },
  'frame of no kind': {
    ends: [...BROKEN, 'close 4400'],
    run: (place, chance) =>
      inside(place, chance, (socket) =>
        socket.write(encodeFrame(text('what'), { opcode: chance.pick([3, 4, 7, 11, 15]) })),
      ),
  },
  'piece of nothing': {
    ends: [...BROKEN, 'close 4400'],
    run: (place, chance) =>
      inside(place, chance, (socket) =>
        socket.write(encodeFrame(text('and so on'), { opcode: OPCODE.continuation })),
      ),
  },
  'ping that is too long': {
    ends: [...BROKEN, 'close 4400'],
    run: (place, chance) =>
      inside(place, chance, (socket) => {
        socket.write(encodeFrame(noise(chance, 300), { opcode: OPCODE.ping }))
        socket.write(encodeFrame(noise(chance, 20), { opcode: OPCODE.ping, isFinal: false }))
        socket.send('{')
      }),
  },
  'text that is no UTF-8': {
    ends: ['close 1007', 'close 4400'],
    run: (place, chance) =>
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
    run: (place, chance) =>
      inside(place, chance, (socket) =>
        socket.write(encodeFrame(Buffer.alloc(place.limits.frameUnits + 1 + chance.int(9), 'x'))),
      ),
  },
  'frame as large as may be': {
    ends: ['close 4400'],
    run: (place, chance) =>
      inside(place, chance, (socket) =>
        socket.write(encodeFrame(Buffer.alloc(place.limits.frameUnits, '['))),
      ),
  },
  'hello that is too large': {
    ends: ['close 4413'],
    run: (place, chance) =>
      outside(place, chance, (socket) =>
        socket.send(JSON.stringify({ ...helloOf(clientOf(chance)), x: 'y'.repeat(place.limits.helloUnits) })),
      ),
  },
  'length that is a lie': {
    ends: [...HUNG_UP, ...BROKEN, 'close 4413'],
    run: (place, chance) =>
      inside(place, chance, (socket) => {
        // From 64 KiB on, the length takes the eight bytes that are overwritten.
        const frame = encodeFrame(Buffer.concat([Buffer.alloc(0x1_0000), noise(chance, 5_000)]))
        frame.writeBigUInt64BE(chance.pick([1n << 62n, 0xffff_ffff_ffff_ffffn, 1n << 40n]), 2)
        socket.write(frame)
        setTimeout(() => socket.destroy(), 20)
      }),
  },
  'half a frame': {
    ends: HUNG_UP,
    run: (place, chance) =>
      inside(place, chance, (socket) => {
        const frame = encodeFrame(text(helloOf('half-of-a-client')))
        socket.write(frame.subarray(0, 1 + chance.int(frame.length - 1)))
        setTimeout(() => socket.destroy(), chance.int(20))
      }),
  },
  'close of no kind': {
    // With any code that the platform chooses.
    ends: ['gone'],
    run: async (place, chance) => {
      await inside(place, chance, (socket) => {
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
      })
      return 'gone'
    },
  },
}
