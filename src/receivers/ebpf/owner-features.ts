/** The programs that tell whose sockets are, as netsonde.capability names them. */
export const ownerFeatures = ['owners.events', 'owners.open'] as const
