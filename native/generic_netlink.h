// Attributes in a generic netlink message, which may be cut off anywhere.
#pragma once

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace netsonde {

inline constexpr size_t kGenericHeaderBytes = NLMSG_HDRLEN + GENL_HDRLEN;

// A 16-bit attribute of a generic netlink message, of which `size` bytes are there: the message itself may be longer.
// Nothing if the message is an error, or the attribute is not in what is there.
std::optional<uint16_t> genericAttribute(const uint8_t* message, size_t size, uint16_t type);

}  // namespace netsonde
