/**
 * Faults that a random tester has to find by itself: each is present when all of its mutants are applied at
 * once. Some need more than one, since one safeguard still catches what another lets through. Data only.
 */
export type Tester = 'sim' | 'verify'

export interface Fault {
  readonly name: string
  readonly by: Tester
  /** Names of the mutants that are applied together. */
  readonly without: readonly string[]
}

/** The number of runs within which each fault has to be found. */
export const MOST_RUNS = 1_000

export const FAULTS: readonly Fault[] = [
  {
    name: 'a flush continues on a database that went back',
    by: 'sim',
    without: ['a flush builds on what is stored', 'the store is checked before deletion'],
  },
  { name: 'two writers of one room', by: 'sim', without: ['one writer per room'] },
  {
    name: 'a text of any age is fetched',
    by: 'sim',
    without: ['no older text replaces a newer one'],
  },
  {
    name: 'commits of an interrupted flush stay',
    by: 'sim',
    without: ['remains of an interrupted flush are removed'],
  },
  {
    name: 'a refusal that cannot be processed comes forever',
    by: 'verify',
    without: ['a refusal releases its item', 'edits in flight are dropped with their file'],
  },
  {
    name: 'old text is committed into a restored file',
    by: 'verify',
    without: ['edits in flight are dropped with their file'],
  },
  {
    name: 'the room accepts an old edit of a restored file',
    by: 'verify',
    without: ['no old edit in a restored file, in any room'],
  },
  {
    name: 'another user publishes kept work',
    by: 'verify',
    without: ['kept work is taken up only by its user'],
  },
  {
    name: 'an open text has no committed text',
    by: 'verify',
    without: ['an open text has its committed text'],
  },
  {
    name: 'a refusal after a reload is not reported',
    by: 'verify',
    without: ['refusals wait for a listener'],
  },
  {
    name: 'a refused undo step takes others with it',
    by: 'verify',
    without: ['parts of an undo are refused separately'],
  },
  {
    name: 'undo after a conflict doubles text',
    by: 'verify',
    without: ['text handed to the user cannot be undone'],
  },
  {
    name: 'a deletion is lost with a refusal',
    by: 'verify',
    without: ['a refused change is fully withdrawn'],
  },
  {
    name: 'a refusal restores text at the end of the file',
    by: 'verify',
    without: ['refused deletions restore text in place'],
  },
]
