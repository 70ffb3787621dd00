/** What is left of a client's work when the room refuses a part of it: all else, as if that part had never been done. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { RejectCode } from '../../../core/protocol/messages.ts'
import { Text } from '../../../core/text/index.ts'
import { type Member, UndoRoom } from './undo/room.ts'

let room: UndoRoom
let ann: Member
let bob: Member

beforeEach(() => {
  room = new UndoRoom({ a: 'hello world', q: 'quiet', z: 'zebra' })
  ann = room.join('ann')
  bob = room.join('bob')
})

/** The room refuses what ann has in flight. @param meanwhile what she does before she hears of it */
function refuse(meanwhile = () => {}, code: RejectCode = 'file_too_large'): void {
  const { n } = ann.launch()
  meanwhile()
  room.refuse(ann.replica.client, n, code)
  ann.catchUp()
}

/** The text of a file, which is the same for everybody once everything has arrived. */
function everywhere(file: string): string | undefined {
  room.settle()
  for (const member of [ann, bob]) {
    expect(member.replica.pending).toBe(0)
    expect(member.unread).toEqual([])
    if (member.replica.text(file) !== undefined) expect(member.text(file)).toBe(room.text(file))
  }
  return room.text(file)
}

const told = (member: Member, type: string) => member.effects.filter((effect) => effect.type === type)

describe('[S8] a refused submission', () => {
  it('gives back what it had deleted where that was', () => {
    ann.transact(() => {
      ann.rename('z', 'taken')
      ann.replace('a', 'ello', '')
    })
    refuse(() => {}, 'path_taken')
    expect(ann.text('a')).toBe('hello world')
  })
})

describe('[S8] a refused submission that was undone already', () => {
  it('leaves a later deletion of what the undo gave back', () => {
    ann.replace('a', 'ello', '')
    refuse(() => {
      ann.undo()
      ann.replace('a', 'llo', '')
    })
    expect(everywhere('a')).toBe('he world')
  })

  it('leaves the text that it had deleted where it was, however often that went and came', () => {
    ann.replace('a', 'hello ', '')
    refuse(() => {
      ann.append('a', '!')
      ann.undo()
      ann.undo()
      ann.redo()
      ann.undo()
      ann.replace('a', 'world', 'World')
    })
    expect(everywhere('a')).toBe('hello World')
  })

  it('leaves what was typed within the text that the undo gave back', () => {
    ann.replace('a', 'ello', '')
    refuse(() => {
      ann.undo()
      ann.replace('a', 'll', 'l-l')
      ann.undo()
      ann.redo()
    })
    expect(everywhere('a')).toBe('hel-lo world')
    ann.undo()
    expect(everywhere('a')).toBe('hello world')
  })

  it('leaves a later deletion of what the undo gave back beside what somebody else typed there', () => {
    ann.transact(() => {
      ann.rename('z', 'taken')
      ann.replace('z', 'a', '')
    })
    bob.append('z', '!')
    bob.send()
    ann.catchUp()
    refuse(() => {
      ann.undo()
      expect(ann.text('z')).toBe('zebr!a')
      ann.replace('z', 'zebr!a', '')
    }, 'path_taken')
    expect(everywhere('z')).toBe('')
    ann.undo()
    expect(everywhere('z')).toBe('zebra!')
    ann.redo()
    expect(everywhere('z')).toBe('')
  })

  it('leaves typing and deletions within what the undo gave back beside what somebody else typed', () => {
    ann.replace('z', 'bra', '')
    bob.append('z', '!')
    bob.send()
    ann.catchUp()
    refuse(() => {
      ann.undo()
      expect(ann.text('z')).toBe('ze!bra')
      ann.replace('z', 'r', '')
      ann.undo()
      ann.redo()
      ann.replace('z', 'ze', '')
    })
    expect(everywhere('z')).toBe('ba!')
    ann.undo()
    expect(everywhere('z')).toBe('zeba!')
    ann.undo()
    expect(everywhere('z')).toBe('zebra!')
  })

  it('leaves undone what was undone with it and is in the log already', () => {
    ann.append('a', ' one', true)
    room.settle()
    ann.append('a', ' two', true)
    refuse(() => ann.undo())
    expect(ann.text('a')).toBe('hello world')
    expect(everywhere('a')).toBe('hello world')
    ann.redo()
    expect(everywhere('a')).toBe('hello world one')
  })

  it('leaves the rest of a transaction that undid it together with other changes', () => {
    ann.transact(() => {
      ann.rename('z', 'taken')
      ann.append('q', ' refused')
    })
    refuse(() => {
      ann.remove('q')
      ann.undo('z')
      ann.open('q')
    }, 'path_taken')
    expect(ann.paths).toEqual(['a', 'q', 'z'])
    expect(ann.text('q')).toBe('quiet')
    expect(everywhere('q')).toBe('quiet')
    expect(room.paths.map(([path]) => path)).toEqual(['a', 'q', 'z'])
    // The removal that was undone can be done again; what was refused cannot.
    ann.redo()
    room.settle()
    expect(room.paths.map(([path]) => path)).toEqual(['a', 'z'])
  })

  it('leaves a rename that was made after it, and its undo', () => {
    ann.rename('z', 'taken')
    refuse(() => {
      ann.rename('taken', 'y')
      ann.append('z', '!')
      ann.undo('z')
      ann.undo('z')
      expect(ann.paths).toEqual(['a', 'q', 'taken'])
    }, 'path_taken')
    expect(ann.paths).toEqual(['a', 'q', 'z'])
    everywhere('z')
    ann.redo('z')
    expect(ann.paths).toEqual(['a', 'q', 'y'])
    everywhere('z')
    expect(room.paths.map(([path]) => path)).toEqual(['a', 'q', 'y'])
  })
})

