/** Without a database the object has the only copy, so it is never deleted. */
import { expect, it } from 'vitest'
import { append, ownPlace, POLL } from '../client/support/people.ts'

const here = ownPlace({
  withoutDatabase: true,
  vars: { GRACE_MS: '0', FLUSH_IDLE_MS: '0', FLUSH_MAX_AGE_MS: '0' },
})

it('keeps a room after the grace period without a database, and logs it once', async () => {
  const names = await Promise.all(['one', 'two', 'three'].map((text) => here.make({ 'a.txt': text })))
  const [name = ''] = names
  let text = 'one'
  for (let visit = 0; visit < 5; visit++) {
    const { room } = await here.join(name)
    const file = await room.open('a.txt')
    expect(file.text).toBe(text)
    append(file, '!')
    text = file.text
    await room.settled()
    room.close()
    await expect.poll(async () => (await here.status(name)).people, POLL).toBe(0)
    // In each turn the object could have evicted the room.
    for (let i = 0; i < 10; i++) expect(await here.read(name, 'a.txt')).toBe(text)
  }
  expect(here.stack.logs.filter((line) => line.includes('DATABASE_URL is not set'))).toHaveLength(1)
  await here.stack.restart()
  expect(await Promise.all(names.map((each) => here.read(each, 'a.txt')))).toEqual([text, 'two', 'three'])
  expect(await here.status(name)).toMatchObject({ flushed: null, people: 0 })
})
