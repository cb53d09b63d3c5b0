/** The programs that look at TCP's sockets, as netsonde.capability names them. */
export const tcpFeatures = [
  'tcp.set_state',
  'tcp.destroy_sock',
  'tcp.retransmit',
  'tcp.retransmit_synack',
  'tcp.send_reset',
  'tcp.receive_reset',
  'tcp.live',
  'tcp.open',
  'tcp.probe',
] as const
