/** The one file that loads the addon (native/) and describes what it gives. */
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { NetsondeError } from './errors.ts'
import { packageRoot } from './package-root.ts'

/** Where the build puts the addon and the programs. */
const build = new URL('build/', packageRoot)

export interface NetworkInterface {
  readonly index: number
  readonly name: string
  /** The driver that rtnetlink names (veth, bridge, bond, vxlan, tun...), else `loopback` or `physical`. */
  readonly kind: string
  /** ARPHRD_*, linux/if_arp.h. */
  readonly type: number
  /** Index of its bridge, bond or vrf; 0: none. */
  readonly master: number
  /** Index of what it stands on (a VLAN on its device, a tunnel on what it leaves by), of a veth its other end; 0: none here. */
  readonly link: number
  /** UDP port of a vxlan, geneve or bareudp device, or that a wireguard device listens at; 0: none. */
  readonly tunnelPort: number
}

export interface Size {
  readonly packets: number
  readonly bytes: number
}

/**
 * The connections that moved in a generation. Row i has entry i of the columns with one entry a row, and
 * entries [i * n, i * n + n) of the others. `lower` and `higher` are the endpoints in the order of the kernel's key.
 */
export interface FlowColumns {
  readonly length: number
  /** 2 x 16 bytes a row, lower first; IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
  readonly addresses: Uint8Array<ArrayBuffer>
  /** 2 a row, lower first; 0: none. */
  readonly ports: Uint16Array
  /** 4 or 6. */
  readonly family: Uint8Array
  readonly protocol: Uint8Array
  readonly laterFragment: Uint8Array
  /** Bit 0: the lower endpoint is this node or everybody (multicast, broadcast), bit 1: the higher. Bits 2 and 3: this node. */
  readonly local: Uint8Array
  /** 0: unknown, 1: the lower endpoint, 2: the higher. */
  readonly client: Uint8Array
  /** enum evidence: 0: none, 1: syn, 2: listener, 3: payload, 4: known_port. */
  readonly evidence: Uint8Array
  /** 1: not met in an earlier generation. */
  readonly first: Uint8Array
  /** Since the epoch. */
  readonly firstSeenMs: Float64Array
  /**
   * `slots` a row: ifindex << 2 | egress << 1 | way; way 0 goes from lower to higher. 0: not used.
   * At sockets the number of the socket's cgroup stands in place of the ifindex.
   */
  readonly hooks: Uint32Array
  /** `slots` a row: what the hook of the same place saw, on the wire, in this generation. */
  readonly packets: Uint32Array
  readonly bytes: Float64Array
  /**
   * Rows that are one connection, which the node translates (NAT), are a list: `next` is the row that has more of it, -1:
   * none. They have the untranslated client as lower endpoint and the real server as higher.
   */
  readonly next: Int32Array
  /** 1: is not a connection's row, but has more of another's. */
  readonly joined: Uint8Array
  /** Entry of serviceAddresses: what the client called, if it was translated; -1: none. */
  readonly service: Int32Array
  /** 16 bytes an entry, as `addresses`. */
  readonly serviceAddresses: Uint8Array<ArrayBuffer>
  readonly servicePorts: Uint16Array
}

/**
 * How connections began and failed in a generation, as passing packets told it. Times are in seconds of CLOCK_BOOTTIME;
 * NaN: no such packet in this generation.
 */
