import { oneOf, type Resolved } from '../../config/formats.ts'

export const schema = {
  verbosity: oneOf(['basic', 'normal', 'detailed'], {
    default: 'basic',
    doc: 'A line for each batch, for each series that it moved, or with all that is known of each',
  }),
}

export type DebugConfig = Resolved<typeof schema>
