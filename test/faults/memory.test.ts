/**
 * A room under loads that once made it grow without bound, in a workerd whose heap is limited: an object has
 * 128 MB. The local runtime enforces nothing, so this compares its resident memory with that of the same
 * runtime with an idle room.
 */
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ClientMessage } from '../../core/protocol/messages.ts'
import { PausedSocket } from '../client/support/paused-socket.ts'
import { secretOf } from '../support/secrets.ts'
import { type Stack, startStack } from '../support/servers/stack.ts'
import { workerdBytes } from '../support/servers/workerd-memory.ts'
import { RawPerson, randomClient } from './raw-person.ts'

const MEBIBYTE = 1024 * 1024
const MOST_MB = 100
const V8_FLAGS = 'MINIFLARE_WORKERD_V8_FLAGS'

let stack: Stack
const before = process.env[V8_FLAGS]

beforeAll(async () => {
  // Below the platform's limit, and a small young generation: garbage fills what a heap may have, and would
  // hide for a long time how much of it is in use.
  process.env[V8_FLAGS] = '--max-old-space-size=60 --max-semi-space-size=2'
  const vars = { SUBMITS_PER_SECOND: '0', REQUESTS_PER_SECOND: '0', PRESENCE_PER_SECOND: '0' }
  stack = await startStack({ withoutDatabase: true, vars })
})

afterAll(async () => {
  await stack.close()
  if (before === undefined) delete process.env[V8_FLAGS]
  else process.env[V8_FLAGS] = before
})

interface Made {
  readonly room: string
  readonly token: string
}

async function makeRoom(): Promise<Made> {
  const body = JSON.stringify({ files: { 'a.txt': 'abc' }, access: 'view' })
  const answer = await fetch(`${stack.url}/api/rooms`, { method: 'POST', body })
  return (await answer.json()) as Made
}

/** The owner, who makes one submission after the other. */
async function ownerOf({ room, token }: Made) {
  const owner = await RawPerson.join(stack.url, room, { token })
  const { files, epoch } = await owner.hear('welcome')
  let [n, seq] = [0, 1]
  const submit = async (...changes: Extract<ClientMessage, { type: 'submit' }>['changes']) => {
    owner.submit(++n, seq, ...(changes as never[]))
    await owner.hear('commit', (commit) => commit.seq === seq + 1)
    seq++
    owner.frames.length = 0
  }
  return { owner, epoch, file: files[0]?.file ?? '', submit, seq: () => seq }
}

it.runIf(existsSync('/proc/self/status'))(
  '[H6] [S11] [T6] a room stays below 100 MB, whatever is done to it',
  async () => {
    const idle = await ownerOf(await makeRoom())
    await idle.submit({ type: 'edit', file: idle.file, op: ['x'] })
    const base = workerdBytes()
    const grownMb = () => Math.round((workerdBytes() - base) / MEBIBYTE)

    const made = await makeRoom()
    const { owner, epoch, file, submit, seq } = await ownerOf(made)
    const texts = Array.from({ length: 100 }, (_, i) => `${i} `.padEnd(MEBIBYTE - 10, 'x'))
    for (const [i, text] of texts.entries())
      await submit({ type: 'create', file: `f${i}`, path: `f${i}`, text })
    for (let i = 0; i < 160; i++)
      await submit({ type: 'edit', file, op: [`${i} `.padEnd(25_000, 'y'), { d: i === 0 ? 3 : 25_000 }] })
    const read = async (i: number) => {
      owner.say({ type: 'open', file: `f${i}` })
      const { text } = await owner.hear('text', (answer) => answer.file === `f${i}`)
      expect(text === texts[i]).toBe(true)
      owner.frames.length = 0
    }
    for (let i = 0; i < texts.length; i++) await read(i)
    // Some claim to have missed everything, some a part, and none of them read what they get.
    const silent: PausedSocket[] = []
    for (let i = 0; i < 10; i++) {
      const client = randomClient()
      const socket = await PausedSocket.open(stack.url, made.room, secretOf(client))
      socket.say({ type: 'hello', protocol: 1, client, since: i % 2 === 0 ? 1 : seq() - 100, epoch })
      silent.push(socket)
    }
    const deep = `${'['.repeat(4 * MEBIBYTE)}${']'.repeat(4 * MEBIBYTE)}`
    for (let i = 0; i < 10; i++) {
      const viewer = await RawPerson.join(stack.url, made.room)
      viewer.say({ type: 'presence', seq: 1, file, selections: [[0, 1]] })
      viewer.sayFrame(`{"type":"open","file":"${file}","x":${deep}}`)
      expect(await viewer.closed).toBe(4413)
    }
    await submit({ type: 'edit', file, op: ['still here'] })
    // Garbage stays resident until it is collected, which a heap at rest may put off for long, and until the
    // allocator gives it back to the system. Reading on has it collected.
    const readOn = async () => {
      for (let i = 0; i < 10; i++) await read(i)
      return grownMb()
    }
    await expect.poll(readOn, { timeout: 90_000, interval: 200 }).toBeLessThan(MOST_MB)
    for (const socket of silent) socket.drop()
    await owner.leave()
  },
  180_000,
)
