import { expect, it } from 'vitest'
import { hasTwins, movedApart } from '../../../core/model/apart.ts'

/** Takes paths from oldest to newest; returns the new paths of the files that have to move, by index. */
function moves(...paths: string[]): Record<string, string> {
  const files = paths.map((path, at) => ({ file: `${at}`, path, revision: at }))
  return Object.fromEntries(movedApart(files).map(({ file, path }) => [file, path]))
}

it('moves no file without a conflict', () => {
  expect(moves('a.txt', 'b.txt', 'src/a.txt')).toEqual({})
})

it('moves the older of two files at equivalent paths', () => {
  expect(moves('a.txt', 'a.txt')).toEqual({ 0: 'a (2).txt' })
  expect(moves('a.txt', 'A.txt', 'a.TXT')).toEqual({ 1: 'A (2).txt', 0: 'a (3).txt' })
  expect(moves('src', 'src/a.txt')).toEqual({ 0: 'src (2)' })
  expect(moves('src/a.txt', 'src')).toEqual({ 0: 'src (2)/a.txt' })
})

it('gives no file the path of another that can keep it', () => {
  expect(moves('a (2).txt', 'a.txt', 'a.txt')).toEqual({ 1: 'a (3).txt' })
})

it('moves every file, however many share a path', () => {
  const paths = Array.from({ length: 300 }, () => 'a.txt')
  const moved = Object.values(moves(...paths))
  expect(moved).toHaveLength(299)
  expect(new Set([...moved, 'a.txt']).size).toBe(300)
})

it('moves one of two with the same revision, always the same one', () => {
  const files = ['x', 'y'].map((file) => ({ file, path: 'a.txt', revision: 1 }))
  expect(movedApart(files)).toEqual(movedApart(files.toReversed()))
  expect(hasTwins(files)).toBe(true)
  expect(hasTwins(movedApart(files))).toBe(false)
})
