/**
 * Waiting for any number of ms. The platform's own timers count in 32 bits: above 2^31 − 1 ms, some 25 days, they fire at once. A long wait is
 * made of several, and goes by the clock, which goes on while a computer sleeps.
 */
import { TIMER_MS } from '../../core/protocol/limits.ts'

/** Runs once, after so many ms; never, for Infinity. @returns what prevents it */
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
 * What `work` answers, if it does within so many ms. Once it is settled, nothing of the wait is left.
 * @throws Error that says `late`, the reason of `signal` when that aborts first, or what `work` rejects with
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
