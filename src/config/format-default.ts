import type { SchemaObj } from 'convict'

/** The default as one would write it, after `before`; empty where there is none worth showing. */
export function formatDefault(setting: SchemaObj, before: string): string {
  const value: unknown = setting.default
  if (Array.isArray(value)) return value.length > 0 ? `${before}[${value.join(', ')}]` : ''
  if (value === undefined || value === null || value === '' || typeof value === 'object') return ''
  return `${before}${value}`
}
