/** Replaces a marked section of a page: how commands write into the docs. */

/**
 * @param page names the page in the error
 * @param open, @param close the comments around the section
 * @param content Markdown
 * @throws Error unless the page has the two comments once, in this order
 */
export function withSection(
  text: string,
  page: string,
  open: string,
  close: string,
  content: string,
): string {
  const [before = '', rest = '', ...others] = text.split(open)
  const end = rest.indexOf(close)
  if (end === -1 || others.length > 0) throw new Error(`${page} must have "${open}" and "${close}" once.`)
  return `${before}${open}\n\n${content}\n\n${rest.slice(end)}`
}
