// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are pieces of source
/** Texts: strict ops, one tie-break, a checksum that detects divergence. */
import type { Mutant } from '../mutant.ts'

const AUTHORITY_TEST = 'test/core/authority/authority.test.ts'

export const TEXT: readonly Mutant[] = [
  {
    name: 'strict ops: whole numbers',
    rules: ['O2'],
    from: 'fractions, infinities and 1e300 reach the OT library, which never returns',
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
    rules: ['U2'],
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
    rules: ['U2'],
    from: 'a text contains what Postgres cannot store',
    source: 'core/text/units.ts',
    text: 'if (unit === 0 || unit === 13) return false',
    without: 'if (unit === 13) return false',
    test: {
      project: 'core',
      file: 'test/core/text/op.test.ts',
      title: 'refuses texts that cannot be stored, and accepts all others',
      says: 'AssertionError',
    },
  },
  {
    name: 'strict ops: inside the text',
    rules: ['O3'],
    from: 'an op that reaches past the end is clipped, differently in different places',
    source: 'core/text/text.ts',
    text: 'if (!(base <= this.#root.points)) {',
    without: 'if (base < 0) {',
    test: {
      project: 'core',
      file: AUTHORITY_TEST,
      title: '[O3] with an op that reaches past the end is refused, even if the text has grown since',
      says: 'AssertionError',
    },
  },
  {
    name: 'tie-break',
    rules: ['O4'],
    from: 'clients and room order text inserted at the same position differently',
    source: 'core/text/transform.ts',
    text: "    pending: algebra.transform(pending, committed, 'right'),",
    without: "    pending: algebra.transform(pending, committed, 'left'),",
    test: {
      project: 'core',
      file: 'test/core/text/transform.test.ts',
      title: 'gives the same text in both orders, with ops in normal form',
      says: 'AssertionError',
    },
  },
  {
    name: 'checksum',
    rules: ['C5'],
    from: 'a client whose text differs from the room’s keeps typing into it',
    source: 'core/replica/verifier.ts',
    text: 'text.checksum() === sum',
    without: 'sum !== null',
    test: {
      project: 'core',
      file: 'test/core/replica/replica.test.ts',
      title: '[C5] is detected by its checksum, fetched, and pending work is transformed',
      says: 'AssertionError',
    },
  },
  {
    name: 'case-insensitive paths',
    rules: ['U6'],
    from: 'a room contains two files that overwrite each other on the disk of whoever downloads it',
    source: 'core/protocol/path.ts',
    text: "return path.normalize('NFC').toLowerCase().normalize('NFC')",
    without: 'return path',
    test: {
      project: 'core',
      file: AUTHORITY_TEST,
      title: 'equivalent to an existing path',
      says: 'AssertionError',
    },
  },
  {
    name: 'readable paths',
    rules: ['U3'],
    from: 'a file that ends in .exe is shown as one that ends in .txt',
    source: 'core/protocol/path.ts',
    text: '|${BIDI}|${INVISIBLE}`',
    without: '`',
    test: {
      project: 'core',
      file: 'test/core/protocol/path.test.ts',
      title: 'is refused with a reason',
      says: 'AssertionError',
    },
  },
]