export interface SignalColumns {
  readonly length: number
  /** When the generation was closed. */
  readonly now: number
  /** As FlowColumns. */
  readonly addresses: Uint8Array<ArrayBuffer>
  readonly ports: Uint16Array
  readonly protocol: Uint8Array
  readonly local: Uint8Array
  /** 1: NAT's other name for a connection that has a row under its own. */
  readonly translated: Uint8Array
  /** In this generation or an earlier one. 0: unknown, 1: the lower endpoint, 2: the higher. */
  readonly client: Uint8Array
  /** As FlowColumns, of rows with `roundTripUs`; of the others a SYN told the client. */
  readonly evidence: Uint8Array
  /** 2 a row, by way: the least time from here to the end that it leads to and back; 0: unknown. */
  readonly roundTripUs: Uint32Array
  readonly syn: Float64Array
  /** As `syn`, or when it was sent again. */
  readonly lastSyn: Float64Array
  readonly synAck: Float64Array
  /** The client's first packet after the SYN and ACK. */
  readonly ack: Float64Array
  readonly reset: Float64Array
  /** 2 a row, by way. */
  readonly resets: Uint32Array
  /** ICMP messages that a packet of the connection did not arrive, */
  readonly unreachables: Uint32Array
  /** why (enum unreachable of bpf/shared/signals.h) */
  readonly unreachable: Uint8Array
  /** and which way that packet went. */
  readonly unreachableWay: Uint8Array
}

export type UnparsedReason = 'not_ip' | 'truncated' | 'malformed'

export interface OverflowBucket extends Size {
  readonly ifindex: number
  readonly direction: 'ingress' | 'egress'
  readonly protocol: number
  /** 4 or 6. */
  readonly family: number
}

export interface Translations {
  /** Translated connections that are known. */
  readonly remembered: number
  /** In this generation, though they may be active: there were too many. */
  readonly forgotten: number
  /** New connections of which conntrack knew nothing in two generations. */
  readonly unresolved: number
  /** Why conntrack could not be asked. */
  readonly problem?: string
}

export interface Generation {
  /** Since the epoch; the start is the end of the generation before. */
  readonly startMs: number
  readonly endMs: number
  readonly flows: FlowColumns
  /** None but from the kernel, with DatapathOptions.signals. */
  readonly signals?: SignalColumns
  /** Packets whose signal found no room. */
  readonly signalsLost?: number
  readonly capture: {
    readonly seen: Size
    readonly unparsed: Readonly<Record<UnparsedReason, Size>> & {
      /** Of capture files only: frames of a link type that the parser does not know. */
      readonly unknown_link?: Size
    }
    readonly filtered: Size
    /** With sampling: the sum of the squares of what each skb had on the wire. */
    readonly squareBytes: number
    readonly overflow: readonly OverflowBucket[]
    readonly overflowUnlisted: Size
  }
  /** Of connections that the node translates (NAT), where it tracks connections. */
  readonly translations?: Translations
  /** Why a part of it stayed in the kernel and comes with a later generation. */
  readonly problem?: string
  /** Why from now on no listening socket tells servers. */
  readonly listenersProblem?: string
}

/** `ip`: frames begin with the IP header (tun, wireguard, ppp). */
export type LinkType = 'ethernet' | 'ip'

/** A part of a capture file's connections, in the order of their first packets; `capture` is told with the last part. */
export interface CapturePart extends Generation {
  readonly flows: FlowColumns & {
    /** Since the epoch; NaN, as firstSeenMs: no packet had a time. */
    readonly lastSeenMs: Float64Array
    /** 0: there are none, or none that could be read. 1: they were read, also where they are 0. */
    readonly hasPorts: Uint8Array
  }
  readonly last: boolean
  /** Of frames that are `unknown_link`, with the last part: https://www.tcpdump.org/linktypes.html */
  readonly unknownLinkTypes: readonly number[]
}

/** What the parser finds in one frame. Ports and the rest are 0 where there is none. */
export type ParsedFrame =
  | { readonly outcome: UnparsedReason }
  | {
      readonly outcome: 'parsed'
      readonly source: string
      readonly destination: string
      readonly protocol: number
      readonly sourcePort: number
      readonly destinationPort: number
      readonly tcpFlags: number
      readonly icmpType: number
      readonly icmpCode: number
      readonly icmpId: number
      readonly firstFragment: number
      readonly laterFragment: number
      readonly fragmentId: number
      /** From the first byte to the payload of TCP, UDP or IP. */
      readonly headerBytes: number
    }

