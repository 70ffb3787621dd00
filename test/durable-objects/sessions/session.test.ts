/** Client ids of sessions, and close reasons. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { CLOSE } from '../../../core/protocol/codes.ts'
import { Session } from '../../../durable-objects/sessions/session.ts'
import { personOf } from '../../support/person.ts'
import { Caller, Stage } from '../room-stage.ts'

const CLIENT = 'client-1'

let stage: Stage

beforeEach(async () => {
  vi.useFakeTimers()
  stage = new Stage()
  await stage.make()
})

afterEach(() => {
  vi.useRealTimers()
})

async function create(caller: Caller, n: number, file: string): Promise<void> {
  caller.send({ type: 'submit', n, base: 1, changes: [{ type: 'create', file, path: file, text: '' }] })
  await vi.advanceTimersByTimeAsync(1)
}

it('[H5] replaces the previous session, whose later frames are ignored', async () => {
  const older = await stage.join(CLIENT)
  const newer = await stage.join(CLIENT)
  expect(older.closed).toMatchObject({ code: 4409 })
  expect(newer.heard('welcome')).toMatchObject([{ peers: [] }])
  await create(older, 1, 'late')
  expect(newer.heard('commit')).toEqual([])
  await create(newer, 1, 'new')
  expect(newer.heard('commit')).toMatchObject([{ entries: [{ n: 1, changes: [{ file: 'new' }] }] }])
})

it('[H4] belongs to one user, connected or in the log', async () => {
  const owner = await stage.join(CLIENT)
  expect((await stage.join(CLIENT, {}, 'somebody else')).closed).toMatchObject({ code: 4423 })
  expect(owner.closed).toBeNull()
  await create(owner, 1, 'new')
  owner.leave()
  expect((await stage.join(CLIENT, {}, 'somebody else')).closed).toMatchObject({ code: 4423 })
  expect((await stage.join(CLIENT)).heard('welcome')).toMatchObject([{ n: 1 }])
})

it('[T2] truncates a close reason to fit its frame, whatever it quotes', () => {
  const caller = new Caller(stage, 'somebody')
  const session = Session.start(caller.socket, personOf('somebody'), 0)
  session.close(CLOSE.badMessage, `“${'漢字'.repeat(100)}” is no message`)
  expect(caller.closed).toMatchObject({ code: 4400, reason: expect.stringMatching(/^[ -~]{123}$/) })
})
