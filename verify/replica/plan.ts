/**
 * What happens in a run, from a seed: random steps, with situations among them. A plan is data: it can be
 * printed, shrunk, kept, and played again.
 */
import { Dice } from './dice.ts'
import { withSituations } from './situations.ts'
import { type Act, PATHS, type Step } from './steps.ts'

export interface Plan {
  readonly seed: string
  /** Browsers, each with one page and a storage. */
  readonly seats: number
  /** Characters in each of the first files. */
  readonly files: readonly number[]
  /** Limits of the room: bytes per file, and files. */
  readonly fileBytes: number
  readonly mostFiles: number
  readonly steps: readonly Step[]
}

export function planOf(seed: string): Plan {
  const dice = new Dice(seed)
  const seats = 2 + dice.below(2)
  const files = Array.from({ length: 1 + dice.below(3) }, () => 2 + dice.below(10))
  /** Each run has its own character: what is rare over all runs is frequent in some. */
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
  const chance = Array.from({ length: 40 + dice.below(160) }, step)
  const steps = withSituations(new Dice(`${seed} situations`), chance, { seats, files: files.length })
  return { seed, seats, files, fileBytes: isTight ? 150 : 100_000, mostFiles: isTight ? 4 : 100, steps }
}

/** A plan as it is printed and stored: one step per line. */
export function planText({ steps, ...rest }: Plan): string {
  const head = JSON.stringify(rest).slice(0, -1)
  return `${head},"steps":[\n${steps.map((step) => JSON.stringify(step)).join(',\n')}\n]}`
}
