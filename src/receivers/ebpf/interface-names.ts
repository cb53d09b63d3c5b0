import type { Dictionary } from '../../pipeline/point-batch.ts'

/** Names by ifindex. The name of an interface that went stays for as long as a count of it may come. */
export class InterfaceNames implements Dictionary {
  private readonly names = new Map<number, string>()
  /** Went in the running generation, which still has their last counts. */
  private gone = new Set<number>()
  /** Went in the generation before. */
  private leaving = new Set<number>()

  value(ifindex: number): string {
    return this.names.get(ifindex) ?? 'unknown'
  }

  set(ifindex: number, name: string): void {
    this.names.set(ifindex, name)
    this.gone.delete(ifindex)
    this.leaving.delete(ifindex)
  }

  forget(ifindex: number): void {
    if (this.names.has(ifindex)) this.gone.add(ifindex)
  }

  /** Call before each generation ends. */
  turn(): void {
    for (const ifindex of this.leaving) this.names.delete(ifindex)
    this.leaving = this.gone
    this.gone = new Set()
  }
}
