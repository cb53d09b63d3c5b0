import { ExporterMetrics } from '@opentelemetry/otlp-exporter-base'
import { type PartialSuccess, readExportResponse } from './export-response.ts'
import type { EncodedRequest } from './metrics-encoder.ts'

type Request = Pick<EncodedRequest, 'bytes' | 'points'>

/** For the official delegates: the bytes are there already. What the last answer said stays to be asked for. */
export class Serializer {
  partialSuccess: PartialSuccess = { rejected: 0, message: '' }

  serializeRequest({ bytes }: Request): Uint8Array {
    this.partialSuccess = { rejected: 0, message: '' }
    return bytes
  }

  /** @returns nothing: the delegate would log of each */
  deserializeResponse(data: Uint8Array): object {
    this.partialSuccess = readExportResponse(data)
    return {}
  }
}

/** What the delegates want to count their requests by. */
export const itemsHelper = { name: 'metric_data_point', countItems: ({ points }: Request) => points } as const

/** Counts nothing: there is no meter provider. */
export function noMetrics(componentType: string, url: string): ExporterMetrics<Request> {
  return new ExporterMetrics<Request>({
    componentType,
    metricsHelper: itemsHelper,
    url,
    meterProvider: undefined,
    responseAttributesFromError: () => ({}),
  })
}
