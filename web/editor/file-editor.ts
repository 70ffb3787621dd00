/**
 * What the demo needs of an editor for one open file, whichever editor it is (CodeMirror, Monaco). The editor ties its text to the file
 * by its binding, shows where the others are and tells the room where this user is; where it stands in the page, what it may do
 * and what it shows of the text is said from outside.
 */
import type { OpenFile, Room, SelectionRange } from '../../client/types.ts'

export interface FileEditor {
  readonly file: OpenFile
  /** What stands in the page while the file is shown. It is taken out and put back as its user goes from file to file. */
  readonly dom: HTMLElement
  /** It stands in the page now: sizes can be measured. */
  shown(): void
  focus(): void
  /** The file may have another path: the language by its extension, and what a screen reader says. */
  pathChanged(): void
  /** Without writing, text can still be reached by keys, selected and copied. */
  setReadOnly(isReadOnly: boolean): void
  /** From the first to the last line that can be seen, in UTF-16 units; null while it does not stand in the page. */
  readonly visible: SelectionRange | null
  /** Scrolls so that the line of this place is the first that can be seen, unless it is. @param units UTF-16 units */
  showFrom(units: number): void
  /** Scrolls a place into the middle, unless it can be seen. @param units UTF-16 units */
  reveal(units: number): void
  /** Ends the editor and its binding; the file stays open. */
  destroy(): void
}

export interface FileEditorEvents {
  /** The file would not take what was typed or pasted. */
  failed(error: Error, refused: string): void
  /** `visible` may be another. At most once per animation frame. */
  scrolled(): void
}

/** Makes the editor for a file. Where its code comes in a chunk of its own, that is loaded first. */
export type MakeFileEditor = (room: Room, file: OpenFile, events: FileEditorEvents) => Promise<FileEditor>
