/**
 * Whether an editor takes typing: while this user may edit in the room, and the file is there. A viewer who types
 * is told why nothing happens. Only the editor's own switch is used: what a program does to the model goes to the file, which
 * decides.
 */
import type { editor } from 'monaco-editor'
import type { OpenFile, Room } from '../../client/types.ts'

/** What is needed of an editor; an ICodeEditor has it. */
export interface WritingHost {
  getModel(): unknown
  updateOptions(options: Pick<editor.IEditorOptions, 'readOnly' | 'readOnlyMessage'>): void
  onDidChangeModel(listener: () => void): { dispose(): void }
}

export interface Access {
  /** @param wanted the application wants no typing, whatever the room says */
  setReadOnly(wanted: boolean): void
  /** Stops, and leaves the editor as the application wants it. */
  stop(): void
}

/** Keeps `readOnly` of the editor while it shows `model`. */
export function followAccess(
  host: WritingHost,
  model: unknown,
  room: Pick<Room, 'canEdit' | 'on'>,
  file: Pick<OpenFile, 'removed' | 'on'>,
): Access {
  let wanted = false
  const apply = () => {
    if (host.getModel() !== model) return
    const value = file.removed ? 'This file was removed.' : 'You can read this file, but not change it.'
    host.updateOptions({ readOnly: wanted || file.removed || !room.canEdit, readOnlyMessage: { value } })
  }
  const shown = host.onDidChangeModel(apply)
  const stops = [room.on('policy', apply), room.on('status', apply), file.on('removed', apply)]
  apply()
  return {
    setReadOnly(now) {
      wanted = now
      apply()
    },
    stop() {
      shown.dispose()
      for (const stop of stops) stop()
      if (host.getModel() === model) host.updateOptions({ readOnly: wanted })
    },
  }
}
