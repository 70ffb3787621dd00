/**
 * Replays a trace through SDK clients of one room, in hands: a client plays some transactions, and
 * the next client continues once they are acked and it has received them. So each position is valid
 * for the client that uses it, and every edit passes through the room. Within a hand, edits are
 * sent as fast as the SDK allows.
 */
import { connect, type OpenFile, type Room } from '../../client/index.ts'
import { Text } from '../../core/text/text.ts'
import type { Trace } from './trace.ts'

/** Transactions that a client plays before the next one continues. */
const HAND = 25
/** The file that the trace is replayed into. */
export const REPLAY_PATH = 'trace.txt'

export interface Replay {
  /** The final text of each client. */
  readonly texts: readonly string[]
  /** The final text of the file over HTTP. */
  readonly served: string
  /** final seq of the room */
  readonly seq: number
  readonly ms: number
}

export interface Player {
  readonly room: Room
  readonly file: OpenFile
}

/**
 * Creates the room, replays, waits until everything is acked and received everywhere, and leaves.
 * @param progress receives the number of transactions played
 */
export async function replayTrace(
  trace: Trace,
  options: { url: string; room: string; clients: number },
  progress: (played: number) => void,
): Promise<Replay> {
  const { url, room, clients } = options
  await createRoom(url, room, trace.startContent)
  const players = await Promise.all(Array.from({ length: clients }, () => join(url, room)))
  const started = performance.now()
  /** Revision of the file after all hands so far. */
  let revision = 0
  /** The text according to the trace alone. */
  let expected = Text.from(trace.startContent)
  for (let from = 0, hand = 0; from < trace.txns.length; from += HAND, hand++) {
    const player = players[hand % players.length]
    if (player === undefined) throw new Error('at least one client is needed')
    await received(player, revision)
    const txns = trace.txns.slice(from, from + HAND)
    for (const { patches } of txns) {
      const play = () => {
        for (const [position, deleted, inserted] of patches) {
          const at = expected.unitOf(position)
          const remove = expected.unitOf(position + deleted) - at
          player.file.edit([{ at, remove, insert: inserted }])
          expected = expected.apply(opOf(position, deleted, inserted))
        }
      }
      // Edits compose while a submission is in flight; a multi-cursor edit must stay one change.
      if (patches.length === 1) play()
      else player.room.transact(play)
    }
    progress(Math.min(from + HAND, trace.txns.length))
    await player.room.settled()
    revision = revisionOf(player)
  }
  await Promise.all(players.map((player) => received(player, revision)))
  return leave(players, url, room, performance.now() - started)
}

/** Collects the final texts, and closes the clients. */
export async function leave(
  players: readonly Player[],
  url: string,
  room: string,
  ms: number,
): Promise<Replay> {
  const texts = players.map(({ file }) => file.text)
  const { seq } = await getJson<{ seq: number }>(`${url}/api/rooms/${room}`)
  const served = await (await fetch(`${url}/api/rooms/${room}/files/${REPLAY_PATH}`)).text()
  await Promise.all(players.map(({ room }) => room.close()))
  return { texts, served, seq, ms }
}

export async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`GET ${url} responded with ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}

export async function createRoom(url: string, room: string, text: string): Promise<void> {
  const body = JSON.stringify({ room, access: 'edit', files: { [REPLAY_PATH]: text } })
  const response = await fetch(`${url}/api/rooms`, { method: 'POST', body })
  if (response.status !== 201) throw new Error(`the room could not be created: ${await response.text()}`)
}

export async function join(url: string, room: string): Promise<Player> {
  const joined = await connect({ url, room })
  joined.on('error', (error) => {
    throw error
  })
  joined.on('rejected', ({ code, message }) => {
    throw new Error(`the room refused an edit: ${code}: ${message}`)
  })
  return { room: joined, file: await joined.open(REPLAY_PATH) }
}

/**
 * Resolves when the player has received a revision of the file. Comparing texts would not do: a deletion
 * followed by the same insertion looks as if nothing had arrived.
 */
export function received(player: Player, revision: number): Promise<void> {
  if (revisionOf(player) >= revision) return Promise.resolve()
  return new Promise((resolve) => {
    const stop = player.file.on('change', () => {
      if (revisionOf(player) < revision) return
      stop()
      resolve()
    })
  })
}

export function revisionOf({ room, file }: Player): number {
  return room.files.find((entry) => entry.file === file.file)?.revision ?? 0
}

function opOf(position: number, deleted: number, inserted: string) {
  const skip = position === 0 ? [] : [position]
  const insert = inserted === '' ? [] : [inserted]
  return [...skip, ...insert, ...(deleted === 0 ? [] : [{ d: deleted }])]
}
