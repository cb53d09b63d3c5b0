// Rows of a generation by their addresses, and rows that are one connection as lists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "conntrack.h"
#include "drain.h"

namespace netsonde {

template <typename Rows>
Endpoint endpointOf(const Rows& rows, size_t row, size_t end) {
  Endpoint endpoint;
  memcpy(endpoint.address.data(), &rows.addresses[row * 32 + end * 16], 16);
  endpoint.port = rows.ports[row * 2 + end];
  return endpoint;
}

// From the lower to the higher.
template <typename Rows>
Tuple tupleOf(const Rows& rows, size_t row) {
  Tuple tuple = {endpointOf(rows, row, 0), endpointOf(rows, row, 1), rows.family[row], rows.protocol[row]};
  if constexpr (requires { rows.echo_id; }) tuple.echo_id = rows.echo_id[row];
  return tuple;
}

// The same for both ways.
Tuple inOrder(const Tuple& tuple);

void setEndpoint(FlowRows& rows, size_t row, size_t end, const Endpoint& endpoint);
// For the other order of its endpoints.
void turnAround(FlowRows& rows, size_t row);
// Makes a row, or a list of them, a part of the list that begins with `head`.
void link(FlowRows& rows, uint32_t head, uint32_t row);
// Makes one list of all echoes between two addresses.
void joinEchoes(FlowRows& rows);

}  // namespace netsonde
