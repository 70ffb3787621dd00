/**
 * What happens in a run, as data: a plan can be printed, made smaller, kept, and played again. A step names files and places by
 * number or share, so that it means something whatever came before it; one that means nothing is passed over.
 */
import { Dice } from './dice.ts'

/** A number of a file or path; it is taken modulo how many there are. */
type Number = number

export type Act =
  | { readonly act: 'open'; readonly file: Number }
  /** Replaces `del` characters at a share of the text by `ins` new ones. */
  | {
      readonly act: 'type'
      readonly file: Number
      readonly at: number
      readonly del: number
      readonly ins: number
    }
  /** Types or deletes on where the last edit stopped, as part of the same step to undo. */
  | { readonly act: 'on'; readonly del: number; readonly ins: number }
  | { readonly act: 'create'; readonly path: Number; readonly ins: number }
  | { readonly act: 'rename'; readonly file: Number; readonly path: Number }
  | { readonly act: 'remove'; readonly file: Number }
  | { readonly act: 'revive'; readonly which: Number }
  | { readonly act: 'undo' | 'redo'; readonly file: Number | null }
  | { readonly act: 'transact'; readonly acts: readonly Act[]; readonly abandon: boolean }
  /** The owner makes the user of a number editor or viewer. */
  | { readonly act: 'role'; readonly user: Number; readonly viewer: boolean }

export type Step =
  | { readonly do: 'act'; readonly seat: number; readonly act: Act }
  /** Frames of a page reach the room. @param seal whether each is committed at once */
  | { readonly do: 'up'; readonly seat: number; readonly count: number; readonly seal: boolean }
  /** Frames of the room reach a page. */
  | { readonly do: 'down'; readonly seat: number; readonly count: number }
  /** A connection is lost. @param reaches the share of the frames under way that still reaches the room */
  | { readonly do: 'cut'; readonly seat: number; readonly reaches: number }
  | { readonly do: 'offline'; readonly seat: number; readonly on: boolean }
  /** The room has not got the past that the next hello, or the next submission, of a seat names. */
  | { readonly do: 'forget'; readonly seat: number; readonly when: 'hello' | 'submit' }
  | { readonly do: 'pass'; readonly ms: number }
  /** A page ends, and the next one of that browser begins. */
  | {
      readonly do: 'leave'
      readonly seat: number
      readonly how: 'reload' | 'close' | 'discard'
      readonly user: Number
    }

export interface Plan {
  readonly seed: string
  /** Browsers, each with one page and a storage. */
  readonly seats: number
  /** Characters in each of the first files. */
  readonly files: readonly number[]
  /** What the room allows: bytes of a file, and files. */
  readonly fileBytes: number
  readonly mostFiles: number
  readonly steps: readonly Step[]
}

export const PATHS = ['a', 'b', 'c', 'd', 'e', 'f'] as const

export function planOf(seed: string): Plan {
  const dice = new Dice(seed)
  const seats = 2 + dice.below(2)
  const files = Array.from({ length: 1 + dice.below(3) }, () => 2 + dice.below(10))
  /** Each run has its own character: what is rare in all of them together is frequent in some. */
  const often = () => (dice.chance(0.3) ? 0 : dice.chance(0.5) ? 1 : 3)
  const weights = {
    open: 3,
    type: 10,
    on: 3,
    create: often(),
    rename: often(),
    remove: often(),
    revive: often(),
    undo: 2 + 2 * often(),
    redo: often(),
    transact: often(),
    role: 0.4 * often(),
  }
  const net = { up: 8, down: 10, cut: 0.7 * often(), offline: 0.3 * often(), forget: 0.3 * often(), pass: 2 }
  const leave = 0.2 * often()
  const isTight = dice.chance(0.3)
  const act = (depth = 0): Act => {
    const does = dice.weighted(
      depth === 0 ? weights : { ...weights, transact: 0, undo: 0, redo: 0, open: 0, on: 0, role: 0 },
    )
    const file = dice.below(8)
    switch (does) {
      case 'open':
      case 'remove':
        return { act: does, file }
      case 'type': {
        const del = dice.chance(0.4) ? 1 + dice.below(4) : 0
        const ins = del > 0 && dice.chance(0.6) ? 0 : dice.chance(0.05) ? 40 : 1 + dice.below(4)
        const at = dice.chance(0.2) ? 1 : Math.round(dice.fraction() * 100) / 100
        return { act: does, file, at, del, ins }
      }
      case 'on':
        return dice.chance(0.6)
          ? { act: does, del: 0, ins: 1 + dice.below(2) }
          : { act: does, del: 1, ins: 0 }
      case 'create':
        return { act: does, path: dice.below(PATHS.length), ins: dice.below(5) }
      case 'rename':
        return { act: does, file, path: dice.below(PATHS.length) }
      case 'revive':
        return { act: does, which: dice.below(3) }
      case 'undo':
      case 'redo':
        return { act: does, file: dice.chance(0.3) ? file : null }
      case 'transact':
        return {
          act: does,
          acts: Array.from({ length: 1 + dice.below(4) }, () => act(depth + 1)),
          abandon: dice.chance(0.1),
        }
      case 'role':
        return { act: does, user: dice.below(seats), viewer: dice.chance(0.4) }
    }
  }
  const step = (): Step => {
    const seat = dice.below(seats)
    if (dice.chance(0.5)) return { do: 'act', seat, act: act() }
    const does = dice.weighted({ ...net, leave })
    switch (does) {
      case 'up':
        return { do: does, seat, count: 1 + dice.below(3), seal: dice.chance(0.8) }
      case 'down':
        return { do: does, seat, count: 1 + dice.below(5) }
      case 'cut':
        return { do: does, seat, reaches: dice.chance(0.5) ? 0 : 1 }
      case 'offline':
        return { do: does, seat, on: dice.chance(0.5) }
      case 'forget':
        return { do: does, seat, when: dice.chance(0.7) ? 'hello' : 'submit' }
      case 'pass':
        return { do: does, ms: [50, 300, 1_000, 6_000][dice.below(4)]! }
      case 'leave': {
        const how = dice.chance(0.6) ? 'reload' : dice.chance(0.7) ? 'close' : 'discard'
        return { do: does, seat, how, user: dice.chance(0.7) ? seat : dice.below(seats) }
      }
    }
  }
  const steps = Array.from({ length: 40 + dice.below(160) }, step)
  return { seed, seats, files, fileBytes: isTight ? 150 : 100_000, mostFiles: isTight ? 4 : 100, steps }
}

/** A plan as it is printed and kept: one line a step. */
export function planText({ steps, ...rest }: Plan): string {
  const head = JSON.stringify(rest).slice(0, -1)
  return `${head},"steps":[\n${steps.map((step) => JSON.stringify(step)).join(',\n')}\n]}`
}
