/**
 * A run as data: a setting and a list of steps, every choice in them made. A step that finds nothing to act on does nothing,
 * so any part of a plan is a plan, which is what shrinking needs. Places are shares from 0 to 1 of what there is at the
 * time, so that they mean something in whatever state a step finds.
 */
import type { Mode } from '../../core/protocol/messages.ts'
import type { Call, Failure } from './world/database.ts'

/** A share of a whole: 0 ≤ share < 1. */
export type Share = number

export interface Typing {
  /** which of the open files */
  readonly file: Share
  /** where in its text */
  readonly at: Share
  /** UTF-16 units removed there, at most */
  readonly remove: number
  readonly insert: string
  /** times that `insert` is inserted */
  readonly times: number
}

export type Restructuring =
  /** `text` so many times over */
  | { readonly act: 'create'; readonly path: string; readonly text: string; readonly times?: number }
  | { readonly act: 'rename'; readonly file: Share; readonly path: string }
  /** The same path, in capitals, or in small letters where it had those already. */
  | { readonly act: 'recase'; readonly file: Share }
  | { readonly act: 'remove'; readonly file: Share }

/** What the owner decides. */
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
  /** Brings back one of the files that were removed while this person was here. */
  | { readonly do: 'revive'; readonly who: number; readonly removed: Share }
  | { readonly do: 'open'; readonly who: number; readonly file: Share }
  | { readonly do: 'look'; readonly who: number; readonly file: Share; readonly at: Share }
  | { readonly do: 'read'; readonly path: string }
  | { readonly do: 'reopen'; readonly who: number }
  /** The page dies and is opened again: the same client, with what its browser kept. */
  | { readonly do: 'reload'; readonly who: number }
  | { readonly do: 'cut'; readonly who: number; readonly end: 'both' | 'client' | 'room' | 'silent' }
  /** The same client's hello over another connection, and its last submission again. */
  | { readonly do: 'double'; readonly who: number; readonly repeat: boolean }
  /** Another user says hello with this client's id, and submits under it where the room lets them. */
  | { readonly do: 'steal'; readonly who: number }
  | { readonly do: 'offline'; readonly who: number; readonly ms: number }
  /** Everybody shuts the lid: clients do nothing and are not reachable, and the room is on its own. */
  | { readonly do: 'night'; readonly ms: number }
  /** The object dies. Of what is not durable, this part is kept. */
  | { readonly do: 'die'; readonly keep: Share; readonly losesFrames: boolean }
  /** The turn of the next event is written, and the object dies before anything of it gets out. */
  | { readonly do: 'die after'; readonly who: number; readonly keep: Share }
  | { readonly do: 'hibernate'; readonly checkpoint: boolean }
  /** The database is as it was after an earlier flush. */
  | { readonly do: 'database back'; readonly moment: Share }
  /** The room's row is deleted, with all that belongs to it. */
  | { readonly do: 'database loses' }
  /** Somebody else takes the room over in the database, and commits. */
  | { readonly do: 'second writer' }
  /** The object dies, and its storage is gone. */
  | { readonly do: 'storage lost' }
  | { readonly do: 'disk fails'; readonly writes: number }
  /** The next row of this table cannot be written; what comes of it is the object's to decide. */
  | { readonly do: 'row fails'; readonly table: 'commits' | 'blobs' | 'texts' | 'clients' | 'meta' }
  /** The flush budget sends so many flushes away. */
  | { readonly do: 'budget'; readonly times: number }
  | {
      readonly do: 'database'
      readonly call: Call
      readonly how: Failure
      readonly times: number
      readonly ms: number
    }

export interface Plan {
  /** What ids and jitter are drawn from. */
  readonly chance: string
  readonly people: number
  readonly files: Readonly<Record<string, string>>
  /** ms until what is written is durable */
  readonly diskMs: number
  /** least ms between two commits */
  readonly commitIntervalMs: number
  /** ms of a round trip to the database */
  readonly databaseMs: number
  /** UTF-16 units of a part of a flush; as in production where it is left out */
  readonly partUnits?: number
  /** commits that the journal keeps; older ones lie in the archive alone */
  readonly tailCommits: number
  /** ms without a commit after which the room flushes */
  readonly idleMs: number
  /** ms after the last one left until the room is let go of */
  readonly graceMs: number
  readonly steps: readonly Step[]
}

/** A plan as text: a step per line. */
export function planText(plan: Plan): string {
  const { steps, ...setting } = plan
  const head = JSON.stringify(setting, null, 2).replace(/\n}$/, ',\n  "steps": [')
  return `${head}\n${steps.map((step) => `    ${JSON.stringify(step)}`).join(',\n')}\n  ]\n}\n`
}