/** Between whom, a row each: entry i of columns with one entry a row, [2 i, 2 i + 2) of ports and so on. */
export interface TcpEdges {
  readonly length: number
  /** 2 x 16 bytes a row; the source is the client, or the end that told where nobody knows. */
  readonly addresses: Uint8Array<ArrayBuffer>
  /** 2 a row, source first; 0: not told. */
  readonly ports: Uint16Array
  /** Of the end that told: 0 unknown, 1 client, 2 server. */
  readonly role: Uint8Array
  /** As FlowColumns. */
  readonly evidence: Uint8Array
  /** Inode of the network namespace of the end that told; empty unless rows are told by socket. */
  readonly netns: Uint32Array
}

/** What TCP's connections of the node did in an interval. NaN: nothing; times in seconds. */
export interface TcpInterval {
  /** Since the epoch; the start is the end of the interval before. */
  readonly startMs: number
  readonly endMs: number
  /** Those that did something. */
  readonly connections: TcpEdges & {
    /** enum tcp_outcome: 0 tells of no attempt, 1 success, 2 failure. */
    readonly outcome: Uint8Array
    /** enum tcp_error. */
    readonly error: Uint8Array
    readonly rtt: Float64Array
    readonly rttMin: Float64Array
    readonly rttVariation: Float64Array
    readonly handshake: Float64Array
    readonly duration: Float64Array
    readonly sent: Float64Array
    readonly lost: Float64Array
    readonly spurious: Float64Array
    readonly outOfOrder: Float64Array
    readonly zeroWindows: Float64Array
  }
  /** A row for each connection and reason (enum tcp_retransmit; 4: unknown). */
  readonly retransmits: TcpEdges & { readonly reason: Uint8Array; readonly segments: Float64Array }
  readonly resets: TcpEdges & { readonly received: Uint8Array; readonly resets: Float64Array }
  /** All that live, added up by everything but the client's port, unless rows are told by socket. `state` as the kernel numbers them. */
  readonly active: TcpEdges & { readonly state: Uint8Array; readonly connections: Float64Array }
  /** Attempts of connections for which there was no room: 8 by error of clients, 8 of servers. */
  readonly untracked: Float64Array
  /** Connections whose last account found no room. */
  readonly endsLost: number
  /** Events that a program missed because it was interrupted by one of its own kind. */
  readonly missed: number
}

/** Attempts to connect that came to their end. `role` 3: nobody's end, the packets passed through; NaN: not known. */
export interface PassingAttempts extends TcpEdges {
  /** enum tcp_error; 0: it succeeded. */
  readonly error: Uint8Array
  /** Seconds from the first SYN to the client's answer to the SYN and ACK. */
  readonly duration: Float64Array
  /** Seconds that a SYN, its answer and the answer to that took. */
  readonly rtt: Float64Array
}

/** What Passing.settle() found to be told of an interval. */
export interface PassingRows {
  readonly attempts: PassingAttempts
  /** Failed attempts that are not among them: settleDoubtful() tells them. */
  readonly doubtful: number
  /** Seconds from here to both ends and back, of connections of no socket of this node, where that is new. */
  readonly roundTrips: TcpEdges & { readonly rtt: Float64Array }
  /** Rows of the signals whose resets are to be told, as row * 2 + way. */
  readonly resets: Uint32Array
  /** Rows of the signals that tell of packets which did not arrive. */
  readonly unreachable: Uint32Array
  /** Attempts and round trips that found no room. */
  readonly lost: number
}

export const OWNER_QUERY_BYTES = 60

/** Entry i of the owners' columns. */
export interface OwnerAnswers {
  /** 2 a query: entry of the columns + 1; 0: no socket of this node. */
  readonly ends: Uint32Array
  /** Of the first pid namespace. 0: not known. */
  readonly pids: Uint32Array
  /** When the process began; tells it from another with its number. */
  readonly started: Float64Array
  /** Empty: not known. */
  readonly commands: readonly string[]
  /** As numbers of Cgroups. 0: not known. */
  readonly cgroups: Uint32Array
}