describe('[S8] a creation that was undone and done again', () => {
  it('is the room’s text once the undo is refused, however it was opened meanwhile', () => {
    ann.transact(() => {
      ann.create('f', 'f', 'first')
      ann.create('g', 'g', 'second')
    })
    room.settle()
    bob.open('f')
    room.settle()
    bob.append('f', ' of bob')
    bob.send()
    bob.catchUp()
    bob.remove('g')
    bob.send()
    bob.catchUp()
    ann.undo()
    ann.redo()
    ann.open('f')
    ann.append('f', ' of ann')
    expect(everywhere('f')).toContain('first of bob')
    expect(ann.text('f')).toBe(room.text('f'))
  })

  it('is the room’s text once the undo is refused, and nobody has changed it', () => {
    ann.transact(() => {
      ann.create('f', 'f', 'first')
      ann.create('g', 'g', 'second')
    })
    room.settle()
    bob.remove('g')
    bob.send()
    bob.catchUp()
    ann.undo()
    ann.redo()
    ann.open('f')
    expect(everywhere('f')).toBe('first')
    expect(ann.text('f')).toBe('first')
    bob.open('f')
    room.settle()
    bob.append('f', '!')
    expect(everywhere('f')).toBe('first!')
    expect(ann.text('f')).toBe('first!')
  })
})

describe('[S6] what is in flight for a file that goes and comes back', () => {
  it('is handed back, and not sent into the file that came back', () => {
    ann.append('a', ' in flight')
    ann.launch()
    bob.remove('a')
    bob.send()
    bob.catchUp()
    ann.catchUp()
    bob.undo()
    bob.send()
    bob.catchUp()
    bob.replace('a', 'hello ', '')
    bob.send()
    bob.catchUp()
    ann.reconnect(true)
    ann.catchUp()
    ann.open('a')
    expect(everywhere('a')).toBe('world')
    expect(ann.text('a')).toBe('world')
    expect(told(ann, 'rejected')).toHaveLength(1)
  })

  it('is merged with it when nothing is known of the removal', () => {
    ann.append('a', ' in flight')
    ann.launch()
    bob.remove('a')
    bob.send()
    bob.catchUp()
    bob.undo()
    bob.send()
    bob.catchUp()
    bob.replace('a', 'hello ', '')
    bob.send()
    bob.catchUp()
    ann.reconnect(false)
    expect(everywhere('a')).toBe('world in flight')
  })
})

