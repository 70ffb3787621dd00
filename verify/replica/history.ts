/**
 * What one page can undo and redo, by the page on undo of the SDK's documentation: steps, each with all that it did in all its files; what others
 * made impossible is left out, and what was refused is no step any more.
 */
import { type Change, type FileChange, fileChange, type TextChange, textChange } from './changes.ts'

export interface Entry {
  changes: Change[]
}

/** What an undo finds. */
export interface Scene {
  /** Where each file is. */
  readonly paths: ReadonlyMap<string, string>
  readonly mostFiles: number
  /** The characters of a text; null where the page does not have it. */
  text(file: string): ReadonlySet<string> | null
  /** The characters that a removed file had. */
  removedText(file: string): ReadonlySet<string>
  /** The text of a file that is open, in order. */
  order(file: string): readonly string[] | null
  /** Whether the text of a file that was removed was here then; null where that cannot be told. */
  wasOpen(change: FileChange): boolean | null
  /** The removal of a file that is the last that waits for it. */
  waitingRemoval(file: string): FileChange | null
}

/** What an undo has to do. */
export interface Turn {
  readonly entries: readonly Entry[]
  readonly changes: readonly Change[]
}

export type Doing = 'undo' | 'redo'

export class History {
  readonly #stacks: Record<Doing, Entry[]> = { undo: [], redo: [] }

  /** Something was done. @param joins whether it goes with the last */
  did(changes: readonly Change[], joins = false): void {
    if (changes.length === 0) return
    const top = this.#stacks.undo.at(-1)
    if (joins && top !== undefined) {
      top.changes.push(...changes)
      return
    }
    this.#stacks.redo = []
    this.#stacks.undo.push({ changes: [...changes] })
  }

  /** Something new was done, even if nothing is left of it. */
  forgetRedo(): void {
    this.#stacks.redo = []
  }

  /** Somebody else changed the file: it is not taken away with what made it here. */
  shared(file: string): void {
    this.#keep((change) => change.file !== file || change.kind === 'text' || !isCreation(change))
  }

  /** Nothing of the file can be undone. */
  forget(file: string): void {
    this.#keep((change) => change.file !== file)
  }

  /** What was typed into the file cannot be undone. */
  forgetText(file: string): void {
    this.#keep((change) => change.file !== file || change.kind === 'file')
  }

  /** Whether there is such a change in the steps that an undo would take. */
  someOf(doing: Doing, file: string | null, is: (change: Change) => boolean): boolean {
    return this.#peek(doing, file).some(({ changes }) => changes.some(is))
  }

  /** Takes out what has to be undone, with the steps that there is nothing left of; null where there is nothing. */
  take(doing: Doing, file: string | null, scene: Scene): Turn | null {
    for (;;) {
      const entries = this.#peek(doing, file)
      if (entries.length === 0) return null
      this.#stacks[doing] = this.#stacks[doing].filter((entry) => !entries.includes(entry))
      const changes = this.#reversed(entries, scene)
      if (changes.length > 0) return { entries, changes }
    }
  }

  /** An undo was done: it can be redone, and the other way round. */
  turned(doing: Doing, changes: readonly Change[]): void {
    this.#stacks[doing === 'undo' ? 'redo' : 'undo'].push({ changes: [...changes] })
  }

  /** The topmost step that touches the file, and what was done later in any of its files; the newest first. */
  #peek(doing: Doing, file: string | null): Entry[] {
    this.#keep(() => true)
    const stack = this.#stacks[doing]
    let at = stack.length - 1
    while (at >= 0 && file !== null && !stack[at]!.changes.some((change) => change.file === file)) at--
    if (at < 0) return []
    const taken: Entry[] = []
    const files = new Set<string>()
    for (const entry of stack.slice(at)) {
      if (taken.length > 0 && !entry.changes.some((change) => files.has(change.file))) continue
      taken.unshift(entry)
      for (const change of entry.changes) files.add(change.file)
    }
    return taken
  }

  #reversed(entries: readonly Entry[], scene: Scene): Change[] {
    const paths = new Map(scene.paths)
    const changes: Change[] = []
    const made = new Map<string, Set<string>>()
    for (const entry of entries) {
      for (const change of [...entry.changes].reverse()) {
        if (change.kind !== 'file') continue
        const before = changes.filter((other) => other.kind === 'file' && other.file === change.file).at(-1)
        const removal = before?.kind === 'file' ? before : scene.waitingRemoval(change.file)
        const reversal = this.#reversedFile(change, paths, scene, removal?.does === 'remove' ? [removal] : [])
        if (reversal === null) continue
        changes.push(reversal)
        if (reversal.does === 'remove') paths.delete(change.file)
        else paths.set(change.file, reversal.path)
        if (reversal.does === 'create') made.set(change.file, new Set(scene.removedText(change.file)))
      }
      changes.push(...this.#reversedTexts(entry, paths, scene, made))
    }
    return changes
  }

  /** @param removal the removal without which the file is there, of one that waits for that */
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
      if (path !== change.path || !isFree(change.from)) return null
      return fileChange(file, 'rename', change.from, { from: change.path, reverses: [change] })
    }
    if (does === 'remove') {
      if (path !== undefined || paths.size >= scene.mostFiles) return null
      const wasOpen = scene.wasOpen(change)
      const isThere = isFree(change.path)
      if (!isThere && wasOpen === true) return null
      const how = wasOpen === true ? 'create' : 'revive'
      return fileChange(file, how, change.path, { reverses: [change, ...removal] })
    }
    return path === undefined ? null : fileChange(file, 'remove', path, { reverses: [change] })
  }

  /** What is typed is taken out where it still is; what was taken out comes back. */
  #reversedTexts(
    entry: Entry,
    paths: ReadonlyMap<string, string>,
    scene: Scene,
    made: Map<string, Set<string>>,
  ): TextChange[] {
    const changes: TextChange[] = []
    // What was done to a file since it was made in this step goes with it, when it is taken away again.
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
        this.forget(file)
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
        if (isHere === now.has(character)) continue
        const before = isHere ? null : scene.order(file)
        changes.push(textChange(file, character, isHere ? 'res' : 'del', { reverses, before }))
        if (isHere) text.add(character)
        else text.delete(character)
      }
      // What lies below applies to the text without this.
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