/** What became of one program: `code` is empty if it works, else the errno's name. */
export interface TcpFeature {
  readonly name: string
  readonly code: string
  readonly message: string
  /** Its id in the kernel; 0: none, or it has done its work. */
  readonly program: number
}

/**
 * @param removed the index of each interface that went since the last call; one may be in use again
 * @param lost more happened than is told
 */
export type InterfaceListener = (removed: Uint32Array, lost: boolean) => void

/** The cgroups of a tree: entry i of each. A number is what a hook at a socket has in place of an ifindex. */
export interface Cgroups {
  readonly numbers: Uint32Array
  /** From the top of the tree on, which is `/`. */
  readonly paths: readonly string[]
}

/** Where the cgroup2 file system is. */
export interface CgroupMount {
  readonly directory: string
  /** false: of a container or a cgroup namespace, only what is below its own cgroup. */
  readonly isWhole: boolean
}

/** Errors of the addon have an errno's name as `code`, and say what was tried. */
interface Addon {
  readonly slots: number
  open(objectPath: string, options: DatapathOptions): object
  attachCgroup(datapath: object, directory: string): void
  watchListeners(datapath: object, objectPath: string): void
  cgroupMount(): CgroupMount
  cgroups(directory: string): Promise<Cgroups>
  attachTcx(datapath: object, ifindex: number, link: LinkType): void
  attachClsact(datapath: object, ifindex: number, link: LinkType): boolean
  removeStaleFilters(ifindex: number): boolean
  detach(datapath: object, ifindex: number): void
  linkAddresses(datapath: object, keys: Uint8Array): Promise<Uint8Array>
  setFilterInterface(datapath: object, ifindex: number, rules: bigint): void
  drain(datapath: object, last: boolean): Promise<Generation>
  close(datapath: object): void
  attachLater(datapath: object, ifindex: number, link: LinkType, clsact: boolean): Promise<boolean>
  detachLater(datapath: object, ifindex: number): Promise<boolean>
  releaseFilePages(): void
  interfaces(): NetworkInterface[]
  wireguardPortIn(answer: Uint8Array): number
  monitorInterfaces(listener: InterfaceListener): object
  endMonitor(monitor: object): void
  makeCapture(path: string, maxConnections: number, decapsulate: boolean): object
  openCapture(capture: object): Promise<void>
  readCapture(capture: object): Promise<void>
  takeCapture(capture: object, rows: number): CapturePart
  stopCapture(capture: object): void
  parse(frame: Uint8Array, linkType: number, decapsulate: boolean): ParsedFrame
  openOwners(folder: string, atInterfaces: boolean): object
  ownerFeatures(owners: object): TcpFeature[]
  lookForOwners(owners: object): Promise<void>
  askOwners(owners: object, queries: Uint8Array): Promise<OwnerAnswers>
  closeOwners(owners: object): void
  openTcp(folder: string, maxConnections: number, bySocket: boolean): object
  tcpFeatures(tcp: object): TcpFeature[]
  drainTcp(tcp: object): Promise<TcpInterval>
  closeTcp(tcp: object): void
  makePassing(lastingMs: number, most: number): object
  turnPassing(passing: object, nowMs: number): void
  claimPassing(passing: object, interval: TcpInterval): void
  settlePassing(passing: object, signals: SignalColumns): PassingRows
  settleDoubtful(passing: object): Promise<{ attempts: PassingAttempts; problem: string }>
}

let loaded: Addon | undefined

function addon(): Addon {
  if (loaded) return loaded
  const path = fileURLToPath(new URL('netsonde.node', build))
  try {
    loaded = createRequire(import.meta.url)(path) as Addon
  } catch (cause) {
    throw new NetsondeError('ADDON_MISSING', `the addon cannot be loaded from ${path}: run scripts/setup`, {
      cause,
    })
  }
  return loaded
}

/**
 * Lets go of the pages of the program that only its start needed: what is used again is taken up again. Some 40 MB of
 * resident memory, once.
 */
