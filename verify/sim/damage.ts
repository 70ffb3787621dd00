/**
 * What Edgeroom cannot keep from happening: a database that goes back in time or loses a room, somebody else who writes there, an object
 * whose storage is gone. What is neither here nor there after it cannot be asked for any more; all else can, to the last commit. So each
 * of these says which commits are lost by it, and the checks at the end let nothing else be missing.
 */
import type { Commit } from '../../core/protocol/messages.ts'
import { ROOM } from './world/object.ts'
import type { World } from './world/world.ts'

/** What became of a world, beside what it was made for. */
export class Damage {
  /** Commits that are nowhere any more, as they were written, by seq. */
  readonly #lost = new Map<number, Set<string>>()
  /** Commits that the database lost while the room waited for an answer. On that, the journal may let go of them too. */
  readonly #gone = new Map<number, Set<string>>()
  happened = false
  /** Whether a text may be in the database alone, and gone from there. */
  mayLoseTexts = false

  lose(bodies: readonly string[]): void {
    for (const body of bodies) note(this.#lost, body)
  }

  isLost(body: string): boolean {
    const { seq }: Commit = JSON.parse(body)
    return this.#lost.get(seq)?.has(body) ?? false
  }

  goneFromDatabase(bodies: readonly string[]): void {
    for (const body of bodies) note(this.#gone, body)
  }

  /** What the database lost at this seq, and the room was about to let go of. */
  goneAt(seq: number): string[] {
    return [...(this.#gone.get(seq) ?? [])]
  }

  mayBeGivenUp(seq: number): boolean {
    return this.#gone.has(seq) || this.#lost.has(seq)
  }

  hasLostAt(seq: number): boolean {
    return this.#lost.has(seq)
  }
}

function note(bySeq: Map<number, Set<string>>, body: string): void {
  const { seq }: Commit = JSON.parse(body)
  bySeq.set(seq, (bySeq.get(seq) ?? new Set()).add(body))
}

export async function goBack(world: World, moment: number): Promise<void> {
  await damage(world, async () => {
    const went = world.host.database.goBack(moment)
    if (went) world.tally.add('databases gone back')
    return went
  })
}

/** A room that is nowhere else is left alone: nobody could come back to it. */
export async function loseRoom(world: World): Promise<void> {
  if (!isHere(world)) return
  await damage(world, async () => {
    world.tally.add('rooms lost by the database')
    world.host.database.truth.lose(ROOM)
    return true
  })
}

export async function writeBeside(world: World): Promise<void> {
  const { truth } = world.host.database
  const stored = await truth.load(ROOM)
  // Twice the same would be one and the same.
  if (stored === null || stored.writer === SECOND) return
  await damage(world, async () => {
    world.tally.add('second writers')
    const seq = stored.seq + 1
    const body = JSON.stringify({ type: 'commit', seq, at: world.time.now, entries: [], sums: {} })
    await truth.flush({
      ...{ room: ROOM, epoch: stored.epoch, seq, base: stored.seq, createdAt: stored.createdAt },
      ...{
        policy: stored.policy,
        gaps: stored.gaps,
        setAside: stored.setAside,
        writer: SECOND,
        cleans: false,
        isWhole: true,
      },
      takes: { epoch: stored.epoch, writer: stored.writer },
      lineage: [...stored.lineage, ...(stored.writer === null ? [] : [stored.writer])],
      commits: [{ seq, at: world.time.now, body, blobs: null }],
      ...{ files: [], removed: [], moved: [], clients: [], forgetsBefore: null },
    })
    return true
  })
}

export async function loseStorage(world: World): Promise<void> {
  if (!isHere(world) || (await world.host.database.truth.load(ROOM)) === null) return
  await damage(world, async () => {
    world.tally.add('object storages lost')
    await world.host.loseStorage()
    return true
  })
}

/** Whether the object has the room, and is not about to delete it. */
function isHere({ host }: World): boolean {
  return host.life.journal.isRoom && !host.life.isDeleting
}

/** Who writes beside the room. */
export const SECOND = 'second'

/** Does the damage, and notes what is nowhere any more after it. */
async function damage(world: World, work: () => Promise<boolean>): Promise<void> {
  const [before, archived] = [await commitsOf(world), await archiveOf(world)]
  if (!(await work())) return
  world.damage.happened = true
  world.damage.mayLoseTexts = true
  world.host.mayConflict = true
  const after = new Set(await commitsOf(world))
  const lost = before.filter((body) => !after.has(body))
  world.damage.lose(lost)
  const still = new Set(await archiveOf(world))
  if (world.host.database.underWay > 0)
    world.damage.goneFromDatabase(archived.filter((body) => !still.has(body)))
  world.witness.forgive(lost)
}

/** Every commit that is somewhere: in the journal, or in the archive up to the seq that is vouched for. */
async function commitsOf(world: World): Promise<string[]> {
  const { journal } = world.host.life
  const here = isHere(world) ? (journal.log.bodies(journal.tail, journal.seq) ?? []) : []
  return [...new Set([...(await archiveOf(world)), ...here])]
}

async function archiveOf({ host }: World): Promise<string[]> {
  const { truth } = host.database
  const stored = await truth.load(ROOM)
  return stored === null ? [] : (await truth.commits(ROOM, 0, stored.seq)).map(({ body }) => body)
}
