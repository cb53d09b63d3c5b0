import type { AttributeName } from '../../catalogue/attributes.ts'
import type { MetricName } from '../../catalogue/metrics.ts'
import type { Addresses } from '../../pipeline/addresses.ts'
import type { BatchParts, Column, Dictionary } from '../../pipeline/point-batch.ts'
import { ports, transports, types } from '../flows/dictionaries.ts'

/** Rows of few: what they say is gathered by name, and made columns at the end. */
export class Rows {
  length = 0
  private readonly addresses: Addresses
  private readonly source: number[] = []
  private readonly destination: number[] = []
  private readonly sourcePort: number[] = []
  private readonly destinationPort: number[] = []
  private readonly transport: number[] = []
  private readonly type: number[] = []
  private readonly said = new Map<AttributeName, Said>()
  private readonly values = new Map<MetricName, number[]>()

  constructor(addresses: Addresses) {
    this.addresses = addresses
  }

  /** @param words two addresses of four words from `at` on, the source first */
  add(words: Uint32Array, at: number, [from, to]: readonly [number, number], protocol: number): void {
    this.length++
    this.source.push(this.addresses.intern(words, at))
    this.destination.push(this.addresses.intern(words, at + 4))
    this.sourcePort.push(from)
    this.destinationPort.push(to)
    this.transport.push(protocol)
    this.type.push(isMapped(words, at) ? 4 : 6)
  }

  /** Of the row that was added last. */
  say(name: AttributeName, value: string | undefined): void {
    let said = this.said.get(name)
    if (!said) {
      said = new Said()
      this.said.set(name, said)
    }
    said.set(this.length - 1, value)
  }

  /** Of the row that was added last. */
  count(name: MetricName, value: number): void {
    const values = this.values.get(name) ?? []
    this.values.set(name, values)
    values[this.length - 1] = value
  }

  parts(startMs: number, endMs: number): BatchParts {
    const { length } = this
    const columns: [AttributeName, Column][] = [
      ['source.address', { ids: Uint32Array.from(this.source), dictionary: this.addresses }],
      ['source.port', { ids: Uint16Array.from(this.sourcePort), dictionary: ports }],
      ['destination.address', { ids: Uint32Array.from(this.destination), dictionary: this.addresses }],
      ['destination.port', { ids: Uint16Array.from(this.destinationPort), dictionary: ports }],
      ['network.transport', { ids: Uint8Array.from(this.transport), dictionary: transports }],
      ['network.type', { ids: Uint8Array.from(this.type), dictionary: types }],
    ]
    for (const [name, said] of this.said) columns.push([name, said.column(length)])
    return {
      startMs,
      endMs,
      length,
      columns: new Map(columns),
      values: new Map([...this.values].map(([name, values]) => [name, Float64Array.from(values)])),
    }
  }
}

/** The texts of one attribute. */
class Said implements Dictionary {
  private readonly texts: (string | undefined)[] = [undefined]
  private readonly ids: number[] = []

  set(row: number, text: string | undefined): void {
    let id = this.texts.indexOf(text)
    if (id < 0) id = this.texts.push(text) - 1
    this.ids[row] = id
  }

  value(id: number): string | undefined {
    return this.texts[id]
  }

  column(length: number): Column {
    return { ids: Uint8Array.from({ length }, (_, row) => this.ids[row] ?? 0), dictionary: this }
  }
}

/** IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
const isMapped = (words: Uint32Array, at: number): boolean =>
  words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0xffff0000
