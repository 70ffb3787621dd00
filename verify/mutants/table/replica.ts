/** The replica: what a client shows, takes back, restores and undoes. */
import type { Mutant } from '../mutant.ts'

const TAKEN_BACK_TEST = 'test/core/replica/taken-back.test.ts'

export const REPLICA: readonly Mutant[] = [
  {
    name: 'only the paste is refused',
    rules: ['S9'],
    from: 'a paste that is too large takes everything typed in the file meanwhile with it',
    source: 'core/replica/replica.ts',
    text: 'if (isTooLarge(code)) return this.#state.refuseLarge(item, code, message)',
    without: '',
    test: {
      project: 'core',
      file: 'test/core/replica/too-large.test.ts',
      title: 'keeps what was typed within the lost part, and increasing numbers',
      says: 'to deeply equal [ 1, 3, 4 ]',
    },
  },
  {
    name: 'edits in flight are dropped with their file',
    rules: ['S8'],
    from: 'what was in flight when a file was removed is not handed back as one that the room refuses',
    source: 'core/replica/pending.ts',
    text: 'const isTyping = (item: Item) => item.typing && touches(item, file)',
    without: 'const isTyping = (item: Item) => item.typing && !item.sent && touches(item, file)',
    test: {
      project: 'core',
      file: 'test/core/replica/replica.test.ts',
      title: 'by removal of the file hands back what was typed, in flight or waiting',
      says: "to deeply equal [ 'files', 'rejected'",
    },
  },
  {
    name: 'a refused change is fully withdrawn',
    rules: ['S8'],
    from: 'a deletion of text that the undo of a refused change restored is lost with that change',
    source: 'core/replica/withdrawal/lineage.ts',
    text: 'for (const run of gap) {',
    without: 'for (const run of gap.slice(gap.length)) {',
    test: {
      project: 'core',
      file: TAKEN_BACK_TEST,
      title: 'keeps a later deletion of what the undo restored',
      says: "to be 'he world'",
    },
  },
  {
    name: 'edits of a copy apply to its original',
    rules: ['S8'],
    from: 'a deletion of text that was restored in another place is lost with what had deleted it first',
    source: 'core/replica/withdrawal/lineage.ts',
    text: 'this.#giveBack(({ isGone }) => isGone)',
    without: '',
    test: {
      project: 'core',
      file: TAKEN_BACK_TEST,
      title: 'keeps a later deletion of what the undo restored next to text typed by others',
      says: "to be ''",
    },
  },
  {
    name: 'an undo behind a refusal restores text in its order',
    rules: ['sdk.md#undo'],
    from: 'a part of what an undo restores comes back behind what others typed, and a part before it',
    source: 'core/replica/withdrawal/lineage.ts',
    text: 'this.#giveBack(isRestored)',
    without: 'if (this.#runs.length === 0) this.#giveBack(isRestored)',
    test: {
      project: 'core',
      file: TAKEN_BACK_TEST,
      title: 'leaves text that a later undo restores where it was, in its order',
      says: "to be 'zebra!'",
    },
  },
  {
    name: 'parts of an undo are refused separately',
    rules: ['S8'],
    from: 'an undo of several changes is lost when the room refuses one of them',
    source: 'core/replica/undo/history.ts',
    text: 'if (isPure && [...back].every((one) => all.has(one))) all.add(key)',
    without: 'if (back.size > 0) all.add(key)',
    test: {
      project: 'core',
      file: TAKEN_BACK_TEST,
      title: 'keeps the undo of what was undone with it and is already in the log',
      says: "to be 'hello world'",
    },
  },
  {
    name: 'a refusal releases its item',
    rules: ['S8'],
    from: 'a refusal that cannot be processed comes again over each connection, forever',
    source: 'core/replica/replica.ts',
    text: 'if (error instanceof OpError) return this.#state.letGo(item, code, message)',
    without: '',
    test: {
      project: 'core',
      file: TAKEN_BACK_TEST,
      title: 'is dropped and handed back',
      says: 'the op',
    },
  },
  {
    name: 'refused deletions restore text in place',
    rules: ['S8'],
    from: 'text whose deletion the room refused comes back at the end of the file',
    source: 'core/replica/withdrawal/lineage.ts',
    text: 'return this.#opOf((run) => [run.was, isOn(run, MAIN, Number.POSITIVE_INFINITY)])',
    without: `const back = this.#runs.filter((run) => !run.was && isOn(run, MAIN, Number.POSITIVE_INFINITY))
    const op = this.#opOf((run) => [run.was, run.was && isOn(run, MAIN, Number.POSITIVE_INFINITY)])
    const points = this.#runs.reduce((sum, run) => sum + (run.was ? run.points : 0), 0)
    const end = new OpBuilder()
    let used = 0
    for (const part of op) {
      if (typeof part === 'number') end.skip(part)
      else if (typeof part === 'object') end.delete(part.d)
      used += typeof part === 'number' ? part : typeof part === 'object' ? part.d : 0
    }
    end.skip(points - used)
    end.insert(back.map((run) => run.text).join(''))
    return end.finish()`,
    test: {
      project: 'core',
      file: TAKEN_BACK_TEST,
      title: 'restores what it had deleted at its place',
      says: "to be 'hello world'",
    },
  },
  {
    name: 'an open text has its committed text',
    rules: ['S13'],
    from: 'an open file has another text than in the room, and nobody notices',
    source: 'core/replica/replica-state.ts',
    text: 'if (this.copy.isOpen(file)) this.copy.assume(file, Text.from(change.text))',
    without: 'if (this.copy.isOpen(file)) return []',
    test: {
      project: 'core',
      file: TAKEN_BACK_TEST,
      title: 'has the room’s text once the undo is refused, if nobody changed it',
      says: 'to deeply equal []',
    },
  },
  {
    name: 'no text for a file awaiting restoration',
    rules: ['S13'],
    from: 'typing between the removal of a file and the undo of that is lost with the text from before the removal',
    source: 'core/replica/replica-state.ts',
    text: 'return text === undefined || this.pending.isComingBack(file) ? undefined : text',
    without: 'return text',
    test: {
      project: 'core',
      file: 'test/core/replica/revive.test.ts',
      title: 'ignores a text of the file from before the removal',
      says: 'to be undefined',
    },
  },
  {
    name: 'text handed to the user cannot be undone',
    rules: ['H6'],
    from: 'undo inserts a second time what a merge could not keep and handed to the user',
    source: 'core/replica/replica.ts',
    text: 'if (met.length > 0) out = this.#state.takeOut(file, base, [...met, ...lost])',
    without: '',
    test: {
      project: 'core',
      file: TAKEN_BACK_TEST,
      title: 'is applied once if both made the same change, and cannot be undone',
      says: "to be 'same world!'",
    },
  },
  {
    name: 'edits follow a revival',
    rules: ['S13'],
    from: 'an undo deletes what others typed, in a file that the room brings back with their text',
    source: 'core/replica/replica-state.ts',
    text: 'const moved = this.pending.separate(file)',
    without: 'const moved = null',
    test: {
      project: 'core',
      file: 'test/core/replica/undo/files.test.ts',
      title: 'is undone with the edit of its transaction, on the text that the room brings back',
      says: "'btyped'",
    },
  },
  {
    name: 'no undo in a text that came back changed',
    rules: ['sdk.md#undo'],
    from: 'an undo of typing in a file that others brought back and changed fails, and nothing is sent any more',
    source: 'core/replica/undo/stack.ts',
    text: 'if (layers.at(-1)?.text?.equals(text) !== true) this.forgetText(file)',
    without: '',
    test: {
      project: 'core',
      file: 'test/core/replica/undo/files.test.ts',
      title: 'leaves nothing to undo in the text once somebody else has brought the file back and changed it',
      says: 'OpError',
    },
  },
  {
    name: 'a creation restores the text of its own removal',
    rules: ['sdk.md#undo'],
    from: 'a file has the text of an older removal that was restored in between, and typing in it is handed back',
    source: 'core/replica/revival.ts',
    text: 'return isKnown && this.restoredBy(creation) === undefined',
    without: 'return false',
    test: {
      project: 'core',
      file: 'test/core/replica/undo/files.test.ts',
      title: 'is undone with the text that it removed, whatever came back in between',
      says: "to deeply equal [ 'mine!', 'mine!' ]",
    },
  },
  {
    name: 'a transaction goes as a whole',
    rules: ['S8'],
    from: 'a transaction that names a removed file is committed in part, if what it did there was undone',
    source: 'core/replica/replica-state.ts',
    text: 'if (item.typing || !this.pending.isWaiting(item)) continue',
    without:
      'if (item.typing || !this.pending.isWaiting(item) || !this.pending.touching(file).includes(item)) continue',
    test: {
      project: 'core',
      file: TAKEN_BACK_TEST,
      title: 'is refused as a whole if it only deletes what an undo had given back',
      says: 'to match object',
    },
  },
  {
    name: 'a revival in flight waits for its answer',
    rules: ['S6', 'S13'],
    from: 'what the room commits is handed back as refused, since others removed the file again meanwhile',
    source: 'core/replica/replica-state.ts',
    text: 'if (item === first && item.sent && asksFor(item, file)) continue',
    without: '',
    test: {
      project: 'core',
      file: 'test/core/replica/revive.test.ts',
      title: 'is taken back only if it reaches the room',
      says: "to not include 'rejected'",
    },
  },
  {
    name: 'undo spares files after a fresh start',
    rules: ['sdk.md#undo'],
    from: 'an undo removes a file in which others have typed while this client was away',
    source: 'core/replica/replica.ts',
    text: 'for (const { file } of message.files) this.#state.history.share(file)',
    without: '',
    test: {
      project: 'core',
      file: 'test/core/replica/undo/files.test.ts',
      title: '[H6] stays after a fresh start, since others may have typed in the file meanwhile',
      says: 'to deeply equal',
    },
  },
  {
    name: 'undo spares texts that changed before a fresh start',
    rules: ['sdk.md#undo'],
    from: 'after a fresh start an undo takes another step than the last one',
    source: 'core/replica/replica.ts',
    text: 'if (!isNoop(theirs)) this.#state.history.forgetCommitted(file)',
    without: '',
    test: {
      project: 'core',
      file: 'test/core/replica/undo/undo.test.ts',
      title: 'leaves what the room had before in a text that others have changed meanwhile',
      says: 'to deeply equal',
    },
  },
  {
    name: 'no text stays behind a welcome that acks its creation',
    rules: ['H6'],
    from: 'a file created together with a removal is not followed, and its text differs from the room for good',
    source: 'core/replica/replica.ts',
    text: 'this.#unload({ ...item, changes })',
    without: '',
    test: {
      project: 'core',
      file: 'test/core/replica/fresh-start.test.ts',
      title:
        '[H6] a file created together with a removal that the welcome acks is followed once it is opened',
      says: "to be 'new text'",
    },
  },
  {
    name: 'cursors are transformed once',
    rules: ['P3', 'H6'],
    from: 'a cursor is at the wrong position after each short loss of the network, until it moves',
    source: 'core/replica/peers.ts',
    text: 'if (commit.seq <= this.#seq) return',
    without: '',
    test: {
      project: 'client',
      file: 'test/client/people/presence-back.test.ts',
      title: '[P3] [H6] a cursor is in its place after a short loss, and not moved twice by missed commits',
      says: 'to deeply equal [ 8 ]',
    },
  },
  {
    name: 'submission numbers after a reload',
    rules: ['S3'],
    from: 'a reloaded client reuses numbers of work that it had already sent, and the new work is taken for a resend',
    source: 'core/replica/restore.ts',
    text: 'pending.lastN = (Math.floor(lastN / NUMBERS_PER_LIFE) + 1) * NUMBERS_PER_LIFE',
    without: 'pending.lastN = lastN',
    test: {
      project: 'core',
      file: 'test/core/replica/saved.test.ts',
      title: '[S3] reuses no number that an earlier life may have assigned after the copy was saved',
      says: 'actual value must be number or bigint, received "undefined"',
    },
  },
  {
    name: 'no resend under another user',
    rules: ['H8'],
    from: 'an edit that is under way while its author signs in is applied twice',
    source: 'core/replica/replica.ts',
    text: 'if (before === null || (before === user && user !== SHARED_USER)) return effects',
    without: "if (before !== '') return effects",
    test: {
      project: 'client',
      file: 'test/client/offline/taken.test.ts',
      title: '[H4] work in flight is handed back when the token is now another user’s, and the rest is sent',
      says: 'Error',
    },
  },
]
