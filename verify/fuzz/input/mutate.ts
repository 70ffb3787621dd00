/**
 * Turns a valid message into an almost valid one: changes its tree in one to three places, or damages its
 * text. The result may still be valid; the oracle decides.
 */
import type { Chance } from '../../random.ts'
import {
  addAt,
  Fields,
  put,
  Raw,
  removeAt,
  type Slot,
  slotsOf,
  type Tree,
  treeOf,
  valueAt,
  write,
} from './json-tree.ts'
import { hostileKey, hostileNumber, hostileString, hostileValue, nested } from './values.ts'

/** The text of a frame mutated from a valid message. */
export function mutated(message: unknown, chance: Chance): string {
  const tree = treeOf(message)
  const times = chance.chance(0.75) ? 1 : 2 + chance.int(2)
  for (let i = 0; i < times; i++) changeSomewhere(tree, chance)
  return write(tree)
}

/** The text of a frame, damaged regardless of its structure. */
export function damaged(text: string, chance: Chance): string {
  const at = chance.int(text.length + 1)
  switch (chance.int(8)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return text.slice(at)
    case 2:
      return (
        text.slice(0, at) +
        String.fromCharCode((text.charCodeAt(at) || 0) ^ (1 << chance.int(7))) +
        text.slice(at + 1)
      )
    case 3:
      return (
        text.slice(0, at) +
        chance.pick(['"', '{', '}', '[', ']', ',', ':', '\\', '\u0000', '\n', '0']) +
        text.slice(at)
      )
    case 4:
      return text + chance.pick([text, ' ', '\n', ',', '}', '\u0000', '//', 'null'])
    case 5:
      return chance.pick(['\ufeff', ' ', '\u2028', '\n\n', ")]}',\n", '\u0000']) + text
    case 6:
      return text.replaceAll('"', chance.pick(["'", '', '\\"', '“']))
    default:
      return text.slice(0, at) + text.slice(at + 1 + chance.int(8))
  }
}

/** Frames that never were a message. */
export function garbage(chance: Chance): string {
  const unit = () => String.fromCharCode(chance.chance(0.7) ? 32 + chance.int(95) : chance.int(0x1_0000))
  return chance.pick([
    () => '',
    () => 'PING',
    () => 'ping ',
    () => '"ping"',
    () => write(hostileValue(chance)),
    () => write([hostileValue(chance)]),
    () => write(new Fields([[hostileKey(chance), hostileValue(chance)]])),
    () => write(new Fields([['type', hostileValue(chance)]])),
    () =>
      JSON.stringify({
        type: chance.pick(['commit', 'welcome', 'ack', 'text', 'reject', 'error', 'resync', 'pong']),
        seq: 1,
      }),
    () => Array.from({ length: 1 + chance.int(60) }, unit).join(''),
    () => write(nested(1, chance.pick([100, 5_000, 100_000]), chance.chance(0.5))),
    () => '['.repeat(1 + chance.int(50_000)),
  ])()
}

function changeSomewhere(tree: Tree, chance: Chance): void {
  const slots = slotsOf(tree)
  if (slots.length === 0) return
  const slot = chance.pick(slots)
  const value = valueAt(slot)
  switch (chance.int(11)) {
    case 0:
    case 1:
      put(slot, hostileValue(chance))
      break
    case 2:
    case 3:
      put(slot, tweaked(value, chance))
      break
    case 4:
      removeAt(slot)
      break
    case 5:
      addAt(slot, chance.chance(0.5) ? copied(value) : hostileValue(chance))
      break
    case 6:
      addAt(slot, hostileValue(chance), hostileKey(chance))
      break
    case 7:
      put(slot, otherType(value, chance))
      break
    case 8:
      put(slot, nested(value, 1 + chance.int(3), chance.chance(0.5)))
      break
    case 9:
      put(slot, copied(valueAt(chance.pick(slots))))
      break
    default:
      swap(slot, chance.pick(slots))
      break
  }
}

/** A value close to the given one. */
function tweaked(value: Tree, chance: Chance): Tree {
  if (typeof value === 'number') {
    return chance.pick([
      () => value + 1,
      () => value - 1,
      () => -value,
      () => value + 0.5,
      () => value * 1_000_003,
      () => new Raw(`${value}e2`),
      () => Number.MAX_SAFE_INTEGER - value,
      () => hostileNumber(chance),
    ])()
  }
  if (typeof value === 'string') {
    const at = chance.int(value.length + 1)
    return chance.pick([
      () => value.slice(0, at) + hostileString(chance) + value.slice(at),
      () => value.slice(0, at),
      () => value.toUpperCase(),
      () => value.repeat(3),
      () => hostileString(chance),
    ])()
  }
  if (Array.isArray(value) && value.length > 0) {
    const again = copied(value[chance.int(value.length)] ?? null)
    return chance.chance(0.5) ? [...value, again] : [...value].reverse()
  }
  return typeof value === 'boolean' ? !value : hostileValue(chance)
}

/** The same value with another type: a number as a string, a value as a list. */
function otherType(value: Tree, chance: Chance): Tree {
  return chance.pick<() => Tree>([
    () => (typeof value === 'number' ? String(value) : [value]),
    () => (typeof value === 'string' ? value.length : new Fields([['0', value]])),
    () => (Array.isArray(value) ? new Fields(value.map((item, i) => [String(i), item])) : null),
    () => write(value),
  ])()
}

function copied(value: Tree): Tree {
  if (Array.isArray(value)) return value.map(copied)
  if (value instanceof Fields) return new Fields(value.entries.map(([key, field]) => [key, copied(field)]))
  return value
}

function swap(a: Slot, b: Slot): void {
  // Copies, since one of the two may contain the other.
  const [here, there] = [copied(valueAt(a)), copied(valueAt(b))]
  put(a, there)
  put(b, here)
}
