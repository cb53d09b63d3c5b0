#include "capture_count.h"

#include "frame.h"

namespace netsonde {
namespace {

void add(size& to, uint32_t bytes) {
  to.packets++;
  to.bytes += bytes;
}

reason reasonOf(parsed parsed) {
  return parsed == PARSE_NOT_IP ? NOT_IP : parsed == PARSE_TRUNCATED ? TRUNCATED : MALFORMED;
}

}  // namespace

void CaptureCount::add(const CaptureRecord& record) {
  netsonde::add(totals_.seen, record.original);
  if (record.time_ns != 0) {
    if (first_ns_ == 0 || record.time_ns < first_ns_) first_ns_ = record.time_ns;
    if (record.time_ns > last_ns_) last_ns_ = record.time_ns;
  }
  if (!isKnownLinkType(record.link_type)) {
    an_unknown_link_type_ = record.link_type;
    netsonde::add(unknown_link_, record.original);
    return;
  }
  const cursor frame = {record.bytes, record.captured};
  packet p = {};
  const parsed parsed = parseFrame(frame, record.link_type, decapsulate_, &p);
  if (parsed == PARSED)
    account(frame, record, p);
  else
    netsonde::add(totals_.unparsed[reasonOf(parsed)], record.original);
}

void CaptureCount::account(const cursor& frame, const CaptureRecord& record, const packet& p) {
  const auto place = countPacket(p, record);
  if (!place) netsonde::add(overflow_[{p.family, p.protocol}], record.original);
  if (!decapsulate_ || !place) return;
  // Where a tunnel's outside is in fragments, its later ones go to what the first one holds.
  packet outside = {};
  parseFrame(frame, record.link_type, false, &outside);
  if (outside.first_fragment) fragments_.remember(outside, *place);
}

std::optional<Place> CaptureCount::countPacket(const packet& p, const CaptureRecord& record) {
  if (p.later_fragment)
    if (const auto first = fragments_.find(p))
      return connections_.countAt(*first, record.original, record.time_ns) ? first : std::nullopt;
  const auto place = connections_.count(p, record.original, record.time_ns);
  if (place && p.first_fragment) fragments_.remember(p, *place);
  return place;
}

}  // namespace netsonde
