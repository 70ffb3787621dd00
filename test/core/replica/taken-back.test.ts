/**
 * What remains of a client's work when the room refuses part of it: everything else, as if that part had
 * never been done.
 */
import { beforeEach, describe, expect, it } from 'vitest'
import type { RejectCode } from '../../../core/protocol/messages.ts'
import { Text } from '../../../core/text/index.ts'
import { refuseNext } from './undo/checks.ts'
import { type Member, UndoRoom } from './undo/room.ts'

let room: UndoRoom
let ann: Member
let bob: Member

beforeEach(() => {
  room = new UndoRoom({ a: 'hello world', q: 'quiet', z: 'zebra' })
  ann = room.join('ann')
  bob = room.join('bob')
})

const refuse = (meanwhile?: () => void, code?: RejectCode) => refuseNext(room, ann, meanwhile, code)

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

const reported = (member: Member, type: string) => member.effects.filter((effect) => effect.type === type)

describe('[S8] a refused submission', () => {
  it('restores what it had deleted at its place', () => {
    ann.transact(() => {
      ann.rename('z', 'taken')
      ann.replace('a', 'ello', '')
    })
    refuse(() => {}, 'path_taken')
    expect(ann.text('a')).toBe('hello world')
  })
})

describe('[S8] a submission that is refused with another that depends on it', () => {
  it('hands back what the other typed elsewhere, once', () => {
    ann.create('f', 'new', 'a new file')
    ann.transact(() => {
      ann.append('a', ', typed')
      ann.rename('new', 'newer')
    })
    refuse(() => {}, 'path_taken')
    const texts = ann.effects.flatMap((effect) => (effect.type === 'rejected' ? effect.texts : []))
    expect(texts.flatMap(({ typed }) => typed)).toEqual([', typed'])
    expect(everywhere('a')).toBe('hello world')
  })
})

describe('[S6] what others typed within a deleted text', () => {
  it('leaves two undos in their order, once a transaction before the deletion is refused', () => {
    ann.replace('a', 'hello', 'gK')
    room.settle()
    ann.replace('a', 'g', 'W')
    room.settle()
    ann.transact(() => {
      ann.replace('a', 'world', 'w')
      ann.append('q', '!')
    })
    ann.replace('a', 'K ', 'n')
    bob.edit('a', [2, 'O'])
    bob.remove('q')
    while (bob.send() || bob.take());
    ann.catchUp()
    ann.undo()
    expect(ann.text('a')).toBe('WKO world')
    ann.undo()
    expect(ann.text('a')).toBe('gKO world')
  })
})

