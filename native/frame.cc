#include "frame.h"

namespace netsonde {
namespace {

// The plain way and the general one, as in the kernel.
parsed parseEthernet(const cursor& frame, bool decapsulate, packet* p) {
  if (parse_plain(frame.bytes, frame.bytes + frame.size, p)) {
    if (!decapsulate || !may_be_tunnel(p)) return PARSED;
    *p = {};
  }
  return parse_any(&frame, LINK_ETHERNET, decapsulate, p);
}

}  // namespace

bool isKnownLinkType(uint16_t link_type) {
  switch (link_type) {
    case CAPTURE_NULL:
    case CAPTURE_ETHERNET:
    case CAPTURE_PPP:
    case CAPTURE_FDDI:
    case CAPTURE_RAW_OF_MOST:
    case CAPTURE_RAW_OF_OPENBSD:
    case CAPTURE_PPP_SERIAL:
    case CAPTURE_PPPOE:
    case CAPTURE_RAW:
    case CAPTURE_CISCO_HDLC:
    case CAPTURE_802_11:
    case CAPTURE_FRAME_RELAY:
    case CAPTURE_LOOP:
    case CAPTURE_OPENBSD_ENC:
    case CAPTURE_LINUX_COOKED:
    case CAPTURE_OPENBSD_PFLOG:
    case CAPTURE_802_11_PRISM:
    case CAPTURE_802_11_RADIOTAP:
    case CAPTURE_PPP_PPPD:
    case CAPTURE_PPP_WITH_DIRECTION:
    case CAPTURE_MPLS:
    case CAPTURE_IPNET:
    case CAPTURE_IPV4:
    case CAPTURE_IPV6:
    case CAPTURE_NFLOG:
    case CAPTURE_IPOIB:
    case CAPTURE_PKTAP:
    case CAPTURE_LINUX_COOKED2:
      return true;
    default:
      return false;
  }
}

parsed parseFrame(const cursor& frame, uint16_t link_type, bool decapsulate, packet* p) {
  if (link_type == CAPTURE_ETHERNET) return parseEthernet(frame, decapsulate, p);
  __u32 at = 0, type = 0;
  const parsed link = skip_capture_header(&frame, link_type, &at, &type);
  return link == PARSED ? parse_from(&frame, at, type, decapsulate, p) : link;
}

}  // namespace netsonde
