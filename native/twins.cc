#include "twins.h"

#include <unordered_map>
#include <utility>

#include "error.h"
#include "flow_lists.h"
#include "translated_errors.h"

namespace netsonde {
namespace {

// After a silence as long as this the connection may be another: conntrack forgets closed ones after 10 s.
constexpr double kSilenceMs = 10'000;

// Multicast and broadcast; and link-local of IPv6, for conntrack leaves neighbour discovery out
// (nf_conntrack_proto_icmpv6.c).
bool isNeverTranslated(const Endpoint& endpoint, uint8_t family) {
  if (family == 6)
    return endpoint.address[0] == 0xff || (endpoint.address[0] == 0xfe && (endpoint.address[1] & 0xc0) == 0x80);
  return (endpoint.address[12] & 0xf0) == 0xe0 || endpoint.address[12] == 0xff;
}

// Whether a way's packets were seen only where they come in, or only where they leave: on their way between they may
// have got other addresses, or they are not through yet.
bool hasOneSide(const FlowRows& rows, size_t row) {
  uint8_t sides[2] = {};
  for (size_t slot = row * SLOTS; slot < (row + 1) * SLOTS; slot++)
    if (const uint32_t hook = rows.hooks[slot]) sides[hook & 1] |= 1 << (hook >> 1 & 1);
  return sides[0] == 1 || sides[0] == 2 || sides[1] == 1 || sides[1] == 2;
}

size shareOf(const FlowRows& rows, size_t row) {
  size share = {};
  for (size_t slot = row * SLOTS; slot < (row + 1) * SLOTS; slot++) {
    share.packets += rows.packets[slot];
    share.bytes += static_cast<uint64_t>(rows.bytes[slot]);
  }
  return share;
}

}  // namespace

void Twins::resolve(Generation& generation, bool last) {
  translate(generation, last);
  joinEchoes(generation.flows);
}

void Twins::translate(Generation& generation, bool last) {
  generation_++;
  FlowRows& rows = generation.flows;
  const size_t fresh = rows.size();
  release(generation);
  const uint64_t entries = Conntrack::count();
  generation.nat.used = entries > 0 || !known_.isEmpty() || rows.size() > fresh;
  if (!generation.nat.used) return;

  std::vector<Question> questions;
  if (entries > 0) questions = choose(generation, fresh);
  bool known = true;
  try {
    inquire(rows, questions, entries,
            [this](const Tuple& asked, const Tracked& tracked) { known_.learn(asked, tracked); });
  } catch (const Failure& failure) {
    generation.nat.problem = failure.what();
    known = false;
  }
  std::vector<uint32_t> held;
  for (const auto& [row, remembered, found] : questions) {
    if (found || remembered || !hasOneSide(rows, row)) continue;
    // The other pair's question may have found it: conntrack has just got to know it.
    if (known_.find(tupleOf(rows, row))) continue;
    if (known && !last && row < fresh)
      held.push_back(row);
    else
      generation.nat.unresolved++;
  }
  if (!held.empty()) hold(generation, held);  // before rows are joined, for its rows leave
  join(generation, fresh);
  moveTranslatedErrors(generation, known_);
  markReplies(generation.signals);
  generation.nat.unresolved += generation.totals.errors_lost;
  generation.nat.remembered = known_.size();
  generation.nat.forgotten = known_.takeForgotten();
}

void Twins::markReplies(SignalRows& rows) const {
  for (size_t row = 0; row < rows.size(); row++) {
    const Tuple key = inOrder(tupleOf(rows, row));
    const Translation* known = known_.find(key);
    rows.translated[row] = known && known->keys[0] != key;
  }
}

void Twins::release(Generation& generation) {
  const size_t before = generation.flows.size();
  generation.flows.resize(before + held_.size());
  for (size_t row = 0; row < held_.size(); row++) copyRow(held_, row, generation.flows, before + row);
  held_.resize(0);
  generation.totals.seen.packets += held_share_.packets;
  generation.totals.seen.bytes += held_share_.bytes;
  held_share_ = {};
}

std::vector<Question> Twins::choose(const Generation& generation, size_t fresh) {
  const FlowRows& rows = generation.flows;
  std::vector<Question> questions;
  const ErrorRows errors(generation);
  Tuples echoes;
  for (uint32_t row = 0; row < rows.size(); row++) {
    if (rows.later_fragment[row]) continue;
    const Tuple tuple = tupleOf(rows, row);
    if (isNeverTranslated(tuple.source, tuple.family) || isNeverTranslated(tuple.destination, tuple.family)) continue;
    if (const Translation* known = known_.find(tuple)) {
      if (generation.end_ms - known->seen_ms > kSilenceMs + (generation.end_ms - generation.start_ms))
        questions.push_back({.row = row, .remembered = true});
      continue;
    }
    bool is_new = rows.first[row] || row >= fresh;
    if (tuple.echo_id != 0) is_new |= echoes.insert(tuple).second && !echoes_.contains(tuple);
    if (is_new && !errors.isOnlyErrors(rows, row)) questions.push_back({.row = row});
  }
  echoes_ = std::move(echoes);
  return questions;
}

void Twins::hold(Generation& generation, const std::vector<uint32_t>& rows) {
  FlowRows& flows = generation.flows;
  held_.resize(rows.size());
  for (size_t i = 0; i < rows.size(); i++) {
    const size share = shareOf(flows, rows[i]);
    held_share_.packets += share.packets;
    held_share_.bytes += share.bytes;
    copyRow(flows, rows[i], held_, i);
    flows.joined[rows[i]] = 1;  // is nobody's part: it is not read
  }
  generation.totals.seen.packets -= held_share_.packets;
  generation.totals.seen.bytes -= held_share_.bytes;
}

void Twins::join(Generation& generation, size_t fresh) {
  FlowRows& rows = generation.flows;
  if (!known_.isEmpty())
    for (uint32_t row = 0; row < rows.size(); row++) {
      if (rows.later_fragment[row]) continue;
      if (Translation* known = known_.find(tupleOf(rows, row))) joinTranslated(rows, row, *known, generation.end_ms);
    }
  if (rows.size() == fresh) return;

  // What was held back belongs to the connection's row of this generation, if it has one.
  std::unordered_map<Tuple, uint32_t, HashOfTuple> released;
  for (auto row = static_cast<uint32_t>(fresh); row < rows.size(); row++)
    if (rows.service[row] < 0 && rows.next[row] < 0 && !rows.joined[row])
      released.emplace(inOrder(tupleOf(rows, row)), row);
  for (uint32_t row = 0; row < fresh; row++) {
    if (rows.later_fragment[row] || rows.joined[row]) continue;
    const auto earlier = released.find(inOrder(tupleOf(rows, row)));
    if (earlier == released.end() || earlier->second == row) continue;
    rows.first[row] |= rows.first[earlier->second];
    link(rows, row, earlier->second);
    released.erase(earlier);
  }
}

void Twins::joinTranslated(FlowRows& rows, uint32_t row, Translation& translation, double now_ms) {
  const auto& [original, reply] = translation.tracked;
  known_.touch(translation);
  translation.seen_ms = now_ms;

  const bool is_original = inOrder(tupleOf(rows, row)) == translation.keys[0];
  const Endpoint& client = is_original ? original.source : reply.destination;
  if (!(endpointOf(rows, row, 0) == client)) turnAround(rows, row);
  setEndpoint(rows, row, 0, original.source);
  setEndpoint(rows, row, 1, reply.source);
  const bool says_first = rows.first[row] && !translation.told;
  rows.first[row] = 0;
  translation.told |= says_first;

  if (translation.joined == generation_) {
    link(rows, translation.head, row);
  } else {
    translation.joined = generation_;
    translation.head = row;
    if (!(original.destination == reply.source)) {
      const auto& [address, port] = original.destination;
      rows.service[row] = static_cast<int32_t>(rows.service_ports.size());
      rows.service_addresses.insert(rows.service_addresses.end(), address.begin(), address.end());
      rows.service_ports.push_back(port);
    }
  }
  if (says_first) rows.first[translation.head] = 1;
}

}  // namespace netsonde
