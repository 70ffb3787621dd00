/**
 * `npm run replay -- <trace.json.gz> [--clients N] [--url URL]`: replays a recorded session through the
 * whole system. In the end the text in every client, on the server and in Postgres must be the trace's own.
 * In a concurrent trace the agents are the clients and edit at the same time; the text must then be the same
 * everywhere, with nothing lost or duplicated, but the order of what two of them wrote in one place is up to
 * the room. Without --url it starts its own server and database, in a temporary folder.
 */
import { address, checkAnswers, command, whole } from './cli/command.ts'
import { progressBar } from './cli/progress.ts'
import { EMBEDDED_CONNECTION_STRING, notedEndpoint } from './stack/local-state.ts'
import { startTemporary } from './stack/temporary-server.ts'
import { replayConcurrent, weaveTrace } from './traces/concurrent-replayer.ts'
import type { ConcurrentTrace } from './traces/concurrent-trace.ts'
import { firstDifference } from './traces/difference.ts'
import { getJson, REPLAY_PATH, type Replay, replayTrace } from './traces/replayer.ts'
import { readAnyTrace, type Trace } from './traces/trace.ts'

/** ms that the room may take to flush after the last client has left */
const FLUSH_MS = 60_000

const SPEC = {
  name: 'npm run replay',
  about:
    'Replays a recorded editing session through the whole system, and compares the text everywhere with the session’s own.',
  options: {
    clients: whole('N', 'number of clients that share the edits; a concurrent trace has its own', 1),
    url: address('a running Edgeroom; without it, one is started'),
  },
  takes: {
    name: '<trace.json.gz>',
    about: 'a session in the format of editing-traces, sequential or concurrent',
    least: 1,
    most: 1,
  },
} as const

await command(SPEC, async ({ clients, url: running }, [path = '']) => {
  const trace = await readAnyTrace(path)
  const replays = 'agents' in trace ? together(trace) : inTurn(trace, clients)
  if (running !== null) await checkAnswers(running)
  const server = running === null ? await startTemporary() : null
  try {
    const url = server?.url ?? running ?? ''
    const room = `replay-${crypto.randomUUID()}`
    const { replay, expected } = await replays(url, room)
    const rate = Math.round((trace.txns.length / replay.ms) * 1000)
    const secs = (replay.ms / 1000).toFixed(1)
    console.log(
      `${trace.txns.length} transactions in ${secs} s (${rate}/s), ${replay.seq} commits, room ${room}`,
    )
    const stored = await storedText(url, room, server?.state)
    const copies: [string, string | null][] = [
      ...replay.texts.map((text, i): [string, string] => [`client ${i + 1}`, text]),
      ['the server', replay.served],
      ['Postgres', stored],
    ]
    return copies.filter(([name, text]) => !same(name, text, expected)).length === 0 ? 0 : 1
  } finally {
    await server?.stop()
  }
})

interface Replayed {
  readonly replay: Replay
  /** The text that every copy must have. */
  readonly expected: string
}

type Replays = (url: string, room: string) => Promise<Replayed>

function inTurn(trace: Trace, clients: number): Replays {
  return async (url, room) => {
    const bar = progressBar(`${clients} client${clients === 1 ? '' : 's'}`, trace.txns.length)
    return { replay: await replayTrace(trace, { url, room, clients }, bar), expected: trace.endContent }
  }
}

/** @throws Error if the trace contradicts itself */
function together(trace: ConcurrentTrace): Replays {
  const woven = weaveTrace(trace)
  return async (url, room) => {
    const bar = progressBar(`${trace.agents} agents`, trace.txns.length)
    const replay = await replayConcurrent(woven, { url, room }, bar)
    const { expected, rounds, crossed } = replay
    console.log(
      `${rounds} rounds, ${crossed} of them with crossing edits; nothing was lost or duplicated after any of them`,
    )
    const difference = firstDifference(trace.endContent, expected)
    console.log(
      difference === null
        ? "the text is the trace's"
        : `the characters are the trace's, in another order where several people wrote in one place: ${difference}`,
    )
    return { replay, expected }
  }
}

/** Prints whether a copy has the expected text, and where it differs. */
function same(name: string, text: string | null, expected: string): boolean {
  const difference = text === null ? 'nothing is stored' : firstDifference(expected, text)
  console.log(difference === null ? `✓ ${name} has the text` : `✗ ${name}: ${difference}`)
  return difference === null
}

/** The text in Postgres after the room has flushed; null if there is none. */
async function storedText(url: string, room: string, state: string | undefined): Promise<string | null> {
  const endpoint = (await notedEndpoint(state))?.url
  const connection = process.env.DATABASE_URL ?? EMBEDDED_CONNECTION_STRING
  if (endpoint === undefined && process.env.DATABASE_URL === undefined) {
    throw new Error('Which Postgres? Set DATABASE_URL to the one that the server at --url uses.')
  }
  const deadline = Date.now() + FLUSH_MS
  for (;;) {
    const { seq, flushed } = await getJson<{ seq: number; flushed: number | null }>(
      `${url}/api/rooms/${room}`,
    )
    if (flushed === null) throw new Error('the server has no database configured')
    if (flushed >= seq) break
    if (Date.now() > deadline) throw new Error(`the room did not flush: ${flushed} of ${seq}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const { neonStore } = await import('../schema/stores/neon.ts')
  const store = neonStore(connection, endpoint === undefined ? {} : { endpoint })
  const file = (await store.load(room))?.files.find(({ path }) => path === REPLAY_PATH)?.file
  return file === undefined ? null : ((await store.texts(room, [file])).get(file)?.text ?? null)
}
