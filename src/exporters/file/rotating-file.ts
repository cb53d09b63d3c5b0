import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { NetsondeError } from '../../errors.ts'
import type { Logger } from '../../pipeline/log.ts'
import type { FileConfig } from './config.ts'

const MIB = 2 ** 20
const DAY_MS = 86_400_000
const NEWLINE = 0x0a

interface Current {
  readonly handle: FileHandle
  /** Else a pipe or a device, as /dev/stdout: that has no size and nothing to take back. */
  readonly regular: boolean
  readonly inode: number
  size: number
}

/**
 * A file of lines. A line is there whole or not at all: what a full disk or the end of the program cut off is taken away
 * again, at once or at the next start.
 */
export class RotatingFile {
  private readonly config: FileConfig
  private readonly log: Logger
  private readonly now: () => number
  private current: Current | undefined

  constructor(config: FileConfig, log: Logger, now: () => number) {
    this.config = config
    this.log = log
    this.now = now
  }

  /** @throws {NetsondeError} FILE_UNUSABLE: it cannot be opened or written */
  async open(): Promise<void> {
    const { path, create_directory, append } = this.config
    try {
      if (create_directory) await mkdir(dirname(path), { recursive: true })
      this.current = await this.opened()
      if (!append) await this.cut(this.current, 0)
      else await this.mend(this.current)
    } catch (cause) {
      throw new NetsondeError('FILE_UNUSABLE', `path: ${(cause as Error).message}`, { cause })
    }
  }

  /** @throws why not; nothing of it is then in the file */
  async write(line: string): Promise<void> {
    const bytes = Buffer.from(`${line}\n`)
    const file = await this.fileFor(bytes.length)
    try {
      for (let at = 0; at < bytes.length; ) {
        const position = file.regular ? file.size + at : null
        const { bytesWritten } = await file.handle.write(bytes, at, bytes.length - at, position)
        at += bytesWritten
      }
      file.size += bytes.length
    } catch (error) {
      await this.cut(file, file.size).catch(() => {}) // a disk that is full lets itself be cut
      throw error
    }
  }

  /** What was written is on the disk. */
  async close(): Promise<void> {
    const { current } = this
    this.current = undefined
    await current?.handle.sync().catch(() => {}) // pipes and devices have no disk
    await current?.handle.close()
  }

  private async fileFor(more: number): Promise<Current> {
    let file = this.current ?? (await this.opened())
    this.current = file
    const there = await stat(this.config.path).catch(() => undefined)
    const moved = there?.ino !== file.inode // by logrotate, or somebody
    const full = file.regular && file.size > 0 && this.limit > 0 && file.size + more > this.limit
    if (!moved && !full) return file
    await this.close()
    if (!moved) {
      await rename(this.config.path, this.backup(new Date(this.now())))
      await this.prune()
    }
    file = await this.opened()
    this.current = file
    return file
  }

  private get limit(): number {
    return this.config.rotation.max_megabytes * MIB
  }

  private async opened(): Promise<Current> {
    const { path } = this.config
    const there = await stat(path).catch(() => undefined)
    const regular = there?.isFile() ?? true
    const handle = await open(path, there ? (regular ? 'r+' : 'w') : 'wx+')
    const { ino, size } = await handle.stat()
    return { handle, regular, inode: ino, size }
  }

  /** Takes away half a line at the end. */
  private async mend(file: Current): Promise<void> {
    const chunk = Buffer.alloc(64 * 1024)
    for (let end = file.regular ? file.size : 0; end > 0; ) {
      const from = Math.max(0, end - chunk.length)
      const { bytesRead } = await file.handle.read(chunk, 0, end - from, from)
      const last = chunk.subarray(0, bytesRead).lastIndexOf(NEWLINE)
      if (last < 0) {
        end = from
        if (end > 0) continue
      }
      const whole = last < 0 ? 0 : from + last + 1
      if (whole === file.size) return
      this.log.warn('half a line at the end of the file was taken away', {
        path: this.config.path,
        bytes: file.size - whole,
      })
      await this.cut(file, whole)
      return
    }
  }

  private async cut(file: Current, size: number): Promise<void> {
    if (!file.regular) return
    await file.handle.truncate(size)
    file.size = size
  }

  /** `out-2026-01-02T03-04-05.006.json`, as the Collector's are called. */
  private backup(at: Date): string {
    const { path, rotation } = this.config
    const shifted = rotation.localtime ? new Date(at.getTime() - at.getTimezoneOffset() * 60_000) : at
    const time = shifted.toISOString().slice(0, -1).replaceAll(':', '-')
    return join(dirname(path), `${this.stem}-${time}${extname(path)}`)
  }

  private get stem(): string {
    return basename(this.config.path, extname(this.config.path))
  }

  private async prune(): Promise<void> {
    const { path, rotation } = this.config
    const kept: string[] = []
    for (const name of (await readdir(dirname(path))).sort().reverse()) {
      const at = this.timeOf(name)
      if (at === undefined) continue
      const old = rotation.max_days > 0 && this.now() - at > rotation.max_days * DAY_MS
      const many = rotation.max_backups > 0 && kept.length >= rotation.max_backups
      if (old || many) await rm(join(dirname(path), name), { force: true })
      else kept.push(name)
    }
  }

  /** When a file was renamed, in milliseconds since the epoch; `undefined`: it is not one of ours. */
  private timeOf(name: string): number | undefined {
    const extension = extname(this.config.path)
    if (!name.startsWith(`${this.stem}-`) || !name.endsWith(extension)) return undefined
    const time = name.slice(this.stem.length + 1, name.length - extension.length)
    const [, date, hour, minute, rest] = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})$/.exec(time) ?? []
    if (date === undefined) return undefined
    return Date.parse(`${date}T${hour}:${minute}:${rest}${this.config.rotation.localtime ? '' : 'Z'}`)
  }
}
