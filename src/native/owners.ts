import { fileURLToPath } from 'node:url'
import { addon, build } from './addon.ts'
import type { TcpFeature } from './tcp.ts'

interface Functions {
  openOwners(folder: string, atInterfaces: boolean): object
  ownerFeatures(owners: object): TcpFeature[]
  lookForOwners(owners: object): Promise<void>
  askOwners(owners: object, queries: Uint8Array): Promise<OwnerAnswers>
  closeOwners(owners: object): void
}

const native = () => addon<Functions>()

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
    this.handle = native().openOwners(folder, atInterfaces)
  }

  get features(): TcpFeature[] {
    return native().ownerFeatures(this.handle)
  }

  /** Looks again: what is asked then is of the time since the look before. @throws with `code` */
  look(): Promise<void> {
    return native().lookForOwners(this.handle)
  }

  /** @param queries OWNER_QUERY_BYTES each, struct OwnerQuery of native/owners.h. @throws with `code` */
  ask(queries: Uint8Array): Promise<OwnerAnswers> {
    return native().askOwners(this.handle, queries)
  }

  /** Detaches all. Safe to call twice. */
  [Symbol.dispose](): void {
    native().closeOwners(this.handle)
  }
}
