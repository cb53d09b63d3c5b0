// Tells which endpoints of connections are this node: packets to it do not go on.
#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "address.h"

namespace netsonde {

// Sets local[i], of row i of `addresses` (2 x 16 bytes), to bits: 1 if its first end is this node, 2 if its second is,
// by the addresses that this network namespace has now. Multicast and broadcast are for everybody, this node too. Where
// the addresses cannot be read all ends are taken for this node's.
void tellLocalEnds(const std::vector<uint8_t>& addresses, std::vector<uint8_t>& local);

// The addresses that the calling thread's network namespace has now, with those of broadcast. Throws Failure.
std::unordered_set<Address, HashOfAddress> readAddresses();

}  // namespace netsonde
