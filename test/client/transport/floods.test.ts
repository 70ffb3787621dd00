/**
 * Clients that send without end, over a raw connection with small limits [L1] to [L3]. Another client must
 * not notice.
 */
import { expect, it } from 'vitest'
import type { Change, ClientMessage } from '../../../core/protocol/messages.ts'
import { RawPerson } from '../../faults/raw-person.ts'
import { append, ownPlace, reads } from '../support/people.ts'

const BURST = 50

const here = ownPlace({
  withoutDatabase: true,
  vars: {
    SUBMITS_PER_SECOND: '2',
    SUBMIT_BURST: `${BURST}`,
    PRESENCE_PER_SECOND: '2',
    PRESENCE_BURST: `${BURST}`,
    REQUESTS_PER_SECOND: '2',
    REQUEST_BURST: `${BURST}`,
  },
})

async function roomWithPeople() {
  const name = await here.make({ 'a.txt': 'abc' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  const errors: unknown[] = []
  for (const { room } of [ann, bob]) room.on('error', (error) => errors.push(error))
  const culprit = await RawPerson.join(here.stack.url, name)
  return {
    file: hers.file,
    culprit,
    async noticedNothing() {
      append(hers, 'hers,')
      append(his, 'his,')
      await Promise.all([ann.room.settled(), bob.room.settled()])
      const text = await here.read(name, 'a.txt')
      await Promise.all([reads(hers, text), reads(his, text)])
      expect([ann.network.attempts.length, bob.network.attempts.length, errors.length]).toEqual([1, 1, 0])
    },
  }
}

const submit = (changes: Change[]): ClientMessage => ({ type: 'submit', n: 1, base: 1, changes })

const MESSAGES: readonly [string, string, (file: string) => ClientMessage][] = [
  ['submissions', 'submit', (file) => submit([{ type: 'edit', file, op: ['x'] }])],
  ['submissions with a NUL in them', 'submit', (file) => submit([{ type: 'edit', file, op: ['\0'] }])],
  ['presence', 'presence', (file) => ({ type: 'presence', seq: 1, file, selections: [] })],
  ['questions for a text', 'request', (file) => ({ type: 'open', file })],
  ['questions for what is not there', 'request', () => ({ type: 'blob', blob: '9-9' })],
]

it.each(MESSAGES)('[L1] [L2] a flood of %s is warned once and closed with 4429', async (_, kind, message) => {
  const { file, culprit, noticedNothing } = await roomWithPeople()
  for (let i = 0; i < BURST + 20; i++) culprit.say(message(file))
  const warning = await culprit.hear('error', ({ code }) => code === 'too_fast')
  expect(warning).toMatchObject({ about: kind, perSecond: 2 })
  await noticedNothing()
  for (let i = 0; i < 2 * BURST; i++) culprit.say(message(file))
  expect(await culprit.closed).toBe(4429)
  expect(culprit.all('error').filter(({ code }) => code === 'too_fast')).toHaveLength(1)
  await noticedNothing()
})

it('[L2] the message that caused the warning is accepted, and so are later ones for a while', async () => {
  const { file, culprit } = await roomWithPeople()
  const presence = (at: number): ClientMessage => ({ type: 'presence', seq: 1, file, selections: [[at, at]] })
  for (let i = 0; i < BURST + 20; i++) culprit.say(presence(0))
  culprit.say(presence(3))
  await culprit.hear('error')
  await culprit.hear('presence', ({ peers }) =>
    peers.some((peer) => peer.client === culprit.client && peer.selections[0]?.[0] === 3),
  )
})

it('[L3] a large message counts as many: the warning comes after few', async () => {
  const { file, culprit, noticedNothing } = await roomWithPeople()
  const op = ['x'.repeat(30 * 16 * 1024)]
  for (let n = 1; n <= 2; n++) culprit.say({ ...submit([{ type: 'edit', file, op }]), n } as ClientMessage)
  expect(await culprit.hear('error')).toMatchObject({ code: 'too_fast', about: 'submit' })
  for (let n = 3; n <= 5; n++) culprit.say({ ...submit([{ type: 'edit', file, op }]), n } as ClientMessage)
  expect(await culprit.closed).toBe(4429)
  await noticedNothing()
})

it('[L3] a large response counts as many', async () => {
  const { culprit, noticedNothing } = await roomWithPeople()
  const text = 'x'.repeat(30 * 16 * 1024)
  culprit.say(submit([{ type: 'create', file: 'large', path: 'large.txt', text }]))
  await culprit.hear('commit')
  for (let i = 0; i < 6; i++) culprit.say({ type: 'open', file: 'large' })
  expect(await culprit.closed).toBe(4429)
  expect(culprit.all('error')).toMatchObject([{ code: 'too_fast', about: 'request' }])
  expect(culprit.all('text').length).toBeLessThan(6)
  await noticedNothing()
})
