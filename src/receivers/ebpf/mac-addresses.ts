import { type Datapath, LINK_KEY_BYTES } from '../../native/datapath.ts'
import { Addresses } from '../../pipeline/addresses.ts'
import type { Column, Dictionary, PointBatch } from '../../pipeline/point-batch.ts'
import { ICMP, ICMPV6 } from '../flows/names.ts'

const MAC_BYTES = 6
/** More than this, and a new dictionary begins: strangers may send from any address. */
const MAX_ADDRESSES = 65_536

/** Ids of MAC addresses; 0 is none. */
class Macs implements Dictionary {
  readonly lasting = true
  private readonly ids = new Map<number, number>()
  private readonly texts: string[] = []

  get size(): number {
    return this.texts.length
  }

  intern(bytes: Buffer, at: number): number {
    const address = bytes.readUIntBE(at, MAC_BYTES)
    const known = this.ids.get(address)
    if (known !== undefined) return known
    this.texts.push(bytes.toString('hex', at, at + MAC_BYTES).replace(/(..)(?!$)/g, '$1:'))
    this.ids.set(address, this.texts.length)
    return this.texts.length
  }

  value(id: number): string | undefined {
    return this.texts[id - 1]
  }
}

/** Adds source.mac and destination.mac to a batch of flows: those at the interface whose count was taken. */
export class MacAddresses {
  private macs = new Macs()

  /** @param batch as flowBatch() makes it */
  async tell(batch: PointBatch, programs: Pick<Datapath, 'linkAddresses'>): Promise<PointBatch> {
    if (this.macs.size > MAX_ADDRESSES) this.macs = new Macs()
    const { macs } = this
    const found = Buffer.from(await programs.linkAddresses(keysOf(batch)))
    const source = new Uint32Array(batch.length)
    const destination = new Uint32Array(batch.length)
    for (let row = 0; row < batch.length; row++) {
      const at = row * 2 * MAC_BYTES
      const sender = found.readUIntBE(at + MAC_BYTES, MAC_BYTES)
      const receiver = found.readUIntBE(at, MAC_BYTES)
      if (sender === 0 && receiver === 0) continue
      source[row] = macs.intern(found, at + MAC_BYTES)
      destination[row] = macs.intern(found, at)
    }
    return batch.withColumns([
      ['source.mac', { ids: source, dictionary: macs }],
      ['destination.mac', { ids: destination, dictionary: macs }],
    ])
  }
}

/** struct link_key of bpf/shared/flow.h, for each row. */
function keysOf({ length, columns }: PointBatch): Uint8Array {
  const ids = (name: Parameters<typeof columns.get>[0]) => (columns.get(name) as Column).ids
  const { dictionary } = columns.get('source.address') as Column
  if (!(dictionary instanceof Addresses)) throw new TypeError('the batch is not one of flows')
  const addresses = Buffer.from(dictionary.raw.buffer, dictionary.raw.byteOffset, dictionary.raw.byteLength)
  const [sources, destinations] = [ids('source.address'), ids('destination.address')]
  const [sourcePorts, destinationPorts] = [ids('source.port'), ids('destination.port')]
  const [interfaces, protocols, families] = [
    ids('network.interface.name'),
    ids('network.transport'),
    ids('network.type'),
  ]
  const keys = Buffer.alloc(length * LINK_KEY_BYTES)
  for (let row = 0, at = 0; row < length; row++, at += LINK_KEY_BYTES) {
    const address = (from: typeof sources) => (from[row] as number) * 16
    addresses.copy(keys, at, address(sources), address(sources) + 16)
    addresses.copy(keys, at + 16, address(destinations), address(destinations) + 16)
    keys.writeUInt16BE(sourcePorts[row] as number, at + 32)
    keys.writeUInt16BE(destinationPorts[row] as number, at + 34)
    keys.writeUInt32LE(interfaces[row] as number, at + 36)
    const protocol = protocols[row] as number
    keys[at + 40] = protocol === ICMP && families[row] === 6 ? ICMPV6 : protocol
  }
  return keys
}
