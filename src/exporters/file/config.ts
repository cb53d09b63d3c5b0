import { duration, flag, oneOf, type Resolved, text, whole } from '../../config/formats.ts'

export const schema = {
  path: text({ default: '', doc: 'The file that is written; required' }),
  format: oneOf(['json'], { default: 'json', doc: 'A line of OTLP in JSON for each export' }),
  append: flag({
    default: true,
    doc: 'Go on behind what is there; false empties the file at the start, as the Collector does by default',
  }),
  create_directory: flag({ default: false, doc: 'Make the directory of the file where there is none' }),
  interval: duration({ default: '10s', min: '100ms', doc: 'How often all sums are written' }),
  flush_interval: duration({
    default: '1s',
    doc: 'Accepted and without effect: each line is handed to the system whole and at once',
  }),
  rotation: {
    max_megabytes: whole({
      default: 100,
      unit: 'MiB',
      doc: 'A file that would become larger is renamed first; 0: never',
    }),
    max_days: whole({ default: 0, unit: 'days', doc: 'Older renamed files go; 0: they stay' }),
    max_backups: whole({
      default: 10,
      unit: 'files',
      doc: 'More renamed files go, the oldest first; 0: they stay',
    }),
    localtime: flag({ default: false, doc: 'Time in the names of renamed files; else UTC' }),
  },
}

export type FileConfig = Resolved<typeof schema>

export function validate({ path }: FileConfig): [path: string, message: string][] {
  if (path === '') return [['path', 'is missing: write the file that is to be written']]
  return path.endsWith('/') ? [['path', `${path} is a directory: write a file in it`]] : []
}
