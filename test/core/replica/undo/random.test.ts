/**
 * Undo in rooms where several clients act at random, each lagging behind by a random amount. If they stay
 * out of each other's way, a client that has undone everything leaves the text as if it had never been
 * there; otherwise all still converge, and redo restores exactly what undo took.
 */
import { describe, expect, it } from 'vitest'
import type { TextOp } from '../../../../core/text/index.ts'
import { OpBuilder } from '../../../../core/text/op-builder.ts'
import type { Random } from '../../../support/random.ts'
import { seeded } from '../../../support/seeded.ts'
import { type Member, UndoRoom } from './room.ts'

const seed = seeded()
const RUNS = 60
const STEPS = 80

function runs(once: (random: Random) => void): void {
  for (let run = 0; run < RUNS; run++) once(seed.random)
}

/** Delivers a random message: from a member or to one. */
function travel(random: Random, members: readonly Member[]): void {
  const member = random.pick(members)
  const does = random.int(4)
  if (does < 2) member.send()
  else if (does < 3) member.take()
  else member.catchUp()
}

function replacing(at: number, remove: number, insert: string): TextOp {
  const op = new OpBuilder()
  op.skip(at)
  op.insert(insert)
  op.delete(remove)
  return op.finish()
}

describe('undoing everything', () => {
  it('leaves the text as if only the other had typed, wherever both typed', () => {
    const isMine = (letter: string) => letter >= 'A' && letter <= 'Z'
    const theirsOf = (text: string) => [...text].filter((letter) => !isMine(letter)).join('')
    let undone = 0
    runs((random) => {
      const start = 'the text of before'
      const room = new UndoRoom({ f: start })
      const [me, other] = [room.join('me'), room.join('other')]
      let alone = start

      const mine = () => {
        const text = me.text('f') ?? ''
        const at = random.int(text.length + 1)
        const run = /^[A-Z]*/.exec(text.slice(at))?.[0].length ?? 0
        const remove = random.chance(0.5) ? Math.min(run, 1 + random.int(3)) : 0
        const insert = remove === 0 || random.chance(0.3) ? random.pick(['A', 'BC', 'DEF']) : ''
        me.edit('f', replacing(at, remove, insert), random.chance(0.5))
      }
      const theirs = () => {
        const text = other.text('f') ?? ''
        const at = random.int(text.length + 1)
        const run = /^[^A-Z]*/.exec(text.slice(at))?.[0].length ?? 0
        const remove = random.chance(0.4) ? Math.min(run, 1 + random.int(3)) : 0
        const insert = remove === 0 || random.chance(0.3) ? random.pick(['x', 'yz', ' ']) : ''
        const place = theirsOf(text.slice(0, at)).length
        alone = alone.slice(0, place) + insert + alone.slice(place + remove)
        other.edit('f', replacing(at, remove, insert))
      }
      for (let step = 0; step < STEPS; step++) {
        const does = random.int(10)
        if (does < 3) mine()
        else if (does < 5) theirs()
        else if (does < 6) me.undo()
        else if (does < 7) me.redo()
        else travel(random, room.members)
      }
      while (me.undo()) {
        undone++
        if (random.chance(0.3)) theirs()
        if (random.chance(0.5)) travel(random, room.members)
      }
      room.settle()
      expect(room.text('f')).toBe(alone)
      expect([me.text('f'), other.text('f')]).toEqual([alone, alone])
      while (me.redo());
      while (me.undo());
      room.settle()
      expect([me.text('f'), room.text('f')]).toEqual([alone, alone])
    })
    expect(undone).toBeGreaterThan(RUNS * 5)
  })

  it('restores all files if each client keeps to their own lines', () => {
    const lines = [0, 1, 2, 0, 1, 2]
    const start = lines.map((line) => `[line of ${line}]\n`).join('')
    const owned = (text: string) => text.split('\n').slice(0, -1)
    runs((random) => {
      const room = new UndoRoom({ f: start, g: start })
      const members = [room.join('me'), room.join('bob'), room.join('cyd')]
      const [me] = members
      if (me === undefined) throw new Error('nobody is here')
      const opOn = (who: number, text: string): TextOp => {
        const line = random.pick(lines.flatMap((owner, i) => (owner === who ? [i] : [])))
        const all = owned(text)
        const begin = all.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0) + 1
        const length = (all[line]?.length ?? 2) - 2
        const at = random.int(length + 1)
        const remove = random.int(Math.min(4, length - at + 1))
        return replacing(begin + at, remove, random.pick(['', 'x', 'yz', 'long text']))
      }
      const edit = (who: number) => {
        const file = random.pick(['f', 'g'])
        const op = opOn(who, members[who]?.text(file) ?? '')
        if (op.length > 0) members[who]?.edit(file, op, random.chance(0.5))
      }
      for (let step = 0; step < STEPS; step++) {
        const does = random.int(12)
        if (does < 4) edit(0)
        else if (does < 6) edit(1 + random.int(2))
        else if (does < 7) me.undo(random.pick(['f', 'g', undefined]))
        else if (does < 8) me.redo(random.pick(['f', 'g', undefined]))
        else if (does < 9) {
          me.transact(() => {
            edit(0)
            edit(0)
          })
        } else travel(random, members)
      }
      while (me.undo()) if (random.chance(0.5)) travel(random, members)
      room.settle()
      for (const file of ['f', 'g']) {
        const text = room.text(file) ?? ''
        expect(owned(text).filter((_, i) => lines[i] === 0)).toEqual(['[line of 0]', '[line of 0]'])
        for (const member of members) expect(member.text(file)).toBe(text)
      }
    })
  })
})

