#include "connection_memory.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>

#include <cstring>

namespace netsonde {
namespace {

void remember(int map, const void* key, uint8_t client, uint8_t evidence) {
  connection known;
  if (bpf_map_lookup_elem(map, key, &known) || known.evidence == EVIDENCE_SYN) return;
  known.client = client;
  known.evidence = evidence;
  bpf_map_update_elem(map, key, &known, BPF_EXIST);
}

}  // namespace

void rememberClient(const Object& object, const FlowRows& rows, size_t row) {
  const uint8_t* addresses = &rows.addresses[row * 32];
  if (rows.family[row] == 4) {
    flow_key4 key = {};
    for (int end = 0; end < 2; end++) {
      memcpy(&key.address[end], addresses + end * 16 + 12, 4);
      key.port[end] = htons(rows.ports[row * 2 + static_cast<size_t>(end)]);
    }
    key.protocol = rows.protocol[row];
    remember(object.map("connections4"), &key, rows.client[row], rows.evidence[row]);
  } else {
    flow_key6 key = {};
    memcpy(key.address, addresses, 32);
    for (int end = 0; end < 2; end++) key.port[end] = htons(rows.ports[row * 2 + static_cast<size_t>(end)]);
    key.protocol = rows.protocol[row];
    remember(object.map("connections6"), &key, rows.client[row], rows.evidence[row]);
  }
}

}  // namespace netsonde
