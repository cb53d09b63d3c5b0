#include "flow_lists.h"

#include <algorithm>
#include <unordered_map>

namespace netsonde {
namespace {

// What one row knows better than the head of its list.
void tellHead(FlowRows& rows, uint32_t head, uint32_t row) {
  const bool better = rows.client[row] != CLIENT_UNKNOWN &&
                      (rows.client[head] == CLIENT_UNKNOWN ||
                       (rows.evidence[row] == EVIDENCE_SYN && rows.evidence[head] != EVIDENCE_SYN));
  if (better) {
    rows.client[head] = rows.client[row];
    rows.evidence[head] = rows.evidence[row];
  }
  rows.first_seen_ms[head] = std::min(rows.first_seen_ms[head], rows.first_seen_ms[row]);
}

// A list's rows have one order of their endpoints.
void turnListAround(FlowRows& rows, uint32_t head) {
  const Endpoint first = endpointOf(rows, head, 0);
  setEndpoint(rows, head, 0, endpointOf(rows, head, 1));
  setEndpoint(rows, head, 1, first);
  for (auto row = static_cast<int32_t>(head); row >= 0; row = rows.next[static_cast<uint32_t>(row)])
    turnAround(rows, static_cast<uint32_t>(row));
}

}  // namespace

Tuple inOrder(const Tuple& tuple) {
  const Endpoint &source = tuple.source, &destination = tuple.destination;
  const bool swapped =
      source.address != destination.address ? source.address > destination.address : source.port > destination.port;
  return swapped ? tuple.inverse() : tuple;
}

void setEndpoint(FlowRows& rows, size_t row, size_t end, const Endpoint& endpoint) {
  memcpy(&rows.addresses[row * 32 + end * 16], endpoint.address.data(), 16);
  rows.ports[row * 2 + end] = endpoint.port;
}

void turnAround(FlowRows& rows, size_t row) {
  for (size_t slot = row * SLOTS; slot < (row + 1) * SLOTS; slot++)
    if (rows.hooks[slot]) rows.hooks[slot] ^= 1;
  if (rows.client[row] != CLIENT_UNKNOWN)
    rows.client[row] = rows.client[row] == CLIENT_LOWER ? CLIENT_HIGHER : CLIENT_LOWER;
}

void link(FlowRows& rows, uint32_t head, uint32_t row) {
  uint32_t last = row;
  while (rows.next[last] >= 0) last = static_cast<uint32_t>(rows.next[last]);
  rows.next[last] = rows.next[head];
  rows.next[head] = static_cast<int32_t>(row);
  rows.joined[row] = 1;
  tellHead(rows, head, row);
}

void joinEchoes(FlowRows& rows) {
  std::unordered_map<Tuple, uint32_t, HashOfTuple> heads;
  for (uint32_t row = 0; row < rows.size(); row++) {
    if (!isIcmp(rows.protocol[row]) || rows.joined[row] || rows.later_fragment[row] || rows.service[row] >= 0) continue;
    Tuple pair = tupleOf(rows, row);
    pair.echo_id = 0;
    const auto [known, added] = heads.emplace(inOrder(pair), row);
    if (added) continue;
    const uint32_t head = known->second;
    if (!(endpointOf(rows, head, 0) == endpointOf(rows, row, 0))) turnListAround(rows, row);
    rows.first[head] |= rows.first[row];
    link(rows, head, row);
  }
}

}  // namespace netsonde
