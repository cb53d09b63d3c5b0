import { batchOf } from '../../../../test/rig/batch.ts'
import type { AttributeValue, PointBatch } from '../../../pipeline/point-batch.ts'
import { Traffic } from '../traffic.ts'

/** `10.0.1.7:443 -> [::1]:80 tcp forward 1000 10`: bytes and packets of one way; no port, no colon. */
export type Row = string

/** Rows as one flow batch of an interval of 5 s. */
export function flows(...rows: Row[]): PointBatch {
  const cells = rows.map(parse)
  const column = (name: keyof (typeof cells)[number]) => cells.map((cell) => cell[name] as AttributeValue)
  return batchOf({
    columns: {
      'source.address': column('source'),
      'source.port': column('sourcePort'),
      'destination.address': column('destination'),
      'destination.port': column('destinationPort'),
      'network.transport': column('transport'),
      'netsonde.flow.direction': column('direction'),
    },
    values: {
      'netsonde.flow.io': cells.map((cell) => cell.bytes),
      'netsonde.flow.packets': cells.map((cell) => cell.packets),
    },
  })
}

/** What the kernel's programs say of the same interval. */
export function capture(seen: number, coverage: number, outcomes: Record<string, number>): PointBatch[] {
  const entries = Object.entries(outcomes).map(([name, packets]) => [...name.split(' '), packets] as const)
  return [
    batchOf({ values: { 'netsonde.capture.seen.packets': [seen], 'netsonde.capture.coverage': [coverage] } }),
    batchOf({
      columns: {
        outcome: entries.map(([outcome]) => outcome),
        reason: entries.map(([, reason]) => (typeof reason === 'string' ? reason : undefined)),
      },
      values: { 'netsonde.capture.packets': entries.map((entry) => entry.at(-1) as number) },
    }),
  ]
}

export function interval(...batches: PointBatch[]): Traffic {
  const traffic = new Traffic(0, 5000)
  for (const batch of batches) traffic.add(batch)
  return traffic
}

function parse(row: Row) {
  const [from, , to, transport, direction, bytes, packets] = row.split(' ') as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const [source, sourcePort] = endpoint(from)
  const [destination, destinationPort] = endpoint(to)
  return {
    source,
    sourcePort,
    destination,
    destinationPort,
    transport,
    direction,
    bytes: Number(bytes),
    packets: Number(packets),
  }
}

function endpoint(text: string): [address: string, port: number | undefined] {
  const [, v6, v4, port] = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(text) ?? []
  return port === undefined ? [text, undefined] : [(v6 ?? v4) as string, Number(port)]
}
