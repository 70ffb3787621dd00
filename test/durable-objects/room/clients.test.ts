/** What a room knows of its clients if Postgres has more than are loaded with it. Uses fake time. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { memoryStore } from '../../../schema/stores/memory.ts'
import { away, type Caller, ROOM, Stage } from '../room-stage.ts'

const GRACE_MS = 60_000
const DAY_MS = 86_400_000

let stage: Stage

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) })
  stage = new Stage({ GRACE_MS: `${GRACE_MS}` }, memoryStore({ clientsAtLoad: 1 }))
  await stage.make()
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

async function say(caller: Caller, n: number, text: string): Promise<void> {
  caller.send({ type: 'submit', n, base: stage.life.journal.seq, changes: [{ type: 'chat', text }] })
  await vi.advanceTimersByTimeAsync(1)
}

/** Everybody leaves, and the room is evicted. */
async function letGo(...callers: Caller[]): Promise<void> {
  for (const caller of callers) caller.leave()
  for (let i = 0; i < 3 && stage.alarm !== null; i++) {
    vi.setSystemTime(Math.max(Date.now(), stage.alarm))
    await stage.ring()
  }
  expect(stage.life.journal.isRoom).toBe(false)
}

async function join(client: string, who = 'somebody'): Promise<Caller> {
  const caller = await stage.join(client, {}, who)
  await vi.advanceTimersByTimeAsync(1)
  return caller
}

describe('a client that was not loaded with its room', () => {
  const clients = ['client-1', 'client-2', 'client-3']

  beforeEach(async () => {
    const callers: Caller[] = []
    for (const client of clients) {
      const caller = await join(client)
      await say(caller, 5, `by ${client}`)
      callers.push(caller)
    }
    await letGo(...callers)
  })

  it('[S3] is looked up at its hello, and its submissions are recognized, also after hibernation', async () => {
    const asked = vi.spyOn(stage.truth, 'client')
    for (const client of clients) {
      const caller = await join(client)
      expect(caller.heard('welcome')).toMatchObject([{ n: 5 }])
      await stage.sleep(caller)
      await say(caller, 5, 'once more')
      expect(caller.heard('ack')).toMatchObject([{ n: 5 }])
      caller.leave()
    }
    expect(stage.life.journal.seq).toBe(4)
    expect(asked).toHaveBeenCalledTimes(2)
    await join('client-2')
    expect(asked).toHaveBeenCalledTimes(2)
  })

  it('[H4] stays bound to its user', async () => {
    const caller = await join('client-3', 'somebody-else')
    expect(caller.closed).toMatchObject({ code: 4423 })
  })

  it('has to come back later if the database is down, and is never taken for a new one', async () => {
    const first = await join('client-1')
    stage.before = away
    const caller = await join('client-3')
    expect(caller.closed).toMatchObject({ code: 1013 })
    expect((await join('client-1')).heard('welcome')).toHaveLength(1)
    expect(first.closed).toMatchObject({ code: 4409 })
  })
})

it('forgets clients without a submission for CLIENT_DAYS, checking once a day', async () => {
  stage = new Stage({ CLIENT_DAYS: '30', GRACE_MS: `${100 * DAY_MS}` })
  await stage.make()
  const [one, two] = [await join('client-1'), await join('client-2')]
  await say(one, 1, 'early')
  await stage.life.flush()
  const flush = vi.spyOn(stage.truth, 'flush')
  vi.setSystemTime(Date.now() + 31 * DAY_MS)
  await say(two, 1, 'late')
  await stage.life.flush()
  await say(two, 2, 'later')
  await stage.life.flush()
  expect(flush.mock.calls.map(([{ forgetsBefore }]) => forgetsBefore !== null)).toEqual([true, false])
  expect((await stage.truth.load(ROOM))?.clients).toMatchObject([{ client: 'client-2', n: 2 }])
})
