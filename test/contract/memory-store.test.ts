/** The store that simulators run on, by the suite of all stores. */

import { memoryStore } from '../../schema/memory-store.ts'
import { describeStore } from './store.contract.ts'

describeStore('the store in memory', async () => ({ store: memoryStore(), close: async () => {} }))
