/**
 * Sequences of steps that hardly ever occur at random: somebody works on a file or in a transaction, and
 * somebody else, whose commit has not arrived yet, removes what that work depends on. The steps are those of
 * every plan, each may be left out, and others come in between; a situation is where a run starts to search,
 * not a test case.
 */
import type { Dice } from './dice.ts'
import { type Act, PATHS, type Step } from './steps.ts'

interface Scale {
  readonly seats: number
  /** How many files there are at the start. */
  readonly files: number
}

/** Two people, and paths: two of files that exist at the start, if there are two, and two that do not. */
interface Cast {
  readonly dice: Dice
  readonly one: number
  readonly other: number
  readonly p: string
  readonly q: string
  readonly x: string
  readonly y: string
}

const MOST = 4
/** The probability that a step of a situation is left out, and that a step of the plan comes before it. */
const LEFT_OUT = 0.08
const BETWEEN = 0.25

const SITUATIONS = [
  ...[overtaken, half, refusedAtTheDoor, undoneApart],
  ...[movedAside, conflict, handedOver, takenPath],
] as const

/** The steps of a plan, with situations among them. */
export function withSituations(dice: Dice, steps: readonly Step[], scale: Scale): Step[] {
  const all = [...steps]
  for (let left = dice.chance(0.4) ? 0 : 1 + dice.below(MOST); left > 0; left--) {
    let at = dice.below(all.length + 1)
    for (const step of SITUATIONS[dice.below(SITUATIONS.length)]!(castOf(dice, scale))) {
      if (dice.chance(LEFT_OUT)) continue
      all.splice(at++, 0, step)
      if (dice.chance(BETWEEN)) at++
    }
  }
  return all
}

function castOf(dice: Dice, { seats, files }: Scale): Cast {
  const one = dice.below(seats)
  const other = (one + 1 + dice.below(seats - 1)) % seats
  const p = dice.below(files)
  const q = files > 1 ? (p + 1) % files : 1
  const x = Math.max(files, q + 1)
  const y = x + 1
  return { dice, one, other, p: PATHS[p]!, q: PATHS[q]!, x: PATHS[x]!, y: PATHS[y]! }
}

/** A file is removed and restored while typing in it is under way. */
function overtaken({ dice, one, other, p }: Cast): Step[] {
  return [
    ...both(one, other, { act: 'open', file: p }),
    ...synced(one, other),
    act(one, typing(dice, p)),
    ...some(dice, 0.3, { do: 'up', seat: one, count: 1, seal: false }),
    act(other, { act: 'remove', file: p }),
    ...some(dice, 0.5, ...sent(other)),
    act(other, dice.chance(0.5) ? { act: 'undo', file: null } : { act: 'revive', which: p }),
    ...sent(other),
    ...some(dice, 0.5, act(other, { act: 'open', file: p }), ...sent(other)),
    ...some(dice, 0.5, act(other, { act: 'type', file: p, at: 0, del: 1 + dice.below(9), ins: 0 })),
    ...sent(other),
    ...some(dice, 0.4, { do: 'down', seat: one, count: 1 + dice.below(3) }),
    ...some(dice, 0.5, ...away(dice, one)),
    ...sent(one),
    act(one, { act: 'open', file: p }),
    ...some(dice, 0.5, act(one, typing(dice, p))),
  ]
}

/** Of two files created together one is removed, and their author undoes the creation, and redoes it. */
function half({ dice, one, other, p, q, x, y }: Cast): Step[] {
  const isMade = dice.chance(0.7)
  const [f, g] = isMade ? [x, y] : [p, q]
  const making = [f, g].map((path) => create(path, dice.below(4)))
  return [
    ...some(dice, 0.5, act(one, { act: 'remove', file: f }), act(one, { act: 'remove', file: g })),
    act(one, { act: 'transact', acts: making, abandon: false }),
    ...synced(one, other),
    ...some(dice, 0.4, act(other, { act: 'open', file: f }), ...sent(other)),
    ...some(dice, 0.4, act(other, typing(dice, f)), ...sent(other)),
    act(other, { act: 'remove', file: g }),
    { do: 'up', seat: other, count: 3, seal: true },
    act(one, { act: 'undo', file: dice.chance(0.8) ? null : f }),
    act(one, { act: 'redo', file: null }),
    act(one, { act: 'open', file: f }),
    ...some(dice, 0.3, act(one, typing(dice, f))),
    ...sent(one),
    act(other, { act: 'open', file: f }),
    ...sent(other),
    act(other, typing(dice, f)),
    ...synced(other, one),
  ]
}

