/**
 * Random plans. Everything follows from the seed: first the character of the run (which faults it has, and
 * how often), so that some runs are calm, some repeat one fault, and some have all at once; then the steps.
 */
import { Random } from '../../test/support/random.ts'
import type { Plan, Restructuring, Ruling, Step, Typing } from './plan.ts'
import type { Call, Failure } from './world/database.ts'

const FILES = { 'a.txt': 'the quick brown 🦊\njumps over\n', 'b.txt': '', 'c/d.txt': 'naïve 文字 text\n' }
const PATHS = [
  ...['x', 'y', 'x/z', 'c', 'b.txt', 'c/e', 'w/v/u', 'q1', 'q2', 'q3', 'a.txt', 'c/d.txt'],
  // The same path as one of these under U6, or in a folder that differs in case.
  ...['X', 'A.txt', 'C/d.txt', 'C/E', 'W', 'caf\u00e9', 'cafe\u0301'],
]
const SECOND = 1_000
const MONTH = 30 * 24 * 3600 * SECOND

/** The owner of the room. */
const OWNER = 0

const CALLS: readonly Call[] = ['load', 'texts', 'commits']

type Make = (random: Random, who: number) => Step | Step[]

/** Steps of every run, with their weights. */
const ORDINARY: readonly (readonly [number, Make])[] = [
  [300, (random, who) => ({ do: 'to room', who, link: random.fraction() })],
  [330, (random, who) => ({ do: 'to client', who, link: random.fraction() })],
  [120, (random, who) => ({ do: 'type', who, typing: typing(random) })],
  [14, (random, who) => ({ do: 'restructure', who, change: restructuring(random) })],
  [5, (random, who) => ({ do: 'revive', who, removed: random.fraction() })],
  [12, (random, who) => ({ do: 'transact', who, ...transaction(random) })],
  [10, (random, who) => ({ do: 'say', who, ...saying(random) })],
  [8, turning],
  [24, (random, who) => ({ do: 'open', who, file: random.fraction() })],
  [12, (random, who) => ({ do: 'look', who, file: random.fraction(), at: random.fraction() })],
  [4, (random) => ({ do: 'read', path: random.pick(PATHS) })],
  [90, (random) => ({ do: 'wait', ms: random.pick([0, 1, 5, 50, 400]) })],
]

/** Steps that a run may have, with their weights in a run that has them. */
const OCCASIONAL: readonly (readonly [number, Make])[] = [
  [6, (random) => ({ do: 'wait', ms: random.pick([3_500, 5_000, 12_000, 45_000]) })],
  [4, (_random, who) => ({ do: 'reopen', who })],
  [5, (_random, who) => ({ do: 'reload', who })],
  [12, (_random, who) => ({ do: 'cut', who, end: 'both' })],
  [12, (_random, who) => ({ do: 'cut', who, end: 'client' })],
  [12, (_random, who) => ({ do: 'cut', who, end: 'room' })],
  [8, (_random, who) => ({ do: 'cut', who, end: 'silent' })],
  [6, (random, who) => ({ do: 'double', who, repeat: random.chance(0.8) })],
  [6, (_random, who) => ({ do: 'steal', who })],
  [8, (random, who) => ({ do: 'offline', who, ms: random.pick([SECOND, 10 * SECOND, 100 * SECOND]) })],
  [4, (random) => ({ do: 'night', ms: random.pick([30 * SECOND, 600 * SECOND, MONTH]) })],
  [10, (random) => ({ do: 'die', keep: random.pick([0, 0.5, 1]), losesFrames: random.chance(0.5) })],
  [10, (random, who) => ({ do: 'die after', who, keep: random.pick([0, 1, 1]) })],
  [12, (random) => ({ do: 'hibernate', checkpoint: random.chance(0.5) })],
  [6, (random) => ({ do: 'disk fails', writes: random.int(12) })],
  [3, () => ({ do: 'row fails', table: 'commits' })],
  [4, (random) => ({ do: 'row fails', table: random.pick(['blobs', 'texts', 'clients', 'meta'] as const) })],
  [12, (random) => failure(random, 'load')],
  [10, (random) => failure(random, 'texts')],
  [10, (random) => failure(random, 'commits')],
  [14, (random) => failure(random, 'flush')],
  [6, (random) => ({ do: 'budget', times: random.pick([1, 1, 5]) })],
  [6, (random) => ({ do: 'rule', who: OWNER, ruling: ruling(random) })],
  [7, crowded],
  [10, overtaken],
  [5, overlapped],
  [5, removedUnread],
  [3, (random) => ({ do: 'database back', moment: random.fraction() })],
  [2, () => ({ do: 'database loses' })],
  [1, () => ({ do: 'second writer' })],
  [2, () => ({ do: 'storage lost' })],
  [3, brokenOff],
  [5, forgotten],
  [3, (random) => [...CALLS.map((call) => failure(random, call)), { do: 'night', ms: 600 * SECOND }]],
]

