import { endpoint, type Resolved } from '../../config/formats.ts'

export const schema = {
  endpoint: endpoint({
    default: 'localhost:13133',
    doc: 'Where the state is asked for; 0.0.0.0:13133 for probes from other hosts, as a kubelet',
  }),
}

export type HealthCheckConfig = Resolved<typeof schema>
