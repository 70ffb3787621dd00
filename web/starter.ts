/** The starter project of a new room: the files under `starter/`, as text. */
const FOLDER = './starter/'

const texts: Record<string, string> = import.meta.glob('./starter/**/*', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** Text by path. */
export const starterFiles: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(texts).map(([path, text]) => [path.slice(FOLDER.length), text]),
)
