#include "twins.h"

#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include "error.h"

namespace netsonde {
namespace {

// After a silence as long as this the connection may be another: conntrack forgets closed ones after 10 s.
constexpr double kSilenceMs = 10'000;
// From so many questions on, and if the table has not many times more entries, all of it is read instead: an entry of a
// list takes a third of the time of a question.
constexpr size_t kManyQuestions = 256;
constexpr uint64_t kEntriesPerQuestion = 4;

template <typename Rows>
Endpoint endpointOf(const Rows& rows, size_t row, size_t end) {
  Endpoint endpoint;
  memcpy(endpoint.address.data(), &rows.addresses[row * 32 + end * 16], 16);
  endpoint.port = rows.ports[row * 2 + end];
  return endpoint;
}

void setEndpoint(FlowRows& rows, size_t row, size_t end, const Endpoint& endpoint) {
  memcpy(&rows.addresses[row * 32 + end * 16], endpoint.address.data(), 16);
  rows.ports[row * 2 + end] = endpoint.port;
}

// From the lower to the higher.
template <typename Rows>
Tuple tupleOf(const Rows& rows, size_t row) {
  return {endpointOf(rows, row, 0), endpointOf(rows, row, 1), rows.family[row], rows.protocol[row]};
}

// The same for both ways.
Tuple inOrder(const Tuple& tuple) {
  const auto& [source, destination, family, protocol] = tuple;
  const bool swapped =
      source.address != destination.address ? source.address > destination.address : source.port > destination.port;
  return swapped ? tuple.inverse() : tuple;
}

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

void turnAround(FlowRows& rows, size_t row) {
  for (size_t slot = row * SLOTS; slot < (row + 1) * SLOTS; slot++)
    if (rows.hooks[slot]) rows.hooks[slot] ^= 1;
  if (rows.client[row] != CLIENT_UNKNOWN)
    rows.client[row] = rows.client[row] == CLIENT_LOWER ? CLIENT_HIGHER : CLIENT_LOWER;
}

// What one row knows better than the head of its group.
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

void link(FlowRows& rows, uint32_t head, uint32_t row) {
  rows.next[row] = rows.next[head];
  rows.next[head] = static_cast<int32_t>(row);
  rows.joined[row] = 1;
  tellHead(rows, head, row);
}

}  // namespace

void Twins::resolve(Generation& generation, bool last) {
  generation_++;
  FlowRows& rows = generation.flows;
  const size_t fresh = rows.size();
  release(generation);
  const uint64_t entries = Conntrack::count();
  generation.nat.used = entries > 0 || !remembered_.empty() || rows.size() > fresh;
  if (!generation.nat.used) return;

  std::vector<Question> questions;
  if (entries > 0) questions = choose(generation, fresh);
  bool known = true;
  try {
    ask(rows, questions, entries);
  } catch (const Failure& failure) {
    generation.nat.problem = failure.what();
    known = false;
  }
  std::vector<uint32_t> held;
  for (const auto& [row, remembered, found] : questions) {
    if (found || remembered || !hasOneSide(rows, row)) continue;
    // The other pair's question may have found it: conntrack has just got to know it.
    if (by_key_.contains(inOrder(tupleOf(rows, row)))) continue;
    if (known && !last && row < fresh)
      held.push_back(row);
    else
      generation.nat.unresolved++;
  }
  if (!held.empty()) hold(generation, held);  // before rows are joined, for its rows leave
  join(generation, fresh);
  markReplies(generation.signals);
  generation.nat.remembered = remembered_.size();
  generation.nat.forgotten = std::exchange(forgotten_, 0);
}

void Twins::markReplies(SignalRows& rows) const {
  for (size_t row = 0; row < rows.size(); row++) {
    const Tuple key = inOrder(tupleOf(rows, row));
    const auto known = by_key_.find(key);
    rows.translated[row] = known != by_key_.end() && known->second->keys[0] != key;
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

std::vector<Twins::Question> Twins::choose(const Generation& generation, size_t fresh) {
  const FlowRows& rows = generation.flows;
  std::vector<Question> questions;
  for (uint32_t row = 0; row < rows.size(); row++) {
    if (rows.later_fragment[row]) continue;
    const Tuple tuple = tupleOf(rows, row);
    if (isNeverTranslated(tuple.source, tuple.family) || isNeverTranslated(tuple.destination, tuple.family)) continue;
    if (!by_key_.empty()) {
      const auto known = by_key_.find(inOrder(tuple));
      if (known != by_key_.end()) {
        if (generation.end_ms - known->second->seen_ms > kSilenceMs + (generation.end_ms - generation.start_ms))
          questions.push_back({.row = row, .remembered = true});
        continue;
      }
    }
    if (rows.first[row] || row >= fresh) questions.push_back({.row = row});
  }
  return questions;
}

void Twins::ask(const FlowRows& rows, std::vector<Question>& questions, uint64_t entries) {
  if (questions.empty()) return;
  if (questions.size() >= kManyQuestions && entries < questions.size() * kEntriesPerQuestion) {
    askAll(rows, questions, 0, 0);
    return;
  }
  askEach(rows, questions);
  for (const auto& [family, protocol] : {std::pair<uint8_t, uint8_t>{4, IPPROTO_ICMP}, {6, IPPROTO_ICMPV6}})
    if (std::any_of(questions.begin(), questions.end(),
                    [&](const Question& one) { return !one.found && rows.protocol[one.row] == protocol; }))
      askAll(rows, questions, family, protocol);
}

// The original's tuple is that of the client's packets, the reply's that of the backend's: of a row with either pair of
// addresses one way is among them.
void Twins::askEach(const FlowRows& rows, std::vector<Question>& questions) {
  Conntrack conntrack;
  for (const bool other_way : {false, true}) {
    std::vector<Tuple> tuples;
    std::vector<size_t> of;
    for (size_t i = 0; i < questions.size(); i++) {
      const uint32_t row = questions[i].row;
      if (questions[i].found || !Conntrack::hasGet(rows.protocol[row])) continue;
      const bool from_higher = (rows.client[row] == CLIENT_HIGHER) != other_way;
      const Tuple tuple = tupleOf(rows, row);
      tuples.push_back(from_higher ? tuple.inverse() : tuple);
      of.push_back(i);
    }
    conntrack.get(tuples, [&](size_t index, const Tracked& tracked) {
      questions[of[index]].found = true;
      learn(tuples[index], tracked);
    });
  }
}

void Twins::askAll(const FlowRows& rows, std::vector<Question>& questions, uint8_t family, uint8_t protocol) {
  std::unordered_multimap<Tuple, size_t, HashOfTuple> asked;
  for (size_t i = 0; i < questions.size(); i++)
    if (!questions[i].found && (protocol == 0 || rows.protocol[questions[i].row] == protocol))
      asked.emplace(inOrder(tupleOf(rows, questions[i].row)), i);
  Conntrack::list(family, protocol, [&](const Tracked& tracked) {
    for (const Tuple* one : {&tracked.original, &tracked.reply}) {
      const auto [begin, end] = asked.equal_range(inOrder(*one));
      for (auto each = begin; each != end; ++each) questions[each->second].found = true;
      if (begin != end) learn(*one, tracked);
    }
  });
}

void Twins::learn(const Tuple& asked, const Tracked& tracked) {
  if (tracked.isTranslated()) {
    remember(tracked);
    return;
  }
  const auto known = by_key_.find(inOrder(asked));
  if (known != by_key_.end()) forget(known->second);
}

void Twins::remember(const Tracked& tracked) {
  const Tuple keys[] = {inOrder(tracked.original), inOrder(tracked.reply)};
  if (keys[0] == keys[1]) return;
  bool told = false;
  for (const Tuple& key : keys) {
    const auto known = by_key_.find(key);
    if (known == by_key_.end()) continue;
    if (known->second->keys[0] == keys[0] && known->second->keys[1] == keys[1]) told = known->second->told;
    forget(known->second);
  }
  if (remembered_.size() >= limit_) {
    forget(std::prev(remembered_.end()));
    forgotten_++;
  }
  remembered_.push_front({.tracked = tracked, .keys = {keys[0], keys[1]}, .told = told});
  for (const Tuple& key : keys) by_key_[key] = remembered_.begin();
}

void Twins::forget(Remembered::iterator gone) {
  for (const Tuple& key : gone->keys) by_key_.erase(key);
  remembered_.erase(gone);
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
  if (!by_key_.empty())
    for (uint32_t row = 0; row < rows.size(); row++) {
      if (rows.later_fragment[row]) continue;
      const auto known = by_key_.find(inOrder(tupleOf(rows, row)));
      if (known != by_key_.end()) joinTranslated(rows, row, *known->second, generation.end_ms);
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
  remembered_.splice(remembered_.begin(), remembered_, by_key_.find(translation.keys[0])->second);
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
