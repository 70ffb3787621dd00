// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are pieces of source
/** Commits: durable before anybody hears of them, and written as a whole. */
import type { Mutant } from '../mutant.ts'

const LIFECYCLE_TEST = 'test/durable-objects/room/lifecycle.test.ts'
const COMMITS_TEST = 'test/durable-objects/room/commits.test.ts'
const JOURNAL_TEST = 'test/durable-objects/journal/journal.test.ts'

export const COMMITS: readonly Mutant[] = [
  {
    name: 'append before broadcast',
    rules: ['C2'],
    from: 'people see a commit that is lost if the object dies at that moment',
    source: 'durable-objects/room/commit-pipeline.ts',
    text: '      const frame = JSON.stringify(sealed.commit)\n',
    without: '      const frame = JSON.stringify(sealed.commit)\n      this.#audience.broadcast(frame)\n',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: '[C2] is written before it is sent, with nothing in between',
      says: "[ 'commit to somebody', 'row'",
    },
  },
  {
    name: 'no await between append and broadcast',
    rules: ['C2'],
    from: 'a commit is sent before its row is written',
    source: 'durable-objects/room/commit-pipeline.ts',
    text: '      if (sealed.blobs.size === 0) this.journal.append(sealed, frame)\n',
    without:
      '      if (sealed.blobs.size === 0) void Promise.resolve().then(() => this.journal.append(sealed, frame))\n',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: '[C2] is written before it is sent, with nothing in between',
      says: "[ 'commit to somebody', 'row' ]",
    },
  },
  {
    name: 'abort when the append throws',
    rules: ['C2'],
    from: 'memory contains a commit that the journal does not have',
    source: 'durable-objects/room/commit-pipeline.ts',
    text: '    this.#context.abort(`the journal could not be written: ${String(error)}`)\n',
    without: '',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: '[C2] whose row cannot be written is sent to nobody, and aborts the object',
      says: 'null',
    },
  },
  {
    name: 'one block from memory to row',
    rules: ['C2'],
    from: 'an exception while a commit is made leaves the room ahead of its journal, acking what is lost',
    source: 'durable-objects/room/commit-pipeline.ts',
    text: '    try {\n      const sealed = this.authority.seal(now)\n',
    without: '    const sealed = this.authority.seal(now)\n    try {\n',
    test: {
      project: 'contract',
      file: COMMITS_TEST,
      title: '[C2] before its row is written aborts the object, which sends nothing more',
      says: 'AssertionError',
    },
  },
  {
    name: 'a commit is written as a whole',
    rules: ['C6'],
    from: 'blobs of a commit that was not written are taken for those of the next one',
    source: 'durable-objects/room/commit-pipeline.ts',
    text: '      else this.#context.atomically(() => this.journal.append(sealed, frame))\n',
    without: '      else this.journal.append(sealed, frame)\n',
    test: {
      project: 'contract',
      file: COMMITS_TEST,
      title: '[C6] halfway through its content leaves nothing behind',
      says: 'AssertionError',
    },
  },
  {
    name: 'a checkpoint is written as a whole',
    rules: ['C2'],
    from: 'texts of an interrupted checkpoint are taken for those of the one before, and edits apply twice',
    source: 'durable-objects/room/commit-pipeline.ts',
    text: 'this.journal.checkpoint(this.authority.state, (work) => this.#context.atomically(work))',
    without: 'this.journal.checkpoint(this.authority.state, (work) => work())',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: 'keeps the previous checkpoint if the next one cannot be written completely',
      says: 'AssertionError',
    },
  },
  {
    name: 'a failing socket affects only itself',
    rules: ['T5'],
    from: 'a socket that throws keeps everybody after it from receiving a commit that is in the log',
    source: 'durable-objects/sessions/outbound.ts',
    text: 'this.#failed(session, error)',
    without: 'throw error',
    test: {
      project: 'contract',
      file: COMMITS_TEST,
      title: '[T5] is sent to everybody except a socket that fails',
      says: 'Error',
    },
  },
  {
    name: 'texts leave memory',
    rules: ['operations.md#memory'],
    from: 'an object runs out of memory in a room with many files, each of which was opened once',
    source: 'durable-objects/room/commit-pipeline.ts',
    text: 'files.unload(LOADED_UNITS / 2, ({ revision }) => revision <= this.journal.checkpointSeq)',
    without: '',
    test: {
      project: 'contract',
      file: 'test/durable-objects/room/memory.test.ts',
      title: 'are unloaded when unused, and unchanged when loaded again',
      says: 'to be less than or equal to 16777216',
    },
  },
  {
    name: 'only checkpointed texts leave memory',
    rules: ['operations.md#memory'],
    from: 'a text is dropped that can only be rebuilt from commits that may be pruned as well',
    source: 'durable-objects/room/commit-pipeline.ts',
    text: '({ revision }) => revision <= this.journal.checkpointSeq',
    without: '() => true',
    test: {
      project: 'contract',
      file: 'test/durable-objects/room/memory.test.ts',
      title: 'stay in memory while no checkpoint can be written',
      says: 'to be greater than',
    },
  },
  {
    name: 'edited journal migrations are refused',
    rules: ['operations.md#upgrading-and-going-back'],
    from: 'an object runs on tables that are not what the code expects',
    source: 'durable-objects/journal/migrations.ts',
    text: '} else if (row.sum !== sum) {',
    without: '} else if (row.sum === null) {',
    test: {
      project: 'contract',
      file: JOURNAL_TEST,
      title: 'refuse to start if an applied step was edited',
      says: 'AssertionError',
    },
  },
  {
    name: 'newer journals are refused',
    rules: ['operations.md#upgrading-and-going-back'],
    from: 'older code runs on tables that it does not know',
    source: 'durable-objects/journal/migrations.ts',
    text: 'if (applied.length > steps.length) {',
    without: 'if (applied.length < 0) {',
    test: {
      project: 'contract',
      file: JOURNAL_TEST,
      title: 'refuse to start under older code',
      says: 'AssertionError',
    },
  },
]
