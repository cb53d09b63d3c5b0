import { addon } from './addon.ts'

interface Functions {
  removeStaleFilters(ifindex: number): boolean
  interfaces(): NetworkInterface[]
  wireguardPortIn(answer: Uint8Array): number
  monitorInterfaces(listener: InterfaceListener): object
  endMonitor(monitor: object): void
}

const native = () => addon<Functions>()

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

/**
 * @param removed the index of each interface that went since the last call; one may be in use again
 * @param lost more happened than is told
 */
export type InterfaceListener = (removed: Uint32Array, lost: boolean) => void

/** The interfaces of this process's network namespace. */
export const readInterfaces = (): NetworkInterface[] => native().interfaces()

/**
 * Calls `listener` when an interface of this process's network namespace comes, changes or goes: once for all that
 * happened since its last call. Nothing is missed from the return on. It keeps no process alive.
 * @throws with `code`: the errno's name
 */
export function monitorInterfaces(listener: InterfaceListener): Disposable {
  const monitor = native().monitorInterfaces(listener)
  return { [Symbol.dispose]: () => native().endMonitor(monitor) }
}

/**
 * Removes the clsact filters that a killed netsonde left on the interface. Returns whether there was any.
 * @throws with `code`: the errno's name
 */
export const removeStaleFilters = (ifindex: number): boolean => native().removeStaleFilters(ifindex)

/**
 * The port in the kernel's answer about a WireGuard device (WG_CMD_GET_DEVICE), of which the first bytes are there; 0: it
 * is not among them.
 */
export const wireguardPortIn = (answer: Uint8Array): number => native().wireguardPortIn(answer)
