/** The lines of the log about an event of one room. */
export function linesOf(logs: readonly string[], room: string, event: string): string[] {
  return logs.filter((line) => line.startsWith(`{"event":"${event}","room":${JSON.stringify(room)},`))
}
