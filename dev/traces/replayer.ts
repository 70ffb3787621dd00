/**
 * Replays a trace through SDK clients of one room. The edits are dealt in hands: a client plays some transactions, then
 * the next one goes on once they are acked and it has received them, so that each position is right for whoever makes the edit and
 * every edit crosses the room. What a client plays goes out as fast as the SDK sends it.
 */
import { connect, type OpenFile, type Room } from '../../client/index.ts'
import { Text } from '../../core/text/text.ts'
import type { Trace } from './trace.ts'

/** Transactions that a client plays before the next one goes on. */
const HAND = 25
/** The file in the room that the trace is replayed into. */
export const REPLAY_PATH = 'trace.txt'

export interface Replay {
  /** What each client holds at the end. */
  readonly texts: readonly string[]
  /** What the room answers over HTTP at the end. */
  readonly served: string
  /** seq of the room at the end */
  readonly seq: number
  readonly ms: number
}

export interface Player {
  readonly room: Room
  readonly file: OpenFile
}

/**
 * Creates the room, replays, waits until everything is acked and everybody has it, and leaves.
 * @param progress is told how many transactions are played
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
  /** Revision of the file once all hands so far are committed. */
  let revision = 0
  /** The text as it has to be, by the trace alone. */
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
      // Typing composes while a submission is in flight; a multi-cursor edit stays one change.
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

/** What everybody has in the end; then they go. */
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
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}

export async function createRoom(url: string, room: string, text: string): Promise<void> {
  const body = JSON.stringify({ room, access: 'edit', files: { [REPLAY_PATH]: text } })
  const response = await fetch(`${url}/api/rooms`, { method: 'POST', body })
  if (response.status !== 201) throw new Error(`the room could not be made: ${await response.text()}`)
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
 * Resolves when the player has the file at a revision. Its text would not tell: what was deleted and typed again looks as
 * if nothing had come.
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
