/**
 * What may happen in a run, as data. A step names files and positions by number, path or share, so that it
 * is meaningful whatever came before it; one that is not is skipped.
 */

/** The number of a user, file or path, taken modulo how many there are. */
type Number = number
/** A file by its number, or by the path where it is or was; or a path. */
type Which = Number | string

export type Act =
  | { readonly act: 'open'; readonly file: Which }
  /** Replaces `del` characters at a share of the text by `ins` new ones. */
  | {
      readonly act: 'type'
      readonly file: Which
      readonly at: number
      readonly del: number
      readonly ins: number
    }
  /** Continues typing or deleting where the last edit stopped, as part of the same undo step. */
  | { readonly act: 'on'; readonly del: number; readonly ins: number }
  | { readonly act: 'create'; readonly path: Which; readonly ins: number }
  | { readonly act: 'rename'; readonly file: Which; readonly path: Which }
  | { readonly act: 'remove'; readonly file: Which }
  | { readonly act: 'revive'; readonly which: Which }
  | { readonly act: 'undo' | 'redo'; readonly file: Which | null }
  | { readonly act: 'transact'; readonly acts: readonly Act[]; readonly abandon: boolean }
  /** The owner makes a user editor or viewer. */
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
  /** The room no longer has the commits after the base of a seat's next hello or submission. */
  | { readonly do: 'forget'; readonly seat: number; readonly when: 'hello' | 'submit' }
  | { readonly do: 'pass'; readonly ms: number }
  /** A page ends, and the next one of that browser begins. */
  | {
      readonly do: 'leave'
      readonly seat: number
      readonly how: 'reload' | 'close' | 'discard'
      readonly user: Number
    }

export const PATHS = ['a', 'b', 'c', 'd', 'e', 'f'] as const
