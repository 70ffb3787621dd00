/** Close codes: after which ones a client reconnects, who sent them, and their default reasons. */
import { describe, expect, it } from 'vitest'
import { CLOSE, isFromRoom, mayRetry, reasonOf } from '../../../core/protocol/codes.ts'

/** Every code with which a socket can be closed. */
const ALL = Array.from({ length: 4_000 }, (_, i) => i + 1_000)

const FINAL = [4400, 4401, 4403, 4404, 4409, 4410, 4413, 4426]

describe('close codes', () => {
  it('are final where the table in the protocol docs says so, and a lost connection otherwise', () => {
    expect(ALL.filter((code) => !mayRetry(code))).toEqual(FINAL)
  })

  it('let a client with a refused token reconnect only if it has another token', () => {
    expect(ALL.filter((code) => !mayRetry(code, true))).toEqual(FINAL.filter((code) => code !== 4401))
  })

  it('never include 1005, 1006 or 1015, which are reserved', () => {
    const codes = Object.values(CLOSE).map(({ code }) => code)
    expect(codes.filter((code) => [1005, 1006, 1015].includes(code))).toEqual([])
  })

  it('are attributed to the room, or to a proxy or the network', () => {
    const own = Object.values(CLOSE).map(({ code }) => code)
    expect(own.filter((code) => !isFromRoom(code))).toEqual([1000])
    for (const code of [1000, 1001, 1002, 1005, 1006, 1009, 1014, 1015, 3000, 4000, 4399, 4500])
      expect(isFromRoom(code)).toBe(false)
  })

  it('all have a readable reason, the room’s own one if it has one', () => {
    for (const code of ALL) expect(reasonOf(code)).toMatch(/^[a-z]/)
    for (const { code } of Object.values(CLOSE)) {
      if (code === 1000) continue
      expect(Object.values(CLOSE).find(({ reason }) => reason === reasonOf(code))?.code).toBe(code)
    }
    expect(reasonOf(4403)).toBe('not allowed')
    expect(reasonOf(1000)).toBe('the other side closed the connection')
    expect(reasonOf(1006)).toBe('the connection was lost')
    expect(reasonOf(3456)).toBe('the connection was closed with code 3456')
  })
})
