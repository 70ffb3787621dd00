/** When batches are sealed. */
import { describe, expect, it } from 'vitest'
import { DEFAULT_PACER, Pacer } from '../../../core/authority/pacer.ts'

describe('the pacer', () => {
  it('seals at the end of the turn if no commit is being written', () => {
    const pacer = new Pacer(DEFAULT_PACER)
    expect(pacer.submitted(0, 3)).toEqual({ type: 'turn' })
    expect(pacer.submitted(0, 3)).toEqual({ type: 'wait' })
  })

  it('collects while a commit is being written, and seals when that is durable', () => {
    const pacer = new Pacer(DEFAULT_PACER)
    pacer.submitted(0, 3)
    pacer.sealed(0)
    expect(pacer.submitted(1, 3)).toEqual({ type: 'wait' })
    expect(pacer.durable(10, 3, true)).toEqual({ type: 'turn' })
    pacer.sealed(10)
    expect(pacer.durable(20, 3, false)).toEqual({ type: 'wait' })
    expect(pacer.submitted(30, 3)).toEqual({ type: 'turn' })
  })

  it('keeps the configured interval between commits', () => {
    const pacer = new Pacer({ ...DEFAULT_PACER, commitIntervalMs: 50 })
    expect(pacer.submitted(0, 3)).toEqual({ type: 'turn' })
    pacer.sealed(0)
    expect(pacer.durable(5, 3, true)).toEqual({ type: 'at', time: 50 })
    expect(pacer.submitted(6, 3)).toEqual({ type: 'wait' })
  })

  it('keeps a budget of frames per second: more sockets, fewer commits', () => {
    const pacer = new Pacer({ ...DEFAULT_PACER, framesPerSecond: 1_000 })
    pacer.submitted(0, 100)
    pacer.sealed(0)
    expect(pacer.durable(5, 100, true)).toEqual({ type: 'at', time: 100 })
  })
})
