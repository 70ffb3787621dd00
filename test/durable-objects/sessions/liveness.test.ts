/** Sessions that are closed by the room. Uses fake time; the alarm fires when due. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CLOSE } from '../../../core/protocol/codes.ts'
import { personOf } from '../../support/person.ts'
import { type Caller, Stage } from '../room-stage.ts'

const MADE = Date.UTC(2026, 0, 1)
const SILENCE_MS = 60_000
const CLIENT = 'client-1'
const OTHER = 'client-2'

let stage: Stage

beforeEach(async () => {
  vi.useFakeTimers({ now: MADE })
  stage = new Stage()
  await stage.make()
})

afterEach(() => {
  vi.useRealTimers()
})

/** Fires the alarm at its times, until `ms` have passed. Returns how often. */
async function pass(ms: number, before: () => Promise<void> = async () => {}): Promise<number> {
  const end = Date.now() + ms
  let rings = 0
  for (; stage.alarm !== null && stage.alarm <= end; rings++) {
    vi.setSystemTime(Math.max(Date.now(), stage.alarm))
    await before()
    await stage.ring()
  }
  vi.setSystemTime(end)
  return rings
}

/** Like `pass`, for a room that hibernates whenever nothing happens: each alarm is the first of its life. */
function passAsleep(ms: number, ...callers: Caller[]): Promise<number> {
  return pass(ms, () => stage.sleep(...callers))
}

/** Sessions that a caller was told have left. */
function goneFor(caller: Caller): unknown[] {
  vi.advanceTimersByTime(50)
  return caller.heard('presence').flatMap(({ left }) => left as unknown[])
}

function sessionOf(caller: Caller): unknown {
  return caller.heard('welcome')[0]?.session
}

describe('[P6] a silent session', () => {
  it('has left for the others within two minutes', async () => {
    const [one, two] = [await stage.join(CLIENT), await stage.join(OTHER)]
    await pass(SILENCE_MS - 1)
    stage.pings.set(one.socket, Date.now())
    await pass(SILENCE_MS)
    expect(two.closed).toMatchObject({ code: 4408 })
    expect(one.closed).toBeNull()
    expect(goneFor(one)).toEqual([sessionOf(two)])
  })

  it('stays while it pings, which does not wake the room, or sends anything', async () => {
    const [one, two] = [await stage.join(CLIENT), await stage.join(OTHER)]
    for (let i = 0; i < 10; i++) {
      await pass(SILENCE_MS / 2)
      stage.pings.set(one.socket, Date.now())
      two.send({ type: 'presence', seq: 1, file: null, selections: [] })
    }
    expect([one.closed, two.closed]).toEqual([null, null])
  })

  it('survives hibernation of the room, but not if it was silent throughout', async () => {
    const [one, two] = [await stage.join(CLIENT), await stage.join(OTHER)]
    await pass(SILENCE_MS - 10)
    two.send({ type: 'presence', seq: 1, file: null, selections: [] })
    stage.pings.set(one.socket, Date.now())
    await pass(20)
    await stage.sleep(one, two)
    await pass(SILENCE_MS - 100)
    expect(two.closed).toBeNull()
    stage.pings.set(one.socket, Date.now())
    await stage.sleep(one, two)
    await pass(2 * SILENCE_MS)
    expect(two.closed).toMatchObject({ code: 4408 })
  })

  it('has left within two minutes also in a room that sleeps between its alarms', async () => {
    const [one, two] = [await stage.join(CLIENT), await stage.join(OTHER)]
    await passAsleep(SILENCE_MS - 1, one, two)
    stage.pings.set(one.socket, Date.now())
    await passAsleep(SILENCE_MS, one, two)
    expect([one.closed, two.closed]).toMatchObject([null, { code: 4408 }])
  })

  it('that only sends messages is known to have been heard after a hibernation', async () => {
    const [one, two] = [await stage.join(CLIENT), await stage.join(OTHER)]
    for (let i = 0; i < 10; i++) {
      await passAsleep(SILENCE_MS / 2, one, two)
      for (const caller of [one, two]) caller.send({ type: 'presence', seq: 1, file: null, selections: [] })
    }
    expect([one.closed, two.closed]).toEqual([null, null])
  })

  it('is found by the message of somebody else, whenever the next alarm is due', async () => {
    const [one, two] = [await stage.join(CLIENT), await stage.join(OTHER)]
    vi.setSystemTime(Date.now() + 2 * SILENCE_MS)
    one.send({ type: 'presence', seq: 1, file: null, selections: [] })
    expect([one.closed, two.closed]).toMatchObject([null, { code: 4408 }])
  })

  it('is looked for ever more rarely where nothing happens', async () => {
    const [one, two] = [await stage.join(CLIENT), await stage.join(OTHER)]
    const hour = async () => {
      let rings = 0
      for (let half = 0; half < 120; half++) {
        for (const { socket } of [one, two]) stage.pings.set(socket, Date.now())
        rings += await passAsleep(SILENCE_MS / 2, one, two)
      }
      return rings
    }
    expect(await hour()).toBeLessThan(15)
    expect(await hour()).toBe(6)
    expect([one.closed, two.closed]).toEqual([null, null])
  })

  it('stays if it is alone, and needs no alarm', async () => {
    const one = await stage.join(CLIENT)
    await pass(10 * SILENCE_MS)
    expect(one.closed).toBeNull()
    expect(stage.alarm).toBeNull()
  })
})

describe('a token', () => {
  const expiring = personOf('zoe', { role: 'editor', isGuest: false, expiresAt: MADE + 90_000 })

  it('[A10] that has expired closes its socket with 4401, by the alarm, also during hibernation', async () => {
    const one = await stage.join(CLIENT, {}, expiring)
    await stage.sleep(one)
    await pass(89_999)
    expect(one.closed).toBeNull()
    expect(stage.alarm).toBe(MADE + 90_000)
    await pass(1)
    expect(one.closed).toMatchObject({ code: 4401 })
  })

  it('[A10] that has expired is useless even before the alarm fires', async () => {
    const one = await stage.join(CLIENT, {}, expiring)
    vi.setSystemTime(MADE + 90_000)
    one.send({ type: 'open', file: stage.file })
    expect(one.heard('text')).toEqual([])
    expect(one.closed).toMatchObject({ code: 4401 })
  })

  it('[A10] that is renewed in time keeps the socket open', async () => {
    const one = await stage.join(CLIENT, {}, expiring)
    stage.identify = async () => ({ ...expiring, role: 'viewer', expiresAt: MADE + 200_000 })
    one.send({ type: 'auth', token: 'newer' })
    await vi.advanceTimersByTimeAsync(1)
    expect(one.heard('auth')).toEqual([{ type: 'auth', granted: 'viewer', expires: MADE + 200_000 }])
    await pass(150_000)
    expect(one.closed).toBeNull()
    await pass(60_000)
    expect(one.closed).toMatchObject({ code: 4401 })
  })

  it('[A10] that cannot be checked right now closes with 1013, so the client retries', async () => {
    const one = await stage.join(CLIENT, {}, expiring)
    stage.identify = async () => CLOSE.tryAgain
    one.send({ type: 'auth', token: 'newer' })
    await vi.advanceTimersByTimeAsync(1)
    expect(one.closed).toMatchObject({ code: 1013 })
  })
})
