import type { PointBatch } from '../../pipeline/point-batch.ts'
import { type Capture, readCapture } from './capture.ts'
import { type Endpoint, Endpoints, formatAddress, PAIR, valueAt } from './endpoints.ts'

/** Counts of an interval, not rates. */
export interface Totals {
  connections: number
  /** Bytes of the left to the right, and back. */
  out: number
  back: number
  /** Both ways. */
  packets: number
}

/** Both ways of one connection, or of several from one client address to one server. */
export interface Conversation extends Readonly<Totals> {
  /** The client where `known`; else one of the two. */
  readonly from: string
  readonly to: string
  readonly known: boolean
  readonly transport: string
}

interface Connection {
  readonly low: Endpoint
  readonly high: Endpoint
  client: Endpoint | undefined
  fromLow: number
  fromHigh: number
  packets: number
}

/** What moved in one interval. Batches are added as they come; the rows of both ways find each other here. */
export class Traffic {
  readonly startMs: number
  readonly endMs: number
  capture: Capture = {}
  private readonly connections = new Map<number, Connection>()
  private readonly endpoints = new Endpoints()

  constructor(startMs: number, endMs: number) {
    this.startMs = startMs
    this.endMs = endMs
  }

  add(batch: PointBatch): void {
    const io = batch.values.get('netsonde.flow.io')
    const packets = batch.values.get('netsonde.flow.packets')
    if (!io || !packets) {
      this.capture = readCapture(batch, this.capture)
      return
    }
    const sourceOf = this.endpoints.reader(batch, 'source')
    const destinationOf = this.endpoints.reader(batch, 'destination')
    const direction = batch.columns.get('netsonde.flow.direction')
    for (let row = 0; row < batch.length; row++) {
      const source = sourceOf(row)
      const destination = destinationOf(row)
      const connection = this.connection(source, destination)
      const bytes = io[row] || 0 // NaN: nothing
      if (source === connection.low) connection.fromLow += bytes
      else connection.fromHigh += bytes
      connection.packets += packets[row] || 0
      const way = valueAt(direction, row)
      if (way === 'forward') connection.client = source
      else if (way === 'reverse') connection.client = destination
    }
  }

  /** The heaviest first, by bytes; `rest` is what is not among them: together they are the total. */
  heaviest(count: number): { top: Conversation[]; rest: Totals; total: Totals } {
    const all = this.conversations().sort((a, b) => b.out + b.back - (a.out + a.back))
    return { top: all.slice(0, count), rest: sum(all.slice(count)), total: sum(all) }
  }

  private connection(a: Endpoint, b: Endpoint): Connection {
    const [low, high] = a.id <= b.id ? [a, b] : [b, a]
    const key = low.id * PAIR + high.id
    let found = this.connections.get(key)
    if (!found) {
      found = { low, high, client: undefined, fromLow: 0, fromHigh: 0, packets: 0 }
      this.connections.set(key, found)
    }
    return found
  }

  private conversations(): Conversation[] {
    const groups = new Map<number, { client: Endpoint; server: Endpoint; totals: Totals }>()
    const found: Conversation[] = []
    for (const connection of this.connections.values()) {
      const { client, low, high } = connection
      if (!client) {
        found.push(undirected(connection))
        continue
      }
      const server = client === low ? high : low
      const key = server.id * PAIR + client.addressId
      let group = groups.get(key)
      if (!group) {
        group = { client, server, totals: { connections: 0, out: 0, back: 0, packets: 0 } }
        groups.set(key, group)
      }
      addTo(group.totals, { connections: 1, packets: connection.packets, ...ways(connection, client) })
    }
    for (const { client, server, totals } of groups.values()) {
      const { connections: many } = totals
      const from = many === 1 ? formatAddress(client) : `${client.address} (${many} ports)`
      found.push({ from, to: formatAddress(server), known: true, transport: server.transport, ...totals })
    }
    return found
  }
}

/** The higher port stands left: an order that lasts from one interval to the next, not a claim. */
function undirected(connection: Connection): Conversation {
  const { low, high, packets } = connection
  const lowLeft = low.port === high.port ? low.address <= high.address : low.port > high.port
  const [left, right] = lowLeft ? [low, high] : [high, low]
  const ends = { from: formatAddress(left), to: formatAddress(right), transport: left.transport }
  return { ...ends, known: false, connections: 1, packets, ...ways(connection, left) }
}

function ways({ low, fromLow, fromHigh }: Connection, from: Endpoint) {
  return from === low ? { out: fromLow, back: fromHigh } : { out: fromHigh, back: fromLow }
}

function sum(all: readonly Readonly<Totals>[]): Totals {
  const total = { connections: 0, out: 0, back: 0, packets: 0 }
  for (const each of all) addTo(total, each)
  return total
}

function addTo(total: Totals, { connections, out, back, packets }: Readonly<Totals>): void {
  total.connections += connections
  total.out += out
  total.back += back
  total.packets += packets
}
