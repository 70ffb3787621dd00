/**
 * Typing that the room finds too large: only the part responsible is refused, and everything else arrives.
 * By examples, and at random in an almost full room, where everything typed must be in the log or handed
 * back.
 */
import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../../core/protocol/limits.ts'
import type { RejectedEffect } from '../../../core/replica/effects.ts'
import { partsOf } from '../../../core/replica/withdrawal/parts.ts'
import { composeOps, Text, type TextOp } from '../../../core/text/index.ts'
import { seeded } from '../../support/seeded.ts'
import { type Member, UndoRoom } from './undo/room.ts'

const FILE = 'a.txt'
const seed = seeded()

function rejectionsOf({ effects }: Member): RejectedEffect[] {
  return effects.filter((effect) => effect.type === 'rejected')
}

function lettersIn(text: string): string[] {
  return [...text].filter((point) => (point.codePointAt(0) ?? 0) >= 0xf0000)
}

/** As far as the file has room for what is restored. */
function undoAll(member: Member | undefined): void {
  try {
    while (member?.undo());
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ReplicaError')) throw error
  }
}

describe('[S9] typing with a part that is too large', () => {
  const most = { ...DEFAULT_LIMITS, fileBytes: 200 }

  /** Ann has something to send; in the meantime bob fills the file. */
  function full(text: string, type: (ann: Member) => void) {
    const room = new UndoRoom({ [FILE]: text }, most)
    const [ann, bob] = [room.join('ann'), room.join('bob')]
    type(ann)
    bob.edit(FILE, ['b'.repeat(120)])
    bob.send()
    return { room, ann }
  }

  it('loses the largest part, then the smallest that is enough', () => {
    const { room, ann } = full('', (ann) => {
      ann.append(FILE, 'x'.repeat(90))
      ann.append(FILE, 'y'.repeat(40))
      ann.append(FILE, 'z'.repeat(60))
    })
    room.settle()
    expect(room.text(FILE)).toBe(`${'b'.repeat(120)}${'z'.repeat(60)}`)
    const typed = rejectionsOf(ann).flatMap(({ texts }) => texts[0]?.typed)
    expect(typed).toEqual([`${'x'.repeat(90)}${'y'.repeat(40)}`])
  })

  it('keeps what was typed within the lost part, and increasing numbers', () => {
    const numbers: number[] = []
    const { room, ann } = full('.', (ann) => {
      ann.append(FILE, 'x'.repeat(100))
      ann.edit(FILE, [50, 'typed'])
      ann.create('new', 'b.txt', 'new')
    })
    for (let message = ann.replica.next(); message !== null; message = ann.replica.next()) {
      numbers.push(message.n)
      room.submit(ann.replica.client, message)
      ann.catchUp()
    }
    expect(numbers).toEqual([1, 3, 4])
    expect([room.text(FILE), room.text('new')]).toEqual([`${'b'.repeat(120)}.typed`, 'new'])
    expect(ann.replica.pending).toBe(0)
  })

  it('is lost completely if the file is full, except what makes it smaller', () => {
    const { room, ann } = full('one two', (ann) => {
      ann.edit(FILE, ['x'.repeat(150)])
      ann.edit(FILE, [150, { d: 4 }])
    })
    room.settle()
    expect(room.text(FILE)).toBe(`${'b'.repeat(120)}two`)
    expect(ann.text(FILE)).toBe(room.text(FILE))
  })
})

it('splits an edit whose parts are unknown', () => {
  const { random } = seed
  for (let run = 0; run < 300; run++) {
    const text = Text.from(random.text(60))
    const op = random
      .op(text.points)
      .map((part) => (typeof part === 'string' && random.chance(0.4) ? part.repeat(40) : part))
    const parts = partsOf(op as TextOp)
    expect(text.apply(composeOps(parts)).toString()).toBe(text.apply(op as TextOp).toString())
  }
})

const RUNS = 150
const STEPS = 120

describe('in an almost full room', () => {
  it('everything typed is in the log or handed back, and all clients converge', () => {
    let refused = 0
    for (let run = 0; run < RUNS; run++) {
      const { random } = seed
      const room = new UndoRoom({ f: 'the first', g: 'the second' }, { ...DEFAULT_LIMITS, fileBytes: 700 })
      const members = ['ann', 'bob', 'cyd'].map((name) => room.join(name))
      /** Who typed each letter, except letters that they removed again. */
      const typed = new Map<string, Member>()
      const log: string[] = []
      const submit = room.submit.bind(room)
      room.submit = (client, message) => {
        const before = room.authority.state.seq
        submit(client, message)
        if (room.authority.state.seq > before) log.push(JSON.stringify(message.changes))
      }
      let made = 0
      const edit = (member: Member) => {
        const file = random.pick(['f', 'g'])
        const text = member.replica.text(file)
        if (text === undefined) return
        const from = random.int(text.points + 1)
        const until = Math.min(text.points, from + (random.chance(0.4) ? random.int(30) : 0))
        const letter = String.fromCodePoint(0xf0000 + made++)
        const insert = random.chance(0.3) ? `${'p'.repeat(random.int(300))}${letter}` : letter
        const op: (number | string | { d: number })[] = from === 0 ? [insert] : [from, insert]
        if (until > from) op.push({ d: until - from })
        try {
          member.edit(file, op)
        } catch (error) {
          if (!(error instanceof Error && error.name === 'ReplicaError')) throw error
          return
        }
        for (const gone of lettersIn(text.slice(from, until))) typed.delete(gone)
        typed.set(letter, member)
      }
      for (let step = 0; step < STEPS; step++) {
        const member = random.pick(members)
        const does = random.int(20)
        if (does < 10) edit(member)
        else if (does === 10) member.reconnect(random.chance(0.7))
        else if (does < 15) member.send()
        else member.take()
      }
      room.settle()
      for (const member of members) {
        expect(member.replica.pending).toBe(0)
        expect(member.effects.filter(({ type }) => type === 'desync')).toEqual([])
        expect([member.text('f'), member.text('g')]).toEqual([room.text('f'), room.text('g')])
        refused += rejectionsOf(member).length
      }
      const sent = new Set(lettersIn(log.join('')))
      for (const [letter, member] of typed) {
        const back = member.effects.some((effect) => {
          return (
            (effect.type === 'rejected' && effect.changes.some(({ text }) => text?.includes(letter))) ||
            (effect.type === 'unsynced' && effect.typed.some((piece) => piece.includes(letter)))
          )
        })
        expect(sent.has(letter) || back, `run ${run}, letter ${letter.codePointAt(0)}`).toBe(true)
      }
      undoAll(members[0])
      room.settle()
      expect(members[0]?.text('f')).toBe(room.text('f'))
    }
    expect(refused).toBeGreaterThan(RUNS)
  })
})
