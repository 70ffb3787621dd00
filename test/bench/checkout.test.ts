/** The checkout of another version, which the benchmark compares with. */
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkout, commitOf } from '../../bench/lib/checkout.ts'

let project: string

const git = (...args: readonly string[]) =>
  execFileSync('git', ['-C', project, '-c', 'user.name=test', '-c', 'user.email=test@localhost', ...args])

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'edgeroom-checkout-'))
  git('init', '--quiet', '--initial-branch', 'main')
  for (const folder of ['.', 'bench']) {
    mkdirSync(join(project, folder, 'node_modules'), { recursive: true })
    writeFileSync(join(project, folder, 'package-lock.json'), '{}')
  }
  writeFileSync(join(project, '.gitignore'), 'node_modules/\n')
  writeFileSync(join(project, 'room.ts'), 'old')
  git('add', '.')
  git('commit', '--quiet', '--message', 'room: the old one')
  git('tag', 'before')
  writeFileSync(join(project, 'room.ts'), 'new')
  git('commit', '--quiet', '--all', '--message', 'room: the new one')
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

describe('a checkout', () => {
  it('has the files of the commit, and leaves the project as it is', async () => {
    const { root, name } = await checkout(project, await commitOf(project, 'before'))
    expect(readFileSync(join(root, 'room.ts'), 'utf8')).toBe('old')
    expect(name).toMatch(/^[0-9a-f]+ room: the old one$/)
    expect(readFileSync(join(project, 'room.ts'), 'utf8')).toBe('new')
    expect(git('status', '--porcelain').toString()).toBe('')
    expect(git('worktree', 'list').toString().trim().split('\n')).toHaveLength(1)
  })

  it('uses the installed packages if the lock files are the same', async () => {
    const { root } = await checkout(project, await commitOf(project, 'HEAD'))
    for (const folder of ['.', 'bench'])
      expect(readlinkSync(join(root, folder, 'node_modules'))).toBe(join(project, folder, 'node_modules'))
  })

  it('installs its own packages if they are not', async () => {
    const lock = join(project, 'bench/package-lock.json')
    const manifest = { name: 'bench', version: '1.0.0', lockfileVersion: 3, requires: true, packages: {} }
    writeFileSync(join(project, 'bench/package.json'), '{"name": "bench", "version": "1.0.0"}')
    writeFileSync(lock, JSON.stringify(manifest))
    git('add', '.')
    git('commit', '--quiet', '--message', 'bench: other packages')
    const commit = await commitOf(project, 'HEAD')
    writeFileSync(lock, '{}')
    const { root } = await checkout(project, commit)
    expect(existsSync(join(root, 'bench/package-lock.json'))).toBe(true)
    expect(() => readlinkSync(join(root, 'bench/node_modules'))).toThrow()
  })

  it('of nothing that exists is a usage error', async () => {
    await expect(commitOf(project, 'no-such-branch')).rejects.toThrow(/^--against must name a commit/)
    await expect(commitOf(project, '--help')).rejects.toThrow(/^--against must name a commit/)
  })
})
