#include "local_ends.h"

#include <linux/if_addr.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <unordered_set>

#include "address.h"
#include "error.h"
#include "netlink.h"

namespace netsonde {
namespace {

bool isForEverybody(const Address& address) {
  if (!isIpv4(address.data())) return address[0] == 0xff;
  const bool limited_broadcast = memcmp(address.data() + 12, "\xff\xff\xff\xff", 4) == 0;
  return limited_broadcast || (address[12] & 0xf0) == 0xe0;
}

std::optional<Address> addressOf(uint8_t family, const rtattr* attribute) {
  Address address = {};
  if (family == AF_INET6 && RTA_PAYLOAD(attribute) == 16) {
    memcpy(address.data(), RTA_DATA(attribute), 16);
    return address;
  }
  if (family != AF_INET || RTA_PAYLOAD(attribute) != 4) return std::nullopt;
  memcpy(address.data(), kMappedPrefix, sizeof(kMappedPrefix));
  memcpy(address.data() + sizeof(kMappedPrefix), RTA_DATA(attribute), 4);
  return address;
}

}  // namespace

std::unordered_set<Address, HashOfAddress> readAddresses() {
  std::unordered_set<Address, HashOfAddress> own;
  const ifaddrmsg all = {};
  dump(RTM_GETADDR, &all, sizeof(all), [&](const nlmsghdr* answer) {
    if (answer->nlmsg_type != RTM_NEWADDR) return;
    const auto* info = static_cast<const ifaddrmsg*>(NLMSG_DATA(answer));
    std::optional<Address> local, address, broadcast;
    forAttributes(IFA_RTA(info), IFA_PAYLOAD(answer), [&](unsigned short type, const rtattr* attribute) {
      if (type == IFA_LOCAL) local = addressOf(info->ifa_family, attribute);
      if (type == IFA_ADDRESS) address = addressOf(info->ifa_family, attribute);
      if (type == IFA_BROADCAST) broadcast = addressOf(info->ifa_family, attribute);
    });
    // Of a link that leads to one peer IFA_ADDRESS is the peer's, and then IFA_LOCAL is there, too.
    if (local || address) own.insert(local ? *local : *address);
    if (broadcast) own.insert(*broadcast);
  });
  return own;
}

void tellLocalEnds(const std::vector<uint8_t>& addresses, std::vector<uint8_t>& local) {
  local.assign(addresses.size() / 32, 0);
  if (local.empty()) return;
  std::unordered_set<Address, HashOfAddress> own;
  try {
    own = readAddresses();
  } catch (const Failure&) {
    std::fill(local.begin(), local.end(), 3);
    return;
  }
  for (size_t row = 0; row < local.size(); row++) {
    for (int end = 0; end < 2; end++) {
      Address address;
      memcpy(address.data(), &addresses[row * 32 + end * 16], sizeof(address));
      const bool is_own = own.contains(address) || isLoopback(address.data());
      if (is_own) local[row] |= 4 << end;
      if (is_own || isForEverybody(address)) local[row] |= 1 << end;
    }
  }
}

}  // namespace netsonde
