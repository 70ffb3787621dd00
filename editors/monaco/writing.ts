/**
 * Makes an editor read-only while this user may not edit in the room, or the file is removed. A viewer who
 * types gets a message. It only sets the editor's option: what a program does to the model goes to the
 * file, which decides.
 */
import type { editor } from 'monaco-editor'
import type { OpenFile, Room } from '../../client/types.ts'

/** The part of an editor that is needed; an ICodeEditor has it. */
export interface WritingHost {
  getModel(): unknown
  updateOptions(options: Pick<editor.IEditorOptions, 'readOnly' | 'readOnlyMessage'>): void
  onDidChangeModel(listener: () => void): { dispose(): void }
}

export interface Access {
  /** @param wanted whether the application wants it read-only, whatever the room allows */
  setReadOnly(wanted: boolean): void
  /** Stops, and leaves the editor as the application wants it. */
  stop(): void
}

/** Maintains `readOnly` of the editor while it shows `model`. */
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
