/** What frames cost their sender, and when. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { FRAME_MS } from '../../../core/authority/pacer.ts'
import { type Caller, Stage } from '../room-stage.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

function sendFrame(stage: Stage, caller: Caller, frame: string): void {
  stage.life.receive(caller.socket, frame)
  stage.life.live?.takeArrived()
}

it('[L3] charges for the length of a frame before parsing it', async () => {
  const stage = new Stage({ SUBMITS_PER_SECOND: '1', SUBMIT_BURST: '10' })
  await stage.make()
  const caller = await stage.join('client-1')
  // Valid submissions use up the burst.
  for (let n = 1; n <= 20; n++) {
    caller.send({
      type: 'submit',
      n,
      base: 1,
      changes: [{ type: 'create', file: `f${n}`, path: `f${n}`, text: '' }],
    })
    await vi.advanceTimersByTimeAsync(1)
  }
  expect(caller.closed).toBeNull()
  sendFrame(stage, caller, '['.repeat(1024 * 1024))
  expect(caller.closed).toMatchObject({ code: 4429 })
})

it('[L3] charges for commits that have to be read for a submission, not for those in memory', async () => {
  const stage = new Stage({ REQUESTS_PER_SECOND: '1', REQUEST_BURST: '10', SUBMITS_PER_SECOND: '0' })
  await stage.make()
  const first = await stage.join('client-0')
  for (let n = 1; n <= 300; n++) {
    first.send({ type: 'submit', n, base: n, changes: [{ type: 'edit', file: stage.file, op: ['x'] }] })
    await vi.advanceTimersByTimeAsync(1)
  }
  const submit = async (client: string, base: number) => {
    const caller = await stage.join(client, {}, `user of ${client}`)
    caller.send({ type: 'submit', n: 1, base, changes: [{ type: 'edit', file: stage.file, op: ['y'] }] })
    // The first client, which answered each ack within 1 ms, is waited for.
    await vi.advanceTimersByTimeAsync(FRAME_MS)
    expect(caller.heard('commit').at(-1)).toMatchObject({ entries: [{ client }] })
    return caller.heard('error')
  }
  expect(await submit('client-1', 2)).toEqual([])
  await stage.sleep()
  const warning = [{ code: 'too_fast', about: 'request' }]
  expect(await submit('client-2', 2)).toMatchObject(warning)
  // Now they are in memory.
  expect(await submit('client-3', 2)).toEqual([])
  expect(await submit('client-4', 1)).toEqual([])
})

it('[T6] [L7] limits the length of held frames, too', async () => {
  const stage = new Stage()
  await stage.make()
  const caller = await stage.join('client-1')
  caller.send({ type: 'auth', token: 'a token that takes its time' })
  sendFrame(stage, caller, 'x'.repeat(stage.settings.limits.frameUnits + 1))
  expect(caller.closed).toMatchObject({ code: 4413 })
})