/** Kept work of a page is refused while the next page is joining. */
function refusedAtTheDoor({ dice, one, other, p, q, x }: Cast): Step[] {
  const first: Act = dice.chance(0.5) ? typing(dice, p) : { act: 'rename', file: p, path: x }
  return [
    act(one, { act: 'open', file: p }),
    act(one, { act: 'open', file: q }),
    ...synced(one, other),
    act(one, {
      act: 'transact',
      acts: [first, typing(dice, q), ...(dice.chance(0.3) ? [create(x, 2)] : [])],
      abandon: false,
    }),
    ...some(dice, 0.3, act(one, typing(dice, q))),
    act(other, { act: 'remove', file: p }),
    ...sent(other),
    { do: 'forget', seat: one, when: 'hello' },
    ...some(dice, 0.3, ...away(dice, one)),
    { do: 'leave', seat: one, how: dice.chance(0.8) ? 'reload' : 'close', user: one },
    ...sent(one),
  ]
}

/**
 * A change of two files is undone, or undone in part and then edited, and refused because one of the files
 * was removed.
 */
function undoneApart({ dice, one, other, p, q }: Cast): Step[] {
  const turn = (): Act => ({ act: dice.chance(0.6) ? 'undo' : 'redo', file: dice.chance(0.3) ? p : null })
  return [
    act(one, { act: 'open', file: p }),
    act(one, { act: 'open', file: q }),
    ...synced(one, other),
    act(one, { act: 'transact', acts: [typing(dice, p), typing(dice, q)], abandon: false }),
    ...some(dice, 0.3, { do: 'up', seat: one, count: 1, seal: false }),
    ...some(dice, 0.3, act(one, typing(dice, p))),
    act(one, { act: 'undo', file: null }),
    act(one, typing(dice, p)),
    ...Array.from({ length: dice.below(4) }, () => act(one, dice.chance(0.6) ? turn() : typing(dice, p))),
    act(other, { act: 'remove', file: q }),
    { do: 'up', seat: other, count: 3, seal: true },
    ...synced(one, other),
    ...Array.from({ length: dice.below(3) }, () => act(one, turn())),
  ]
}

/**
 * Undone text comes back beside what somebody else typed there, and is edited until its deletion is refused.
 */
function movedAside({ dice, one, other, p, q, x }: Cast): Step[] {
  const at = dice.chance(0.5) ? 0.8 : 0.9
  const first: Act = dice.chance(0.5) ? typing(dice, q) : { act: 'rename', file: q, path: x }
  // The end of the text: what somebody else appends will be before it.
  const out: Act = { act: 'type', file: p, at, del: 4, ins: 0 }
  return [
    ...both(one, other, { act: 'open', file: p }),
    act(one, { act: 'open', file: q }),
    ...synced(one, other),
    act(one, { act: 'transact', acts: [first, out], abandon: false }),
    act(other, { act: 'type', file: p, at: 1, del: 0, ins: 1 + dice.below(2) }),
    { do: 'up', seat: other, count: 3, seal: true },
    { do: 'down', seat: one, count: 3 },
    act(one, { act: 'undo', file: null }),
    act(one, {
      act: 'type',
      file: p,
      at: Math.max(0, at - 0.25),
      del: 2 + dice.below(8),
      ins: dice.below(2),
    }),
    act(other, first.act === 'rename' && dice.chance(0.5) ? create(x, 1) : { act: 'remove', file: q }),
    { do: 'up', seat: other, count: 3, seal: true },
    ...synced(one, other),
    ...some(dice, 0.5, act(one, { act: 'undo', file: null })),
    ...some(dice, 0.5, act(one, { act: 'redo', file: null })),
  ]
}

/**
 * Two people change one place, and one of them reconnects to a room that no longer has the commits after
 * their base.
 */
