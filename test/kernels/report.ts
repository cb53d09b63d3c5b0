/** What is looked at in a guest; each has a column in docs/kernels.md. */
export type Topic =
  | 'starts'
  | 'packets'
  | 'wire'
  | 'links'
  | 'left'
  | 'killed'
  | 'tcp_cases'
  | 'tcp_health'
  | 'tcp_programs'

export interface Outcome {
  readonly topic: Topic
  readonly title: string
  /** Why it failed. */
  readonly error?: string
}

/** As the agent's setting `attach`. */
export type Mode = 'tcx' | 'tc'

/** How the agent attached to an interface with `attach: auto`, and why not better. */
export interface Attached {
  readonly how: Mode
  readonly reason?: string
}

/** What a guest leaves for the host, as JSON in /out/report.json. */
export interface Report {
  /** As `uname -r` says it. */
  readonly release: string
  readonly attached?: Attached
  readonly outcomes: readonly Outcome[]
}
