/**
 * Timers for any duration. Platform timers are 32-bit: above 2^31 − 1 ms (about 25 days) they fire at once.
 * A long wait is split into several, and measured by the wall clock, which continues while a computer
 * sleeps.
 */
import { TIMER_MS } from '../../core/protocol/limits.ts'

/** Calls `run` once after `ms`; never for Infinity. @returns a function that cancels it */
export function after(ms: number, run: () => void): () => void {
  if (ms === Number.POSITIVE_INFINITY) return () => {}
  const until = Date.now() + ms
  let timer: ReturnType<typeof setTimeout>
  const wait = (left: number) => {
    if (left > TIMER_MS) timer = setTimeout(() => wait(until - Date.now()), TIMER_MS)
    else timer = setTimeout(run, left)
  }
  wait(ms)
  return () => clearTimeout(timer)
}

/**
 * Resolves like `work` if it settles within `ms`. Leaves no timer or listener behind.
 * @throws Error with message `late`; the reason of `signal` when it aborts first; or what `work` rejects
 *   with
 */
export async function within<T>(
  ms: number,
  work: Promise<T>,
  late: string,
  signal?: AbortSignal,
): Promise<T> {
  let stop = () => {}
  const over = new Promise<never>((_, reject) => {
    const aborted = () => reject(signal?.reason)
    const stopTimer = after(ms, () => reject(new Error(late)))
    signal?.addEventListener('abort', aborted)
    stop = () => {
      stopTimer()
      signal?.removeEventListener('abort', aborted)
    }
    if (signal?.aborted) aborted()
  })
  try {
    return await Promise.race([work, over])
  } finally {
    stop()
  }
}
