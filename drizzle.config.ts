/** Where `drizzle-kit generate` finds the tables and puts the migrations it derives from them. */

import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './schema/tables.ts',
  out: './schema/migrations',
})
