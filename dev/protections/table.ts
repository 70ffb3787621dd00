// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are pieces of source
/**
 * What keeps the promises of a room, one protection a row: what it protects from, the text in the source that is the
 * protection, what stands in its place once it is taken out, and the test that has to fail then. Data alone. A text stands
 * exactly once in its file, and each test is there: a test sees to both.
 */
export interface Protection {
  readonly name: string
  /** What happens without it. */
  readonly from: string
  readonly source: string
  readonly text: string
  /** In place of `text`, once the protection is out. */
  readonly without: string
  readonly test: {
    readonly project: 'core' | 'contract' | 'edge' | 'client' | 'faults'
    readonly file: string
    /** A part of the test's title, as it stands in the file, or in `titledIn`. */
    readonly title: string
    readonly titledIn?: string
    /** What the failure says, so that it is the right one. */
    readonly says: string
  }
}

const LIFECYCLE = 'durable-objects/lifecycle.ts'
const LIFECYCLE_TEST = 'test/contract/lifecycle.test.ts'
const COMMITS_TEST = 'test/contract/commits.test.ts'
const SESSIONS_TEST = 'test/contract/sessions.test.ts'
const JOURNAL_TEST = 'test/contract/journal.test.ts'
const AUTHORITY_TEST = 'test/core/room/authority.test.ts'
const NEON_TEST = 'test/contract/neon-store.test.ts'
const ACCOUNTS_TEST = 'test/core/room/accounts.test.ts'
const TAKEN_TEST = 'test/client/taken.test.ts'
const RATES_TEST = 'test/edge/rates.test.ts'
const FENCES = 'test/contract/store-fences.contract.ts'

