/** The little project that a new room starts with: the real files under `starter/`, as text. */
const FOLDER = './starter/'

const texts: Record<string, string> = import.meta.glob('./starter/**/*', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** Texts by path. */
export const starterFiles: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(texts).map(([path, text]) => [path.slice(FOLDER.length), text]),
)
