/**
 * What the demo needs of an editor for one open file, CodeMirror or Monaco. The editor binds its text to the
 * file, shows the others' cursors and sends this user's presence. The pane decides where it is placed,
 * whether it is read-only, and what it scrolls to.
 */
import type { OpenFile, Room, SelectionRange } from '../../client/types.ts'

export interface FileEditor {
  readonly file: OpenFile
  /**
   * The element in the page while the file is shown. Removed and inserted again as the user switches files.
   */
  readonly dom: HTMLElement
  /** Called when it has been inserted into the page: sizes can be measured. */
  shown(): void
  focus(): void
  /** Called when the path may have changed: applies the language and the label for screen readers. */
  pathChanged(): void
  /** Read-only text can still be focused, selected and copied. */
  setReadOnly(isReadOnly: boolean): void
  /** From the first to the last visible line, in UTF-16 units; null while it is not in the page. */
  readonly visible: SelectionRange | null
  /** Makes the line of a position the first visible one. @param units UTF-16 units */
  showFrom(units: number): void
  /** Scrolls a position into the middle, unless it is visible. @param units UTF-16 units */
  reveal(units: number): void
  /** Destroys the editor and its binding; the file stays open. */
  destroy(): void
}

export interface FileEditorEvents {
  /** The file rejected what was typed or pasted. */
  failed(error: Error, refused: string): void
  /** `visible` may have changed. At most once per animation frame. */
  scrolled(): void
}

/** Creates the editor for a file, loading its code first if it is in a separate chunk. */
export type MakeFileEditor = (room: Room, file: OpenFile, events: FileEditorEvents) => Promise<FileEditor>
