/**
 * Token functions that return no token: nothing is sent under another identity, and nothing at all until
 * there is one.
 */
import { describe, expect, it } from 'vitest'
import { type ConnectOptions, connect } from '../../../client/index.ts'
import { Tokens } from '../../../client/transport/tokens.ts'
import { append, place, reads, until } from '../support/people.ts'

const here = place({ withoutDatabase: true })

type Token = NonNullable<ConnectOptions['token']>
const SECRET = 'secret-of-the-owner'

/** What a function may return or do in place of returning a token. */
const NOTHING: readonly [string, () => unknown][] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['an empty string', () => ''],
  ['an object', () => ({ token: SECRET })],
  ['a String that is an object', () => new String(SECRET)],
  ['a list', () => [SECRET]],
  ['a number', () => 42],
  ['a function', () => () => SECRET],
  ['two words', () => `Bearer ${SECRET}`],
  ['a token with a line end', () => `${SECRET}\n`],
  ['a token with space around it', () => ` ${SECRET} `],
  ['half a megabyte', () => SECRET.repeat(30_000)],
  ['a promise of undefined', async () => undefined],
  ['a promise of an empty string', async () => ''],
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what this tests
  ['a thenable of null', () => ({ then: (resolve: (value: null) => void) => resolve(null) })],
  ['an error that is thrown', () => raise(new Error('signed out'))],
  ['undefined that is thrown', () => raise(undefined)],
  ['a promise that rejects', () => Promise.reject(new Error('the provider is away'))],
]

function raise(error: unknown): never {
  throw error
}

/** Common cases, one of each kind, over a real connection. */
const OVER_A_CONNECTION = NOTHING.filter(([name]) =>
  ['undefined', 'null', 'an empty string', 'an object', 'two words', 'a promise that rejects'].includes(name),
)

it.each(NOTHING)('%s is not a token: it cannot be sent', async (_, give) => {
  const tokens = new Tokens(give as () => string, { renewed: () => {}, failed: () => {} })
  await expect(tokens.ask()).rejects.not.toBe(SECRET)
  await expect(tokens.last()).rejects.not.toBe(SECRET)
})

describe('a token function that returns no token', () => {
  it.each(OVER_A_CONNECTION)(
    'but %s, on a reconnect, is called again: pending work is committed under its author only',
    async (_, give) => {
      const owned = await here.own({ 'a.txt': '' }, { access: 'edit' })
      const answers = [() => owned.token, give, give, () => owned.token]
      let asked = 0
      const token = (() => answers[asked++]?.()) as Token
      const ann = await here.join(owned.room, { token })
      const bob = await here.join(owned.room)
      const emitted: Error[] = []
      ann.room.on('error', (error) => emitted.push(error))
      const file = await ann.room.open('a.txt')
      const seen = await bob.room.open('a.txt')
      const authors: (string | null)[] = []
      seen.on('change', ({ user }) => authors.push(user))
      ann.network.end(1001)
      append(file, 'typed meanwhile')
      await ann.room.settled()
      await reads(seen, 'typed meanwhile')
      expect(authors).toEqual([owned.user])
      expect([ann.room.me.user, ann.room.me.role]).toEqual([owned.user, 'owner'])
      expect([asked, ann.network.attempts]).toEqual([4, Array(2).fill(['edgeroom.v1', owned.token])])
      expect(emitted).toMatchObject([{ name: 'SdkError', code: 'unauthenticated' }])
      expect(emitted[0]?.message).not.toContain(SECRET)
    },
  )

  it.each(OVER_A_CONNECTION)(
    'but %s, at first, is called again, and the room is joined once there is one',
    async (_, give) => {
      const owned = await here.own()
      let asked = 0
      const token = (() => (++asked < 3 ? give() : owned.token)) as Token
      const { room, network } = await here.join(owned.room, { token })
      expect([room.me.user, asked, network.attempts.length]).toEqual([owned.user, 3, 1])
      const emitted: Error[] = []
      room.on('error', (error) => emitted.push(error))
      expect(emitted).toMatchObject([{ code: 'unauthenticated' }])
    },
  )

  it('is reported again in a later episode', async () => {
    const owned = await here.own()
    const answers: (string | undefined)[] = [undefined, owned.token, undefined, undefined, owned.token]
    const { room, network } = await here.join(owned.room, { token: (() => answers.shift()) as Token })
    const emitted: Error[] = []
    room.on('error', (error) => emitted.push(error))
    network.end(1001)
    await until(room, ['status'], () => room.status.status === 'connected')
    expect([emitted.length, answers.length]).toEqual([2, 0])
  })

  it('is given up after `connectMs`, with nothing sent and the reason reported', async () => {
    const token = (() => undefined) as unknown as Token
    const socket = () => expect.unreachable('no socket is to be opened')
    const joined = connect({ url: here.stack.url, room: 'tea', token, socket, connectMs: 400 })
    await expect(joined).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('the token is undefined, not a string'),
    })
  })
})

describe('an invalid `token` option', () => {
  it.each([
    [null, 'the token is null'],
    ['', 'the token is empty'],
    [42, 'the token is number'],
    [true, 'the token is boolean'],
    [{ token: SECRET }, 'the token is object'],
    [Promise.resolve(SECRET), 'the token is object'],
    [Symbol(SECRET), 'the token is symbol'],
  ])('such as %s, is refused at once, with a hint and without quoting it', async (token, reason) => {
    const socket = () => expect.unreachable('no socket is to be opened')
    const joined = connect({ url: here.stack.url, room: 'tea', token: token as Token, socket })
    const error = await joined.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'SdkError', code: 'bad_token' })
    expect(String(error)).toContain(reason)
    expect(String(error)).toContain('omit `token` to join as a guest')
    expect(String(error)).not.toContain(SECRET)
  })

  it('is not undefined: that is a guest', async () => {
    const token = undefined as unknown as Token
    const { room } = await here.join(await here.make(), { token })
    expect(room.me.role).toBe('editor')
  })
})
