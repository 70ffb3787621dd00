// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are pieces of source
/** The store: no flush overwrites what is newer, or another room. */
import type { Mutant } from '../mutant.ts'

const NEON_TEST = 'test/schema/neon-store.test.ts'
const STORED_TEST = 'test/durable-objects/flush/stored.test.ts'
const FENCES = 'test/schema/contract/fences.contract.ts'

export const STORE: readonly Mutant[] = [
  {
    name: 'fence against older writers',
    rules: ['operations.md#two-writers'],
    from: 'a late flush takes the room back to an earlier state',
    source: 'schema/statements/flush-fence.ts',
    text: 'lte(rooms.seq, seq)',
    without: 'undefined',
    test: {
      project: 'contract',
      file: NEON_TEST,
      title: 'and keeps the newest of concurrent ones',
      titledIn: FENCES,
      says: 'AssertionError',
    },
  },
  {
    name: 'fence against another room of the same name',
    rules: ['operations.md#two-writers'],
    from: 'a room overwrites another one that has its name',
    source: 'schema/statements/flush-fence.ts',
    text: `    eq(rooms.writer, writer),
    ours,`,
    without: '',
    test: {
      project: 'contract',
      file: NEON_TEST,
      title: 'of another room of the same name as a conflict, older or newer, without writing',
      titledIn: FENCES,
      says: 'instead of rejecting',
    },
  },
  {
    name: 'one writer per room',
    rules: ['operations.md#two-writers'],
    from: 'two deployments on one database each take what the other wrote for their own',
    source: 'schema/statements/flush-fence.ts',
    text: 'stored.writer !== null && stored.writer === flush.writer',
    without: 'stored.epoch === flush.epoch',
    test: {
      project: 'contract',
      file: STORED_TEST,
      title: 'are a conflict: the second one gets an error, and keeps everything',
      says: 'instead of rejecting',
    },
  },
  {
    name: 'one writer per room, under faults',
    rules: ['operations.md#two-writers'],
    from: 'two deployments on one database each take what the other wrote for their own',
    source: 'schema/statements/flush-fence.ts',
    text: 'stored.writer !== null && stored.writer === flush.writer',
    without: 'stored.epoch === flush.epoch',
    test: {
      project: 'core',
      file: 'test/verify/sim.test.ts',
      title: 'in the pinned plan',
      says: 'is not what was received',
    },
  },
  {
    name: 'a flush builds on what is stored',
    rules: ['operations.md#restoring'],
    from: 'after the database went back, a flush moves its seq past what is missing there',
    source: 'schema/statements/flush-fence.ts',
    text: 'if (!isOurEpoch || stored.seq < flush.base) return',
    without: 'if (!isOurEpoch) return',
    test: {
      project: 'contract',
      file: STORED_TEST,
      title: 'is detected by the next flush, which writes everything that is here',
      says: 'AssertionError',
    },
  },
  {
    name: 'a deleted room is rewritten completely',
    rules: ['operations.md#restoring'],
    from: 'a flush into an empty database stores only the last changes, and counts as complete',
    source: 'schema/statements/flush-fence.ts',
    text: "flush.base === 0 ? 'write' : 'behind'",
    without: "'write'",
    test: {
      project: 'contract',
      file: STORED_TEST,
      title: 'is detected by the next flush if the row is gone',
      says: 'AssertionError',
    },
  },
  {
    name: 'revision guard',
    rules: ['operations.md#the-database'],
    from: 'a text is overwritten by an older version of it',
    source: 'schema/statements/flush.ts',
    text: 'setWhere: sql`${files.revision} < excluded.revision`,',
    without: '',
    test: {
      project: 'contract',
      file: NEON_TEST,
      title: 'and never reverts a file or a client to an earlier state',
      titledIn: FENCES,
      says: 'AssertionError',
    },
  },
  {
    name: 'guard of n',
    rules: ['S3'],
    from: 'the last submission of a client is overwritten by an earlier one',
    source: 'schema/statements/flush.ts',
    text: 'setWhere: sql`${clients.n} < excluded.n`,',
    without: '',
    test: {
      project: 'contract',
      file: NEON_TEST,
      title: 'and never reverts a file or a client to an earlier state',
      titledIn: FENCES,
      says: 'AssertionError',
    },
  },
]
