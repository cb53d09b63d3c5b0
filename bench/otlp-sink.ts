/** Takes every export on 127.0.0.1:4317 and says so once it can. */
import { startOtlpServer } from '../test/rig/otlp-server.ts'

await startOtlpServer(4317)
process.stdout.write('listening\n')
