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
  widen(record.time_ns, first_ns_, last_ns_);
  if (!isKnownLinkType(record.link_type)) {
    unknown_link_types_.insert(record.link_type);
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
  // A port may be 0, which the key has for ports that are not there, too.
  uint8_t ports[PORTS_BYTES];
  if (place && has_ports(p.protocol) && !p.later_fragment && cursor_load(&frame, p.upper_at, ports, sizeof(ports)) == 0)
    connections_.hasPorts(*place);
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
