/** Valid paths, and paths that are equivalent on disk: U3 and S7. */
import { describe, expect, it } from 'vitest'
import { RoomFiles } from '../../../core/model/files.ts'
import { pathFault, pathKey } from '../../../core/protocol/path.ts'

describe('[U3] [S7] an invalid path', () => {
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
    ['ä'.repeat(257), 'A path may have at most 512 bytes; this one has 514.'],
    ['cod\u202etxt.exe', 'U+202E, which changes the direction of the text; it is character 4'],
    ['a\u2066', 'U+2066, which changes the direction of the text; it is character 2'],
    ['\u061ca', 'U+061C, which changes the direction of the text; it is character 1'],
    ['a\u200b.ts', 'the invisible character U+200B; it is character 2'],
    ['\ufeffa', 'the invisible character U+FEFF; it is character 1'],
    ['a\u00adb', 'the invisible character U+00AD; it is character 2'],
    ['a\u2060', 'the invisible character U+2060; it is character 2'],
    ['a\u3164', 'the invisible character U+3164; it is character 2'],
    ['a\ufffa', 'the invisible character U+FFFA; it is character 2'],
    ['READ\u200dME.md', 'the invisible character U+200D; it is character 5'],
    ['src/\u200ca', 'the invisible character U+200C; it is character 5'],
    ['a\u{e0061}', 'the invisible character U+E0061; it is character 2'],
    ['a\ufe0f.ts', 'the invisible character U+FE0F; it is character 2'],
    [`${'d/'.repeat(32)}a`, 'A path may have at most 32 segments; this one has 33.'],
    ['src/ /a', 'must not contain a segment without visible characters'],
    ['\u3000', 'must not contain a segment without visible characters'],
  ])('%j is refused with a reason', (path, reason) => {
    expect(pathFault(path)).toContain(reason)
  })

  it.each([
    ...[
      'a',
      'a.b',
      '.env',
      'a/..b',
      'ä/😀',
      'x'.repeat(512),
      'a b',
      '_',
      `${'d/'.repeat(31)}a`,
      'e\u0301',
      'a\u2028b',
    ],
    // Emoji with joiners, selectors and tags, a keycap, and words in Persian and Mongolian.
    ...['👩‍👩‍👧‍👦.txt', '❤️', '👩🏽‍💻', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '1️⃣', 'می‌خواهم', 'ᠰᠡᠴᠡᠭ᠋'],
  ])('%j is valid', (path) => {
    expect(pathFault(path)).toBeNull()
  })
})

describe('[U3] the key of a path', () => {
  it.each([
    ['README.md', 'readme.md'],
    ['caf\u00e9', 'cafe\u0301'],
    ['\u00c9t\u00c9/A', 'e\u0301te\u0301/a'],
    // Composed only in lower case.
    ['J\u030c', '\u01f0'],
    ['J\u030c', 'j\u030c'],
    ['ΟΔΟΣ.txt', 'οδος.txt'],
    ['İ', 'i\u0307'],
    ['\u212b', 'å'],
  ])('is the same for %j and %j', (one, other) => {
    expect(pathKey(one)).toBe(pathKey(other))
  })

  it.each([
    ['a', 'b'],
    ['src/a', 'src-a'],
    ['straße', 'strasse'],
    ['ı', 'i'],
    ['é', 'e'],
    ['ﬁ', 'fi'],
  ])('differs for %j and %j', (one, other) => {
    expect(pathKey(one)).not.toBe(pathKey(other))
  })
})

describe('[S7] a path conflict', () => {
  const files = new RoomFiles()
  files.set({ file: 'f', path: 'src/a.ts', revision: 1, created: 1, text: null })

  it.each([
    ['src/a.ts', 'There is a file at src/a.ts already.'],
    ['src', 'src is a folder that contains files, so no file can have that path.'],
    ['src/a.ts/b/c', 'src/a.ts is a file, so nothing can be put inside it.'],
  ])('of %s is reported with the obstacle', (path, obstacle) => {
    expect(files.obstacleAt(path)).toBe(obstacle)
  })

  it('is absent for a free path', () => {
    expect(files.obstacleAt('src/b.ts')).toBeNull()
  })

  it.each([
    ['SRC/A.ts', 'There is a file at src/a.ts already'],
    ['Src', 'src is a folder that contains files, so no file can have that path'],
    ['SRC/a.TS/b/c', 'src/a.ts is a file, so nothing can be put inside it'],
  ])('of %s, which differs only in case, says so', (path, obstacle) => {
    const same =
      'Paths that differ only in upper and lower case, or in how an accent is written, are one path.'
    expect(files.obstacleAt(path)).toBe(`${obstacle}. ${same}`)
  })

  it('is absent in a folder that differs in case: on disk it is the same folder', () => {
    expect(files.obstacleAt('SRC/b.ts')).toBeNull()
  })

  it('is absent for the file itself, and for any part of its own path', () => {
    for (const path of ['SRC/a.ts', 'src', 'Src', 'src/a.ts/b', 'SRC/A.TS/b'])
      expect(files.obstacleAt(path, 'f')).toBeNull()
    expect(files.obstacleAt('src/A.ts')).toContain('There is a file at src/a.ts already')
  })
})

describe('[U3] files with equivalent paths', () => {
  const record = (file: string, path: string) => ({ file, path, revision: 1, created: 1, text: null })

  function roomOf(...paths: string[]): RoomFiles {
    const files = new RoomFiles()
    for (const path of paths) files.set(record(path, path))
    return files
  }

  it('are found by their exact paths if a log contains them', () => {
    const files = roomOf('README.md', 'readme.md', 'caf\u00e9', 'cafe\u0301', 'Src', 'src/a')
    for (const path of ['README.md', 'readme.md', 'caf\u00e9', 'cafe\u0301', 'Src', 'src/a'])
      expect(files.atPath(path)?.file).toBe(path)
    expect(files.obstacleAt('Readme.md')).toContain('There is a file at README.md already')
  })

  it('block the path until the last of them is removed', () => {
    const files = roomOf('README.md', 'readme.md', 'Src/a', 'src/b')
    expect(files.obstacleAt('readme.md', 'readme.md')).toContain('README.md')
    files.delete('README.md')
    expect(files.obstacleAt('README.md')).toContain('readme.md')
    files.delete('readme.md')
    expect(files.obstacleAt('README.md')).toBeNull()
    files.delete('Src/a')
    expect(files.obstacleAt('SRC')).toMatch(/^src is a folder/i)
    files.set(record('src/b', 'b'))
    expect(files.obstacleAt('SRC')).toBeNull()
    expect(files.obstacleAt('B')).toContain('There is a file at b already')
  })
})
