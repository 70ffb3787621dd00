/**
 * What one page can undo and redo, by the section on undo in the SDK's documentation: steps, each with
 * everything that it did in all its files. What others made impossible is left out, and what was refused is
 * no longer a step.
 */
import { type Change, type FileChange, fileChange, type TextChange, textChange } from './changes.ts'

export interface Entry {
  changes: Change[]
  /** The undo or redo that made it, all of which is reversed together; null if it was neither. */
  readonly turn: object | null
}

/** The state that an undo applies to. */
export interface Scene {
  /** The current paths of files. */
  readonly paths: ReadonlyMap<string, string>
  readonly mostFiles: number
  /** The characters of a text; null if the page does not have it. */
  text(file: string): ReadonlySet<string> | null
  /** The characters that a removed file had. */
  removedText(removal: FileChange): ReadonlySet<string>
  /** The text of an open file, in order. */
  order(file: string): readonly string[] | null
  /** Whether this page had the text of a file when it was removed; null if that is unknown. */
  wasOpen(change: FileChange): boolean | null
  /** Whether the undo brought a removed file back. */
  isBack(file: string): boolean
  /**
   * For a character that somebody else deleted, whether the undo restored or deleted it: if it is there, it
   * may be what they restored, which is theirs, and it may come back twice. Null for any other character, and
   * in a text that is not shown.
   */
  shows(file: string, character: string, isRestored: boolean): boolean | null
  /** Typing in the file cannot be undone any more, since its text is not here. */
  forgetText(file: string): void
  /** The last removal of a file that is still pending. */
  waitingRemoval(file: string): FileChange | null
}

/** What an undo has to do: for each step that it reverses, newest first, the changes of one submission. */
export type Turn = readonly (readonly Change[])[]

export type Doing = 'undo' | 'redo'

export class History {
  readonly #stacks: Record<Doing, Entry[]> = { undo: [], redo: [] }

  /** Records changes. @param joins whether they belong to the last step */
  did(changes: readonly Change[], joins = false): void {
    if (changes.length === 0) return
    const top = this.#stacks.undo.at(-1)
    if (joins && top !== undefined) {
      top.changes.push(...changes)
      return
    }
    this.#stacks.redo = []
    this.#stacks.undo.push({ changes: [...changes], turn: null })
  }

  /** Something new was done, even if nothing is left of it. */
  forgetRedo(): void {
    this.#stacks.redo = []
  }

  /** Somebody else changed the file: undoing its creation no longer removes it. */
  shared(file: string): void {
    this.#keep((change) => change.file !== file || change.kind === 'text' || !isCreation(change))
  }

  /** No change of the file can be undone any more. */
  forget(file: string): void {
    this.#keep((change) => change.file !== file)
  }

  /** Typing in the file cannot be undone any more. */
  forgetText(file: string): void {
    this.#keep((change) => change.file !== file || change.kind === 'file')
  }

  /** Whether the steps that an undo would take contain such a change. */
  someOf(doing: Doing, file: string | null, is: (change: Change) => boolean): boolean {
    return this.#peek(doing, file).some(({ changes }) => changes.some(is))
  }

  /**
   * Takes what has to be undone off the stack, together with steps of which nothing is left; empty if there
   * is nothing.
   */
  take(doing: Doing, file: string | null, scene: Scene): Turn {
    for (;;) {
      const entries = this.#peek(doing, file)
      if (entries.length === 0) return []
      this.#stacks[doing] = this.#stacks[doing].filter((entry) => !entries.includes(entry))
      const turn = this.#reversed(entries, scene)
      if (turn.length > 0) return turn
    }
  }

  /** Records an undo, which can be redone, or a redo, which can be undone. */
  turned(doing: Doing, steps: Turn): void {
    const turn = {}
    for (const changes of steps)
      this.#stacks[doing === 'undo' ? 'redo' : 'undo'].push({ changes: [...changes], turn })
  }

