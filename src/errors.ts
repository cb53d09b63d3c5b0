/** An error that tells its reader what to do. `code` is for programs, the message for people. */
export class NetsondeError extends Error {
  override readonly name = 'NetsondeError'
  readonly code: string

  /**
   * @param code upper case with underscores, as CONFIG_INVALID
   * @param message where, what was found, what would be right
   */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
