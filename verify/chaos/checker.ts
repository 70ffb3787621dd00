/**
 * The judge of a run: compares what clients saw with the log afterwards. Pure, so that it can itself be
 * tested with wrong logs. It checks the promise of the protocol: what was acked is in the log, exactly once,
 * and everybody has the same texts.
 */

import { fill } from '../../core/model/blobs.ts'
import { isFileChange } from '../../core/protocol/changes.ts'
import type { Commit } from '../../core/protocol/messages.ts'
import { Text } from '../../core/text/text.ts'
import { firstDifference } from '../../dev/traces/difference.ts'
import { markersIn } from './markers.ts'
import { excerpt, keyOf, type Submission } from './witness.ts'

export interface LogRow {
  readonly seq: number
  readonly body: string
  readonly blobs: Readonly<Record<string, string>> | null
}

/** One replica's texts by path. */
export interface Copy {
  readonly name: string
  readonly texts: ReadonlyMap<string, string>
}

/** The required state of a marker at the end: `stays` if it was typed, `gone` if it was removed again. */
export type Fate = 'present' | 'gone'

export interface Evidence {
  readonly submissions: Iterable<Submission>
  /** Commits as clients saw them, by seq. */
  readonly commits: ReadonlyMap<number, string>
  readonly log: readonly LogRow[]
  readonly copies: readonly Copy[]
  /** By marker. */
  readonly fates: ReadonlyMap<string, Fate>
}

/** Everything that is wrong, in words; empty if all is well. */
export function judge(evidence: Evidence): string[] {
  const log = evidence.log.map(({ seq, body, blobs }) => {
    const commit = JSON.parse(body) as Commit
    return { seq, body, commit: fill(commit, (blob) => blobs?.[blob]) }
  })
  let replayed = new Map<string, string>()
  const broken: string[] = []
  try {
    replayed = replay(log.map(({ commit }) => commit))
  } catch (error) {
    broken.push(`the log cannot be applied: ${error}`)
  }
  return [
    ...gaps(evidence.log),
    ...broken,
    ...submissionsAgainst(evidence, log),
    ...[...evidence.commits].flatMap(([seq, seen]) => {
      const row = log.find((row) => row.seq === seq)
      if (row === undefined) return [`commit ${seq} was seen but is not in the log: ${excerpt(seen)}`]
      return row.body === seen
        ? []
        : [`commit ${seq} was seen in another form than in the log: ${excerpt(seen)}`]
    }),
    ...evidence.copies.flatMap((copy) => differences(replayed, copy)),
    ...wrongMarkers(replayed, evidence.fates),
  ]
}

function gaps(log: readonly LogRow[]): string[] {
  return log.flatMap(({ seq }, index) =>
    seq === index + 1 ? [] : [`the log has commit ${seq} instead of ${index + 1}`],
  )
}

type Row = { readonly seq: number; readonly commit: Commit }

function submissionsAgainst({ submissions }: Evidence, log: readonly Row[]): string[] {
  const wrong: string[] = []
  const places = new Map<string, { seq: number; markers: readonly string[] }>()
  const lastN = new Map<string, number>()
  for (const { seq, commit } of log) {
    for (const { client, n, changes } of commit.entries) {
      if (client === 'api') continue
      const key = keyOf(client, n)
      const earlier = places.get(key)
      if (earlier !== undefined) wrong.push(`${key} is in the log twice: in ${earlier.seq} and in ${seq}`)
      else if (n <= (lastN.get(client) ?? 0)) wrong.push(`${key} is in the log after ${lastN.get(client)}`)
      lastN.set(client, n)
      places.set(key, { seq, markers: markersIn(changes.map(asSubmitted)) })
    }
  }
  for (const { client, n, answer, seq, markers } of submissions) {
    const key = keyOf(client, n)
    const place = places.get(key)
    places.delete(key)
    if (answer === 'reject' && place !== undefined)
      wrong.push(`${key} was refused but is in commit ${place.seq}`)
    if (answer === 'reject') continue
    if (place === undefined) {
      if (answer !== null)
        wrong.push(`${key} was acked (${answer}, seq ${seq}) but is not in the log: ${markers}`)
      continue
    }
    if (seq !== null && seq !== place.seq) wrong.push(`${key} was acked in ${seq} but is in ${place.seq}`)
    if (place.markers.join() !== markers.join())
      wrong.push(`${key} was sent with ${markers} but is in the log with ${place.markers}`)
  }
  for (const [key, { seq }] of places) wrong.push(`${key} is in commit ${seq} but was never sent`)
  return wrong
}

/** A committed change without what the room added: the text of a file that it removed. */
function asSubmitted(change: Commit['entries'][number]['changes'][number]): object {
  return change.type === 'remove' ? { ...change, was: undefined } : change
}

/** The texts by path that result from applying all commits in order to the empty room. */
export function replay(commits: readonly Commit[]): Map<string, string> {
  const files = new Map<string, { path: string; text: Text }>()
  for (const { seq, entries } of commits) {
    for (const change of entries.flatMap((entry) => entry.changes)) {
      if (!isFileChange(change)) continue
      const file = files.get(change.file) ?? { path: '', text: Text.from('') }
      if (change.type === 'remove') {
        if (typeof change.was === 'string' && change.was !== file.text.toString())
          throw new Error(`the removal in commit ${seq} carries another text than the file had`)
        files.delete(change.file)
      } else if (change.type === 'rename') files.set(change.file, { ...file, path: change.path })
      else if (change.type === 'create') {
        if (typeof change.text !== 'string') throw new Error(`a text of commit ${seq} is missing`)
        files.set(change.file, { path: change.path, text: Text.from(change.text) })
      } else {
        if ('blob' in change.op) throw new Error(`an op of commit ${seq} is missing`)
        files.set(change.file, { ...file, text: file.text.apply(change.op) })
      }
    }
  }
  return new Map([...files.values()].map(({ path, text }) => [path, text.toString()]))
}

/** How a replica differs from the log. */
export function differences(expected: ReadonlyMap<string, string>, { name, texts }: Copy): string[] {
  const paths = new Set([...expected.keys(), ...texts.keys()])
  return [...paths].flatMap((path) => {
    const [wanted, there] = [expected.get(path), texts.get(path)]
    if (wanted === undefined) return [`${name} has ${path}, which the log does not have`]
    if (there === undefined) return [`${name} does not have ${path}`]
    const difference = firstDifference(wanted, there)
    return difference === null ? [] : [`${name}: ${path} ${difference}`]
  })
}

function wrongMarkers(texts: ReadonlyMap<string, string>, fates: ReadonlyMap<string, Fate>): string[] {
  const counts = new Map<string, number>()
  for (const text of texts.values())
    for (const marker of markersIn(text)) counts.set(marker, (counts.get(marker) ?? 0) + 1)
  const wrong: string[] = []
  for (const [marker, fate] of fates) {
    const times = counts.get(marker) ?? 0
    counts.delete(marker)
    if (times !== (fate === 'present' ? 1 : 0))
      wrong.push(`${marker} should be ${fate} but occurs ${times} times`)
  }
  for (const marker of counts.keys()) wrong.push(`${marker} was never typed`)
  return wrong
}
