#include "translated_errors.h"

#include <netinet/in.h>

#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "flow_lists.h"

namespace netsonde {
namespace {

// A sender is remembered as long as what was counted may be under way (src/receivers/flows/owed.ts).
constexpr double kRememberMs = 4000;
// In a hook's number (bpf/shared/flow.h): the way.
constexpr uint32_t kWay = 1;

Tuple tupleOf(const IcmpError& error) {
  const int protocol = error.quoted.family == 4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  return {{error.source, 0}, {error.destination, 0}, error.quoted.family, static_cast<uint8_t>(protocol)};
}

// Where an error stands on its way to the end that it is for.
struct Place {
  const IcmpError* error;
  Translation* translation;
  bool for_client;
  bool is_masked;  // its source may be the address that NAT has put in the sender's place
};

// The packet that is quoted went to the server if it has the addresses of the original, or those that the original
// leaves with; and it is about the one end or the other.
Place placeOf(const IcmpError& error, Translation& translation) {
  const auto& [original, reply] = translation.tracked;
  const bool quotes_original = error.quoted == original;
  const bool for_client = quotes_original || error.quoted == reply.inverse();
  const bool beyond_nat = for_client ? quotes_original : error.quoted == reply;
  const Address& mask = for_client ? original.destination.address : reply.destination.address;
  const Address& behind = for_client ? reply.source.address : original.source.address;
  return {&error, &translation, for_client, beyond_nat && mask != behind && error.source == mask};
}

const Address& receiverOf(const Place& place) {
  const auto& [original, reply] = place.translation->tracked;
  return place.for_client ? original.source.address : reply.source.address;
}

class Mover {
 public:
  explicit Mover(FlowRows& rows) : rows_(rows) {
    for (uint32_t row = 0; row < rows_.size(); row++)
      if (isIcmp(rows_.protocol[row]) && rows_.echo_id[row] == 0 && !rows_.joined[row])
        by_tuple_.emplace(inOrder(netsonde::tupleOf(rows_, row)), row);
  }

  // sender: who has really sent it.
  void move(const Place& place, const Address& sender) {
    Tuple to = tupleOf(*place.error);
    to.source.address = sender;
    to.destination.address = receiverOf(place);
    const auto from = by_tuple_.find(inOrder(tupleOf(*place.error)));
    if (to == tupleOf(*place.error) || from == by_tuple_.end()) return;
    const uint32_t row = from->second;
    if (!take(row, *place.error)) return;
    const bool is_first = rows_.first[row] && isEmpty(row);
    if (isEmpty(row)) rows_.joined[row] = 1;  // is nobody's part: it is not read
    put(to, row, *place.error, is_first);
  }

 private:
  bool isEmpty(uint32_t row) const {
    for (size_t slot = row * SLOTS; slot < (row + 1) * SLOTS; slot++)
      if (rows_.packets[slot] > 0) return false;
    return rows_.next[row] < 0;
  }

  bool take(uint32_t row, const IcmpError& error) {
    const bool from_first = endpointOf(rows_, row, 0).address == error.source;
    const uint32_t hook = error.hook | (from_first ? 0 : kWay);
    for (size_t slot = row * SLOTS; slot < (row + 1) * SLOTS; slot++) {
      if (rows_.hooks[slot] != hook) continue;
      if (rows_.packets[slot] < error.counted.packets) return false;
      rows_.packets[slot] -= static_cast<uint32_t>(error.counted.packets);
      rows_.bytes[slot] -= static_cast<double>(error.counted.bytes);
      if (rows_.packets[slot] == 0) free(row, slot);
      return true;
    }
    return false;
  }

  // Slots are taken in order.
  void free(uint32_t row, size_t slot) {
    for (; slot + 1 < (row + 1) * SLOTS; slot++) {
      rows_.hooks[slot] = rows_.hooks[slot + 1];
      rows_.packets[slot] = rows_.packets[slot + 1];
      rows_.bytes[slot] = rows_.bytes[slot + 1];
    }
    rows_.hooks[slot] = rows_.packets[slot] = 0;
    rows_.bytes[slot] = 0;
  }

