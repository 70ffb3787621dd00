import { describe, expect, it } from 'vitest'
import { pathFault } from '../../../core/protocol/path.ts'
import { RoomFiles } from '../../../core/room/files.ts'

describe('[U3] [S7] a path that may not name a file', () => {
  it.each([
    ['', 'A path must not be empty.'],
    ['a\nb', 'the control character U+000A; it is character 2'],
    ['a\u0085', 'the control character U+0085; it is character 2'],
    ['😀\u0000', 'the control character U+0000; it is character 2'],
    ['src\\a.ts', 'a backslash (U+005C); write "/"; it is character 4'],
    ['a\ud83d', 'half of a surrogate pair (U+D83D); it is character 2'],
    ['/a', 'must not begin with "/"'],
    ['a/', 'must not end with "/"'],
    ['a//b', 'must not contain "//"'],
    ['a/../b', 'must not contain the segment ".."'],
    ['.', 'must not contain the segment "."'],
    ['ä'.repeat(257), 'A path may have 512 bytes; this one has 514.'],
  ])('%j is refused with its reason', (path, reason) => {
    expect(pathFault(path)).toContain(reason)
  })

  it.each(['a', 'a.b', '.env', 'a/..b', 'ä/😀', 'x'.repeat(512)])('%j is none', (path) => {
    expect(pathFault(path)).toBeNull()
  })
})

describe('[S7] a path that is taken', () => {
  const files = new RoomFiles()
  files.set({ file: 'f', path: 'src/a.ts', revision: 1, created: 1, text: null })

  it.each([
    ['src/a.ts', 'There is a file at src/a.ts already.'],
    ['src', 'src is a folder with files in it, so no file can have that path.'],
    ['src/a.ts/b/c', 'src/a.ts is a file, so nothing can be put inside it.'],
  ])('is refused with what is in the way of %s', (path, obstacle) => {
    expect(files.obstacleAt(path)).toBe(obstacle)
  })

  it('is none where nothing is in the way', () => {
    expect(files.obstacleAt('src/b.ts')).toBeNull()
  })
})
