/** What tests do and expect again and again in a room of several members (room.ts). */
import { expect } from 'vitest'
import type { RejectCode } from '../../../../core/protocol/messages.ts'
import type { Member, UndoRoom } from './room.ts'

/** The text that everybody has once everything has arrived. */
export function textEverywhere(room: UndoRoom, file: string): string | undefined {
  room.settle()
  const text = room.text(file)
  expect(room.members.map((member) => member.text(file))).toEqual(room.members.map(() => text))
  return text
}

/** The paths that everybody has once everything has arrived. */
export function pathsEverywhere(room: UndoRoom): string[] {
  room.settle()
  const paths = room.paths.map(([path]) => path)
  expect(room.members.map((member) => member.paths)).toEqual(room.members.map(() => paths))
  return paths
}

/** Once everything has arrived nothing is pending, and nothing was refused. */
export function expectSettled(room: UndoRoom): void {
  room.settle()
  for (const { replica, effects } of room.members) {
    expect(replica.pending).toBe(0)
    const types = effects.map(({ type }) => type)
    expect(types).not.toContain('rejected')
    expect(types).not.toContain('unsynced')
  }
}

/** The room refuses what a member sends next. @param meanwhile what they do before the refusal arrives */
export function refuseNext(
  room: UndoRoom,
  member: Member,
  meanwhile = () => {},
  code: RejectCode = 'file_too_large',
): void {
  const { n } = member.launch()
  meanwhile()
  room.refuse(member.replica.client, n, code)
  member.catchUp()
}
