/**
 * Replays a concurrent trace: each agent is a client, and they edit at the same time, in rounds. In a round
 * every client plays some of its agent's transactions before it receives anything from another, so all these
 * edits have the same base and cross in flight. Then everything is acked and received everywhere, and all
 * clients must have the same text, with every character that was written and not deleted exactly once.
 *
 * Positions are computed by a `Weave`, so a client may have received more than its agent had.
 */
import type { ConcurrentTrace, ConcurrentTransaction } from './concurrent-trace.ts'
import { firstDifference } from './difference.ts'
import { createRoom, join, leave, type Player, type Replay, received, revisionOf } from './replayer.ts'
import { type Change, Copy, Weave } from './weave.ts'

/** Transactions per client and round at most, so that there are many rounds. */
const HAND = 25

export interface ConcurrentReplay extends Replay {
  readonly rounds: number
  /** Rounds in which more than one client edited. */
  readonly crossed: number
  /** The text that every copy must have. */
  readonly expected: string
}

/** A transaction with the characters it changes. */
interface Woven extends ConcurrentTransaction {
  readonly changes: readonly Change[]
}

/** A trace whose result is known. */
export interface WovenTrace {
  readonly agents: number
  readonly weave: Weave
  readonly txns: readonly Woven[]
}

/**
 * Computes what each transaction of a trace does, and checks that together they produce its `endContent`.
 * @throws Error naming an invalid transaction, or if the result has other characters
 */
export function weaveTrace({ agents, endContent, txns }: ConcurrentTrace): WovenTrace {
  const weave = new Weave()
  const all = new Copy(weave)
  const woven = txns.map((txn, index): Woven => {
    try {
      const changes = txn.patches.map((patch) => weave.apply(txn, patch))
      for (const change of changes) all.take(change)
      return { ...txn, changes }
    } catch (error) {
      throw new Error(`invalid trace: transaction ${index} ${(error as Error).message}`)
    }
  })
  if (!all.follow(endContent))
    throw new Error('invalid trace: its transactions do not produce its endContent')
  return { agents, weave, txns: woven }
}

/**
 * Creates the room, replays and leaves.
 * @param progress receives the number of transactions played
 * @throws Error as soon as two clients differ, or a character is lost or duplicated
 */
export async function replayConcurrent(
  { agents, weave, txns }: WovenTrace,
  { url, room }: { readonly url: string; readonly room: string },
  progress: (played: number) => void,
): Promise<ConcurrentReplay> {
  await createRoom(url, room, '')
  const players = await Promise.all(Array.from({ length: agents }, () => join(url, room)))
  const started = performance.now()
  /** The text that all clients have. */
  let common = new Copy(weave)
  let [played, rounds, crossed] = [0, 0, 0]
  for (const hands of roundsOf(txns, agents)) {
    // Nothing is received before the next await.
    hands.forEach((hand, agent) => {
      play(players[agent] as Player, hand, new Copy(weave, common))
    })
    rounds++
    if (hands.filter((hand) => hand.some(({ changes }) => changes.length > 0)).length > 1) crossed++
    await Promise.all(players.map((player) => player.room.settled()))
    const revision = Math.max(...players.map(revisionOf))
    await Promise.all(players.map((player) => received(player, revision)))
    common = new Copy(weave, common)
    for (const { changes } of hands.flat()) for (const change of changes) common.take(change)
    agree(players, common, rounds)
    played += hands.flat().length
    progress(played)
  }
  const replay = await leave(players, url, room, performance.now() - started)
  return { ...replay, rounds, crossed, expected: common.text }
}

/**
 * The transactions of each agent by round. The trace is ordered by time: a round ends when a transaction
 * depends on another agent's in the same round, so transactions that were concurrent stay concurrent.
 */
function* roundsOf(txns: readonly Woven[], agents: number): Generator<readonly (readonly Woven[])[]> {
  const known = new Uint32Array(agents)
  const nobody = () => Array.from({ length: agents }, (): Woven[] => [])
  let hands = nobody()
  for (const txn of txns) {
    const needs = txn.seen.some((count, other) => other !== txn.agent && count > (known[other] ?? 0))
    if (needs || hands[txn.agent]?.length === HAND) {
      yield hands
      hands.forEach(({ length }, agent) => {
        known[agent] = (known[agent] ?? 0) + length
      })
      hands = nobody()
    }
    hands[txn.agent]?.push(txn)
  }
  yield hands
}

/** Plays the transactions of one client. @param copy the client's text */
function play({ room, file }: Player, hand: readonly Woven[], copy: Copy): void {
  for (const { changes } of hand) {
    const all = () => {
      for (const change of changes) {
        const edits = copy.take(change)
        if (edits.length > 0) file.edit(edits)
      }
    }
    if (changes.length === 1) all()
    else room.transact(all)
  }
}

/**
 * Applies the clients' order to the expected text.
 * @throws Error if the clients differ or the characters are wrong
 */
function agree(players: readonly Player[], expected: Copy, round: number): void {
  const [text = '', ...others] = players.map(({ file }) => file.text)
  others.forEach((other, at) => {
    const difference = firstDifference(text, other)
    if (difference !== null) throw new Error(`after round ${round} client ${at + 2} ${difference}`)
  })
  if (expected.follow(text)) return
  const difference = firstDifference(expected.text, text)
  throw new Error(`after round ${round} something is lost or duplicated: the text ${difference}`)
}
