/** What frames cost their sender, and when. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Caller, Stage } from './room-stage.ts'

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

it('[L3] the length of a frame is counted before anything of it is read', async () => {
  const stage = new Stage({ SUBMITS_PER_SECOND: '1', SUBMIT_BURST: '10' })
  await stage.make()
  const caller = await stage.join('client-1')
  // Whatever was lent is used up by submissions that the room has nothing against.
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

it('[T6] [L7] what waits is judged by its length, too', async () => {
  const stage = new Stage()
  await stage.make()
  const caller = await stage.join('client-1')
  caller.send({ type: 'auth', token: 'a token that takes its time' })
  sendFrame(stage, caller, 'x'.repeat(stage.settings.limits.frameUnits + 1))
  expect(caller.closed).toMatchObject({ code: 4413 })
})
