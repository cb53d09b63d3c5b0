import type { Addresses } from '../../pipeline/addresses.ts'
import { type Column, type Dictionary, PointBatch } from '../../pipeline/point-batch.ts'
import { evidences, ports, transports, types } from './dictionaries.ts'

const directions: Dictionary = { value: (id) => ['unknown', 'forward', 'reverse'][id], lasting: true }

/** A dictionary of addresses in which 0 is none; the same one each time. */
const services = new WeakMap<Addresses, Dictionary>()
function servicesIn(addresses: Addresses): Dictionary {
  let dictionary = services.get(addresses)
  if (!dictionary) {
    dictionary = { value: (id) => (id === 0 ? undefined : addresses.value(id - 1)), lasting: true }
    services.set(addresses, dictionary)
  }
  return dictionary
}

/** The columns of flowBatch() while they are filled: entry i of each is row i's. */
export class FlowRows {
  length = 0
  readonly source: Uint32Array
  readonly destination: Uint32Array
  readonly sourcePort: Uint16Array
  readonly destinationPort: Uint16Array
  readonly transport: Uint8Array
  readonly type: Uint8Array
  readonly direction: Uint8Array
  readonly evidence: Uint8Array
  readonly interface: Uint32Array
  readonly bytes: Float64Array
  readonly packets: Float64Array
  readonly count: Float64Array
  /** Ids of the addresses' dictionary + 1; 0: none. */
  readonly serviceAddress: Uint32Array
  readonly servicePort: Uint16Array
  /** Ids of `cgroups`; empty without. */
  readonly sourceCgroup: Uint32Array
  readonly destinationCgroup: Uint32Array
  private readonly cgroups: Dictionary | undefined

  /** @param services whether any row has one */
  constructor(capacity: number, services: boolean, cgroups?: Dictionary) {
    this.cgroups = cgroups
    this.sourceCgroup = new Uint32Array(cgroups ? capacity : 0)
    this.destinationCgroup = new Uint32Array(cgroups ? capacity : 0)
    this.source = new Uint32Array(capacity)
    this.destination = new Uint32Array(capacity)
    this.sourcePort = new Uint16Array(capacity)
    this.destinationPort = new Uint16Array(capacity)
    this.transport = new Uint8Array(capacity)
    this.type = new Uint8Array(capacity)
    this.direction = new Uint8Array(capacity)
    this.evidence = new Uint8Array(capacity)
    this.interface = new Uint32Array(capacity)
    this.bytes = new Float64Array(capacity)
    this.packets = new Float64Array(capacity)
    this.count = new Float64Array(capacity)
    this.serviceAddress = new Uint32Array(services ? capacity : 0)
    this.servicePort = new Uint16Array(services ? capacity : 0)
  }

  batch(startMs: number, endMs: number, addresses: Addresses, interfaces: Dictionary): PointBatch {
    const { length, cgroups } = this
    const column = (ids: Column['ids'], dictionary: Dictionary): Column => ({
      ids: ids.subarray(0, length),
      dictionary,
    })
    return new PointBatch({
      startMs,
      endMs,
      length,
      columns: new Map([
        ['source.address', column(this.source, addresses)],
        ['source.port', column(this.sourcePort, ports)],
        ['destination.address', column(this.destination, addresses)],
        ['destination.port', column(this.destinationPort, ports)],
        ['network.transport', column(this.transport, transports)],
        ['network.type', column(this.type, types)],
        ['netsonde.flow.direction', column(this.direction, directions)],
        ['netsonde.flow.direction.evidence', column(this.evidence, evidences)],
        ['network.interface.name', column(this.interface, interfaces)],
        ...(cgroups
          ? ([
              ['source.process.linux.cgroup', column(this.sourceCgroup, cgroups)],
              ['destination.process.linux.cgroup', column(this.destinationCgroup, cgroups)],
            ] as const)
          : []),
        ...(this.servicePort.length > 0
          ? ([
              ['netsonde.service.address', column(this.serviceAddress, servicesIn(addresses))],
              ['netsonde.service.port', column(this.servicePort, ports)],
            ] as const)
          : []),
      ]),
      values: new Map([
        ['netsonde.flow.io', this.bytes.subarray(0, length)],
        ['netsonde.flow.packets', this.packets.subarray(0, length)],
        ['netsonde.flow.count', this.count.subarray(0, length)],
      ]),
    })
  }
}
