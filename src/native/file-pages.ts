import { addon } from './addon.ts'

interface Functions {
  releaseFilePages(): void
}

const native = () => addon<Functions>()

/**
 * Lets go of the pages of the program that only its start needed: what is used again is taken up again. Some 40 MB of
 * resident memory, once.
 */
export const releaseFilePages = (): void => native().releaseFilePages()
