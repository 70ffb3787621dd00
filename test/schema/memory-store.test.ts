/** The store of the simulators, tested by the suite of all stores. */

import { memoryStore } from '../../schema/stores/memory.ts'
import { describeStore } from './contract/store.contract.ts'

describeStore('the store in memory', async () => ({ store: memoryStore(), close: async () => {} }))
