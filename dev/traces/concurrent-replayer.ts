/**
 * Replays a concurrent trace: each of its agents is a client, and they edit at the same time. It goes in rounds. In a round every client
 * does something of what its agent did, before any of them hears of another: all these edits have the same base, and
 * cross on their way. Then all of it is acked and received everywhere, and has to be
 * the same text with each client, with every character that anybody wrote and nobody deleted, once.
 *
 * Positions come out of the trace by way of a `Weave`, so a client may have heard of more than its agent had.
 */
import type { ConcurrentTrace, ConcurrentTransaction } from './concurrent-trace.ts'
import { firstDifference } from './difference.ts'
import { createRoom, join, leave, type Player, type Replay, received, revisionOf } from './replayer.ts'
import { type Change, Copy, Weave } from './weave.ts'

/** Transactions of one client in a round, at most: with more, the rounds would be few. */
const HAND = 25

export interface ConcurrentReplay extends Replay {
  readonly rounds: number
  /** Rounds in which several clients edited. */
  readonly crossed: number
  /** The text that every copy has to have. */
  readonly expected: string
}

/** A transaction, with what it does to which characters. */
interface Woven extends ConcurrentTransaction {
  readonly changes: readonly Change[]
}

/** A trace of which it is known what there has to be in the end. */
export interface WovenTrace {
  readonly agents: number
  readonly weave: Weave
  readonly txns: readonly Woven[]
}

/**
 * Finds out what each transaction of a trace does, and checks that all of them lead where it says.
 * @throws Error naming the transaction that cannot be, or where there are other characters in the end
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
      throw new Error(`the trace is none: transaction ${index} ${(error as Error).message}`)
    }
  })
  if (!all.follow(endContent))
    throw new Error('the trace is none: its transactions do not lead to its endContent')
  return { agents, weave, txns: woven }
}

/**
 * Creates the room, replays and leaves.
 * @param progress is told how many transactions are played
 * @throws Error as soon as two clients differ, or something is lost or comes twice
 */
export async function replayConcurrent(
  { agents, weave, txns }: WovenTrace,
  { url, room }: { readonly url: string; readonly room: string },
  progress: (played: number) => void,
): Promise<ConcurrentReplay> {
  await createRoom(url, room, '')
  const players = await Promise.all(Array.from({ length: agents }, () => join(url, room)))
  const started = performance.now()
  /** The text that everybody has. */
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
 * What each agent does in each round. The trace is in the order of time: a round goes on until somebody needs what another did in it,
 * so that what was done at the same time is done at the same time here.
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

/** A client does what its agent did. @param copy what it has */
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

/** Has the expected text follow the one that all have. @throws Error where they differ, or it has other characters */
function agree(players: readonly Player[], expected: Copy, round: number): void {
  const [text = '', ...others] = players.map(({ file }) => file.text)
  others.forEach((other, at) => {
    const difference = firstDifference(text, other)
    if (difference !== null) throw new Error(`after round ${round} client ${at + 2} ${difference}`)
  })
  if (expected.follow(text)) return
  const difference = firstDifference(expected.text, text)
  throw new Error(`after round ${round} something is lost, or there twice: the text ${difference}`)
}
