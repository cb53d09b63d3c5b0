import { cut, joined } from './cut.ts'

export interface Interface {
  readonly name: string
  /** `physical`, `veth`, ... */
  readonly kind: string
  /** How the programs are attached; null: they are not. */
  readonly attach: string | null
  readonly reason?: string | undefined
}

export interface Header {
  readonly version: string
  readonly kernel: string
  readonly config: readonly string[]
  readonly interfaces: readonly Interface[]
  readonly listening: readonly { readonly what: string; readonly url: string }[]
}

/** A node may have hundreds of interfaces; the table is to stay in sight. */
const MAX_ROWS = 4

/** What runs, where it looks, and where to ask it. */
export function renderHeader(header: Header, columns: number): string[] {
  const { version, kernel, config, interfaces, listening } = header
  // `/metrics` sorts before words.
  const urls = listening.map(({ what, url }) => `${what === 'metrics' ? '/metrics' : what} ${url}`).sort()
  return [
    `netsonde ${version}   kernel ${kernel}   config ${config.join(', ')}`,
    ...inColumns(interfaces.toSorted(watchedFirst).map(describe), columns),
    joined([...urls, 'Ctrl-C ends'], columns),
    '',
  ].map((line) => cut(line, columns))
}

/** `eth0  physical  tcx` */
export function describe({ name, kind, attach, reason }: Interface): string {
  if (attach !== null) return `${name}  ${kind}  ${attach}`
  return `${name}  not watched${reason ? ` (${reason})` : ''}`
}

function watchedFirst(a: Interface, b: Interface): number {
  return (
    Number(a.attach === null) - Number(b.attach === null) ||
    a.name.localeCompare(b.name, 'en', { numeric: true })
  )
}

/** Cells of one width, as many on a line as fit. */
function inColumns(cells: readonly string[], columns: number): string[] {
  if (cells.length === 0) return []
  const width = Math.max(...cells.map((cell) => cell.length)) + 4
  const perRow = Math.max(1, Math.floor((columns - 2) / width))
  const shown = cells.length > perRow * MAX_ROWS ? cells.slice(0, perRow * MAX_ROWS - 1) : cells
  const all = shown === cells ? cells : [...shown, `and ${cells.length - shown.length} more`]
  const rows: string[] = []
  for (let i = 0; i < all.length; i += perRow) {
    rows.push(
      `  ${all
        .slice(i, i + perRow)
        .map((cell) => cell.padEnd(width))
        .join('')
        .trimEnd()}`,
    )
  }
  return rows
}
