import type { Column, PointBatch } from '../../pipeline/point-batch.ts'

export interface Endpoint {
  /** Dense, as `addressId` is: two of them make one exact number with PAIR. */
  readonly id: number
  readonly addressId: number
  readonly address: string
  /** 0: a protocol without ports. */
  readonly port: number
  readonly transport: string
}

/** `a * PAIR + b` is exact and unique for ids below it. */
export const PAIR = 2 ** 26

/**
 * One object for each address, port and transport of an interval. Columns may have different dictionaries,
 * and both ways of a connection must meet, so ids are given anew here.
 */
export class Endpoints {
  private readonly known = new Map<number, Endpoint>()
  private readonly addresses = new Map<string, number>()
  private readonly transports = new Map<string, number>()

  reader(batch: PointBatch, side: 'source' | 'destination'): (row: number) => Endpoint {
    const address = interned(batch.columns.get(`${side}.address`), this.addresses)
    const transport = interned(batch.columns.get('network.transport'), this.transports)
    const port = batch.columns.get(`${side}.port`)
    return (row) => {
      const from = address(row)
      const by = transport(row)
      const number = Number(valueAt(port, row) ?? 0)
      const key = (by.id * 65_536 + number) * PAIR + from.id
      let found = this.known.get(key)
      if (!found) {
        const id = this.known.size
        found = { id, addressId: from.id, address: from.text, port: number, transport: by.text }
        this.known.set(key, found)
      }
      return found
    }
  }
}

/** `10.0.1.7:443`, `[::1]:443`; without a port only the address. */
export function formatAddress({ address, port }: Endpoint): string {
  if (port === 0) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

export function valueAt(column: Column | undefined, row: number) {
  return column?.dictionary.value(column.ids[row] as number)
}

/** Looks at each id of the column once. */
function interned(column: Column | undefined, ids: Map<string, number>) {
  const seen: { readonly id: number; readonly text: string }[] = []
  return (row: number) => {
    const id = column ? (column.ids[row] as number) : 0
    seen[id] ??= intern(String(column?.dictionary.value(id) ?? '?'), ids)
    return seen[id]
  }
}

function intern(text: string, ids: Map<string, number>) {
  const id = ids.get(text) ?? ids.size
  ids.set(text, id)
  return { id, text }
}
