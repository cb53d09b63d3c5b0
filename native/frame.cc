#include "frame.h"

namespace netsonde {
namespace {

// linux/if_arp.h: there the protocol field is a netlink family.
constexpr uint16_t kArphrdNetlink = 824;

struct CookedHeader {
  __be16 packet_type, link_kind, address_length;
  __u8 address[8];
  __be16 protocol;
};
static_assert(sizeof(CookedHeader) == 16);

struct Cooked2Header {
  __be16 protocol, reserved;
  __be32 interface;
  __be16 link_kind;
  __u8 packet_type, address_length;
  __u8 address[8];
};
static_assert(sizeof(Cooked2Header) == 20);

// An address family's number is that of the system that captured: 2 everywhere, and for IPv6 10 on Linux, 24 on NetBSD
// and OpenBSD, 28 on FreeBSD, 30 on macOS.
uint32_t typeOfFamily(uint32_t family) {
  switch (family) {
    case 2:
      return ETHERTYPE_IPV4;
    case 10:
    case 24:
    case 28:
    case 30:
      return ETHERTYPE_IPV6;
    default:
      return HEADER_NOT_IP;
  }
}

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
    case kLinkNull:
    case kLinkEthernet:
    case kLinkRawOfMost:
    case kLinkRawOfOpenBsd:
    case kLinkRaw:
    case kLinkLoop:
    case kLinkLinuxCooked:
    case kLinkIpv4:
    case kLinkIpv6:
    case kLinkLinuxCooked2:
      return true;
    default:
      return false;
  }
}

parsed parseFrame(const cursor& frame, uint16_t link_type, bool decapsulate, packet* p) {
  switch (link_type) {
    case kLinkEthernet:
      return parseEthernet(frame, decapsulate, p);
    case kLinkNull:
    case kLinkLoop: {
      __u32 family;
      if (cursor_load(&frame, 0, &family, sizeof(family))) return PARSE_TRUNCATED;
      // In the byte order of the machine that captured (loop: of the network), which the file may not tell.
      return parse_from(&frame, sizeof(family), typeOfFamily(family < 0x10000 ? family : be32_(family)), decapsulate,
                        p);
    }
    case kLinkLinuxCooked: {
      CookedHeader header;
      if (cursor_load(&frame, 0, &header, sizeof(header))) return PARSE_TRUNCATED;
      if (header.link_kind == be16_(kArphrdNetlink)) return PARSE_NOT_IP;
      return parse_from(&frame, sizeof(header), be16_(header.protocol), decapsulate, p);
    }
    case kLinkLinuxCooked2: {
      Cooked2Header header;
      if (cursor_load(&frame, 0, &header, sizeof(header))) return PARSE_TRUNCATED;
      if (header.link_kind == be16_(kArphrdNetlink)) return PARSE_NOT_IP;
      return parse_from(&frame, sizeof(header), be16_(header.protocol), decapsulate, p);
    }
    case kLinkIpv4:
      return parse_from(&frame, 0, ETHERTYPE_IPV4, decapsulate, p);
    case kLinkIpv6:
      return parse_from(&frame, 0, ETHERTYPE_IPV6, decapsulate, p);
    default:
      return parse_any(&frame, LINK_IP, decapsulate, p);
  }
}

}  // namespace netsonde