describe('[S8] a refused submission that was already undone', () => {
  it('keeps a later deletion of what the undo restored', () => {
    ann.replace('a', 'ello', '')
    refuse(() => {
      ann.undo()
      ann.replace('a', 'llo', '')
    })
    expect(everywhere('a')).toBe('he world')
  })

  it('keeps the text that it had deleted, however often that was undone and redone', () => {
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

  it('keeps what was typed within the text that the undo restored', () => {
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

  it('keeps a later deletion of what the undo restored next to text typed by others', () => {
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

  it('leaves text that a later undo restores where it was, in its order', () => {
    ann.transact(() => {
      ann.rename('q', 'taken')
      ann.replace('z', 'ra', '')
    })
    ann.undo()
    ann.replace('z', 'ebra', '-')
    bob.append('z', '!')
    bob.send()
    refuse(() => ann.catchUp(), 'path_taken')
    expect(everywhere('z')).toBe('z-!')
    ann.undo()
    expect(everywhere('z')).toBe('zebra!')
  })

  it('keeps typing and deletions within what the undo restored next to text typed by others', () => {
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

  it('keeps the undo of what was undone with it and is already in the log', () => {
    ann.append('a', ' one', true)
    room.settle()
    ann.append('a', ' two', true)
    refuse(() => ann.undo())
    expect(ann.text('a')).toBe('hello world')
    expect(everywhere('a')).toBe('hello world')
    ann.redo()
    expect(everywhere('a')).toBe('hello world one')
  })

  it('keeps the rest of a transaction that undid it together with other changes', () => {
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
    // The undone removal can be redone; the refused change cannot.
    ann.redo()
    room.settle()
    expect(room.paths.map(([path]) => path)).toEqual(['a', 'z'])
  })

  it('keeps a rename that was made after it, and its undo', () => {
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

  it('keeps the undo of another rename to the same path', () => {
    ann.rename('z', 'there')
    refuse(() => {
      ann.rename('there', 'y')
      ann.rename('y', 'there')
      ann.rename('there', 'x')
    }, 'forbidden')
    expect(everywhere('z')).toBe('zebra')
    const undone = () => (ann.undo() ? ann.paths.at(-1) : 'nothing')
    expect([undone(), undone(), undone(), undone()]).toEqual(['there', 'y', 'z', 'nothing'])
    everywhere('z')
  })
})

describe('[S8] a creation that was undone and redone', () => {
  it('has the room’s text once the undo is refused, however it was opened in between', () => {
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

  it('has the room’s text once the undo is refused, if nobody changed it', () => {
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

describe('[S6] a submission in flight for a file that is removed and revived', () => {
  it('is handed back, and not applied to the revived file', () => {
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
    expect(reported(ann, 'rejected')).toHaveLength(1)
  })

  it('is merged if nothing is known of the removal', () => {
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

describe('[S8] a refused submission that no longer fits the text here', () => {
  it.each<RejectCode>(['op_out_of_range', 'file_too_large'])(
    'is dropped and handed back, and replaced by the room’s text: %s',
    (code) => {
      ann.append('a', ' refused')
      refuse(() => {
        ann.append('a', ' waiting')
        // Simulates a local text that differs from the room's and is shorter than the text that was typed
        // into.
        const record = ann.state.copy.files.get('a')!
        ann.state.copy.files.set({ ...record, text: Text.from('h') })
      }, code)
      expect(everywhere('a')).toBe('hello world')
      expect(ann.text('a')).toBe('hello world')
      expect(reported(ann, 'rejected')).toHaveLength(1)
      expect(reported(ann, 'unsynced')).toMatchObject([{ text: 'hello world refused waiting' }])
      ann.append('a', ' again')
      expect(everywhere('a')).toBe('hello world again')
    },
  )
})

/** Bob removes a file of something that Ann has not sent yet. */
function removedByBob(file: string): void {
  ann.effects.length = 0
  bob.remove(file)
  bob.send()
  bob.catchUp()
  ann.catchUp()
}

describe('[S8] an undo of a removal, while somebody else removes another file', () => {
  it('that it was undone with is refused: the open file is removed again, and what was typed in it returned', () => {
    ann.transact(() => {
      ann.append('z', '!')
      ann.remove('q')
    })
    room.settle()
    ann.undo()
    ann.open('q')
    ann.append('q', ' since')
    removedByBob('z')
    expect(ann.paths).toEqual(['a'])
    expect(reported(ann, 'removed')).toMatchObject([{ file: 'q', text: 'quiet since' }, { file: 'z' }])
    expect(reported(ann, 'rejected')).toMatchObject([{ changes: [{ text: 'quiet since' }, { path: 'z' }] }])
  })

  it.each([true, false])('of an earlier step that was undone too stays (committed: %s)', (isCommitted) => {
    ann.transact(() => {
      ann.append('z', '!')
      ann.append('q', '!')
    })
    if (isCommitted) room.settle()
    ann.remove('q')
    ann.undo('z')
    ann.open('q')
    ann.append('q', ' since')
    removedByBob('z')
    expect(reported(ann, 'removed')).toMatchObject([{ file: 'z' }])
    expect(reported(ann, 'unsynced')).toEqual([])
    expect(ann.paths).toEqual(['a', 'q'])
    expect(everywhere('q')).toBe(isCommitted ? 'quiet! since' : 'quiet since')
  })
})

describe('[S8] a transaction that names a file which somebody else removes', () => {
  it('is refused as a whole if it only deletes what was typed there before', () => {
    ann.append('z', 'typed')
    ann.transact(() => {
      ann.replace('z', 'typed', '')
      ann.append('q', ' more')
    })
    removedByBob('z')
    expect(reported(ann, 'rejected')).toMatchObject([{ code: 'no_such_file', texts: [{ typed: [' more'] }] }])
    expect(everywhere('q')).toBe('quiet')
  })

  it('is refused as a whole if it only deletes what an undo had given back', () => {
    ann.replace('z', 'zeb', '')
    ann.undo()
    ann.transact(() => {
      ann.replace('z', 'zeb', '')
      ann.create('new', 'new', 'text')
    })
    removedByBob('z')
    expect(reported(ann, 'rejected').at(-1)).toMatchObject({ changes: [{ path: 'new', text: 'text' }] })
    expect(everywhere('q')).toBe('quiet')
    expect(ann.paths).toEqual(['a', 'q'])
  })
})

describe('[H6] work that could not be merged', () => {
  it('is not restored by undo, in part or twice', () => {
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

  it('is applied once if both made the same change, and cannot be undone', () => {
    ann.replace('a', 'hello', 'same')
    ann.append('a', '!')
    bob.replace('a', 'hello', 'same')
    bob.send()
    bob.catchUp()
    ann.reconnect(false)
    expect(everywhere('a')).toBe('same world!')
    while (ann.undo());
    expect(everywhere('a')).toBe('same world')
    expect(reported(ann, 'unsynced')).toEqual([])
  })

  it('is absent if a deletion and its undo are pending', () => {
    ann.replace('a', 'hello', '')
    ann.undo()
    ann.append('a', '!')
    expect(ann.replica.left().texts).toMatchObject([{ typed: ['!'] }])
    bob.replace('a', 'ell', 'ipp')
    bob.send()
    bob.catchUp()
    ann.reconnect(false)
    expect(everywhere('a')).toBe('hippo world!')
    expect(reported(ann, 'unsynced')).toEqual([])
  })

  it('is not restored by redo', () => {
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
