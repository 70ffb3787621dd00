/**
 * Valid messages of every type, made from the current room: existing ids, ops that fit the text at the base,
 * free paths. Mutation starts from them, and between invalid messages they keep the room changing.
 */

import { boundaryAfter } from '../../chaos/markers.ts'
import type { Chance } from '../../random.ts'
import { type ModelFile, pointsAt, type RoomModel } from '../oracle/room-model.ts'
import type { Change, PeopleChange } from '../oracle/submit.ts'
import { isWellFormed } from '../oracle/well-formed.ts'

/** The sender of the messages. */
export interface Hand {
  readonly chance: Chance
  readonly model: RoomModel
  readonly client: string
  /** The last seq that this client has processed. */
  readonly base: number
  /** A number that this client has not used yet. */
  nextN(): number
  /** Whether a file belongs to healthy people, so that only text between their markers may enter it. */
  isShared(file: ModelFile): boolean
}

export interface Submit {
  readonly type: 'submit'
  readonly n: number
  readonly base: number
  readonly changes: readonly Change[]
}

/** The folder of the attackers' files. */
export const ATTACK = 'attack'
const WORDS = [
  'x',
  'abc',
  '\n',
  'é',
  '漢字',
  '😀',
  '👩‍👩‍👧‍👦',
  '\u2028',
  '\t',
  '"\\',
  'attack ',
  '\u0001',
  '\u202e',
]
/** Units of a text that is too large for its commit and becomes a blob. */
const LARGE_UNITS = 33_000
/** Number of files that attackers keep unless a case is meant to fill the room. */
const FEW_FILES = 14

export function files(hand: Hand): ModelFile[] {
  return [...hand.model.now.files.values()].filter((file) => !hand.isShared(file))
}

export function anyFile(hand: Hand): string {
  const known = files(hand)
  return known.length === 0 || hand.chance.chance(0.05) ? 'not-there' : hand.chance.pick(known).file
}

export function submit(hand: Hand, changes: readonly Change[], base = hand.base): Submit {
  return { type: 'submit', n: hand.nextN(), base, changes }
}

export function freshPath({ chance }: Hand): string {
  const name = chance.pick([
    'a',
    'ß',
    '漢',
    '😀',
    'with space',
    'U\u2028',
    '%41',
    '#',
    '?',
    '..x',
    '-',
    "'",
    'con',
    'É',
    'e\u0301',
    '👩\u200d💻',
  ])
  return `${ATTACK}/${chance.pick(['', '', 'deep/er/', 'ünder/'])}${name}${chance.int(400)}`
}

export function freshId({ chance }: Hand): string {
  return `f${chance.int(1_000_000_000).toString(36)}${chance.pick(['', '.', '_', '-', '.constructor'])}`
}

export function words({ chance }: Hand): string {
  return Array.from({ length: 1 + chance.int(6) }, () => chance.pick(WORDS)).join('')
}

/** An op in normal form that fits a text of this many points. */
export function opFor(points: number, hand: Hand): (number | string | { d: number })[] {
  const { chance } = hand
  const op: (number | string | { d: number })[] = []
  let left = points
  for (let parts = 1 + chance.int(3); parts > 0; parts--) {
    const skip = chance.int(left + 1)
    // Without a skip in between, this component would be adjacent to the last one.
    if (skip === 0 && op.length > 0) break
    if (skip > 0) op.push(skip)
    left -= skip
    const removed = left > 0 && chance.chance(points > 2_000 ? 0.9 : 0.4) ? 1 + chance.int(left) : 0
    if (removed > 0) op.push({ d: removed })
    left -= removed
    if (removed === 0 || chance.chance(0.4)) op.push(words(hand))
  }
  return op
}

export function edit(hand: Hand, base = hand.base): Change {
  const known = files(hand).filter(({ born }) => born === null || born <= base)
  if (known.length === 0) return { type: 'edit', file: 'not-there', op: ['x'] }
  const file = hand.chance.pick(known)
  return { type: 'edit', file: file.file, op: opFor(pointsAt(file, base) ?? 0, hand) }
}

export function create(hand: Hand): Change {
  return { type: 'create', file: freshId(hand), path: somePath(hand), text: words(hand) }
}

export function rename(hand: Hand): Change {
  return { type: 'rename', file: anyFile(hand), path: somePath(hand) }
}

