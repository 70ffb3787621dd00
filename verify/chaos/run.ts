/**
 * Chaos: rooms in which people type while the runtime is killed again and again, at random moments and at
 * those that matter (a submission is sent, a commit arrives, a flush is under way). After each room its
 * witnesses are compared with its log. The runtime lets go of empty rooms, so that some of them come back
 * from Postgres; at times Postgres is unavailable.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalDatabase } from '../../dev/postgres/local-database.ts'
import { startRuntime } from '../../dev/stack/local-stack.ts'
import { Chance } from '../random.ts'
import { type Counts, Storm } from './storm.ts'

export interface ChaosOptions {
  /** The bundled Worker. */
  readonly source: string
  readonly kills: number
  readonly seed: string
  readonly killsPerRoom?: number
  readonly progress?: (kills: number) => void
}

export interface ChaosReport {
  readonly counts: Counts
  /** Broken promises; empty if all is well. */
  readonly wrong: readonly string[]
}

const KILLS_PER_ROOM = 20
/** Short enough for each of these to happen between two kills. */
const VARS = {
  FLUSH_IDLE_MS: '60',
  FLUSH_MAX_AGE_MS: '250',
  FLUSH_RETRY_MS: '50',
  FLUSH_RETRY_MAX_MS: '200',
  GRACE_MS: '150',
  CHAT_PER_SECOND: '0',
}
/**
 * Least ms between two commits, for successive rooms: none, a few submissions together, everything that
 * arrives in a while.
 */
const COMMIT_INTERVALS_MS = ['30', '0', '150']
/** Log lines that report an internal error. */
const ALARMING = /internal error|TypeError|RangeError|ReferenceError|is not a function|cannot read/i

/** Runs everything. Rejects only if there is nothing to judge. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const { source, kills, seed, killsPerRoom = KILLS_PER_ROOM, progress = () => {} } = options
  const chance = new Chance(seed)
  const disk = await mkdtemp(join(tmpdir(), 'edgeroom-'))
  const database = await startLocalDatabase()
  const logs: string[] = []
  const wrong: string[] = []
  const counts: Counts = {
    kills: 0,
    rooms: 0,
    connections: 0,
    submissions: 0,
    resends: 0,
    acks: 0,
    refusals: 0,
    commits: 0,
    markers: 0,
    chats: 0,
    rulings: 0,
    mixed: 0,
  }
  try {
    while (counts.kills < kills && wrong.length === 0) {
      const interval = COMMIT_INTERVALS_MS[counts.rooms % COMMIT_INTERVALS_MS.length]
      const vars = { ...VARS, ...database.vars, COMMIT_INTERVAL_MS: `${interval}` }
      const log = (line: string) => logs.push(line)
      const runtime = await startRuntime({ source, disk, vars, port: 0, silent: true, log })
      try {
        const storm = new Storm(runtime, database, chance, `chaos-${counts.rooms++}`)
        const most = Math.min(killsPerRoom, kills - counts.kills)
        wrong.push(...(await storm.run(most, () => progress(++counts.kills))))
        storm.count(counts)
      } finally {
        await runtime.stop()
      }
    }
    wrong.push(...logs.filter((line) => ALARMING.test(line)).map((line) => `logged: ${line}`))
    return { counts, wrong }
  } finally {
    await database.close()
    await rm(disk, { recursive: true, force: true })
  }
}