  /**
   * The topmost step that touches the file, and later ones in any of its files, newest first; each with
   * what one undo or redo did with it.
   */
  #peek(doing: Doing, file: string | null): Entry[] {
    this.#keep(() => true)
    const stack = this.#stacks[doing]
    let at = stack.length - 1
    while (at >= 0 && file !== null && !stack[at]!.changes.some((change) => change.file === file)) at--
    if (at < 0) return []
    const isWith = (one: Entry, other: Entry | undefined) => one.turn !== null && one.turn === other?.turn
    while (isWith(stack[at]!, stack[at - 1])) at--
    const taken: Entry[] = []
    const files = new Set<string>()
    while (at < stack.length) {
      let end = at + 1
      while (isWith(stack[at]!, stack[end])) end++
      const together = stack.slice(at, end)
      at = end
      const touched = together.flatMap(({ changes }) => changes.map((change) => change.file))
      if (taken.length > 0 && !touched.some((one) => files.has(one))) continue
      taken.unshift(...together.reverse())
      for (const one of touched) files.add(one)
    }
    return taken
  }

  #reversed(entries: readonly Entry[], scene: Scene): Turn {
    const paths = new Map(scene.paths)
    const turn: Change[][] = []
    const made = new Map<string, Set<string>>()
    for (const entry of entries) {
      const changes: Change[] = []
      turn.push(changes)
      for (const change of [...entry.changes].reverse()) {
        if (change.kind !== 'file') continue
        const isBefore = (other: Change) => other.kind === 'file' && other.file === change.file
        const before = turn.flat().filter(isBefore).at(-1)
        const removal = before?.kind === 'file' ? before : scene.waitingRemoval(change.file)
        const reversal = this.#reversedFile(change, paths, scene, removal?.does === 'remove' ? [removal] : [])
        if (reversal === null) continue
        changes.push(reversal)
        if (reversal.does === 'remove') paths.delete(change.file)
        else paths.set(change.file, reversal.path)
        if (reversal.does === 'create') made.set(change.file, new Set(scene.removedText(change)))
      }
      changes.push(...this.#reversedTexts(entry, paths, scene, made))
    }
    return turn.filter((changes) => changes.length > 0)
  }

  /** @param removal for a change that waits for a pending removal of its file: that removal */
  #reversedFile(
    change: FileChange,
    paths: ReadonlyMap<string, string>,
    scene: Scene,
    removal: readonly FileChange[],
  ): FileChange | null {
    const { file, does } = change
    const path = paths.get(file)
    const isFree = (wanted: string) =>
      ![...paths].some(([other, taken]) => taken === wanted && other !== file)
    if (does === 'rename') {
      if (path !== change.path || path === change.from || !isFree(change.from)) return null
      return fileChange(file, 'rename', change.from, { from: change.path, reverses: [change] })
    }
    if (does === 'remove') {
      if (path !== undefined || paths.size >= scene.mostFiles) return null
      const wasOpen = scene.wasOpen(change)
      if (wasOpen === true ? !isFree(change.path) : !scene.isBack(file)) return null
      const how = wasOpen === true ? 'create' : 'revive'
      return fileChange(file, how, change.path, { reverses: [change, ...removal] })
    }
    return path === undefined ? null : fileChange(file, 'remove', path, { reverses: [change] })
  }

  /** Typed text is removed if it is still there; deleted text is restored. */
  #reversedTexts(
    entry: Entry,
    paths: ReadonlyMap<string, string>,
    scene: Scene,
    made: Map<string, Set<string>>,
  ): TextChange[] {
    const changes: TextChange[] = []
    // Changes to a file since its creation in this step vanish with it when it is removed again.
    const withFile = new Set<string>()
    const undone: TextChange[] = []
    for (const change of entry.changes) {
      if (change.kind === 'text') {
        if (!withFile.has(change.file)) undone.push(change)
      } else if (isCreation(change)) withFile.add(change.file)
    }
    for (const file of new Set(undone.map((change) => change.file))) {
      const now = made.get(file) ?? scene.text(file)
      if (!paths.has(file) || now === null) {
        if (paths.has(file)) scene.forgetText(file)
        else this.forget(file)
        continue
      }
      const after = new Map<string, { isHere: boolean; reverses: TextChange[] }>()
      for (const change of [...undone].reverse()) {
        if (change.file !== file) continue
        const known = after.get(change.character) ?? { isHere: now.has(change.character), reverses: [] }
        known.isHere = change.does === 'del'
        known.reverses.push(change)
        after.set(change.character, known)
      }
      const text = new Set(now)
      for (const [character, { isHere, reverses }] of after) {
        if (!(scene.shows(file, character, isHere) ?? isHere !== now.has(character))) continue
        const before = isHere ? null : scene.order(file)
        changes.push(textChange(file, character, isHere ? 'res' : 'del', { reverses, before }))
        if (isHere) text.add(character)
        else text.delete(character)
      }
      // Earlier changes apply to the text without this one.
      made.set(file, text)
    }
    return changes
  }

  #keep(stays: (change: Change) => boolean): void {
    for (const doing of ['undo', 'redo'] as const) {
      for (const entry of this.#stacks[doing])
        entry.changes = entry.changes.filter((change) => !change.dropped && stays(change))
      this.#stacks[doing] = this.#stacks[doing].filter(({ changes }) => changes.length > 0)
    }
  }
}

function isCreation({ does }: FileChange): boolean {
  return does === 'create' || does === 'revive'
}
