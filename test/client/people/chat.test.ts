/**
 * Chat: everybody receives each message once, in log order, and anybody who may view the room can read it
 * later.
 */
import { describe, expect, it, vi } from 'vitest'
import type { ChatMessage, Rejection, Room } from '../../../client/index.ts'
import { Chat } from '../../../client/people/chat.ts'
import { RoomApi } from '../../../client/room-api.ts'
import { Tokens } from '../../../client/transport/tokens.ts'
import { secretOf } from '../../support/secrets.ts'
import { append, next, type OwnedRoom, place, until } from '../support/people.ts'

const here = place({ withoutDatabase: true })

/** The messages received, in order. */
function hearing(room: Room): ChatMessage[] {
  const heard: ChatMessage[] = []
  room.on('chat', (message) => heard.push(message))
  return heard
}

async function two() {
  const owned = await here.own({ 'a.txt': 'one' })
  return { owned, ann: await here.join(owned.room, { token: owned.token }), bob: await here.join(owned.room) }
}

function bad(code: string) {
  return expect.objectContaining({ name: 'SdkError', code })
}

describe('a chat message', () => {
  it('reaches everybody, its author included, with name and colour', async () => {
    const { ann, bob } = await two()
    const heard = [hearing(ann.room), hearing(bob.room)]
    bob.room.say('hello\r\nyou 😀')
    await until(ann.room, ['chat'], () => heard[0]?.length === 1)
    await bob.room.settled()
    const { user, name, color } = bob.room.me
    const said = { seq: expect.any(Number), at: expect.any(Number), user, name, color }
    for (const messages of heard) expect(messages).toEqual([{ ...said, text: 'hello\nyou 😀' }])
  })

  it('reaches a client that was away once, however the connection was lost', async () => {
    const { ann, bob } = await two()
    const heard = hearing(bob.room)
    bob.network.deafen()
    ann.room.say('one')
    await ann.room.settled()
    bob.network.cut()
    ann.room.say('two')
    bob.room.say('three')
    await ann.room.settled()
    bob.network.restore()
    await bob.room.settled()
    expect(heard.map(({ text }) => text)).toEqual(['one', 'two', 'three'])
  })

  it('keeps its place among edits: its readers have what was typed before it', async () => {
    const { ann, bob } = await two()
    const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
    const read: string[] = []
    bob.room.on('chat', () => read.push(his.text))
    append(hers, ' done')
    ann.room.say('look at it')
    await until(bob.room, ['chat'], () => read.length === 1)
    expect(read).toEqual(['one done'])
  })

  it.each([
    ['empty', '', 'bad_text'],
    ['blank', ' \n\t ', 'bad_text'],
    ['longer than 4,000 units', 'x'.repeat(4_001), 'chat_too_long'],
    ['text with NUL', 'a\0b', 'bad_text'],
  ])('is refused at once when it is %s, and is not sent', async (_, text, code) => {
    const { ann } = await two()
    expect(() => ann.room.say(text)).toThrow(bad(code))
    expect(ann.room.status.pending).toBe(0)
    ann.room.say('x'.repeat(4_000))
    await ann.room.settled()
  })

  it('is handed back while chat is off, except the owner’s', async () => {
    const { ann, bob } = await two()
    const heard = hearing(bob.room)
    ann.room.setChatting(false)
    await until(bob.room, ['policy'], () => bob.room.policy?.chatting === false)
    const rejected = next(bob.room, 'rejected')
    bob.room.say('may I?')
    const changes: Rejection['changes'] = [{ type: 'chat', file: '', path: '', text: 'may I?' }]
    expect(await rejected).toMatchObject({ code: 'chat_off', changes })
    ann.room.say('later')
    await until(bob.room, ['chat'], () => heard.length === 1)
    expect(heard).toMatchObject([{ text: 'later' }])
  })

  it('may be sent by viewers', async () => {
    const { ann, bob } = await two()
    const heard = hearing(ann.room)
    ann.room.setMode('classroom')
    await until(bob.room, ['policy'], () => !bob.room.canEdit)
    bob.room.say('a question')
    await until(ann.room, ['chat'], () => heard.length === 1)
    expect(heard[0]).toMatchObject({ text: 'a question', user: bob.room.me.user })
  })

  it('[L2] [L8] is limited in rate: the room warns, and later messages are refused locally for a moment', async () => {
    const { bob } = await two()
    const warned = next(bob.room, 'error')
    let refusal: unknown
    for (let i = 0; i < 100 && refusal === undefined; i++) {
      try {
        bob.room.say(`message ${i}`)
        await bob.room.settled()
      } catch (error) {
        refusal = error
      }
    }
    expect(await warned).toMatchObject({ code: 'too_fast' })
    expect(refusal).toMatchObject({ name: 'SdkError', code: 'too_fast' })
    expect([bob.room.status.status, bob.network.closes]).toEqual(['connected', []])
  })

  it('cannot be sent after close', async () => {
    const { bob } = await two()
    bob.room.close()
    expect(() => bob.room.say('bye')).toThrow(bad('closed'))
  })
})

