/**
 * A run as data: a setting and a list of steps, with every random choice already made. A step that finds
 * nothing to act on does nothing, so any part of a plan is a plan, which shrinking relies on. Positions are
 * fractions from 0 to 1 of what exists at the time, so that they are meaningful in any state.
 */
import type { Mode } from '../../core/protocol/messages.ts'
import type { Call, Failure } from './world/database.ts'

/** A fraction of a whole: 0 ≤ share < 1. */
export type Share = number

export interface Typing {
  /** which of the open files */
  readonly file: Share
  /** position in its text */
  readonly at: Share
  /** UTF-16 units removed there, at most */
  readonly remove: number
  readonly insert: string
  /** how often `insert` is inserted */
  readonly times: number
}

export type Restructuring =
  /** `text` repeated */
  | { readonly act: 'create'; readonly path: string; readonly text: string; readonly times?: number }
  | { readonly act: 'rename'; readonly file: Share; readonly path: string }
  /** The same path in upper case, or in lower case if it was in upper case. */
  | { readonly act: 'recase'; readonly file: Share }
  | { readonly act: 'remove'; readonly file: Share }

/** A policy change by the owner. */
export type Ruling =
  | { readonly act: 'mode'; readonly mode: Mode }
  | { readonly act: 'access'; readonly access: 'view' | 'edit' }
  | { readonly act: 'chatting'; readonly on: boolean }
  | { readonly act: 'role'; readonly of: number; readonly role: 'editor' | 'viewer' }

export type Step =
  | { readonly do: 'to room'; readonly who: number; readonly link: Share }
  | { readonly do: 'to client'; readonly who: number; readonly link: Share }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'type'; readonly who: number; readonly typing: Typing }
  | { readonly do: 'restructure'; readonly who: number; readonly change: Restructuring }
  | {
      readonly do: 'transact'
      readonly who: number
      readonly typings: readonly Typing[]
      readonly change: Restructuring | null
      readonly abandon: boolean
    }
  | { readonly do: 'say'; readonly who: number; readonly text: string; readonly times: number }
  | { readonly do: 'rule'; readonly who: number; readonly ruling: Ruling }
  | { readonly do: 'undo'; readonly who: number; readonly redo: boolean }
  /** Restores one of the files that were removed while this person was connected. */
  | { readonly do: 'revive'; readonly who: number; readonly removed: Share }
  | { readonly do: 'open'; readonly who: number; readonly file: Share }
  | { readonly do: 'look'; readonly who: number; readonly file: Share; readonly at: Share }
  | { readonly do: 'read'; readonly path: string }
  | { readonly do: 'reopen'; readonly who: number }
  /** The page dies and is opened again: the same client, with what its browser kept. */
  | { readonly do: 'reload'; readonly who: number }
  | { readonly do: 'cut'; readonly who: number; readonly end: 'both' | 'client' | 'room' | 'silent' }
  /** The same client's hello on another connection, and its last submission again. */
  | { readonly do: 'double'; readonly who: number; readonly repeat: boolean }
  /** Another user sends a hello with this client's id, and submits under it if the room accepts it. */
  | { readonly do: 'steal'; readonly who: number }
  | { readonly do: 'offline'; readonly who: number; readonly ms: number }
  /** Everybody is away: clients do nothing and cannot be reached, and the room is on its own. */
  | { readonly do: 'night'; readonly ms: number }
  /** The object dies. This part of what is not durable survives. */
  | { readonly do: 'die'; readonly keep: Share; readonly losesFrames: boolean }
  /** The turn of the next event is written, and the object dies before any of it is sent. */
  | { readonly do: 'die after'; readonly who: number; readonly keep: Share }
  | { readonly do: 'hibernate'; readonly checkpoint: boolean }
  /** The database returns to its state after an earlier flush. */
  | { readonly do: 'database back'; readonly moment: Share }
  /** The room's row is deleted, with everything that belongs to it. */
  | { readonly do: 'database loses' }
  /** A second writer takes over the room in the database, and commits. */
  | { readonly do: 'second writer' }
  /** The object dies, and its storage is lost. */
  | { readonly do: 'storage lost' }
  | { readonly do: 'disk fails'; readonly writes: number }
  /** The next row of this table cannot be written; the object decides how to react. */
  | { readonly do: 'row fails'; readonly table: 'commits' | 'blobs' | 'texts' | 'clients' | 'meta' }
  /** The flush budget rejects this many flushes. */
  | { readonly do: 'budget'; readonly times: number }
  | {
      readonly do: 'database'
      readonly call: Call
      readonly how: Failure
      readonly times: number
      readonly ms: number
    }

export interface Plan {
  /** The seed of ids and jitter. */
  readonly chance: string
  readonly people: number
  readonly files: Readonly<Record<string, string>>
  /** ms until a write is durable */
  readonly diskMs: number
  /** least ms between two commits */
  readonly commitIntervalMs: number
  /** ms of a round trip to the database */
  readonly databaseMs: number
  /** UTF-16 units of a part of a flush; by default as in production */
  readonly partUnits?: number
  /** commits that the journal keeps; older ones are only in the archive */
  readonly tailCommits: number
  /** ms without a commit after which the room flushes */
  readonly idleMs: number
  /** ms after the last person left until the room is let go */
  readonly graceMs: number
  readonly steps: readonly Step[]
}

/** A plan as text, one step per line. */
export function planText(plan: Plan): string {
  const { steps, ...setting } = plan
  const head = JSON.stringify(setting, null, 2).replace(/\n}$/, ',\n  "steps": [')
  return `${head}\n${steps.map((step) => `    ${JSON.stringify(step)}`).join(',\n')}\n  ]\n}\n`
}
