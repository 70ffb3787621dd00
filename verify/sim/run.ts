/**
 * One run: plays a plan, ends all faults, and checks, once everything is quiet, that nothing was lost: every
 * replica equals the authority, everything acked is in the log once, and when everybody has left, Postgres
 * alone has it all.
 */
import { isDeepStrictEqual } from 'node:util'
import { applyPolicy } from '../../core/model/policy.ts'
import { isPolicyChange } from '../../core/protocol/changes.ts'
import type { Commit, FileInfo, Policy } from '../../core/protocol/messages.ts'
import type { Plan } from './plan.ts'
import { play } from './steps.ts'
import type { Tally } from './tally.ts'
import { FIRST_POLICY, ROOM } from './world/object.ts'
import { keyOf, type Person } from './world/person.ts'
import { checkRemovals } from './world/removals.ts'
import { World } from './world/world.ts'

export interface Outcome {
  readonly tally: Tally
  /** null if the run passed */
  readonly failure: Error | null
}

/** Refusals that people may get who act at once on what they see; any other is a bug of the SDK. */
const HARMLESS = new Set([
  ...['path_taken', 'no_such_file', 'file_too_large', 'forbidden', 'chat_off'],
  ...['file_exists', 'no_such_removal', 'past_gone', 'ended'],
])
/** Rounds until the world has to be quiet, each of some ms of virtual time. */
const ROUNDS = 3_000
/** ms within which a text, and the room, have to arrive from the database */
const READ_MS = 1_000
/** ms within which an empty room has to be flushed and let go */
const LEAVE_MS = 20 * 60_000

export async function run(plan: Plan): Promise<Outcome> {
  const world = new World(plan)
  const captured = captureConsole()
  let failure: Error | null = null
  try {
    await world.begin()
    await play(world, plan)
    await finish(world)
    const { tally, damage } = world
    for (const [what, words] of CONSEQUENCES)
      if (captured.lines.some((line) => line.includes(words))) tally.add(what)
    const unexpected = captured.lines.find((line) => !isExpected(line, damage.happened))
    if (unexpected !== undefined) throw new Error(`the room logged: ${unexpected}`)
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error))
  } finally {
    world.end()
    captured.end()
  }
  return { tally: world.tally, failure }
}

async function finish(world: World): Promise<void> {
  world.host.heal()
  await calm(world)
  for (const person of world.people) {
    await world.time.as(person.machine, () => {
      for (const { path } of person.room.files) person.openPath(path)
    })
  }
  await calm(world)
  const committed = await committedTexts(world)
  checkPaths(Object.keys(committed))
  const { seq } = world.host.life.journal
  world.tally.add('commits', seq)
  for (const person of [...world.people, ...world.former]) checkPerson(person)
  for (const person of world.people) checkReplica(person, committed)
  await leave(world)
  await checkLog(world, seq)
  if (!world.host.life.journal.isRoom) await checkStore(world, committed)
}

/** Lets everything arrive and everyone reconnect. */
async function calm(world: World): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    let moved = false
    for (const person of [...world.people]) {
      person.offlineUntil = 0
      if (person.isClosed) await world.reopen(person)
    }
    for (const person of world.people) {
      for (const link of person.links) {
        while ((await world.toRoom(link)) || (await world.toClient(person, link))) moved = true
      }
    }
    world.host.check()
    const settled = world.people.every(({ isSettled }) => isSettled)
    if (!moved && settled && world.host.life.isAtRest) return
    await world.time.pass(moved ? 20 : 500)
  }
  const stuck = world.people.map(({ name, room }) => `${name}: ${JSON.stringify(room.status)}`)
  throw new Error(`the world does not settle: ${stuck.join(', ')}`)
}

