#include "capture.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "error.h"
#include "frame.h"
#include "known_ports.h"

namespace netsonde {
namespace {

constexpr uint32_t kInterface = 1;  // a capture's packets all cross one: nothing in it repeats

// Cut to the microsecond, which a number of milliseconds holds exactly.
double msOf(int64_t ns) {
  if (ns == kNoTime) return std::nan("");
  return static_cast<double>(ns / 1000 - (ns % 1000 < 0)) / 1e3;
}

void setRow(FlowRows& rows, size_t row, const Connection& connection) {
  const flow_key6& key = connection.key;
  memcpy(&rows.addresses[row * 32], key.address, sizeof(key.address));
  for (int end = 0; end < 2; end++) rows.ports[row * 2 + end] = ntohs(key.port[end]);
  rows.family[row] = connection.family;
  rows.protocol[row] = key.protocol;
  rows.later_fragment[row] = key.later_fragment;
  rows.client[row] = connection.client;
  rows.evidence[row] = connection.evidence;
  tellClientByPort(rows, row);
  rows.first[row] = 1;
  rows.first_seen_ms[row] = msOf(connection.first_ns);
  size_t slot = row * SLOTS;
  for (const uint32_t way : {connection.first_way + 0u, 1u - connection.first_way}) {
    if (connection.packets[way] == 0) continue;
    rows.hooks[slot] = kInterface << 2 | way;
    rows.packets[slot] = connection.packets[way];
    rows.bytes[slot] = static_cast<double>(connection.bytes[way]);
    slot++;
  }
}

}  // namespace

void Capture::open() {
  const std::lock_guard lock(mutex_);
  file_ = std::make_unique<FileSource>(path_);
  try {
    reader_ = CaptureReader::open(*file_);
  } catch (const NotACapture& why) {
    throw Failure(EINVAL, "reading " + path_, why.what());
  }
}

void Capture::read() {
  const std::lock_guard lock(mutex_);
  if (!reader_) throw Failure(EBADF, "reading " + path_);
  CaptureRecord record;
  bool stopped = stopped_;
  for (; !stopped && reader_->next(record); stopped = stopped_) count_.add(record);
  problem_ = file_->problem().empty() ? reader_->problem() : file_->problem();
  if (stopped && problem_.empty()) problem_ = "reading was stopped";
  reader_.reset();
  file_.reset();
}

CapturePart Capture::take(uint32_t rows) {
  const std::lock_guard lock(mutex_);
  const auto& all = count_.connections().all();
  const size_t count = std::min<size_t>(rows, all.size() - taken_);
  CapturePart part;
  part.generation.start_ms = count_.firstNs() == kNoTime ? 0 : msOf(count_.firstNs());
  part.generation.end_ms = count_.lastNs() == kNoTime ? 0 : msOf(count_.lastNs());
  part.generation.flows.resize(count);
  part.last_seen_ms.resize(count);
  part.has_ports.resize(count);
  for (size_t row = 0; row < count; row++, taken_++) {
    setRow(part.generation.flows, row, all[taken_]);
    part.last_seen_ms[row] = msOf(all[taken_].last_ns);
    part.has_ports[row] = all[taken_].has_ports;
  }
  part.last = taken_ == all.size();
  if (!part.last) return part;
  part.generation.totals = count_.totals();
  part.generation.problem = problem_;
  part.unknown_link = count_.unknownLink();
  part.unknown_link_types.assign(count_.unknownLinkTypes().begin(), count_.unknownLinkTypes().end());
  for (const auto& [protocol, counted] : count_.overflow()) {
    overflow_key key = {};
    key.ifindex = kInterface;
    key.protocol = protocol.number;
    key.family = protocol.family;
    part.generation.overflow.push_back({key, counted});
  }
  return part;
}

}  // namespace netsonde
