/**
 * A mutant: the source text of a safeguard, the text that replaces it, what breaks then, and the test that
 * has to fail. The rows are in table/, one file per subject, data only. Each text occurs exactly once in its
 * file, each rule is documented, and each test exists: test/project/mutants.test.ts checks all three.
 */
export interface Mutant {
  readonly name: string
  /**
   * What the safeguard keeps: rules of docs/protocol.md, such as `S3`. Where no rule says it, the section of
   * another page that does, such as `operations.md#two-writers`.
   */
  readonly rules: readonly [string, ...string[]]
  /** What goes wrong without the safeguard. */
  readonly from: string
  readonly source: string
  readonly text: string
  /** Replaces `text` in the mutant. */
  readonly without: string
  readonly test: {
    readonly project: 'core' | 'contract' | 'editors' | 'edge' | 'client' | 'faults'
    readonly file: string
    /** A part of the test's title, as written in `file`, or in `titledIn`. */
    readonly title: string
    readonly titledIn?: string
    /** A part of the failure's message, so that no other failure counts. */
    readonly says: string
  }
}