async function committedTexts(world: World): Promise<Record<string, string>> {
  let files: readonly FileInfo[] = []
  await world.host.begin((life) =>
    life.files().then((found) => {
      files = found
    }),
  )
  const texts: Record<string, string> = {}
  const log = await logOf(world, world.host.life.journal.seq)
  for (const { file, path, revision } of files.toSorted((left, right) => (left.path < right.path ? -1 : 1))) {
    const text = await read(world, path)
    if (text !== null) {
      world.witness.checkText(file, revision, text, log.get(revision))
      texts[path] = text
    } else if (world.damage.mayLoseTexts) world.tally.add('files with a lost text')
    else throw new Error(`there is no text at ${path}`)
  }
  return texts
}

/** The text at a path; null if the file is gone. */
async function read(world: World, path: string): Promise<string | null> {
  const reading = await world.read(path)
  await world.time.pass(READ_MS)
  world.host.check()
  return reading.text
}

/** [U3] */
function checkPaths(paths: readonly string[]): void {
  for (const path of paths) {
    const key = keyOf(path)
    const clash = paths.find((other) => other !== path && `${keyOf(other)}/`.startsWith(`${key}/`))
    if (clash !== undefined) throw new Error(`there are files at ${path} and at ${clash}`)
  }
}

function checkPerson({ name, errors, rejections }: Person): void {
  const [error] = errors
  if (error !== undefined) throw new Error(`${name} got an error: ${error.message}`)
  const odd = rejections.find(({ code }) => !HARMLESS.has(code))
  if (odd !== undefined) throw new Error(`${name} was refused with ${odd.code}: ${odd.message}`)
}

function checkReplica(
  { name, room, replica, open }: Person,
  committed: Readonly<Record<string, string>>,
): void {
  // Otherwise no checksum is ever compared with the text here. A lost text cannot arrive.
  const lost = new Set(room.files.filter(({ path }) => committed[path] === undefined).map(({ file }) => file))
  const unread = replica.wanted.find((file) => !lost.has(file))
  if (unread !== undefined) throw new Error(`${name} has settled without the room's text of ${unread}`)
  const here = open
    .filter(({ removed, path }) => !removed && committed[path] !== undefined)
    .map(({ path, text }) => [path, text] as const)
  const texts = Object.fromEntries(here.sort(([left], [right]) => (left < right ? -1 : 1)))
  const files = room.files.filter(({ path }) => committed[path] !== undefined)
  if (files.length !== here.length || !isDeepStrictEqual(texts, committed)) {
    throw new Error(`${name} has\n${JSON.stringify(texts)}\nbut the room\n${JSON.stringify(committed)}`)
  }
}

/** Everybody leaves. The object has to flush and let go by its alarm alone. */
async function leave(world: World): Promise<void> {
  for (const person of world.people) {
    await world.time.as(person.machine, () => void person.room.close())
    for (const link of person.links) while (await world.toRoom(link));
  }
  await world.time.pass(LEAVE_MS)
  world.host.check()
  const { journal, flushError } = world.host.life
  if (!journal.isRoom) return
  const mark = await world.host.database.truth.mark(ROOM)
  const isConflict = flushError?.kind === 'conflict' && mark?.writer !== journal.marks.belief.writer
  if (isConflict) world.tally.add('rooms that stayed in conflict')
  const isSetAside = flushError === null && journal.flushedSeq === journal.seq && journal.setAside.length > 0
  if (!world.damage.happened || !(isConflict || isSetAside)) {
    const { seq, flushedSeq } = journal
    throw new Error(`the object did not let go of the room: ${flushedSeq} of ${seq} commits are flushed`)
  }
}

/**
 * Every commit is in the archive or, if the room stays in the object, in the journal; those that are in
 * neither are recorded as lost.
 */