/** Two 64-bit values as text: runs on any number of machines never collide. */
export function seedOf(base: string, run: number): string {
  const random = new Random(`${base}-${run}`)
  return Array.from({ length: 4 }, () => random.uint32().toString(16).padStart(8, '0')).join('')
}

export function planOf(seed: string): Plan {
  const random = new Random(seed)
  const people = 1 + random.int(4)
  const weighted = [...ORDINARY]
  const appetite = random.pick([0.1, 0.3, 0.6, 1])
  for (const [weight, make] of OCCASIONAL) {
    if (random.chance(appetite)) weighted.push([weight * random.pick([0.3, 1, 2]), make])
  }
  const total = weighted.reduce((sum, [weight]) => sum + weight, 0)
  const step = (): Step | Step[] => {
    let roll = random.fraction() * total
    const found = weighted.find(([weight]) => {
      roll -= weight
      return roll < 0
    })
    return (found?.[1] ?? ORDINARY[0]![1])(random, random.int(people))
  }
  return {
    chance: random.uint32().toString(16),
    people,
    files: FILES,
    diskMs: random.pick([1, 1, 10, 100]),
    commitIntervalMs: random.pick([0, 0, 20, 250]),
    databaseMs: random.pick([0, 3, 60]),
    partUnits: random.pick([1, 300, 4 * 1024 * 1024]),
    tailCommits: random.pick([1, 1, 4, 30, 2_000]),
    idleMs: random.pick([100, 3_000]),
    graceMs: random.pick([0, 0, 20_000, 300_000]),
    steps: Array.from({ length: random.pick([60, 250, 600]) }, step).flat(),
  }
}

/** Somebody undoes what they did, and sometimes redoes it. */
function turning(random: Random, who: number): Step[] {
  const undo: Step = { do: 'undo', who, redo: false }
  return random.chance(0.4) ? [undo, { do: 'undo', who, redo: true }] : [undo]
}

/**
 * Everybody does something at the same time, large or small: all of it reaches the room in one turn, or
 * within one commit interval.
 */
function crowded(random: Random, who: number): Step[] {
  const people = [0, 1, 2, 3].map((next) => (who + next) % 4)
  const acts: ((author: number) => Step)[] = [
    (author) => ({ do: 'type', who: author, typing: { ...typing(random), insert: random.text(5) } }),
    (author) => ({ do: 'say', who: author, ...saying(random) }),
    (author) => ({ do: 'restructure', who: author, change: largeCreation(random) }),
    (author) =>
      random.chance(0.5)
        ? { do: 'undo', who: author, redo: false }
        : { do: 'rule', who: OWNER, ruling: ruling(random) },
  ]
  return [
    // Nothing is in flight, so what people do now is sent at once.
    ...people.flatMap((author) => exchange(author, 2)),
    { do: 'wait', ms: 300 },
    ...people.flatMap((author) => exchange(author, 2)),
    ...people.map((author, i) => acts[i]!(author)),
    ...people.flatMap((author) =>
      Array.from({ length: 2 }, (): Step => ({ do: 'to room', who: author, link: 0.999 })),
    ),
    { do: 'wait', ms: 0 },
    { do: 'type', who, typing: { ...typing(random), insert: random.text(5) } },
    { do: 'wait', ms: random.pick([1, 300]) },
    ...people.flatMap((author) => exchange(author, 2)),
  ]
}