/** Mostly a fresh path; otherwise an existing one in another spelling. */
function somePath(hand: Hand): string {
  const known = files(hand)
  if (known.length === 0 || hand.chance.chance(0.8)) return freshPath(hand)
  const { path } = hand.chance.pick(known)
  return hand.chance.pick([
    path.toUpperCase(),
    path.toLowerCase(),
    path.normalize('NFD'),
    path.normalize('NFC'),
  ])
}

export function remove(hand: Hand): Change {
  return { type: 'remove', file: anyFile(hand) }
}

/** Restores what attackers removed; more rarely, what nobody removed. */
export function revive(hand: Hand, chosen = removedFiles(hand)): Change {
  const { chance } = hand
  if (chosen.length === 0 || chance.chance(0.1))
    return { type: 'revive', file: anyFile(hand), seq: chance.pick([0, 1, hand.base, hand.base + 1_000]) }
  const [file, seq] = chance.pick(chosen)
  return { type: 'revive', file, seq }
}

export function removedFiles({ model }: Hand) {
  return model.removed.filter(([, , { path }]) => path.startsWith(`${ATTACK}/`)).slice(-50)
}

/** Sends a chat message, or tries something that only the owner may do. */
export function people(hand: Hand): PeopleChange {
  const { chance } = hand
  const user = chance.pick(['somebody', 'guest', 'constructor', '__proto__', '漢字', words(hand)])
  return chance.pick<() => PeopleChange>([
    () => ({ type: 'chat', text: words(hand) }),
    () => ({ type: 'chat', text: words(hand).repeat(chance.int(3_000)) }),
    () => ({ type: 'role', user, role: chance.pick(['owner', 'editor', 'viewer']) }),
    () => ({ type: 'mode', mode: chance.pick(['open', 'classroom']) }),
    () => ({ type: 'access', access: chance.pick(['private', 'view', 'edit']) }),
    () => ({ type: 'chatting', on: chance.chance(0.5) }),
    () => ({ type: 'kick', user }),
    () => ({ type: 'ban', user, on: chance.chance(0.5) }),
    () => ({ type: 'guests', on: chance.chance(0.5) }),
    () => (chance.chance(0.5) ? { type: 'revoke' } : { type: 'revoke', token: words(hand) }),
    () => ({ type: 'invite', token: `t${'0'.repeat(20)}`, user }),
    () => ({ type: 'close', closed: chance.chance(0.5) }),
  ])()
}

/** Another token on an open socket: one that looks signed, or a guest's secret. */
export function auth({ chance, client }: Hand): object {
  const forged = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJvbGdhIiwicm9sZSI6Im93bmVyIn0.'
  return {
    type: 'auth',
    token: chance.pick([forged, `${forged}x`, `guest-${client}`, '..', 'x'.repeat(9_000)]),
  }
}

/** A change that keeps the number of files roughly constant. */
export function structural(hand: Hand): Change {
  if (files(hand).length < FEW_FILES) return hand.chance.chance(0.3) ? revive(hand) : create(hand)
  return hand.chance.chance(0.5) ? remove(hand) : rename(hand)
}

/**
 * Changes that belong together, some of them to files that the submission itself creates, renames and
 * removes.
 */
export function several(hand: Hand): Change[] {
  const { chance } = hand
  const made = freshId(hand)
  const path = freshPath(hand)
  const [file, other] = [anyFile(hand), anyFile(hand)]
  return chance.pick<() => Change[]>([
    () => [edit(hand), edit(hand), structural(hand)],
    () => [
      { type: 'create', file: made, path, text: 'made' },
      { type: 'edit', file: made, op: [4, ' here'] },
      { type: 'rename', file: made, path: `${path}-2` },
      ...(chance.chance(0.5) ? [{ type: 'remove', file: made } as const] : []),
    ],
    // Removes a file and creates one with the same id; the last change may be refused, and with it all.
    () => [
      { type: 'remove', file },
      { type: 'create', file, path, text: 'again' },
      ...(chance.chance(0.5) ? [{ type: 'edit', file, op: [5, '!'] } as const] : []),
      ...(chance.chance(0.4)
        ? [{ type: 'rename', file: other, path: chance.pick(['..', path]) } as const]
        : []),
    ],
    () => [
      { type: 'rename', file, path },
      { type: 'rename', file: other, path },
      { type: 'edit', file, op: ['x'] },
    ],
    () => [revive(hand), edit(hand), revive(hand)],
    () => Array.from({ length: 2 + chance.int(30) }, () => edit(hand)),
  ])()
}