async function checkLog(world: World, seq: number): Promise<void> {
  const { journal } = world.host.life
  const { truth } = world.host.database
  const stored = await truth.load(ROOM)
  if (!journal.isRoom && stored?.seq !== seq)
    throw new Error(`the store has the room at ${stored?.seq}, not at ${seq}`)
  const log = await logOf(world, seq)
  const gaps = (journal.isRoom ? journal.marks.gaps : stored?.gaps) ?? []
  for (let at = 1; at <= seq; at++) {
    const isGap = gaps.some(({ after, upTo }) => after < at && at <= upTo)
    if (isGap) world.tally.add('rooms with lost commits')
    if (isGap && !world.damage.mayBeGivenUp(at))
      throw new Error(`commit ${at} is listed as a gap but was not lost`)
    if (isGap) world.witness.forgive(world.damage.goneAt(at))
    // A room in conflict does not look at what the database has.
    if (journal.isRoom && world.damage.hasLostAt(at)) continue
    if (!isGap && !log.has(at)) throw new Error(`commit ${at} of ${seq} is missing and not listed as a gap`)
  }
  world.witness.check(log)
}

/** The commits up to `seq` that the room has in its journal or in the archive, by seq. */
async function logOf({ host }: World, seq: number): Promise<ReadonlyMap<number, string>> {
  const { journal } = host.life
  const tail = journal.isRoom ? journal.tail : seq
  const archive = await host.database.truth.commits(ROOM, 0, tail)
  const here = journal.isRoom ? (journal.log.bodies(tail, seq) ?? []) : []
  const bodies = [...archive.map(({ body }) => body), ...here]
  return new Map(bodies.map((body) => [JSON.parse(body).seq as number, body]))
}

/** Checks what is stored, and that a room can be restored from it. */
async function checkStore(world: World, committed: Readonly<Record<string, string>>): Promise<void> {
  const { truth } = world.host.database
  const stored = await truth.load(ROOM)
  if (stored === null) throw new Error('the store has no room')
  const texts = await truth.texts(
    ROOM,
    stored.files.map(({ file }) => file),
  )
  const list = stored.files.map(({ file, path }) => [path, texts.get(file)?.text] as const)
  const sorted = Object.fromEntries(list.sort(([left], [right]) => (left < right ? -1 : 1)))
  if (!isDeepStrictEqual(sorted, committed)) {
    throw new Error(`the store has\n${JSON.stringify(sorted)}\nbut the room\n${JSON.stringify(committed)}`)
  }
  if (!world.damage.happened) {
    const log = await truth.commits(ROOM, 0, stored.seq)
    checkPolicy(
      stored.policy as Policy | null,
      log.map(({ body }) => body),
    )
    world.tally.add('files restored', checkRemovals(log))
  }
  for (const [path, text] of Object.entries(committed)) {
    if ((await read(world, path)) !== text)
      throw new Error(`${path} comes back from the store with another text`)
  }
}

/** The stored policy is the one that the log makes. */
function checkPolicy(stored: Policy | null, bodies: readonly string[]): void {
  const changes = bodies
    .flatMap((body) => (JSON.parse(body) as Commit).entries)
    .flatMap((entry) => entry.changes)
    .filter(isPolicyChange)
  const policy = changes.reduce(applyPolicy, FIRST_POLICY)
  if (!isDeepStrictEqual(stored, policy)) {
    throw new Error(
      `the store has the policy\n${JSON.stringify(stored)}\nand the log ${JSON.stringify(policy)}`,
    )
  }
}

/** Log lines that follow from damage to the room. */
const CONSEQUENCES = [
  ['rooms that were written again', '"event":"database_went_back"'],
  ['rooms loaded after an interrupted flush', '"isCut":true'],
] as const
const OTHER_WORDS = [
  ...['conflict: ', '"kind":"conflict"', '"event":"set_aside"', '"event":"repaired"'],
  ...['is no longer stored', 'which is not its text at'],
]

function isExpected(line: string, isDamaged: boolean): boolean {
  if (line.includes('injected')) return true
  return (
    isDamaged &&
    [...CONSEQUENCES.map(([, words]) => words), ...OTHER_WORDS].some((words) => line.includes(words))
  )
}

/** Collects what the room writes to the console. */
function captureConsole(): { readonly lines: string[]; end(): void } {
  const lines: string[] = []
  const { error, warn } = console
  console.error = (...args: unknown[]) => lines.push(args.join(' '))
  console.warn = console.error
  return {
    lines,
    end: () => {
      console.error = error
      console.warn = warn
    },
  }
}
