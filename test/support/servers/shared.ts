/**
 * What the test files of one worker share, because it takes longer to start than most tests take to run: a
 * stack with the default settings, one without a database, a browser. Each test has its own rooms and browser
 * contexts in them. A file that restarts its stack or sets variables starts one of its own.
 */
import { test } from 'vitest'
import { type Stack, startStack } from './stack.ts'

interface Closable {
  close(): Promise<void>
}

/** A stack as far as it can be used without a trace for the next file. Nobody but its worker closes it. */
export type SharedStack = Pick<Stack, 'url' | 'logs' | 'query' | 'close'>

/** Starts something, unless this worker has it: the same for the same function. */
export type Once = <T extends Closable>(start: () => Promise<T>) => Promise<T>

// biome-ignore lint/correctness/noEmptyPattern: vitest requires a pattern, to see what a fixture needs
const withOnce = test.extend('once', { scope: 'worker' }, ({}, { onCleanup }): Once => {
  const started = new Map<() => Promise<Closable>, Promise<Closable>>()
  onCleanup(async () => {
    for (const one of started.values()) await (await one).close()
  })
  return <T extends Closable>(start: () => Promise<T>) => {
    const one = (started.get(start) as Promise<T> | undefined) ?? start()
    started.set(start, one)
    return one
  }
})

/** Runs before the tests of a file or suite. What it starts by `once` is closed with the worker. */
export function beforeAllShared(body: (once: Once) => Promise<void>): void {
  withOnce.beforeAll(({ once }) => body(once))
}

/** A stack with the default settings. */
export function wholeStack(): Promise<SharedStack> {
  return startStack({ quiet: true })
}

export function stackWithoutDatabase(): Promise<SharedStack> {
  return startStack({ quiet: true, withoutDatabase: true })
}
