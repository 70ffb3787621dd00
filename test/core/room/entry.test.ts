import { expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../../core/protocol/limits.ts'
import { mayConnect, SHARED_USER } from '../../../core/room/entry.ts'

const limits = { ...DEFAULT_LIMITS, connections: 10, connectionsPerUser: 3 }

it('[L4] lets so many connect to a room, whoever they are', () => {
  expect(mayConnect('ann', { ofRoom: 9, ofUser: 0 }, limits)).toBe(true)
  expect(mayConnect('ann', { ofRoom: 10, ofUser: 0 }, limits)).toBe(false)
  expect(mayConnect(SHARED_USER, { ofRoom: 10, ofUser: 0 }, limits)).toBe(false)
})

it('[L4] lets a user connect so often', () => {
  expect(mayConnect('ann', { ofRoom: 5, ofUser: 2 }, limits)).toBe(true)
  expect(mayConnect('ann', { ofRoom: 5, ofUser: 3 }, limits)).toBe(false)
})

it('[L4] never counts those who send no token as one person', () => {
  expect(mayConnect(SHARED_USER, { ofRoom: 9, ofUser: 9 }, limits)).toBe(true)
})

it('[L4] has no limit where it is 0', () => {
  const open = { ...limits, connections: 0, connectionsPerUser: 0 }
  expect(mayConnect('ann', { ofRoom: 30_000, ofUser: 20_000 }, open)).toBe(true)
})