describe('random changes by everybody', () => {
  /** Everything visible of a member's files. */
  const seen = ({ replica }: Member) =>
    replica.files.map(({ file, path }) => [file, path, replica.text(file)?.toString()])

  /**
   * A file created here and never opened has a text only while its creation is pending; afterwards there is
   * none to compare.
   */
  const expectSame = (now: ReturnType<typeof seen>, then: ReturnType<typeof seen>) => {
    const texts = new Map(then.map(([file, , text]) => [file, text]))
    expect(now.map(([file, path]) => [file, path])).toEqual(then.map(([file, path]) => [file, path]))
    for (const [file, , text] of now) {
      const was = texts.get(file)
      if (text !== undefined && was !== undefined) expect(text).toBe(was)
    }
  }

  it.each([
    ['over one connection', 0, 0],
    ['over connections that are lost and resumed', 0.02, 0],
    ['over connections that are lost, sometimes without resuming', 0.02, 0.3],
  ])('%s: all converge, and redo restores exactly what undo took', (_, losses, gaps) => {
    let turned = 0
    let refused = 0
    runs((random) => {
      const room = new UndoRoom({ f: 'the first file', g: 'and the second', h: '😀 third' })
      const members = ['ann', 'bob', 'cyd'].map((name) => room.join(name))
      let made = 0

      const restructure = (member: Member) => {
        const path = random.pick(['f', 'g', 'h', 'x', 'y/z', 'y/w', 'g/deep'])
        const known = member.replica.files.map((file) => file.path)
        const from = known.length === 0 ? undefined : random.pick(known)
        try {
          const does = random.int(4)
          if (does === 0) member.create(`new-${member.replica.client}-${made++}`, path, random.text(9))
          else if (from === undefined) return
          else if (does === 1) member.rename(from, path)
          else if (does === 2) member.remove(from)
          else member.open(from)
        } catch (error) {
          if (!(error instanceof Error && error.name === 'ReplicaError')) throw error
        }
      }
      const edit = (member: Member) => {
        if (member.editable.length === 0) return
        const file = random.pick(member.editable)
        member.edit(file, random.op(member.replica.text(file)?.points ?? 0), random.chance(0.5))
      }
      const turnAndBack = (member: Member) => {
        const [there, back] = random.chance(0.5)
          ? ([() => member.undo(), () => member.redo()] as const)
          : ([() => member.redo(), () => member.undo()] as const)
        const before = seen(member)
        if (!there()) return
        const between = seen(member)
        turned++
        expect(back()).toBe(true)
        expectSame(seen(member), before)
        if (random.chance(0.5)) return
        there()
        expectSame(seen(member), between)
      }
      const act = (member: Member) => {
        const does = random.int(10)
        const file = random.pick(['f', 'g', undefined, undefined])
        if (does < 4) edit(member)
        else if (does < 5) restructure(member)
        else if (does < 7) member.undo(file)
        else if (does < 8) member.redo(file)
        else if (does < 9) turnAndBack(member)
        else {
          member.transact(() => {
            for (let i = random.int(4); i >= 0; i--) (random.chance(0.7) ? edit : restructure)(member)
          })
        }
      }
      const refuse = (member: Member) => {
        const submit = member.replica.next()
        if (submit === null) return
        // What the member does before the refusal arrives waits behind it.
        for (let i = random.int(3); i > 0; i--) act(member)
        room.refuse(member.replica.client, submit.n, 'file_too_large')
        member.catchUp()
        refused++
      }
      for (let step = 0; step < STEPS; step++) {
        const member = random.pick(members)
        if (random.chance(losses)) member.reconnect(!random.chance(gaps))
        else if (random.chance(0.5)) act(member)
        else if (random.chance(0.1)) refuse(member)
        else travel(random, members)
        member.checkTexts()
      }
      room.settle()
      for (const member of members) {
        member.checkTexts()
        expect(member.unread).toEqual([])
        expect(member.effects.filter(({ type }) => type === 'desync')).toEqual([])
        expect(member.replica.pending).toBe(0)
        expect(member.replica.files.map(({ path, file }) => [path, file])).toEqual(room.paths)
        for (const [file, , text] of seen(member))
          if (text !== undefined) expect(text).toBe(room.text(String(file)))
      }
      const [ann] = members
      for (let i = 0; i < 600 && ann?.undo(); i++);
      expect(ann?.undo()).toBe(false)
      room.settle()
      for (const [file, , text] of ann === undefined ? [] : seen(ann)) {
        if (text !== undefined) expect(text).toBe(room.text(String(file)))
      }
    })
    expect(turned).toBeGreaterThan(RUNS)
    expect(refused).toBeGreaterThan(RUNS / 2)
  })
})