export const PROTECTIONS: readonly Protection[] = [
  // ── exactly once ────────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'dedupe',
    from: 'a submission that comes again is committed again',
    source: 'core/room/authority.ts',
    text: 'if (known !== null && message.n <= known.n) {',
    without: 'if (known !== null && message.n < 0) {',
    test: {
      project: 'core',
      file: AUTHORITY_TEST,
      title: '[S3] that comes again is not applied again: pending in the batch, acked once it is in the log',
      says: "to deeply equal { type: 'pending' }",
    },
  },
  {
    name: 'dedupe of the last submission',
    from: 'the last submission of a client, the one that is sent again, is not recognised',
    source: 'core/room/authority.ts',
    text: 'message.n <= known.n',
    without: 'message.n < known.n',
    test: {
      project: 'core',
      file: AUTHORITY_TEST,
      title: '[S3] that comes again is not applied again: pending in the batch, acked once it is in the log',
      says: "to deeply equal { type: 'pending' }",
    },
  },
  {
    name: 'dedupe survives checkpoints',
    from: 'the room forgets what its clients submitted before the checkpoint',
    source: 'durable-objects/journal.ts',
    text: 'for (const client of this.#clients.values()) this.#putClient(client)',
    without: '',
    test: {
      project: 'contract',
      file: JOURNAL_TEST,
      title: 'knows the room again after a sleep: list, texts, clients and seq',
      says: 'expected null to match object { n: 1, seq: 1 }',
    },
  },
  {
    name: 'dedupe goes to Postgres',
    from: 'a room that was let go forgets what its clients submitted: it is not written',
    source: 'durable-objects/journal-outbox.ts',
    text: 'clients: clients.map(clientOf),',
    without: 'clients: [],',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: '[S3] knows what its clients had submitted',
      says: 'to match object [ { n: 7, seq: 2 } ]',
    },
  },
  {
    name: 'dedupe comes back from Postgres',
    from: 'a room that was let go forgets what its clients submitted: it is not read',
    source: 'durable-objects/journal.ts',
    text: 'for (const client of stored.clients) this.#putClient(client)',
    without: '',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: '[S3] knows what its clients had submitted',
      says: 'to match object [ { n: 7, seq: 2 } ]',
    },
  },
  {
    name: 'numbers of a later life',
    from: 'a client that was reloaded numbers new work like work that it had sent, and that work is taken for a resend',
    source: 'core/replica/restore.ts',
    text: 'pending.lastN = (Math.floor(lastN / NUMBERS_PER_LIFE) + 1) * NUMBERS_PER_LIFE',
    without: 'pending.lastN = lastN',
    test: {
      project: 'core',
      file: 'test/core/replica/saved.test.ts',
      title: '[S3] gives no number again that an earlier life may have given after the copy was saved',
      says: 'actual value must be number or bigint, received "undefined"',
    },
  },
  {
    name: 'a refused paste goes alone',
    from: 'a paste that is too large takes all that was typed in the file meanwhile with it',
    source: 'core/replica/replica.ts',
    text: 'return isTooLarge(code)\n      ? this.#desk.refuseLarge(item, code, message)\n      : this.#desk.refuse(item, code, message)',
    without: 'return this.#desk.refuse(item, code, message)',
    test: {
      project: 'core',
      file: 'test/core/replica/too-large.test.ts',
      title: 'keeps what was typed within the part that goes, and numbers that only go up',
      says: 'to deeply equal [ 1, 3, 4 ]',
    },
  },
  {
    name: 'new numbers are saved before they are used',
    from: 'a page that is gone after a part of its work was refused takes the rest of its copy for answered',
    source: 'client/sync.ts',
    text: "else if (effect.type === 'renumbered') this.#saveFirst()",
    without: '',
    test: {
      project: 'client',
      file: 'test/client/too-large.test.ts',
      title: '[S3] [S9] keeps the new numbers before it sends anything under them',
      says: 'expected 404 to be 200',
    },
  },

  {
    name: 'an old edit never reaches a file that came back',
    from: 'in a room that came back from Postgres, an edit from before a file was removed is committed into the one that came back',
    source: 'core/room/authority.ts',
    text: 'return created > 0 ? created > base : this.#concurrent.madeSince(base).has(file)',
    without: 'return created > base',
    test: {
      project: 'core',
      file: AUTHORITY_TEST,
      title: '[S6] of a file that came back after its base is refused, also in a room that came back itself',
      says: "{ type: 'accepted' }",
    },
  },
  {
    name: 'nothing in flight outlives its file',
    from: 'what was in flight when a file was removed garbles the text of the file that comes back under its id',
    source: 'core/replica/pending.ts',
    text: 'const isTyping = (item: Item) => item.typing && touches(item, file)',
    without: 'const isTyping = (item: Item) => item.typing && !item.sent && touches(item, file)',
    test: {
      project: 'core',
      file: 'test/core/replica/replica.test.ts',
      title: 'has nothing of what was in flight when it went, whenever the room refuses that',
      says: 'the op does not fit a text',
    },
  },
  // ── the watermark ───────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'what was written is marked',
    from: 'what is typed during a flush counts as flushed, and is lost with the object',
    source: 'durable-objects/flusher.ts',
    text: 'this.#journal.flushed(batch.seq)',
    without: 'this.#journal.flushed(this.#journal.seq)',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: 'marks what it has written: what was typed meanwhile is written by the next',
      says: 'expected [ 2, 2 ] to deeply equal [ 1, 2 ]',
    },
  },
  {
    name: 'dirty is a comparison',
    from: 'a room whose seq is above what was flushed is not flushed',
    source: 'durable-objects/flusher.ts',
    text: 'dirtySince: flushedSeq < seq ?',
    without: 'dirtySince: flushedSeq < seq && this.#failures > 0 ?',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: 'that fails is tried again, however often it does',
      says: 'no alarm is set',
    },
  },
  {
    name: 'leave only when flushed',
    from: 'the storage is deleted while it alone has the last commits',
    source: LIFECYCLE,
    text: ' || flushedSeq < seq ||',
    without: ' ||',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: 'stays while the lasting copy does not have everything, whatever becomes of its flushes',
      says: 'expected false to be true',
    },
  },
  {
    name: 'old commits stay until they are flushed',
    from: 'the tail is cut above what the lasting copy has',
    source: 'durable-objects/journal.ts',
    text: 'Math.min(this.#flushed, this.#checkpoint, this.#seq - keep)',
    without: 'Math.min(this.#checkpoint, this.#seq - keep)',
    test: {
      project: 'contract',
      file: JOURNAL_TEST,
      title: 'lets go of old commits only when the lasting copy has them, and only now and then',
      says: 'AssertionError',
    },
  },
  {
    name: 'a fetched text is whole',
    from: 'the first part of a text is taken for all of it',
    source: 'durable-objects/supply.ts',
    text: 'if (this.#lacks(file)) this.#atomically(() => this.#journal.fetched(file, text))',
    without: 'if (this.#lacks(file)) this.#journal.fetched(file, text)',
    test: {
      project: 'contract',
      file: COMMITS_TEST,
      title: 'that is fetched from the store is here as a whole, or not at all',
      says: 'AssertionError',
    },
  },
  {
    name: 'a fetched text is never newer than one that is here',
    from: 'a slow answer of the lasting copy takes a text back to what it was',
    source: 'durable-objects/supply.ts',
    text: 'if (this.#lacks(file)) this.#atomically(() => this.#journal.fetched(file, text))',
    without: 'this.#atomically(() => this.#journal.fetched(file, text))',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: 'keeps a text that was edited while an older one of it was still on its way',
      says: "expected [ 'xabc', 'abc' ] to deeply equal [ 'xabc', 'xabc' ]",
    },
  },

  // ── the lasting copy ────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'fence against older writers',
    from: 'a flush that comes late takes the room back to an earlier state',
    source: 'schema/flush-statements.ts',
    text: 'setWhere: sql`${rooms.seq} <= excluded.seq and ${rooms.epoch} = excluded.epoch`,',
    without: 'setWhere: sql`${rooms.epoch} = excluded.epoch`,',
    test: {
      project: 'contract',
      file: NEON_TEST,
      title: 'and keeps the newest of those that arrive at the same time',
      titledIn: FENCES,
      says: 'AssertionError',
    },
  },
  {
    name: 'fence against another room of the name',
    from: 'a room writes over one that has its name and is not it',
    source: 'schema/flush-statements.ts',
    text: 'setWhere: sql`${rooms.seq} <= excluded.seq and ${rooms.epoch} = excluded.epoch`,',
    without: 'setWhere: sql`${rooms.seq} <= excluded.seq`,',
    test: {
      project: 'contract',
      file: NEON_TEST,
      title: 'of another room of the same name as a conflict, older or newer, and writes nothing',
      titledIn: FENCES,
      says: 'AssertionError',
    },
  },
  {
    name: 'guard of the revision',
    from: 'a text is written over by an older one of it',
    source: 'schema/flush-statements.ts',
    text: 'setWhere: sql`${files.revision} < excluded.revision`,',
    without: '',
    test: {
      project: 'contract',
      file: NEON_TEST,
      title: 'and never takes a file or a client back to an earlier state',
      titledIn: FENCES,
      says: 'AssertionError',
    },
  },
  {
    name: 'guard of n',
    from: 'the last submission of a client is written over by an earlier one',
    source: 'schema/flush-statements.ts',
    text: 'setWhere: sql`${clients.n} < excluded.n`,',
    without: '',
    test: {
      project: 'contract',
      file: NEON_TEST,
      title: 'and never takes a file or a client back to an earlier state',
      titledIn: FENCES,
      says: 'AssertionError',
    },
  },

  // ── the order of the gate ───────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'append before broadcast',
    from: 'people see a commit that is lost when the object dies at that moment',
    source: 'durable-objects/live-room.ts',
    text: '      const frame = JSON.stringify(sealed.commit)\n',
    without:
      '      const frame = JSON.stringify(sealed.commit)\n      for (const session of this.#sessions.present()) session.send(frame)\n',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: '[C2] is written before anybody hears of it, with nothing in between',
      says: "[ 'commit to somebody', 'row'",
    },
  },
  {
    name: 'no await between append and broadcast',
    from: 'a commit is sent while its row is still to be written',
    source: 'durable-objects/live-room.ts',
    text: '      if (sealed.blobs.size === 0) this.journal.append(sealed, frame)\n',
    without:
      '      if (sealed.blobs.size === 0) void Promise.resolve().then(() => this.journal.append(sealed, frame))\n',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: '[C2] is written before anybody hears of it, with nothing in between',
      says: "[ 'commit to somebody', 'row' ]",
    },
  },
  {
    name: 'abort when the append throws',
    from: 'memory goes on with a commit that the journal does not have',
    source: 'durable-objects/live-room.ts',
    text: '      this.#host.abort(`the journal could not be written: ${String(error)}`)\n',
    without: '',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: '[C2] whose row cannot be written is heard by nobody, and ends the object',
      says: 'null',
    },
  },

  {
    name: 'a commit that is here is whole',
    from: 'content of a commit that was not written is taken for that of the next one',
    source: 'durable-objects/live-room.ts',
    text: '      else this.#host.atomically(() => this.journal.append(sealed, frame))\n',
    without: '      else this.journal.append(sealed, frame)\n',
    test: {
      project: 'contract',
      file: COMMITS_TEST,
      title: '[C6] halfway through its content, nothing of it is left',
      says: 'AssertionError',
    },
  },
  {
    name: 'one block from memory to row',
    from: 'what is thrown while a commit is made leaves the room ahead of its journal, acking what is lost',
    source: 'durable-objects/live-room.ts',
    text: '    try {\n      const sealed = this.authority.seal(now)\n',
    without: '    const sealed = this.authority.seal(now)\n    try {\n',
    test: {
      project: 'contract',
      file: COMMITS_TEST,
      title: '[C2] before its row is written, the object is ended and nobody hears anything more of it',
      says: 'AssertionError',
    },
  },
  {
    name: 'no hole in the journal',
    from: 'a commit is written that does not follow the last one, and the room can never be loaded again',
    source: 'durable-objects/journal.ts',
    text: '    if (commit.seq !== this.#seq + 1) throw new Error(`commit ${commit.seq} cannot follow ${this.#seq}`)\n',
    without: '',
    test: {
      project: 'contract',
      file: 'test/contract/journal.test.ts',
      title: 'notices a hole the moment it would be made, and keeps its log whole',
      says: 'AssertionError',
    },
  },
  {
    name: 'a submission fits a row',
    from: 'a submission is taken that no row can hold, and the append ends the room again and again',
    source: 'core/room/batch.ts',
    text: '    if (bytes > SUBMISSION_BYTES) return null\n',
    without: '',
    test: {
      project: 'core',
      file: 'test/core/room/batch.test.ts',
      title: 'or the submission is refused, and leaves nothing',
      says: 'AssertionError',
    },
  },
  {
    name: 'a full batch takes nothing more',
    from: 'what many submit in one turn outgrows the row of its commit',
    source: 'core/room/authority.ts',
    text: "    if (this.isFull) throw new Error('the batch is full and has to be sealed first')\n",
    without: '',
    test: {
      project: 'core',
      file: 'test/core/room/batch.test.ts',
      title: 'when many connections rename at once: what is full is sealed before it takes more',
      says: 'AssertionError',
    },
  },
  {
    name: 'one socket that fails is one',
    from: 'a socket that throws keeps everybody after it from hearing a commit that is in the log',
    source: 'durable-objects/live-room.ts',
    text: '      this.#reception.guard(session, () => this.#delivery.push(session, frame))\n',
    without: '      this.#delivery.push(session, frame)\n',
    test: {
      project: 'contract',
      file: COMMITS_TEST,
      title: '[T5] is heard by everybody but the one whose socket fails',
      says: 'Error',
    },
  },
  {
    name: 'a checkpoint is written whole',
    from: 'texts of a checkpoint that broke off are taken for those of the one before, and edits apply twice',
    source: 'durable-objects/live-room.ts',
    text: 'this.journal.checkpoint(this.authority.state, (work) => this.#host.atomically(work))',
    without: 'this.journal.checkpoint(this.authority.state, (work) => work())',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: 'leaves the checkpoint before where it does not take all of the next',
      says: 'AssertionError',
    },
  },
  {
    name: 'a room comes back whole',
    from: 'memory takes a room for restored that the disk did not take',
    source: LIFECYCLE,
    text: '      // What it remembers is not written.\n      this.#openJournal()\n',
    without: '',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: 'lets a room come back that it did not take at first',
      says: 'no such table',
    },
  },

  // ── the check of the history ────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'resync when the past is gone',
    from: 'a submission is transformed over fewer commits than there were, and its text is damaged',
    source: 'core/room/authority.ts',
    text: "    if (!this.#concurrent.reaches(message.base)) return { type: 'resync' }\n",
    without: '',
    test: {
      project: 'core',
      file: AUTHORITY_TEST,
      title: '[S5] whose past is gone is answered with resync',
      says: 'the past was not checked before it was used',
    },
  },
  {
    name: 'a past is whole or is none',
    from: 'a run of commits with a hole is taken for the whole',
    source: 'durable-objects/journal.ts',
    text: 'return bodies.length === upTo - after ? bodies : null',
    without: 'return bodies',
    test: {
      project: 'contract',
      file: JOURNAL_TEST,
      title: '[S5] answers null for a past with a hole, never fewer commits',
      says: 'to be null',
    },
  },
  {
    name: 'tie-break',
    from: 'clients and room put text at the same place in different orders',
    source: 'core/text/transform.ts',
    text: "    pending: algebra.transform(pending, committed, 'right'),",
    without: "    pending: algebra.transform(pending, committed, 'left'),",
    test: {
      project: 'core',
      file: 'test/core/text/transform.test.ts',
      title: 'leads both orders to the same text, with ops in normal form',
      says: 'AssertionError',
    },
  },
  {
    name: 'checksum',
    from: 'a client whose text is not the room’s goes on typing into it',
    source: 'core/replica/verifier.ts',
    text: 'text.checksum() === sum',
    without: 'sum !== null',
    test: {
      project: 'core',
      file: 'test/core/replica/replica.test.ts',
      title: '[C5] is noticed by its checksum, fetched, and pending work moves over',
      says: 'AssertionError',
    },
  },

  // ── alarms ──────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: 're-arm after a failure',
    from: 'a room whose flush fails is never flushed again',
    source: LIFECYCLE,
    text: '      if (!(error instanceof StoreError)) console.error(`alarm: ${String(error)}`)\n',
    without: '      return\n',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: 'that fails is tried again, however often it does',
      says: 'no alarm is set',
    },
  },
  {
    name: 'alarm together with the commit',
    from: 'the object dies between a commit and the alarm for its flush, and nothing ever flushes it',
    source: LIFECYCLE,
    text: '    return this.#clock.read()\n',
    without: '    return Promise.resolve()\n',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: 'is written in one turn with the alarm for its flush',
      says: "[ 'row', 'commit to somebody' ]",
    },
  },
  {
    name: 'schedule after a visit',
    from: 'a room that was only read stays in its object for ever',
    source: LIFECYCLE,
    text: '      if (this.#visits === 0 && this.sessions.size === 0) this.#context.waitUntil(this.#schedule())\n',
    without: '',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: 'stays while somebody waits for an answer, and is let go after',
      says: 'no alarm is set',
    },
  },
  {
    name: 'an alarm for letting go is too late for a flush',
    from: 'a commit waits for its flush as long as the grace lasts',
    source: LIFECYCLE,
    text: 'if (this.#store !== null && !this.#clock.isSetBy(Date.now() + Math.min(idleMs, maxAgeMs)))',
    without: 'if (!this.#clock.isSetBy(Number.MAX_SAFE_INTEGER))',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: 'brings the alarm forward that was set for letting go',
      says: 'AssertionError',
    },
  },
  {
    name: 'never an alarm for this very moment',
    from: 'an alarm that is set from within the alarm is taken for the one that runs, and lost',
    source: 'durable-objects/alarm-clock.ts',
    text: 'Math.max(Math.ceil(time), Date.now() + 1)',
    without: 'Math.ceil(time)',
    test: {
      project: 'client',
      file: 'test/client/alarm-clock.test.ts',
      title: 'for the next millisecond, not for one that may be running',
      says: 'AssertionError',
    },
  },

  // ── coming and going ────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'a load that fails is no answer',
    from: 'a room that the database cannot say anything about counts as one that is not there',
    source: LIFECYCLE,
    text: '(await this.#store?.load(room)) ?? null',
    without: '(await this.#store?.load(room).catch(() => null)) ?? null',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: 'is loaded or is not there, and never empty because the store is away',
      says: 'promise resolved "null" instead of rejecting',
    },
  },
  {
    name: 'no room is made over one that may be there',
    from: 'a name is given away while the database cannot say whether it is taken',
    source: LIFECYCLE,
    text: 'const stored = (await this.#store?.load(room))',
    without: 'const stored = (await this.#store?.load(room).catch(() => null))',
    test: {
      project: 'client',
      file: 'test/client/database-away.test.ts',
      title: 'makes no room whose name may be taken while the database cannot say',
      says: 'AssertionError',
    },
  },
  {
    name: 'grace: joining wins over deletion',
    from: 'whoever comes while the storage is deleted gets a room that is being deleted',
    source: LIFECYCLE,
    text: '    await this.#deleting\n    if (this.#journal.isRoom)',
    without: '    if (this.#journal.isRoom)',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: 'makes whoever comes while it is let go wait, and is whole for them',
      says: 'no such table',
    },
  },
  {
    name: 'a room with people in it stays',
    from: 'the storage of a room is deleted while people are in it',
    source: LIFECYCLE,
    text: 'const isBusy = this.sessions.size > 0 || this.#visits > 0',
    without: 'const isBusy = this.#visits > 0',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: 'stays while somebody is in it',
      says: 'expected false to be true',
    },
  },
  {
    name: 'a room that somebody waits for stays',
    from: 'the storage of a room is deleted under a request',
    source: LIFECYCLE,
    text: 'const isBusy = this.sessions.size > 0 || this.#visits > 0',
    without: 'const isBusy = this.sessions.size > 0',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: 'stays while somebody waits for an answer, and is let go after',
      says: 'AssertionError',
    },
  },
  {
    name: 'hello deadline',
    from: 'sockets that say nothing stay for ever',
    source: LIFECYCLE,
    text: 'this.#deadlines.expect(session)',
    without: 'void session',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: '[H2] has its time, which nothing that is sent before extends',
      says: 'AssertionError',
    },
  },
  {
    name: 'a hello that waits for its past is in time',
    from: 'whoever was away for long is closed while their past is fetched',
    source: LIFECYCLE,
    text: 'session.identity !== null || session.waiting !== null || !this.sessions.delete(session)',
    without: '!this.sessions.delete(session)',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: '[H2] that came in time is in time, however long its past takes to fetch',
      says: 'to be null',
    },
  },
  {
    name: 'replaced connection (4409)',
    from: 'two connections of one client both count, and frames of the older one still come in',
    source: 'durable-objects/live-room.ts',
    text: '      older.close(CLOSE.replaced)\n      this.leave(older)\n',
    without: '',
    test: {
      project: 'contract',
      file: SESSIONS_TEST,
      title: '[H5] replaces the one before, of which nothing is heard any more',
      says: 'AssertionError',
    },
  },
  {
    name: 'client id bound to its user',
    from: 'somebody else’s submissions are taken for those of a client whose id became known',
    source: 'durable-objects/live-room.ts',
    text: 'if (isTaken(session.person.user, boundTo, heldBy)) refuse(CLOSE.clientTaken)',
    without: '',
    test: {
      project: 'contract',
      file: SESSIONS_TEST,
      title: '[H4] is nobody else, whether here or in the log',
      says: 'AssertionError',
    },
  },
  {
    name: 'client ids of people without a token',
    from: 'people without a token close each other, and take each other’s ids',
    source: 'core/room/entry.ts',
    text: 'owner !== undefined && (owner !== user || user === SHARED_USER)',
    without: 'owner !== undefined && owner !== user',
    test: {
      project: 'edge',
      file: 'test/edge/hello.test.ts',
      title: '[H4] closes nobody who shows no token in favour of another who shows none',
      says: 'Error',
    },
  },
  {
    name: 'a copy stays with its user',
    from: 'somebody else at the same browser sends what is not theirs',
    source: 'client/sync.ts',
    text: 'if (this.#keptBy !== null && this.#keptBy !== message.user) {',
    without: "if (this.#keptBy === '') {",
    test: {
      project: 'client',
      file: TAKEN_TEST,
      title: '[H4] the copy of another user of the same browser stays theirs',
      says: 'Error',
    },
  },
  {
    name: 'what may be in another user’s name is not sent again',
    from: 'somebody who signs in while an edit is on its way finds it twice',
    source: 'core/replica/replica.ts',
    text: 'if (before === null || (before === user && user !== SHARED_USER)) return effects',
    without: "if (before !== '') return effects",
    test: {
      project: 'client',
      file: TAKEN_TEST,
      title: '[H4] whose new user it is cannot know what the room has of the old one',
      says: 'Error',
    },
  },

  // ── what comes from outside ─────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'strict ops: whole numbers',
    from: 'fractions, infinities and 1e300 come to the OT library, which never returns',
    source: 'core/text/op.ts',
    text: 'if (!Number.isSafeInteger(value) || (value as number) <= 0) {',
    without: "if (typeof value !== 'number' || value <= 0) {",
    test: {
      project: 'core',
      file: 'test/core/text/op.test.ts',
      title: 'a fraction',
      says: 'AssertionError',
    },
  },
  {
    name: 'strict ops: lone surrogates',
    from: 'half a character is stored, which Postgres turns into another one',
    source: 'core/text/units.ts',
    text: 'if (unit >= 0xdc00 || !isLow(text.charCodeAt(++i))) return false',
    without: 'i++',
    test: {
      project: 'core',
      file: 'test/core/text/op.test.ts',
      title: 'a lone high surrogate',
      says: 'AssertionError',
    },
  },
  {
    name: 'strict ops: NUL',
    from: 'a text holds what Postgres can never store',
    source: 'core/text/units.ts',
    text: 'if (unit === 0 || unit === 13) return false',
    without: 'if (unit === 13) return false',
    test: {
      project: 'core',
      file: 'test/core/text/op.test.ts',
      title: 'refuses texts that cannot be stored and keeps all others',
      says: 'AssertionError',
    },
  },
  {
    name: 'strict ops: inside the text',
    from: 'an op that reaches past the end is clipped, here otherwise than there',
    source: 'core/text/text.ts',
    text: 'if (!(base <= this.#root.points)) {',
    without: 'if (base < 0) {',
    test: {
      project: 'core',
      file: AUTHORITY_TEST,
      title: '[O3] with an op that reaches past the end is refused, also where the text grew meanwhile',
      says: 'AssertionError',
    },
  },
  {
    name: 'close reasons are cleaned',
    from: 'a reason that a frame cannot carry throws, and takes the whole event with it',
    source: 'durable-objects/sessions.ts',
    text: ".replace(/[^\\x20-\\x7e]/g, '?').slice(0, 123)",
    without: '',
    test: {
      project: 'contract',
      file: SESSIONS_TEST,
      title: '[T2] the reason of a close fits its frame, whatever it quotes',
      says: 'AssertionError',
    },
  },
  {
    name: 'presence never enters the log',
    from: 'each move of a cursor is a row that is billed',
    source: 'durable-objects/live-room.ts',
    text: '    this.#presence.move(session.id, sighting)\n',
    without:
      "    const moved = { type: 'commit' as const, seq: this.journal.seq + 1, at: 0, entries: [], sums: {} }\n    this.journal.append({ commit: moved, blobs: new Map() }, JSON.stringify({ ...moved, sighting }))\n    this.#presence.move(session.id, sighting)\n",
    test: {
      project: 'edge',
      file: 'test/edge/presence.test.ts',
      title: '[P4] is never written',
      says: 'AssertionError',
    },
  },

  // ── limits
  // ──────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'limits of a user outlive a connection',
    from: 'whoever connects again and again sends without end',
    source: 'core/room/accounts.ts',
    text: 'const accounts = [this.#byKey.of(`u ${user}`, now, () => new Account(this.#ofUser, now))]',
    without: 'const accounts = [new Account(this.#ofUser, now)]',
    test: {
      project: 'core',
      file: ACCOUNTS_TEST,
      title: '[L1] has no more over connection after connection than over one',
      says: 'AssertionError',
    },
  },
  {
    name: 'limits of guests by address',
    from: 'whoever makes up a new secret for each connection sends without end',
    source: 'core/room/accounts.ts',
    text: 'if (isGuest && address !== null && ofAddress !== null)',
    without: 'if (isGuest && address === user && ofAddress !== null)',
    test: {
      project: 'core',
      file: ACCOUNTS_TEST,
      title: '[L1] have as much as so many users, whoever they say they are',
      says: 'AssertionError',
    },
  },
  {
    name: 'what a bucket does not cover is not taken',
    from: 'one costly message is always taken, however little there is',
    source: 'core/room/rate.ts',
    text: 'this.level(now) - this.#costOf(tokens) >= this.#least',
    without: 'this.level(now) > this.#least',
    test: {
      project: 'core',
      file: 'test/core/room/rate.test.ts',
      title: '[L3] takes nothing that it cannot cover, and lends one burst in all',
      says: 'AssertionError',
    },
  },
  {
    name: 'one message a submission',
    from: 'one frame says as much as its sender may say in minutes',
    source: 'core/room/authority.ts',
    text: "message.changes.filter(({ type }) => type === 'chat').length > 1",
    without: "message.changes.filter(({ type }) => type === 'chat').length > 1_000",
    test: {
      project: 'edge',
      file: RATES_TEST,
      title: '[R9] [S11] refuses a submission that says two things, whole, and takes one that says one',
      says: 'not refused',
    },
  },
  {
    name: 'users are counted by a digest',
    from: 'two users whose ids begin alike share their limits',
    source: 'durable-objects/counted-as.ts',
    text: 'new TextEncoder().encode(who)',
    without: 'new TextEncoder().encode(who.slice(0, 64))',
    test: {
      project: 'edge',
      file: RATES_TEST,
      title: '[L4] tell users apart whose ids begin with the same hundred characters',
      says: 'AssertionError',
    },
  },
  {
    name: 'places that strangers cannot take',
    from: 'guests fill a room, and its owner does not get in',
    source: 'core/room/entry.ts',
    text: "return standing === 'known' || ofStrangers < connections - kept",
    without: 'return ofStrangers <= ofRoom + kept',
    test: {
      project: 'core',
      file: 'test/core/room/entry.test.ts',
      title: '[L4] is there for a stranger as long as a fifth is left for others',
      says: 'AssertionError',
    },
  },
  {
    name: 'silent sockets make way',
    from: 'sockets that say nothing keep everybody out',
    source: 'durable-objects/lifecycle.ts',
    text: 'if (goes !== null) {',
    without: 'if (goes !== null && this.sessions.size < 0) {',
    test: {
      project: 'client',
      file: 'test/client/places.test.ts',
      title: '[L10] sockets that say nothing keep nobody out',
      says: 'Error',
    },
  },
  {
    name: 'who connects is counted before anything else',
    from: 'whoever is refused may try without end',
    source: 'workers/index.ts',
    text: "if (address !== null && !(await rates.allows('connect', 'address', address))) return refuse(CLOSE.tooOften)",
    without: '',
    test: {
      project: 'edge',
      file: RATES_TEST,
      title: '[L9] counts those who are refused',
      says: 'AssertionError',
    },
  },

  // ── tables that change ──────────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'an edited step of the journal’s tables',
    from: 'an object runs on tables that are not what the code believes',
    source: 'durable-objects/journal-schema.ts',
    text: '} else if (row.sum !== sum) {',
    without: '} else if (row.sum === null) {',
    test: {
      project: 'contract',
      file: JOURNAL_TEST,
      title: 'refuse to start when a step was edited after it had been applied',
      says: 'AssertionError',
    },
  },
  {
    name: 'tables of newer code',
    from: 'older code runs on tables that it does not know',
    source: 'durable-objects/journal-schema.ts',
    text: 'if (applied.length > steps.length) {',
    without: 'if (applied.length < 0) {',
    test: {
      project: 'contract',
      file: JOURNAL_TEST,
      title: 'refuse to start under code that is older than they are',
      says: 'AssertionError',
    },
  },

  // ── the SDK on the network ──────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'secure addresses',
    from: 'a token that was meant for a secure connection is sent in the clear',
    source: 'client/addresses.ts',
    text: "'wss:': 'wss:',",
    without: "'wss:': 'ws:',",
    test: {
      project: 'client',
      file: 'test/client/addresses.test.ts',
      title: 'opens its socket where the address says, and sends the token nowhere else',
      says: 'to match object',
    },
  },
  {
    name: 'a polite close is a loss',
    from: 'a proxy that closes with 1000 ends a room for good',
    source: 'core/protocol/codes.ts',
    text: 'return !FINAL.has(code) ||',
    without: 'return (code !== NORMAL && !FINAL.has(code)) ||',
    test: {
      project: 'core',
      file: 'test/core/protocol/codes.test.ts',
      title: 'are final where the table of the protocol says so, and a loss wherever it does not',
      says: 'to deeply equal',
    },
  },
  {
    name: 'a token or nothing',
    from: 'what a token function gives instead of a token is sent as the secret of a guest',
    source: 'client/tokens.ts',
    text: 'if (fault !== null) throw new Error(fault)',
    without: "if (fault === '') throw new Error(fault)",
    test: {
      project: 'client',
      file: 'test/client/token-function.test.ts',
      title: 'with nothing sent and the reason told',
      says: 'to match object',
    },
  },
  // ── what one frame may cost ─────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'depth before parsing',
    from: 'a frame of nested lists holds the room up for seconds, and what is nested deeply cannot be written out again',
    source: 'core/protocol/decode-client.ts',
    text: "if (excess === 'too_deep') throw bad(`a frame may be nested ${JSON_DEPTH} levels deep`)",
    without: '',
    test: {
      project: 'core',
      file: 'test/core/protocol/decode.test.ts',
      title: '[T7] nested 33 levels deep closes the socket with 4400',
      says: 'it was let through',
    },
  },
  {
    name: 'values before parsing',
    from: 'a frame of a million lists holds the room up for a second',
    source: 'core/protocol/decode-client.ts',
    text: "if (excess === 'too_complex') throw tooLarge('a frame may not have that many lists, objects and values')",
    without: '',
    test: {
      project: 'core',
      file: 'test/core/protocol/decode.test.ts',
      title: '[T7] with more lists than any message has closes the socket with 4413',
      says: 'expected 4400 to be 4413',
    },
  },
  {
    name: 'small frames of those who may not edit',
    from: 'somebody who may only look has the room read 8 MB at a time',
    source: 'durable-objects/inflow.ts',
    text: "return this.#host.mayEdit(session) ? 'editor' : 'viewer'",
    without: "return 'editor'",
    test: {
      project: 'edge',
      file: 'test/edge/costly-frames.test.ts',
      title: '[T6] is closed with 4413 for a frame above 64 Ki units, whatever is in it, and nobody notices',
      says: 'expected 4400 to be 4413',
    },
  },
  {
    name: 'presence reads no old commits',
    from: 'each presence message that names an old seq has the room read and parse its log again',
    source: 'core/room/backlog.ts',
    text: 'return seq < this.from && this.seq - seq > RECENT_COMMITS ? null : this.#allAfter(seq)',
    without: 'return this.#allAfter(seq)',
    test: {
      project: 'core',
      file: 'test/core/room/backlog.test.ts',
      title: '[P2] has no older ones: nothing is read',
      says: 'to be null',
    },
  },
  {
    name: 'old commits are paid for by whoever names them',
    from: 'new clients have the room read its log again and again',
    source: 'durable-objects/live-room.ts',
    text: "this.#inflow.count(session, 'request', tokensOfReading(unread))",
    without: '{}',
    test: {
      project: 'contract',
      file: 'test/contract/inflow.test.ts',
      title: '[L3] commits that have to be read for a submission are counted, those in memory are not',
      says: 'expected [] to match object',
    },
  },
  {
    name: 'resume is bounded',
    from: 'each client that comes back after long, or says so, has all of the log read into memory',
    source: 'durable-objects/tail.ts',
    text: 'if (this.#units + this.#journal.bodyBytes(seq, this.#from) > RESUME_UNITS) return null',
    without: '',
    test: {
      project: 'contract',
      file: 'test/contract/memory.test.ts',
      title: '[H6] starts afresh where it is: nothing of it is read or sent',
      says: 'resumed',
    },
  },
  {
    name: 'texts leave memory',
    from: 'an object dies of a room with many files, each of which was opened once',
    source: 'durable-objects/live-room.ts',
    text: 'files.unload(LOADED_UNITS / 2, ({ revision }) => revision <= this.journal.checkpointSeq)',
    without: '',
    test: {
      project: 'contract',
      file: 'test/contract/memory.test.ts',
      title: 'leave memory when they are not used, and are the same when they are wanted again',
      says: 'to be less than or equal to 16777216',
    },
  },
  {
    name: 'no text leaves memory that is not in the checkpoint',
    from: 'a text is let go of that can only be had again by way of commits that may be let go of as well',
    source: 'durable-objects/live-room.ts',
    text: '({ revision }) => revision <= this.journal.checkpointSeq',
    without: '() => true',
    test: {
      project: 'contract',
      file: 'test/contract/memory.test.ts',
      title: 'stay in memory for as long as no checkpoint can be written',
      says: 'to be greater than',
    },
  },
  {
    name: 'the size of a room',
    from: 'a room grows without end',
    source: 'core/room/authority.ts',
    text: 'if (roomBytes === 0 || bytes <= roomBytes || bytes <= before) return',
    without: 'if (roomBytes >= 0) return',
    test: {
      project: 'core',
      file: 'test/core/room/files.test.ts',
      title:
        '[S11] is bounded: room_too_large, for whatever makes it larger, and nothing of the submission is left',
      says: "expected { type: 'accepted' }",
    },
  },
  {
    name: 'a frame is paid for before it is read',
    from: 'somebody who is over every limit still has the room read long frames',
    source: 'durable-objects/inflow.ts',
    text: "if (large > 0) this.count(session, 'submit', large)",
    without: '',
    test: {
      project: 'contract',
      file: 'test/contract/inflow.test.ts',
      title: '[L3] the length of a frame is counted before anything of it is read',
      says: 'expected { code: 4400',
    },
  },

  // ── who somebody is ─────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'tokens that were taken back',
    from: 'a token that was stolen opens the room for as long as it says, however often its owner takes it back',
    source: 'core/room/admission.ts',
    text: 'if (isRevoked(policy, visitor)) return CLOSE.revoked',
    without: '',
    test: {
      project: 'core',
      file: 'test/core/room/admission.test.ts',
      title: 'of the owner is taken back like any other: who stole it owns nothing any more',
      says: 'AssertionError',
    },
  },
  {
    name: 'bans',
    from: 'somebody who was sent out for good comes back with another token',
    source: 'core/room/admission.ts',
    text: 'if (!isOwner && Object.hasOwn(policy.banned, visitor.user)) return CLOSE.banned',
    without: '',
    test: {
      project: 'core',
      file: 'test/core/room/admission.test.ts',
      title: 'stays out, whatever token or secret they come with',
      says: 'AssertionError',
    },
  },
  {
    name: 'a ban holds in the batch of the ban',
    from: 'what somebody who is banned had sent is committed after the ban',
    source: 'core/room/policy.ts',
    text: 'if (Object.hasOwn(policy.banned, user)) return null',
    without: '',
    test: {
      project: 'core',
      file: 'test/core/room/admission.test.ts',
      title: 'loses role and invitations, and changes nothing any more, in the batch of the ban already',
      says: 'AssertionError',
    },
  },
  {
    name: 'guests off',
    from: 'a guest who was removed comes back under another secret',
    source: 'core/room/admission.ts',
    text: 'if (visitor.isGuest && !policy.guests) return CLOSE.noGuests',
    without: '',
    test: {
      project: 'core',
      file: 'test/core/room/admission.test.ts',
      title: 'lets no guest in whatever its access is, and everybody else as before',
      says: 'AssertionError',
    },
  },
  {
    name: 'ids of the deployment',
    from: 'a token of the identity provider is taken for that of somebody who was invited',
    source: 'durable-objects/token-claims.ts',
    text: '|| (isProviders && isDeploymentId(sub))',
    without: '',
    test: {
      project: 'edge',
      file: 'test/edge/tokens.test.ts',
      title: 'never meet: a provider vouches for no',
      says: 'taken:',
    },
  },
  {
    name: 'names that an owner gives',
    from: 'an owner makes somebody one of the users of the identity provider',
    source: 'durable-objects/token-claims.ts',
    text: 'isNamed && hasProvider ? namedId(sub) : sub',
    without: 'isNamed && hasProvider ? sub : sub',
    test: {
      project: 'edge',
      file: 'test/edge/tokens.test.ts',
      title: 'never meet: whom an owner named is somebody else, also where the provider came later',
      says: 'AssertionError',
    },
  },
  {
    name: 'renewal by the provider alone',
    from: 'a token of the deployment that was stolen from a user of the provider renews itself for ever',
    source: 'workers/token-routes.ts',
    text: 'if (invitation.isOwn) checkRenewal(owner, rules)',
    without: '',
    test: {
      project: 'edge',
      file: 'test/edge/invitations.test.ts',
      title: 'a token that the deployment signed does not renew itself',
      says: 'AssertionError',
    },
  },
  {
    name: 'secrets of guests',
    from: 'a guest whose secret is guessed is somebody else from then on',
    source: 'durable-objects/tokens.ts',
    text: 'isGuestSecret(token) ? ',
    without: 'true ? ',
    test: {
      project: 'edge',
      file: 'test/edge/tokens.test.ts',
      title: 'is refused where it is a secret that can be guessed',
      says: 'taken:',
    },
  },
  {
    name: 'a secret that cannot be guessed',
    from: 'whoever guesses AUTH_SECRET owns every room',
    source: 'core/protocol/secrets.ts',
    text: 'secret.length >= SERVER_SECRET_UNITS && strengthOf(secret) >= SERVER_SECRET_BITS',
    without: 'secret.length >= SERVER_SECRET_UNITS',
    test: {
      project: 'core',
      file: 'test/core/protocol/secrets.test.ts',
      title: 'is weak where it is',
      says: 'AssertionError',
    },
  },
  {
    name: 'the caller before the body',
    from: 'somebody who may not send a body has the Worker read and parse it',
    source: 'workers/index.ts',
    text: ', mayMake, whole(ROOM_BYTES)',
    without: ', whole(ROOM_BYTES)',
    test: {
      project: 'edge',
      file: 'test/edge/tokens-http.test.ts',
      title: 'a body is not read for somebody who may not send it',
      says: 'AssertionError',
    },
  },
]
