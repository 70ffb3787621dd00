/** Editors: the bindings of CodeMirror and Monaco. */
import type { Mutant } from '../mutant.ts'

export const EDITORS: readonly Mutant[] = [
  {
    name: 'remote edits wait for a composition',
    rules: ['sdk.md#compositions'],
    from: 'remote edits during a composition make it lose or double letters',
    source: 'editors/monaco/binding.ts',
    text: 'else if (this.#divergence.waits || this.#composition.isUnderWay) {',
    without: 'else if (this.#divergence.waits) {',
    test: {
      project: 'editors',
      file: 'test/editors/composing.test.ts',
      title: 'gets remote changes after the composition, and the file gets composed text at once',
      says: 'AssertionError',
    },
  },
  {
    name: 'the wait for a composition ends',
    rules: ['sdk.md#compositions'],
    from: 'a user whose composition never ends sees no remote edits',
    source: 'editors/composing.ts',
    text: 'if (performance.now() - this.#since < LONGEST_WAIT_MS) return true',
    without: 'if (this.#since >= 0) return true',
    test: {
      project: 'editors',
      file: 'test/editors/composing.test.ts',
      title: 'is 10 s at most, and as long again for later changes',
      says: 'AssertionError',
    },
  },
  {
    name: 'half of a surrogate pair waits for the other',
    rules: ['U2'],
    from: 'an emoji that a browser inserts in two inputs becomes two U+FFFD',
    source: 'editors/codemirror/binding.ts',
    text: 'if (this.#divergence.own.some(({ insert }) => hasHalf(insert)))',
    without: 'if (this.#divergence.own.length < 0)',
    test: {
      project: 'editors',
      file: 'test/editors/codemirror/binding.test.ts',
      title: 'may be an emoji in two inputs, each with one half',
      says: 'AssertionError',
    },
  },
]