/**
 * A submission takes long to arrive: meanwhile others commit, the room flushes, hibernates, and has the
 * commits since its base only in the archive.
 */
function overtaken(random: Random, who: number): Step[] {
  const other = (who + 1 + random.int(3)) % 4
  const create = (author: number): Step => {
    const path = `n${random.uint32()}`
    return { do: 'restructure', who: author, change: { act: 'create', path, text: random.text(20) } }
  }
  const meanwhile = () => [create(other), ...exchange(other, 2), { do: 'wait', ms: 400 } as const]
  return [
    ...exchange(who, 5),
    ...exchange(other, 5),
    create(who),
    { do: 'type', who, typing: typing(random) },
    ...meanwhile(),
    ...meanwhile(),
    ...meanwhile(),
    { do: 'wait', ms: 5_000 },
    { do: 'hibernate', checkpoint: true },
    failure(random, 'commits'),
    ...exchange(who, 5),
  ]
}

/**
 * Two people fetch one text of a room that came back from the store; it is edited and flushed before the
 * slower one has it.
 */
function overlapped(random: Random, who: number): Step[] {
  const other = (who + 1 + random.int(3)) % 4
  const slow: Step = { do: 'database', call: 'texts', how: 'ok', times: 1, ms: 10_000 }
  const type = (): Step => ({ do: 'type', who: other, typing: { ...typing(random), insert: random.text(5) } })
  return [
    { do: 'open', who, file: random.fraction() },
    { do: 'open', who: other, file: random.fraction() },
    ...exchange(who, 3),
    ...exchange(other, 3),
    { do: 'night', ms: 600 * SECOND },
    ...exchange(who, 1),
    ...exchange(other, 1),
    { do: 'wait', ms: SECOND },
    slow,
    ...exchange(who, 4, 150),
    ...exchange(other, 8, 150),
    type(),
    ...exchange(other, 3, 150),
    { do: 'wait', ms: 4_000 },
    { do: 'wait', ms: 10_000 },
    { do: 'hibernate', checkpoint: false },
    type(),
    ...exchange(other, 3),
    ...exchange(who, 3),
  ]
}

/**
 * A file that nobody has open is removed while only the store has its text, and is restored when its removal
 * is in the archive.
 */
function removedUnread(random: Random, who: number): Step[] {
  const [night, sleep]: Step[] = [
    { do: 'night', ms: 600 * SECOND },
    { do: 'hibernate', checkpoint: true },
  ]
  return [
    night!,
    ...exchange(who, 3),
    ...(random.chance(0.3) ? [failure(random, 'texts')] : []),
    { do: 'restructure', who, change: { act: 'remove', file: random.fraction() } },
    ...exchange(who, 3),
    ...(random.chance(0.5) ? [{ do: 'wait', ms: 5_000 } as const, sleep!] : []),
    ...(random.chance(0.3) ? [failure(random, 'commits')] : []),
    ...(random.chance(0.3) ? [{ do: 'reload', who } as const] : []),
    random.chance(0.7) ? { do: 'undo', who, redo: false } : { do: 'revive', who, removed: random.fraction() },
    ...(random.chance(0.5) ? exchange(who, 4) : []),
    { do: 'undo', who, redo: true },
    { do: 'undo', who, redo: false },
    ...exchange(who, 4),
  ]
}

/**
 * A flush in several parts is interrupted, and the object with the rest of it is lost; others go on with
 * what is left.
 */
