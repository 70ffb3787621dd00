/**
 * Builds the demo editor into dist/web, which the Worker serves as static assets; every path without a file
 * gets index.html. In development, Vite proxies the API and the rooms to the Worker.
 */
import { defineConfig } from 'vite'

const WORKER = 'http://localhost:8787'

export default defineConfig({
  appType: 'spa',
  build: { outDir: '../dist/web', emptyOutDir: true, target: 'es2022' },
  server: { proxy: { '/api/': { target: WORKER, ws: true } } },
})