  void put(const Tuple& to, uint32_t like, const IcmpError& error, bool is_first) {
    const auto row = static_cast<uint32_t>(rows_.size());
    rows_.resize(row + 1);
    copyRow(rows_, like, rows_, row);
    for (size_t slot = row * SLOTS; slot < (row + 1) * SLOTS; slot++) {
      rows_.hooks[slot] = rows_.packets[slot] = 0;
      rows_.bytes[slot] = 0;
    }
    const auto [known, added] = by_tuple_.emplace(inOrder(to), row);
    const uint32_t head = known->second;
    if (added || rows_.joined[head]) {
      known->second = row;
      setEndpoint(rows_, row, 0, known->first.source);
      setEndpoint(rows_, row, 1, known->first.destination);
    }
    const bool from_first = endpointOf(rows_, known->second, 0).address == to.source.address;
    rows_.hooks[row * SLOTS] = error.hook | (from_first ? 0 : kWay);
    rows_.packets[row * SLOTS] = static_cast<uint32_t>(error.counted.packets);
    rows_.bytes[row * SLOTS] = static_cast<double>(error.counted.bytes);
    rows_.first[row] = 0;
    rows_.first[known->second] |= is_first;
    if (known->second != row) link(rows_, known->second, row);
  }

  FlowRows& rows_;
  std::unordered_map<Tuple, uint32_t, HashOfTuple> by_tuple_;
};

// Errors about one connection for one of its ends.
struct Group {
  bool is_masked = false;
  bool is_told = false;  // the sender is known
  Address sender;
};

// Senders as they were seen, else as they were seen last where something of theirs may be under way.
std::map<std::pair<Translation*, bool>, Group> groupsOf(const std::vector<Place>& places, double now_ms) {
  std::map<std::pair<Translation*, bool>, Group> groups;
  for (const auto& [error, translation, for_client, is_masked] : places) {
    Group& group = groups[{translation, for_client}];
    group.is_masked |= is_masked;
    if (is_masked || group.is_told) continue;
    group.is_told = true;
    group.sender = error->source;
  }
  for (auto& [key, group] : groups) {
    ErrorSender& remembered = key.first->error_senders[key.second ? 0 : 1];
    if (group.is_told) {
      remembered = {group.sender, now_ms};
    } else if (remembered.seen_ms > 0 && now_ms - remembered.seen_ms < kRememberMs) {
      group.is_told = true;
      group.sender = remembered.address;
    }
  }
  return groups;
}

}  // namespace

ErrorRows::ErrorRows(const Generation& generation) {
  for (const IcmpError& error : generation.icmp_errors) packets_[inOrder(tupleOf(error))] += error.counted.packets;
}

bool ErrorRows::isOnlyErrors(const FlowRows& rows, uint32_t row) const {
  if (packets_.empty() || !isIcmp(rows.protocol[row]) || rows.echo_id[row] != 0) return false;
  const auto errors = packets_.find(inOrder(netsonde::tupleOf(rows, row)));
  if (errors == packets_.end()) return false;
  uint64_t packets = 0;
  for (size_t slot = row * SLOTS; slot < (row + 1) * SLOTS; slot++) packets += rows.packets[slot];
  return packets == errors->second;
}

void moveTranslatedErrors(Generation& generation, KnownTranslations& known) {
  if (generation.icmp_errors.empty() || known.isEmpty()) return;
  std::vector<Place> places;
  for (const IcmpError& error : generation.icmp_errors) {
    if (error.destination != error.quoted.source.address) continue;
    if (Translation* translation = known.find(error.quoted)) places.push_back(placeOf(error, *translation));
  }
  if (places.empty()) return;
  const auto groups = groupsOf(places, generation.end_ms);
  Mover mover(generation.flows);
  for (const Place& place : places) {
    const Group& group = groups.at({place.translation, place.for_client});
    // One sender for all of a group where NAT has put one address in the place of all.
    if (!group.is_masked)
      mover.move(place, place.error->source);
    else if (group.is_told)
      mover.move(place, group.sender);
  }
}

}  // namespace netsonde