export const releaseFilePages = (): void => addon().releaseFilePages()

/** Frees the memory of columns that nobody needs any more at once: to the garbage collector they look small. */
export function freeColumns(columns: FlowColumns | SignalColumns): void {
  for (const column of Object.values(columns))
    if (ArrayBuffer.isView(column)) (column.buffer as ArrayBuffer).transfer(0)
}

/**
 * The port in the kernel's answer about a WireGuard device (WG_CMD_GET_DEVICE), of which the first bytes are there; 0: it
 * is not among them.
 */
export const wireguardPortIn = (answer: Uint8Array): number => addon().wireguardPortIn(answer)

/** The interfaces of this process's network namespace. */
export const readInterfaces = (): NetworkInterface[] => addon().interfaces()

/**
 * Calls `listener` when an interface of this process's network namespace comes, changes or goes: once for all that
 * happened since its last call. Nothing is missed from the return on. It keeps no process alive.
 * @throws with `code`: the errno's name
 */
export function monitorInterfaces(listener: InterfaceListener): Disposable {
  const monitor = addon().monitorInterfaces(listener)
  return { [Symbol.dispose]: () => addon().endMonitor(monitor) }
}

/** Places that a connection has for what different hooks saw of it. */
export const slots = (): number => addon().slots

/**
 * Removes the clsact filters that a killed netsonde left on the interface. Returns whether there was any.
 * @throws with `code`: the errno's name
 */
export const removeStaleFilters = (ifindex: number): boolean => addon().removeStaleFilters(ifindex)

/** @throws with `code`: ENOENT where cgroup2 is not mounted */
export const findCgroupMount = (): CgroupMount => addon().cgroupMount()

/** All cgroups of a directory of the cgroup2 file system, read off the event loop. @throws with `code` */
export const readCgroups = (directory: string): Promise<Cgroups> => addon().cgroups(directory)

export const LINK_KEY_BYTES = 48

export interface DatapathOptions {
  /** Connections in each generation's table, of each address family. */
  readonly maxFlows: number
  /** Connections inside tunnels, instead of the tunnels' own. */
  readonly decapsulate?: boolean
  /** The programs for attachCgroup(), and not those for interfaces. */
  readonly atSockets?: boolean
  /** At sockets: what goes over loopback devices, too. */
  readonly withLoopback?: boolean
  /** Note how connections begin and fail. */
  readonly signals?: boolean
  /** At most 64, those that exclude first: the first one that fits decides. None: all is counted. */
  readonly filters?: readonly FilterRule[]
  /** Keep what linkAddresses() tells. */
  readonly linkAddresses?: boolean
  /** One packet in so many is looked at. */
  readonly sampling?: number
  /** 32 bits that nobody can guess: which ones. */
  readonly samplingSeed?: number
}

/** All that is set has to fit. Address and port: of either end. */
export interface FilterRule {
  readonly excludes: boolean
  readonly address?: string
  /** Bits of `address` that count. */
  readonly prefix?: number
  readonly port?: number
  /** One or two numbers. */
  readonly protocols?: readonly number[]
  /** Only interfaces that setFilterInterface names. */
  readonly ofInterfaces: boolean
}

/** The BPF programs in the kernel, their attachments and their counts. */
export class Datapath implements Disposable {
  private readonly handle: object
  private readonly end = () => this[Symbol.dispose]()

  /**
   * Loads the programs.
   * @param objectPath the programs; others than the built ones in tests only
   * @throws with `code`: EPERM without rights, EACCES or EINVAL if the verifier refused
   */
  constructor(options: DatapathOptions, objectPath = fileURLToPath(new URL('flow.bpf.o', build))) {
    this.handle = addon().open(objectPath, options)
    process.once('exit', this.end) // process.exit() runs no finalizer, and a clsact filter outlives the process
  }

