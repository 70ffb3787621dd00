/** When presence is sent: with a commit that is near, or else alone. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Authority } from '../../../core/authority/authority.ts'
import { Presence } from '../../../core/model/presence.ts'
import type { Outbound } from '../../../durable-objects/sessions/outbound.ts'
import { PresenceBroadcaster } from '../../../durable-objects/sessions/presence-broadcaster.ts'
import { UNRULED } from '../../support/person.ts'

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }))
afterEach(() => vi.useRealTimers())

function room() {
  const sent: { readonly at: number; readonly frame: string }[] = []
  const here = { isNear: false, moved: 0 }
  const presence = new Presence(() => UNRULED.policy)
  const commits = {
    authority: { state: { seq: 1 }, recentAfter: () => [] } as unknown as Authority,
    isCommitNear: () => here.isNear,
  }
  const outbound = {
    broadcast: (frame: string) => sent.push({ at: Date.now() - 1_000_000, frame }),
  } as unknown as Outbound
  const later = (ms: number, callback: () => void) => void setTimeout(callback, ms)
  const broadcaster = new PresenceBroadcaster(presence, commits, outbound, later, () => {})
  const who = { session: 's', client: 'c', user: 'u', name: 'U', granted: null }
  presence.join(who)
  const move = () => {
    presence.move('s', { seq: 1, file: null, selections: [], data: { moved: ++here.moved } })
    broadcaster.schedule()
  }
  return { here, sent, broadcaster, move }
}

it('[P4] is sent at once where no commit is near, and then not more often than every 40 ms', () => {
  const { sent, move } = room()
  for (let ms = 0; ms < 80; ms += 10) {
    move()
    vi.advanceTimersByTime(10)
  }
  vi.advanceTimersByTime(100)
  expect(sent.map(({ at }) => at)).toEqual([0, 40, 80])
  expect(sent.at(-1)?.frame).toContain('"moved":8')
})

it('[P4] waits for a commit that is near, and is not sent a second time', () => {
  const { here, sent, broadcaster, move } = room()
  here.isNear = true
  move()
  vi.advanceTimersByTime(16)
  expect(broadcaster.take(Date.now())).toContain('"moved":1')
  vi.advanceTimersByTime(200)
  expect(sent).toEqual([])
  expect(broadcaster.take(Date.now())).toBeNull()
})

it('[P4] is sent alone if that commit is not made within 40 ms, counted from its own arrival', () => {
  const { here, sent, broadcaster, move } = room()
  here.isNear = true
  move()
  vi.advanceTimersByTime(30)
  broadcaster.take(Date.now())
  move()
  vi.advanceTimersByTime(39)
  expect(sent).toEqual([])
  vi.advanceTimersByTime(1)
  expect(sent.map(({ at }) => at)).toEqual([70])
})
