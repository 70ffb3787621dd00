/**
 * Fuzz: rooms of the real system with healthy people in them, attacked by frames and requests of every kind.
 * Each answer is compared with what the protocol requires; nothing may crash, and healthy people must not
 * notice. A run fails as well if some kind of attack never happened or, in a long run, some answer of the
 * protocol never came up: it has not proved what it claims.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalDatabase } from '../../dev/postgres/local-database.ts'
import { startRuntime } from '../../dev/stack/local-stack.ts'
import { Chance } from '../random.ts'
import { FETCHED } from './attacks/cold-start.ts'
import { ATTACKS } from './attacks/index.ts'
import { Harness } from './harness.ts'
import { CASE_KINDS, FIRST_KINDS } from './input/cases.ts'
import { REQUESTS } from './input/requests.ts'
import { VARS } from './settings.ts'
import { Tally } from './tally.ts'

export interface FuzzOptions {
  /** The bundled Worker. */
  readonly source: string
  readonly frames: number
  readonly seed: string
  readonly framesPerRoom?: number
  readonly progress?: (frames: number) => void
}

export interface FuzzReport {
  readonly tally: Tally
  readonly rooms: number
  /** Markers that healthy people typed, and their slowest ack in ms. */
  readonly typed: number
  readonly slowest: number
  /** MB used by the Node process. */
  readonly memory: number
}

const FRAMES_PER_ROOM = 5_000
/** Log lines that report an internal error. */
const ALARMING =
  /internal error|TypeError|RangeError|ReferenceError|SyntaxError|is not a function|cannot read|(\n|\\n)\s+at /i

/** From this many frames on, rare answers must have come up too. */
const FRAMES_FOR_ALL = 20_000
/** Answers that must come up in a long run. */
const ANSWERS = [
  ...[
    'commit',
    'ack',
    'silence',
    'text',
    'blob',
    'welcome',
    'pong',
    'error no_such_file',
    'error no_such_blob',
  ],
  ...[
    'bad_base',
    'bad_text',
    'bad_path',
    'path_taken',
    'no_such_file',
    'file_exists',
    'op_out_of_range',
    'no_such_removal',
  ].map((code) => `reject ${code}`),
  ...['file_too_large', 'too_many_files', 'too_many_changes'].map((code) => `reject ${code}`),
  ...[4400, 4403, 4404, 4408, 4409, 4413, 4423, 4426, 4429].map((code) => `close ${code}`),
  ...[
    '200',
    '201',
    '304',
    '400 bad_request',
    '404 no_such_room',
    '404 no_such_file',
    '409 room_exists',
    '413 too_large',
    '422 bad_path',
  ].map((answer) => `HTTP ${answer}`),
  'error text_unavailable',
  FETCHED,
]

/** Runs everything. Rejects only if there is nothing to judge. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { source, frames, seed, framesPerRoom = FRAMES_PER_ROOM, progress = () => {} } = options
  const chance = new Chance(seed)
  const tally = new Tally((done) => progress(Math.min(done, frames)))
  const disk = await mkdtemp(join(tmpdir(), 'edgeroom-'))
  const database = await startLocalDatabase()
  const logs: string[] = []
  const vars = { ...VARS, ...database.vars }
  const runtime = await startRuntime({
    source,
    disk,
    vars,
    port: 0,
    silent: true,
    log: (line) => logs.push(line),
  })
  let [rooms, typed, slowest] = [0, 0, 0]
  try {
    while (tally.frames < frames && tally.wrong.length === 0) {
      const harness = new Harness(
        { url: runtime.url, database, tally },
        `fuzz-${rooms++}`,
        new Chance(`${chance.uint32()}`),
      )
      await harness.run(Math.min(frames, tally.frames + framesPerRoom)).catch((error: unknown) => {
        tally.wrong.push(error instanceof Error ? (error.stack ?? String(error)) : String(error))
      })
      typed += harness.health.typed
      slowest = Math.max(slowest, harness.health.slowest)
    }
    if (runtime.deaths > 0) tally.wrong.push(`the runtime died ${runtime.deaths} times`)
    const healthz = await fetch(`${runtime.url}/healthz`).catch(() => null)
    if (healthz?.ok !== true) tally.wrong.push('the runtime does not answer any more')
    tally.wrong.push(...logs.filter((line) => ALARMING.test(line)).map((line) => `logged: ${line}`))
    if (tally.answers.has('close 1011'))
      tally.wrong.push('something went wrong in the room: a socket was closed with 1011')
    if (tally.wrong.length === 0) {
      const kinds = [...CASE_KINDS, ...FIRST_KINDS, ...Object.keys(ATTACKS), ...Object.keys(REQUESTS)]
      tally.wrong.push(...tally.missing(kinds, frames < FRAMES_FOR_ALL ? [] : ANSWERS))
    }
    return { tally, rooms, typed, slowest, memory: process.memoryUsage().rss / 2 ** 20 }
  } finally {
    await runtime.stop()
    await database.close()
    await rm(disk, { recursive: true, force: true })
  }
}