describe('[S8] a refused submission that does not fit the text here any more', () => {
  it.each<RejectCode>(['op_out_of_range', 'file_too_large'])(
    'is let go of and handed back, and the room’s text is taken: %s',
    (code) => {
      ann.append('a', ' refused')
      refuse(() => {
        ann.append('a', ' waiting')
        // Whatever led there: the text here is another than the room's, and shorter than what was typed in.
        const record = ann.state.copy.files.get('a')!
        ann.state.copy.files.set({ ...record, text: Text.from('h') })
      }, code)
      expect(everywhere('a')).toBe('hello world')
      expect(ann.text('a')).toBe('hello world')
      expect(told(ann, 'rejected')).toHaveLength(1)
      expect(told(ann, 'unsynced')).toMatchObject([{ text: 'hello world refused waiting' }])
      ann.append('a', ' again')
      expect(everywhere('a')).toBe('hello world again')
    },
  )
})

describe('[S8] an undo of a removal that is taken back while the removal waits', () => {
  it('tells the open file that it is gone again, and hands out what was typed in it since', () => {
    ann.append('a', ' first')
    ann.launch()
    ann.transact(() => {
      ann.append('z', '!')
      ann.append('q', '!')
    })
    ann.remove('q')
    // What undoes the removal is one with what is undone in a file that goes.
    ann.undo('z')
    ann.open('q')
    ann.append('q', ' since')
    ann.effects.length = 0
    bob.remove('z')
    bob.send()
    bob.catchUp()
    ann.catchUp()
    expect(ann.paths).toEqual(['a'])
    expect(told(ann, 'removed')).toMatchObject([{ file: 'z' }, { file: 'q', text: 'quiet since' }])
    expect(told(ann, 'unsynced')).toMatchObject([{ reason: 'file_removed', typed: [' since'] }])
  })
})

describe('[H6] what could not be merged', () => {
  it('is not brought back by undo, in part or twice', () => {
    ann.replace('a', 'hello', 'mine')
    ann.append('a', '!')
    bob.replace('a', 'hello', 'theirs')
    bob.send()
    bob.catchUp()
    ann.reconnect(false)
    expect(everywhere('a')).toBe('theirs world!')
    while (ann.undo());
    expect(everywhere('a')).toBe('theirs world')
    while (ann.redo());
    expect(everywhere('a')).toBe('theirs world!')
  })

  it('is there once where both made the same change, and nobody’s to undo', () => {
    ann.replace('a', 'hello', 'same')
    ann.append('a', '!')
    bob.replace('a', 'hello', 'same')
    bob.send()
    bob.catchUp()
    ann.reconnect(false)
    expect(everywhere('a')).toBe('same world!')
    while (ann.undo());
    expect(everywhere('a')).toBe('same world')
    expect(told(ann, 'unsynced')).toEqual([])
  })

  it('is nothing where a deletion and its undo wait', () => {
    ann.replace('a', 'hello', '')
    ann.undo()
    ann.append('a', '!')
    expect(ann.replica.left().texts).toMatchObject([{ typed: ['!'] }])
    bob.replace('a', 'ell', 'ipp')
    bob.send()
    bob.catchUp()
    ann.reconnect(false)
    expect(everywhere('a')).toBe('hippo world!')
    expect(told(ann, 'unsynced')).toEqual([])
  })

  it('is not brought back by redo', () => {
    ann.replace('a', 'hello', 'mine')
    ann.replace('a', 'mine', 'our')
    ann.undo()
    bob.replace('a', 'hello', 'theirs')
    bob.send()
    bob.catchUp()
    ann.reconnect(false)
    expect(everywhere('a')).toBe('theirs world')
    while (ann.redo());
    expect(everywhere('a')).toBe('theirs world')
    while (ann.undo());
    expect(everywhere('a')).toBe('theirs world')
  })
})
