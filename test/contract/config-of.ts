import { checkSettings, type Findings } from '../../src/config/check.ts'
import { treeOfObject } from '../../src/config/object.ts'

/** The configuration that a component gets for what somebody wrote. */
export function configOf(schema: object, written: object = {}): unknown {
  const findings: Findings = { env: {}, problems: [], secrets: [] }
  const config = checkSettings(schema, treeOfObject(written).tree, [], findings)
  if (findings.problems.length > 0) throw new Error(JSON.stringify(findings.problems))
  return config
}