describe('earlier chat', () => {
  /** All messages, read page by page from the end. */
  async function pages(room: Room): Promise<ChatMessage[][]> {
    const read: ChatMessage[][] = []
    for (let before: number | undefined; ; before = read[0]?.[0]?.seq) {
      const page = await room.chat(before === undefined ? {} : { before })
      if (page.length === 0) return read
      read.unshift([...page])
    }
  }

  it('is read page by page, the newest page first and each oldest first, as it was received', async () => {
    const { owned, bob } = await two()
    const heard = hearing(bob.room)
    const speakers = await Promise.all(Array.from({ length: 5 }, () => here.join(owned.room)))
    for (const { room } of speakers) {
      room.transact(() => {
        for (let i = 0; i < 5; i++) room.say(`at once ${i}`)
      })
      for (let i = 0; i < 10; i++) room.say(`one by one ${i}`)
    }
    await until(bob.room, ['chat'], () => heard.length === 75)
    const read = await pages(bob.room)
    expect(read.length).toBeGreaterThan(1)
    expect(read.flat()).toEqual(heard)
  })

  it('is empty in a room without messages', async () => {
    const { bob } = await two()
    expect(await bob.room.chat()).toEqual([])
  })

  it('is read by a guest with the generated secret, as the same user', async () => {
    const { ann, bob } = await two()
    ann.room.say('for members')
    ann.room.setRole(bob.room.me.user, 'viewer')
    ann.room.setAccess('private')
    await ann.room.settled()
    expect(await bob.room.chat()).toMatchObject([{ text: 'for members', user: ann.room.me.user }])
  })

  it('has the author’s name at that time, in their colour', async () => {
    const { owned, ann } = await two()
    const token = await here.invite(owned, { role: 'editor', user: 'zoe', name: 'Zoe' })
    const zoe = await here.join(owned.room, { token })
    zoe.room.say('hello')
    await zoe.room.settled()
    const { color } = zoe.room.me
    expect(await ann.room.chat()).toMatchObject([{ user: 'zoe', name: 'Zoe', color }])
  })
})

describe('a request for earlier chat', () => {
  function chat({ room }: Pick<OwnedRoom, 'room'>, source: string | (() => string), url = here.stack.url) {
    const tokens = new Tokens(source, { renewed: () => {}, failed: () => {} })
    return new Chat(new RoomApi(`${url.replace('http', 'ws')}/api/rooms/${room}/connect`, tokens))
  }

  it('is refused for a removed user, without a token, and while the room is closed', async () => {
    const { owned, ann, bob } = await two()
    ann.room.kick(bob.room.me.user)
    await until(bob.room, ['status'], () => bob.room.status.status === 'refused')
    await expect(bob.room.chat()).rejects.toMatchObject({ code: 'forbidden' })
    ann.room.setClosed(true)
    await ann.room.settled()
    await expect(chat(owned, secretOf('somebody')).page(undefined)).rejects.toMatchObject({
      code: 'closed_by_owner',
    })
    ann.room.setAccess('private')
    await ann.room.settled()
    await expect(chat(owned, secretOf('somebody')).page(undefined)).rejects.toMatchObject({
      code: 'unauthenticated',
    })
    await expect(ann.room.chat()).resolves.toEqual([])
  })

  it('reports a missing room, an unreachable one, and an invalid request', async () => {
    const { owned } = await two()
    await expect(chat({ room: 'nowhere' }, secretOf('somebody')).page(undefined)).rejects.toMatchObject({
      code: 'no_such_room',
    })
    const nobody = chat(owned, secretOf('somebody'), 'http://127.0.0.1:1')
    await expect(nobody.page(undefined)).rejects.toMatchObject({ name: 'SdkError', code: 'unreachable' })
    await expect(chat(owned, secretOf('somebody')).page(-1)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('before'),
    })
  })

  it('is not sent as a guest while the token function returns no token', async () => {
    const { owned } = await two()
    const network = vi.spyOn(globalThis, 'fetch')
    try {
      for (const nothing of [undefined, null, '', 'two words', {}]) {
        const source = (() => nothing) as () => string
        await expect(chat(owned, source).page(undefined)).rejects.toMatchObject({
          name: 'SdkError',
          code: 'unauthenticated',
          message: expect.stringContaining('the token'),
        })
      }
      expect(network).not.toHaveBeenCalled()
    } finally {
      network.mockRestore()
    }
  })

  it('requests another token once when the current one is refused', async () => {
    const owned = await here.own({}, { access: 'private' })
    const ann = await here.join(owned.room, { token: owned.token })
    ann.room.say('hello')
    await ann.room.settled()
    const answers = ['not.a.token', owned.token]
    let asked = 0
    const source = () => answers[asked++] ?? 'neither.is.this'
    expect(await chat(owned, source).page(undefined)).toMatchObject([{ text: 'hello' }])
    expect(asked).toBe(2)
    await expect(chat(owned, 'not.a.token').page(undefined)).rejects.toMatchObject({
      code: 'unauthenticated',
    })
  })
})