  /**
   * Attaches off the event loop, both directions or none: TCX takes the kernel some 30 ms.
   * Returns whether a killed netsonde's filters were removed. @throws with `code`: EINVAL where the kernel has no TCX, ENODEV
   */
  attach(ifindex: number, link: LinkType, how: 'tcx' | 'tc'): Promise<boolean> {
    return addon().attachLater(this.handle, ifindex, link, how === 'tc')
  }

  /** Detaches off the event loop. Nothing happens if the interface is not attached. */
  async release(ifindex: number): Promise<void> {
    await addon().detachLater(this.handle, ifindex)
  }

  /**
   * Attaches to the sockets of a cgroup and of all below it, by a path of the cgroup2 file system.
   * @throws with `code`: EPERM also where a program of somebody else wants to be alone there
   */
  attachCgroup(directory: string): void {
    addon().attachCgroup(this.handle, directory)
  }

  /**
   * From now on sockets that listen tell a connection's server where no SYN has, in all network namespaces.
   * @throws with `code`: EPERM, or EACCES or EINVAL from a kernel that lacks something for it
   */
  watchListeners(objectPath = fileURLToPath(new URL('listeners.bpf.o', build))): void {
    addon().watchListeners(this.handle, objectPath)
  }

  /** As attach(), and waits for it. @throws with `code`: EINVAL where the kernel has no TCX, ENODEV */
  attachTcx(ifindex: number, link: LinkType): void {
    addon().attachTcx(this.handle, ifindex, link)
  }

  /** Both directions or none. Returns whether a killed netsonde's filters were removed. @throws with `code` */
  attachClsact(ifindex: number, link: LinkType): boolean {
    return addon().attachClsact(this.handle, ifindex, link)
  }

  detach(ifindex: number): void {
    addon().detach(this.handle, ifindex)
  }

  /**
   * The MAC addresses of ways of connections at interfaces, looked up off the event loop.
   * @param keys LINK_KEY_BYTES each, struct link_key of bpf/shared/flow.h
   * @returns 12 bytes each, the receiver's first, as in a frame; zeros where none are known
   */
  linkAddresses(keys: Uint8Array): Promise<Uint8Array> {
    return addon().linkAddresses(this.handle, keys)
  }

  /**
   * Call before an interface is attached, where filters are of interfaces.
   * @param rules those that this interface is among, a bit each
   * @throws with `code`
   */
  setFilterInterface(ifindex: number, rules: bigint): void {
    addon().setFilterInterface(this.handle, ifindex, rules)
  }

  /**
   * Closes the running generation and takes what it counted.
   *
   * @param last nothing of it is kept for a later one
   * @throws with `code`: EBADF after dispose
   */
  drain(last = false): Promise<Generation> {
    return addon().drain(this.handle, last)
  }

  /** Detaches all. Counts that were not drained are gone. Safe to call twice. */
  [Symbol.dispose](): void {
    process.off('exit', this.end)
    addon().close(this.handle)
  }
}

/**
 * Parses one frame with the code that the programs in the kernel run.
 *
 * @param linkType a number of the pcap files' list: 1 is Ethernet, 101 is IP
 * @param decapsulate whether the addresses are those inside tunnels
 */
export const parseFrame = (frame: Uint8Array, linkType: number, decapsulate: boolean): ParsedFrame =>
  addon().parse(frame, linkType, decapsulate)

export interface CaptureOptions {
  /** What is more is overflow. */
  readonly maxFlows: number
  /** Connections inside tunnels, instead of the tunnels' own. */
  readonly decapsulate: boolean
}

/** A pcap or pcapng file, which may be packed by gzip, counted off the event loop. */
export class Capture implements Disposable {
  private readonly handle: object

  constructor(path: string, { maxFlows, decapsulate }: CaptureOptions) {
    this.handle = addon().makeCapture(path, maxFlows, decapsulate)
  }

  /** @throws with `code`: ENOENT and so on; EINVAL if it is no capture file */
  open(): Promise<void> {
    return addon().openCapture(this.handle)
  }

