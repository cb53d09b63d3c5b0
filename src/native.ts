/** The one file that loads the addon (native/) and describes what it gives. */
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { NetsondeError } from './errors.ts'

/** Where the build puts the addon and the programs. */
const build = new URL('../build/', import.meta.url)

export interface NetworkInterface {
  readonly index: number
  readonly name: string
  /** The driver that rtnetlink names (veth, bridge, bond, vxlan, tun...), else `loopback` or `physical`. */
  readonly kind: string
  /** ARPHRD_*, linux/if_arp.h. */
  readonly type: number
  /** Index of its bridge, bond or vrf; 0: none. */
  readonly master: number
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
  /** 0: unknown, 1: the lower endpoint, 2: the higher. */
  readonly client: Uint8Array
  /** 0: none, 1: a SYN. */
  readonly evidence: Uint8Array
  /** 1: not met in an earlier generation. */
  readonly first: Uint8Array
  /** Since the epoch. */
  readonly firstSeenMs: Float64Array
  /** `slots` a row: ifindex << 2 | egress << 1 | way; way 0 goes from lower to higher. 0: not used. */
  readonly hooks: Uint32Array
  /** `slots` a row: what the hook of the same place saw, on the wire, in this generation. */
  readonly packets: Uint32Array
  readonly bytes: Float64Array
}

export type UnparsedReason = 'not_ip' | 'truncated' | 'malformed'

export interface OverflowBucket extends Size {
  readonly ifindex: number
  readonly direction: 'ingress' | 'egress'
  readonly protocol: number
  /** 4 or 6. */
  readonly family: number
}

export interface Generation {
  /** Since the epoch; the start is the end of the generation before. */
  readonly startMs: number
  readonly endMs: number
  readonly flows: FlowColumns
  readonly capture: {
    readonly seen: Size
    readonly unparsed: Readonly<Record<UnparsedReason, Size>>
    readonly overflow: readonly OverflowBucket[]
    readonly overflowUnlisted: Size
  }
  /** Why a part of it stayed in the kernel and comes with a later generation. */
  readonly problem?: string
}

/** `ip`: frames begin with the IP header (tun, wireguard, ppp). */
export type LinkType = 'ethernet' | 'ip'

/** Errors of the addon have an errno's name as `code`, and say what was tried. */
interface Addon {
  readonly slots: number
  open(objectPath: string, maxFlows: number): object
  attachTcx(datapath: object, ifindex: number, link: LinkType): void
  attachClsact(datapath: object, ifindex: number, link: LinkType): boolean
  removeStaleFilters(ifindex: number): boolean
  detach(datapath: object, ifindex: number): void
  drain(datapath: object): Promise<Generation>
  close(datapath: object): void
  interfaces(): NetworkInterface[]
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

/** The interfaces of this process's network namespace. */
export const readInterfaces = (): NetworkInterface[] => addon().interfaces()

/** Places that a connection has for what different hooks saw of it. */
export const slots = (): number => addon().slots

/**
 * Removes the clsact filters that a killed netsonde left on the interface. Returns whether there was any.
 * @throws with `code`: the errno's name
 */
export const removeStaleFilters = (ifindex: number): boolean => addon().removeStaleFilters(ifindex)

/** The BPF programs in the kernel, their attachments and their counts. */
export class Datapath implements Disposable {
  private readonly handle: object

  /**
   * Loads the programs.
   * @param maxFlows connections in each generation's table, of each address family
   * @param objectPath the programs; others than the built ones in tests only
   * @throws with `code`: EPERM without rights, EACCES or EINVAL if the verifier refused
   */
  constructor(maxFlows: number, objectPath = fileURLToPath(new URL('flow.bpf.o', build))) {
    this.handle = addon().open(objectPath, maxFlows)
  }

  /** Both directions or none. @throws with `code`: EINVAL where the kernel has no TCX, ENODEV */
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

  /** Closes the running generation and takes what it counted. @throws with `code`: EBADF after dispose */
  drain(): Promise<Generation> {
    return addon().drain(this.handle)
  }

  /** Detaches all. Counts that were not drained are gone. Safe to call twice. */
  [Symbol.dispose](): void {
    addon().close(this.handle)
  }
}
