/** The demo's pure helpers: connection status, addresses, rows of the file list, initials. */
import { describe, expect, it } from 'vitest'
import type { StatusInfo } from '../../client/types.ts'
import { connectionWords } from '../../web/connection/words.ts'
import { filesUnder, rowsOf } from '../../web/files/tree.ts'
import { initials } from '../../web/people/badges.ts'
import {
  fileHash,
  fileOf,
  invitationAddress,
  invitationOf,
  roomAddress,
  roomOf,
} from '../../web/shell/routes.ts'

function words(status: StatusInfo['status'], pending: number, saved = false): string {
  return connectionWords({ status, pending, reason: null, code: null }, saved).text
}

describe('the connection status', () => {
  it('is shown in words', () => {
    expect(words('connecting', 0)).toBe('Connecting…')
    expect(words('connected', 0)).toBe('Connected')
    expect(words('connected', 2)).toBe('Saving…')
    expect(words('connected', 0, true)).toBe('All changes saved')
    expect(words('stalled', 1)).toBe('No answer – 1 change waiting')
    expect(words('reconnecting', 0)).toBe('Reconnecting…')
    expect(words('reconnecting', 1)).toBe('Reconnecting – 1 change waiting')
    expect(words('offline', 0)).toBe('Offline')
    expect(words('offline', 3)).toBe('Offline – 3 changes waiting')
    expect(words('refused', 0)).toBe('Refused')
    expect(words('closed', 3)).toBe('Disconnected – 3 not saved')
  })
})

describe('the address', () => {
  it('names a room and a file, whatever their characters', () => {
    expect(roomOf('/')).toBe('demo')
    expect(roomOf('/r/tea-room')).toBe('tea-room')
    expect(roomOf(roomAddress('a b'))).toBe('a b')
    expect(fileOf(fileHash('src/größe #1 %.js'))).toBe('src/größe #1 %.js')
  })

  it('may contain an invitation, which is never mistaken for a file', () => {
    const address = invitationAddress('tea room', 'a.b-c_d.e')
    expect(address).toBe('/r/tea%20room#token=a.b-c_d.e')
    expect(invitationOf(address.slice(address.indexOf('#')))).toBe('a.b-c_d.e')
    expect(fileOf('#token=a.b.c')).toBe(null)
    expect(invitationOf(fileHash('token=a.js'))).toBe(null)
    expect(fileOf(fileHash('token=a.js'))).toBe('token=a.js')
    expect(invitationOf('#token=')).toBe(null)
    expect(invitationOf('')).toBe(null)
  })

  it('names nothing if it is malformed', () => {
    expect(roomOf('/x/y')).toBe(null)
    expect(roomOf('/r/%E0%A4%A')).toBe(null)
    expect(fileOf('#')).toBe(null)
    expect(fileOf('#%E0%A4%A')).toBe(null)
  })
})

describe('the rows of the file list', () => {
  const files = ['b.js', 'src/deep/x.js', 'src/a10.js', 'src/a2.js', 'a.js'].map((path, i) => ({
    file: `f${i}`,
    path,
    revision: 1,
  }))

  it('list folders first, then by name, with their position among the siblings', () => {
    const rows = rowsOf(files, new Set()).map(({ path, level, position, siblings }) => [
      path,
      level,
      position,
      siblings,
    ])
    expect(rows).toEqual([
      ['src', 1, 1, 3],
      ['src/deep', 2, 1, 3],
      ['src/deep/x.js', 3, 1, 1],
      ['src/a2.js', 2, 2, 3],
      ['src/a10.js', 2, 3, 3],
      ['a.js', 1, 2, 3],
      ['b.js', 1, 3, 3],
    ])
  })

  it('omit the contents of closed folders', () => {
    expect(rowsOf(files, new Set(['src'])).map(({ path }) => path)).toEqual(['src', 'a.js', 'b.js'])
  })

  it('find what is in a folder, but not paths with only the same prefix', () => {
    const more = [...files, { file: 'f9', path: 'src-old/x.js', revision: 1 }]
    expect(filesUnder(more, 'src').map(({ path }) => path)).toEqual([
      'src/deep/x.js',
      'src/a10.js',
      'src/a2.js',
    ])
    expect(filesUnder(more, 'a.js').map(({ path }) => path)).toEqual(['a.js'])
  })
})

describe('the badge of a person', () => {
  it('shows the first letters of the first and last word', () => {
    expect(initials('Golden Crane')).toBe('GC')
    expect(initials('ada')).toBe('A')
    expect(initials('Jean Luc de la Tour')).toBe('JT')
    expect(initials('😀 Smile')).toBe('😀S')
    expect(initials(' ')).toBe('?')
  })
})