  /**
   * Reads to the end of the file, or of what can be read of it: then the last part has a `problem`. After open(), once.
   * @throws with `code`
   */
  read(): Promise<void> {
    return addon().readCapture(this.handle)
  }

  /** What was counted, in parts of `rows` connections at most. */
  *parts(rows: number): Generator<CapturePart> {
    for (let last = false; !last; ) {
      const part = addon().takeCapture(this.handle, rows)
      yield part
      last = part.last
    }
  }

  /** Ends the reading. Safe to call twice. */
  [Symbol.dispose](): void {
    addon().stopCapture(this.handle)
  }
}

/** The programs at TCP's tracepoints and the connections that they know, of all network namespaces. */
export class TcpSockets implements Disposable {
  private readonly handle: object

  /**
   * Loads and attaches what the kernel lets; `features` says what.
   * @param maxConnections at a time, and that end in an interval
   * @param folder of the programs, with a slash; another than the built ones in tests only
   * @param bySocket a row never stands for several sockets
   * @throws with `code` if nothing can be loaded
   */
  constructor(maxConnections: number, folder = fileURLToPath(build), bySocket = false) {
    this.handle = addon().openTcp(folder, maxConnections, bySocket)
  }

  get features(): TcpFeature[] {
    return addon().tcpFeatures(this.handle)
  }

  /** What was not told yet. @throws with `code`: EBADF after dispose */
  drain(): Promise<TcpInterval> {
    return addon().drainTcp(this.handle)
  }

  /** Detaches all. What was not drained is gone. Safe to call twice. */
  [Symbol.dispose](): void {
    addon().closeTcp(this.handle)
  }
}

/**
 * Puts together, over generations, what passing packets tell of how connections begin and fail, and leaves out what a
 * socket of this node has told. An interval is turn(), then claim(), then settle().
 */
export class Passing {
  private readonly handle: object

  /**
   * @param lastingMs for how long at least a failed attempt that a socket told is remembered
   * @param most attempts under way: what is more is lost, and counted
   */
  constructor(lastingMs: number, most: number) {
    this.handle = addon().makePassing(lastingMs, most)
  }

  turn(nowMs: number): void {
    addon().turnPassing(this.handle, nowMs)
  }

  /** What sockets told in the interval: attempts, and resets of connections. */
  claim(interval: TcpInterval): void {
    addon().claimPassing(this.handle, interval)
  }

  settle(signals: SignalColumns): PassingRows {
    return addon().settlePassing(this.handle, signals)
  }

  /**
   * Failed attempts whose server may be in another network namespace of this node, which is looked up off the event
   * loop. Nothing else may be asked until it is there.
   *
   * @returns `problem`: why not all namespaces could be looked at; empty: they were
   */
  settleDoubtful(): Promise<{ attempts: PassingAttempts; problem: string }> {
    return addon().settleDoubtful(this.handle)
  }
}

/** The programs that tell which process has which socket, in all network namespaces. */
export class SocketOwners implements Disposable {
  private readonly handle: object

  /**
   * Loads and attaches what the kernel lets (`features` says what), and looks for the first time.
   * @param atInterfaces loopback addresses in queries without a namespace are this one's
   * @param folder of the programs, with a slash; another than the built ones in tests only
   * @throws with `code`
   */
  constructor(atInterfaces: boolean, folder = fileURLToPath(build)) {
    this.handle = addon().openOwners(folder, atInterfaces)
  }

  get features(): TcpFeature[] {
    return addon().ownerFeatures(this.handle)
  }

  /** Looks again: what is asked then is of the time since the look before. @throws with `code` */
  look(): Promise<void> {
    return addon().lookForOwners(this.handle)
  }

  /** @param queries OWNER_QUERY_BYTES each, struct OwnerQuery of native/owners.h. @throws with `code` */
  ask(queries: Uint8Array): Promise<OwnerAnswers> {
    return addon().askOwners(this.handle, queries)
  }

  /** Detaches all. Safe to call twice. */
  [Symbol.dispose](): void {
    addon().closeOwners(this.handle)
  }
}
