#include "generic_netlink.h"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>

namespace netsonde {

std::optional<uint16_t> genericAttribute(const uint8_t* message, size_t size, uint16_t type) {
  nlmsghdr header;
  if (size < kGenericHeaderBytes) return std::nullopt;
  memcpy(&header, message, sizeof(header));
  if (header.nlmsg_type < NLMSG_MIN_TYPE) return std::nullopt;
  const size_t end = std::min<size_t>(size, header.nlmsg_len);
  for (size_t at = kGenericHeaderBytes; at + sizeof(rtattr) <= end;) {
    rtattr attribute;
    memcpy(&attribute, message + at, sizeof(attribute));
    if (attribute.rta_len < sizeof(attribute)) return std::nullopt;
    if ((attribute.rta_type & NLA_TYPE_MASK) == type) {
      uint16_t value;
      if (attribute.rta_len < RTA_LENGTH(sizeof(value)) || at + RTA_LENGTH(sizeof(value)) > end) return std::nullopt;
      memcpy(&value, message + at + RTA_LENGTH(0), sizeof(value));
      return value;
    }
    at += RTA_ALIGN(attribute.rta_len);
  }
  return std::nullopt;
}

}  // namespace netsonde
