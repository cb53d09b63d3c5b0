import { cut, joined } from './cut.ts'
import type { Conversation, Totals, Traffic } from './traffic.ts'
import { formatBitRate, formatByteRate, formatCount, formatMany, formatShare } from './units.ts'

/** Lines besides the rows: the summary, a gap, the head, and what is not shown. */
const AROUND = 4

/**
 * One interval as lines, none wider than `columns`. What is not shown is in the last line,
 * so the columns add up to the summary.
 *
 * @param rows lines there may be; at least the summary is given
 */
export function renderTable(traffic: Traffic, columns: number, rows: number): string[] {
  const seconds = Math.max(traffic.endMs - traffic.startMs, 1) / 1000
  const { top, rest, total } = traffic.heaviest(Math.max(0, rows - AROUND))
  const lines = [joined(summary(traffic, total, seconds), columns)]
  if (top.length > 0) lines.push('', ...table(top, rest, seconds, columns))
  return lines.map((line) => cut(line, columns)).slice(0, Math.max(1, rows))
}

function summary({ capture }: Traffic, total: Totals, seconds: number): string[] {
  if (total.connections === 0 && !capture.seen) return [`no packet in the last ${formatCount(seconds)} s`]
  const ofSeen = (name: string, packets = 0) =>
    packets > 0 && capture.seen ? [`${name} ${formatShare(packets / capture.seen)}`] : []
  const { connections, out, back, packets } = total
  return [
    ...(capture.coverage === undefined ? [] : [`coverage ${formatShare(capture.coverage)}`]),
    `${formatCount(connections)} ${connections === 1 ? 'connection' : 'connections'}`,
    formatBitRate((out + back) / seconds),
    `${formatMany(packets / seconds)} packets/s`,
    ...ofSeen('table full', capture.overflow),
    ...ofSeen('broken', capture.broken),
    ...ofSeen('not IP', capture.notIp),
  ]
}

type Cells = readonly [
  from: string,
  mark: string,
  to: string,
  proto: string,
  out: string,
  back: string,
  rate: string,
]

function table(top: readonly Conversation[], rest: Totals, seconds: number, columns: number): string[] {
  const cells: Cells[] = [['FROM', '', 'TO', 'PROTO', 'OUT', 'BACK', 'PKT/S']]
  for (const each of top) {
    // Who asked is known, or not; nothing is claimed without evidence.
    cells.push([each.from, each.known ? '>' : '-', each.to, each.transport, ...rates(each, seconds)])
  }
  if (rest.connections > 0) {
    cells.push([`${formatCount(rest.connections)} more`, '', '', '', ...rates(rest, seconds)])
  }
  const widths = widthsOf(cells, columns)
  return cells.map((row) => {
    const line = row.map((cell, i) => aligned(cell, widths[i] as number, i > 3)).join(GAP)
    return `${GAP}${line}`.trimEnd()
  })
}

const GAP = '  '
/** `255.255.255.255:65535`: figures that stay in place are easier to follow than narrow columns. */
const USUAL = [21, 1, 21, 5, 9, 9, 7]
const FROM = 0
const TO = 2

/** Where it is narrow addresses give way: the figures are what a line is for. */
function widthsOf(cells: readonly Cells[], columns: number): number[] {
  const longest = (i: number) => Math.max(...cells.map((row) => row[i]?.length ?? 0))
  const total = (widths: readonly number[]) => widths.reduce((sum, width) => sum + GAP.length + width, 0)
  const roomy = USUAL.map((usual, i) => Math.max(usual, longest(i)))
  if (total(roomy) <= columns) return roomy
  const widths = USUAL.map((_, i) => longest(i))
  const figures = total(widths) - longest(FROM) - longest(TO)
  const half = Math.max(8, Math.floor((columns - figures) / 2))
  // What one of the two does not need the other may have.
  const spare = (i: number) => Math.max(0, half - longest(i))
  widths[FROM] = Math.min(longest(FROM), half + spare(TO))
  widths[TO] = Math.min(longest(TO), half + spare(FROM))
  return widths
}

function rates({ out, back, packets }: Pick<Totals, 'out' | 'back' | 'packets'>, seconds: number) {
  return [
    formatByteRate(out / seconds),
    formatByteRate(back / seconds),
    formatCount(packets / seconds),
  ] as const
}

function aligned(cell: string, width: number, right: boolean): string {
  return right ? cell.padStart(width) : shortened(cell, width).padEnd(width)
}

/** An address is known by both of its ends. */
function shortened(cell: string, width: number): string {
  if (cell.length <= width) return cell
  const tail = Math.floor((width - 1) / 2)
  return `${cell.slice(0, width - 1 - tail)}…${cell.slice(cell.length - tail)}`
}