function conflict({ dice, one, other, p }: Cast): Step[] {
  const at = Math.round(dice.fraction() * 10) / 10
  const change = (): Act => ({ act: 'type', file: p, at, del: dice.below(3), ins: 1 + dice.below(2) })
  return [
    ...both(one, other, { act: 'open', file: p }),
    ...synced(one, other),
    act(one, change()),
    ...some(dice, 0.4, act(one, change())),
    ...some(dice, 0.3, act(one, { act: 'undo', file: null })),
    act(other, change()),
    ...sent(other),
    { do: 'forget', seat: one, when: dice.chance(0.7) ? 'hello' : 'submit' },
    { do: 'cut', seat: one, reaches: 0 },
    { do: 'pass', ms: 1_000 },
    ...synced(one, other),
    act(one, { act: 'undo', file: null }),
    act(one, { act: dice.chance(0.5) ? 'undo' : 'redo', file: null }),
    ...synced(one, other),
  ]
}

/** Another user opens the browser, which keeps work that the room does not have. */
function handedOver({ dice, one, other, p }: Cast): Step[] {
  return [
    act(one, { act: 'open', file: p }),
    ...synced(one, other),
    { do: 'offline', seat: one, on: true },
    act(one, typing(dice, p)),
    ...some(dice, 0.3, { do: 'offline', seat: one, on: false }),
    { do: 'leave', seat: one, how: dice.chance(0.7) ? 'reload' : 'close', user: other },
    act(one, typing(dice, p)),
    { do: 'offline', seat: one, on: false },
    { do: 'pass', ms: 1_000 },
    ...synced(one, other),
  ]
}

/** Two people take the same path: the second has done more since, and undone a part of it. */
function takenPath({ dice, one, other, p, q, x }: Cast): Step[] {
  const move: Act = { act: 'rename', file: p, path: x }
  return [
    act(one, { act: 'open', file: p }),
    act(one, { act: 'open', file: q }),
    ...synced(one, other),
    act(one, { act: 'transact', acts: dice.chance(0.7) ? [move, typing(dice, q)] : [move], abandon: false }),
    ...some(dice, 0.5, { do: 'up', seat: one, count: 1, seal: false }),
    act(other, dice.chance(0.5) ? create(x, 2) : { act: 'rename', file: q, path: x }),
    { do: 'up', seat: other, count: 3, seal: true },
    act(one, dice.chance(0.6) ? { act: 'remove', file: q } : typing(dice, q)),
    act(one, { act: 'undo', file: dice.chance(0.5) ? x : null }),
    act(one, { act: 'open', file: q }),
    ...some(dice, 0.5, act(one, typing(dice, q))),
    ...synced(one, other),
    ...some(dice, 0.5, act(one, { act: 'redo', file: null })),
  ]
}

// ── building blocks ──────────────────────────────────────────────────────────────────────────────────────

function act(seat: number, does: Act): Step {
  return { do: 'act', seat, act: does }
}

function both(one: number, other: number, does: Act): Step[] {
  return [act(one, does), act(other, does)]
}

function create(path: string, ins: number): Act {
  return { act: 'create', path: path, ins }
}

function typing(dice: Dice, file: string): Act {
  const del = dice.chance(0.6) ? 1 + dice.below(4) : 0
  const ins = del > 0 && dice.chance(0.5) ? 0 : 1 + dice.below(3)
  return { act: 'type', file, at: Math.round(dice.fraction() * 10) / 10, del, ins }
}

function some(dice: Dice, chance: number, ...steps: readonly Step[]): readonly Step[] {
  return dice.chance(chance) ? steps : []
}

/** What somebody has done is in the room, and they have received it. */
function sent(seat: number): Step[] {
  return [
    { do: 'up', seat, count: 4, seal: true },
    { do: 'down', seat, count: 6 },
    { do: 'up', seat, count: 4, seal: true },
    { do: 'down', seat, count: 6 },
  ]
}

/** Both have received what both have done. */
function synced(one: number, other: number): Step[] {
  return [...sent(one), ...sent(other), { do: 'down', seat: one, count: 6 }]
}

/** A connection is lost, or the page is reloaded. */
function away(dice: Dice, seat: number): Step[] {
  if (dice.chance(0.3)) return [{ do: 'leave', seat, how: 'reload', user: seat }]
  return [
    { do: 'cut', seat, reaches: dice.chance(0.7) ? 0 : 1 },
    { do: 'pass', ms: 1_000 },
  ]
}