function brokenOff(random: Random, who: number): Step[] {
  const type = (): Step => ({ do: 'type', who, typing: { ...typing(random), insert: random.text(5) } })
  const broken: Step = { do: 'database', call: 'flush', how: 'broken off', times: 20, ms: 0 }
  return [
    ...exchange(who, 3),
    { do: 'wait', ms: 5_000 },
    broken,
    ...[type(), ...exchange(who, 2), type(), ...exchange(who, 2), type(), ...exchange(who, 2)],
    { do: 'wait', ms: 4_000 },
    { do: 'storage lost' },
    ...exchange(who, 3),
    ...[type(), ...exchange(who, 3)],
  ]
}

/**
 * The room moves to the database and comes back; the database itself goes back in time, before or after
 * that; and clients that know more return.
 */
function forgotten(random: Random, who: number): Step[] {
  const type = (): Step => ({ do: 'type', who, typing: { ...typing(random), insert: random.text(5) } })
  const back: Step = { do: 'database back', moment: random.fraction() }
  const away: Step = { do: 'night', ms: 600 * SECOND }
  const isCold = random.chance(0.5)
  return [
    { do: 'open', who, file: random.fraction() },
    ...exchange(who, 3),
    { do: 'wait', ms: 5_000 },
    ...[type(), ...exchange(who, 2), type(), ...exchange(who, 2)],
    away,
    ...(isCold ? [back, ...exchange((who + 1) % 4, 3)] : [...exchange(who, 4), back]),
    ...[type(), ...exchange(who, 3), type(), ...exchange((who + 1) % 4, 3)],
    { do: 'read', path: random.pick(PATHS) },
  ]
}

/** Frames in both directions between one person and the room. @param ms maximum time of an answer */
function exchange(who: number, times: number, ms = 1): Step[] {
  const link = 0.999
  const there: Step = { do: 'to room', who, link }
  const back: Step = { do: 'to client', who, link }
  return Array.from({ length: times }, () => [there, { do: 'wait', ms } as const, back]).flat()
}

function typing(random: Random): Typing {
  const isLarge = random.chance(0.015)
  return {
    file: random.fraction(),
    at: random.fraction(),
    remove: random.chance(0.4) ? random.int(12) : 0,
    insert: isLarge ? random.textOf(8) : random.chance(0.85) ? random.text(5) : '',
    times: isLarge ? 5_000 : 1,
  }
}

function restructuring(random: Random): Restructuring {
  const roll = random.int(13)
  if (roll === 12) return { act: 'recase', file: random.fraction() }
  const path = random.pick(PATHS)
  if (roll < 6) return { act: 'create', path, text: random.text(20) }
  if (roll < 10) return { act: 'rename', file: random.fraction(), path }
  return { act: 'remove', file: random.fraction() }
}

/** Creates a file that exceeds a batch, or one that does not. */
function largeCreation(random: Random): Restructuring {
  const times = random.pick([9_000, 9_000, 9_000, 66_000])
  return { act: 'create', path: `n${random.uint32()}`, text: random.textOf(4), times }
}

function saying(random: Random) {
  return { text: random.textOf(1 + random.int(20)), times: random.pick([1, 1, 20, 150]) }
}

function ruling(random: Random): Ruling {
  const roll = random.int(4)
  // Mostly everybody may edit: in a room of viewers nothing happens.
  if (roll === 0) return { act: 'mode', mode: random.pick(['open', 'open', 'classroom']) }
  if (roll === 1) return { act: 'access', access: random.pick(['edit', 'edit', 'view']) }
  if (roll === 2) return { act: 'chatting', on: random.chance(0.7) }
  return { act: 'role', of: 1 + random.int(3), role: random.pick(['editor', 'editor', 'viewer']) }
}

function transaction(random: Random) {
  return {
    typings: Array.from({ length: random.int(4) }, () => typing(random)),
    change: random.chance(0.3) ? restructuring(random) : null,
    abandon: random.chance(0.1),
  }
}

function failure(random: Random, call: Call): Step {
  const kinds: Failure[] = ['ok', 'unavailable', 'unavailable', 'answer lost']
  if (call === 'flush') kinds.push('twice', 'late', 'broken off')
  const how = random.pick(kinds)
  return { do: 'database', call, how, times: random.pick([1, 1, 3]), ms: random.pick([0, 10, 300, 10_000]) }
}
