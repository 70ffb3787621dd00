/**
 * Builds the demo editor into dist/web, which the Worker serves as static assets; every path without a file
 * answers with index.html. In development the API and the rooms come from the Worker's own port.
 */
import { defineConfig } from 'vite'

const WORKER = 'http://localhost:8787'

export default defineConfig({
  appType: 'spa',
  build: { outDir: '../dist/web', emptyOutDir: true, target: 'es2022' },
  server: { proxy: { '/api/': { target: WORKER, ws: true } } },
})
