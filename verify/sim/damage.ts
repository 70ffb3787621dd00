/**
 * Damage that Edgeroom cannot prevent: a database that goes back in time or loses a room, a second writer,
 * an object whose storage is gone. What then exists neither in the object nor in the database is lost;
 * everything else must survive, to the last commit. Each of these therefore records which commits it
 * destroys, and the checks at the end allow nothing else to be missing.
 */
import { ROOM } from './world/object.ts'
import type { World } from './world/world.ts'

export async function goBack(world: World, moment: number): Promise<void> {
  await damage(world, async () => {
    const went = world.host.database.goBack(moment)
    if (went) world.tally.add('databases gone back')
    return went
  })
}

/** Skipped if the room exists nowhere else, or not yet durably: nobody could come back to it. */
export async function loseRoom(world: World): Promise<void> {
  if (!isHere(world) || !world.host.disk.isDurable) return
  await damage(world, async () => {
    world.tally.add('rooms lost by the database')
    world.host.database.truth.lose(ROOM)
    return true
  })
}

export async function writeBeside(world: World): Promise<void> {
  const { truth } = world.host.database
  const stored = await truth.load(ROOM)
  // A second takeover would not differ from the first.
  if (stored === null || stored.writer === SECOND) return
  await damage(world, async () => {
    world.tally.add('second writers')
    const seq = stored.seq + 1
    const at = world.time.now + AHEAD_MS
    const body = JSON.stringify({ type: 'commit', seq, at, entries: [], sums: {} })
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
      commits: [{ seq, at, body, blobs: null }],
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

/**
 * How far the second writer's clock is ahead, ms. Commits of one seq are told apart by their time (H6): in
 * virtual time both writers would often make theirs in the same millisecond.
 */
const AHEAD_MS = 3_600_000

/** The id of the second writer. */
export const SECOND = 'second'

/** Does the damage, and records what no longer exists anywhere. */
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

/** Every commit that exists: in the journal, or in the archive up to its valid seq. */
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
