/**
 * Faults that a random tester has to find by itself: each is there when these protections are out, all of them at once. Some need more
 * than one, since what one lets pass another still stops. Data alone.
 */
export type Tester = 'sim' | 'verify'

export interface Fault {
  readonly name: string
  readonly by: Tester
  /** Protections of the table that are out. */
  readonly without: readonly string[]
}

/** Runs within which each fault is found. */
export const MOST_RUNS = 1_000

export const FAULTS: readonly Fault[] = [
  {
    name: 'a database that went back is written on',
    by: 'sim',
    without: ['a flush builds on what is stored', 'nothing is deleted on a belief'],
  },
  { name: 'two writers of one room', by: 'sim', without: ['one writer of a room'] },
  {
    name: 'a text is fetched at any age',
    by: 'sim',
    without: ['no older text in place of the one that was there'],
  },
  {
    name: 'commits of a flush that broke off stay',
    by: 'sim',
    without: ['what a flush that broke off left is removed'],
  },
  {
    name: 'a refusal that cannot be worked up comes for ever',
    by: 'verify',
    without: ['a refusal lets its item go', 'nothing in flight outlives its file'],
  },
  {
    name: 'old text is committed into a file that came back',
    by: 'verify',
    without: ['nothing in flight outlives its file'],
  },
  {
    name: 'the room takes an old edit into a file that came back',
    by: 'verify',
    without: ['an old edit never reaches a file that came back, whatever else happens'],
  },
  {
    name: 'another user publishes what somebody left',
    by: 'verify',
    without: ['a copy is taken by its user alone'],
  },
  {
    name: 'an open text has no committed one',
    by: 'verify',
    without: ['no open text without its committed side'],
  },
  {
    name: 'nobody hears of a refusal after a reload',
    by: 'verify',
    without: ['what was refused waits to be heard'],
  },
  {
    name: 'a refused step takes others with it',
    by: 'verify',
    without: ['what is undone together is refused apart'],
  },
  {
    name: 'undo after a conflict doubles text',
    by: 'verify',
    without: ['nothing that was handed out is undone'],
  },
  { name: 'a deletion goes with a refusal', by: 'verify', without: ['a refused change never was'] },
  {
    name: 'a refusal gives text back at the end of the file',
    by: 'verify',
    without: ['what a refusal gives back is where it was'],
  },
]