/** Files that together exceed a batch, each within the limit of a file. */
const HUGE_FILES = 4
const HUGE_UNITS = 90_000

export function large(hand: Hand): Change {
  const text = `${words(hand)}${hand.chance.pick(['x', '😀', '"\\'])}`
    .repeat(LARGE_UNITS / 4)
    .slice(0, LARGE_UNITS)
  const whole = isWellFormed(text) ? text : text.slice(0, -1)
  if (files(hand).length < FEW_FILES && hand.chance.chance(0.5))
    return { type: 'create', file: freshId(hand), path: freshPath(hand), text: whole }
  return { type: 'edit', file: anyFile(hand), op: [whole] }
}

/**
 * More than a batch can hold, with an edit and a long chat message beside it; the files are removed again.
 */
export function muchAndLittle(hand: Hand): (Change | PeopleChange)[] {
  const { chance } = hand
  const made = Array.from({ length: HUGE_FILES }, () => freshId(hand))
  const creations = made.map((file): Change => {
    return { type: 'create', file, path: freshPath(hand), text: 'much '.repeat(HUGE_UNITS / 5) }
  })
  const removals = made.map((file): Change => ({ type: 'remove', file }))
  const text = words(hand)
    .trim()
    .repeat(4_000)
    .slice(0, 200 + chance.int(3_000))
  const chat: PeopleChange = { type: 'chat', text: isWellFormed(text) ? text : text.slice(0, -1) }
  return [edit(hand), ...creations, chat, ...removals]
}

/** Text between the markers of healthy people; null if their text is not known at the base. */
export function amongHealthy(hand: Hand): Change | null {
  const shared = [...hand.model.now.files.values()].filter((file) => hand.isShared(file))
  if (shared.length === 0) return null
  const { file, text, revision } = hand.chance.pick(shared)
  if (text === null || revision > hand.base) return null
  // A welcome may name commits that the other sockets have not received yet.
  if (hand.model.now.sealed < hand.base) return null
  const unit = boundaryAfter(text, hand.chance.int(text.length + 1))
  const at = [...text.slice(0, unit)].length
  return { type: 'edit', file, op: at === 0 ? ['~'] : [at, '~'] }
}

export function presence(hand: Hand): object {
  const { chance } = hand
  const selections = Array.from({ length: chance.int(4) }, () => [chance.int(50), chance.int(5_000)])
  const file = chance.chance(0.2) ? null : anyFile(hand)
  const seq = chance.chance(0.7) ? hand.base : chance.int(hand.base + 2)
  return {
    type: 'presence',
    seq,
    file,
    selections,
    ...(chance.chance(0.4) ? { viewport: [chance.int(50), chance.int(5_000)] } : {}),
    ...(chance.chance(0.4) ? { data: { mood: words(hand) } } : {}),
  }
}

/** A desync report, true or false. */
export function desync(hand: Hand): object {
  const { chance, model } = hand
  const file = anyFile(hand)
  const text = model.now.files.get(file)?.text ?? words(hand)
  const seq = chance.int(hand.base + 2)
  const facts = { file, seq, good: chance.int(seq + 1), sum: chance.uint32(), points: [...text].length }
  const told = chance.chance(0.6)
    ? { before: chance.chance(0.5) ? text : words(hand), text: words(hand) }
    : {}
  const ops = chance.chance(0.6) ? { ops: [opFor(chance.int(20), hand), opFor(chance.int(20), hand)] } : {}
  return { type: 'desync', ...facts, ...told, ...ops }
}

export function blob(hand: Hand): object {
  const { chance } = hand
  const known = [...hand.model.blobs]
  const id =
    known.length > 0 && chance.chance(0.6)
      ? chance.pick(known)
      : `${chance.int(hand.base + 3)}-${chance.int(3)}`
  return { type: 'blob', blob: id }
}

export function hello({ client, chance, model, base }: Hand): object {
  const lines = chance.chance(0.3) ? { lines: chance.chance(0.8) } : {}
  if (chance.chance(0.5) || model.epoch === '') return { type: 'hello', protocol: 1, client, ...lines }
  const since = chance.chance(0.7) ? base : chance.int(base + 5)
  const epoch = chance.chance(0.9) ? model.epoch : 'another'
  return { type: 'hello', protocol: 1, client, since, epoch, ...lines }
}
