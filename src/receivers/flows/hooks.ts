import type { Places } from './places.ts'

/** In a hook's number (bpf/shared/flow.h): the packet left by the interface. */
const EGRESS = 2

/** What the hooks saw where a way's packets come in, or where they leave. */
export class Group {
  /** Over distinct links. */
  packets = 0
  bytes = 0
  /** The link that saw most, and what it saw. */
  ifindex = 0
  fullestPackets = 0
  fullestBytes = 0

  clear(): void {
    this.packets = this.bytes = this.ifindex = this.fullestPackets = this.fullestBytes = 0
  }

  add(ifindex: number, packets: number, bytes: number): void {
    this.packets += packets
    this.bytes += bytes
    if (this.ifindex !== 0 && packets <= this.fullestPackets) return
    this.ifindex = ifindex
    this.fullestPackets = packets
    this.fullestBytes = bytes
  }

  /** Adds the links of another group. */
  addAll({ packets, bytes, ifindex, fullestPackets, fullestBytes }: Group): void {
    const fuller = this.ifindex === 0 || fullestPackets > this.fullestPackets
    this.packets += packets
    this.bytes += bytes
    if (!fuller) return
    this.ifindex = ifindex
    this.fullestPackets = fullestPackets
    this.fullestBytes = fullestBytes
  }
}

/** Interfaces where packets came in, or where they left, with what each saw. */
class Side {
  length = 0
  readonly ifindex: number[] = []
  readonly packets: number[] = []
  readonly bytes: number[] = []
  /** Is not to be added (any more). */
  readonly done: boolean[] = []

  add(ifindex: number, packets: number, bytes: number): void {
    let at = 0
    while (at < this.length && this.ifindex[at] !== ifindex) at++
    if (at === this.length) {
      this.length++
      this.ifindex[at] = ifindex
      this.packets[at] = this.bytes[at] = 0
      this.done[at] = false
    }
    this.packets[at] = (this.packets[at] as number) + packets
    this.bytes[at] = (this.bytes[at] as number) + bytes
  }
}

/** The hooks of a way of which several are where its packets come in, or where they leave. One object serves all ways. */
export class Hooks {
  private readonly in = new Side()
  private readonly out = new Side()
  private readonly places: Places
  private readonly layer = new Group()
  private readonly best = new Group()

  constructor(places: Places) {
    this.places = places
  }

  clear(): void {
    this.in.length = this.out.length = 0
  }

  add(hook: number, packets: number, bytes: number): void {
    const side = (hook & EGRESS) === 0 ? this.in : this.out
    side.add(hook >>> 2, packets, bytes)
  }

  /**
   * Adds up the links of either side. Of interfaces that stand on one another the layer that saw most is one link; of
   * the ports by which a bridge sends one is, for it sends a packet by all of them where it does not know better.
   *
   * @param entrances overwritten, as `exits`
   */
  sum(entrances: Group, exits: Group): void {
    this.leaveOutCopies()
    this.leaveOutFloods()
    this.sumSide(this.in, entrances)
    this.sumSide(this.out, exits)
  }

  /** Leaves out what has only copies of others' packets, unless there are no others. */
  private leaveOutCopies(): void {
    if (this.hasOnlyAside(this.in) && this.hasOnlyAside(this.out)) return
    for (const side of [this.in, this.out])
      for (let i = 0; i < side.length; i++)
        if (this.places.isAside(side.ifindex[i] as number)) side.done[i] = true
  }

  private leaveOutFloods(): void {
    const { out, places } = this
    for (let i = 0; i < out.length; i++) {
      const bridge = places.of(out.ifindex[i] as number)?.bridge
      if (!bridge || out.done[i]) continue
      for (let other = i + 1; other < out.length; other++) {
        if (out.done[other] || places.of(out.ifindex[other] as number)?.bridge !== bridge) continue
        const fewer = (out.packets[i] as number) < (out.packets[other] as number) ? i : other
        out.done[fewer] = true
        if (fewer === i) break
      }
    }
  }

  private hasOnlyAside(side: Side): boolean {
    for (let i = 0; i < side.length; i++) if (!this.places.isAside(side.ifindex[i] as number)) return false
    return true
  }

  private sumSide(side: Side, into: Group): void {
    into.clear()
    for (let i = 0; i < side.length; i++) {
      if (side.done[i]) continue
      const place = this.places.of(side.ifindex[i] as number)
      if (place) this.addStack(side, place.stack, i, into)
      else into.add(side.ifindex[i] as number, side.packets[i] as number, side.bytes[i] as number)
    }
  }

  /** @param first of the stack in `side` */
  private addStack(side: Side, stack: number, first: number, into: Group): void {
    const { best, layer, places } = this
    best.clear()
    let bestLayer = 0
    for (let i = first; i < side.length; i++) {
      const place = places.of(side.ifindex[i] as number)
      if (side.done[i] || place?.stack !== stack) continue
      this.sumLayer(side, stack, place.layer, i)
      // The lowest is what is on the wire, so that the tag of a VLAN is counted.
      const better =
        layer.packets > best.packets || (layer.packets === best.packets && place.layer < bestLayer)
      if (best.ifindex !== 0 && !better) continue
      best.clear()
      best.addAll(layer)
      bestLayer = place.layer
    }
    into.addAll(best)
  }

  private sumLayer(side: Side, stack: number, level: number, first: number): void {
    this.layer.clear()
    for (let i = first; i < side.length; i++) {
      const place = this.places.of(side.ifindex[i] as number)
      if (side.done[i] || place?.stack !== stack || place.layer !== level) continue
      this.layer.add(side.ifindex[i] as number, side.packets[i] as number, side.bytes[i] as number)
      side.done[i] = true
    }
  }
}
