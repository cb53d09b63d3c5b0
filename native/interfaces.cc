#include "interfaces.h"

#include <linux/if_arp.h>
#include <linux/if_link.h>

#include <cstring>
#include <map>
#include <utility>

#include "netlink.h"

namespace netsonde {
namespace {

uint32_t numberOf(const rtattr* attribute) {
  uint32_t number = 0;
  if (RTA_PAYLOAD(attribute) >= sizeof(number)) memcpy(&number, RTA_DATA(attribute), sizeof(number));
  return number;
}

std::string kindOf(const rtattr* linkInfo) {
  std::string kind;
  forAttributes(static_cast<const rtattr*>(RTA_DATA(linkInfo)), RTA_PAYLOAD(linkInfo),
                [&](unsigned short type, const rtattr* attribute) {
                  if (type == IFLA_INFO_KIND) kind = textOf(attribute);
                });
  return kind;
}

Interface interfaceOf(const nlmsghdr* answer) {
  const auto* info = static_cast<const ifinfomsg*>(NLMSG_DATA(answer));
  Interface found;
  found.index = static_cast<uint32_t>(info->ifi_index);
  found.type = info->ifi_type;
  bool elsewhere = false;
  forAttributes(IFLA_RTA(info), IFLA_PAYLOAD(answer), [&](unsigned short type, const rtattr* attribute) {
    if (type == IFLA_IFNAME) found.name = textOf(attribute);
    if (type == IFLA_MASTER) found.master = numberOf(attribute);
    if (type == IFLA_LINK) found.link = numberOf(attribute);
    if (type == IFLA_LINK_NETNSID) elsewhere = true;
    if (type == IFLA_LINKINFO) found.kind = kindOf(attribute);
  });
  if (elsewhere || found.link == found.index) found.link = 0;  // a device without a link below tells its own index
  if (found.kind.empty()) found.kind = found.type == ARPHRD_LOOPBACK ? "loopback" : "physical";
  return found;
}

}  // namespace

std::vector<Interface> readInterfaces() {
  struct {
    ifinfomsg all;
    rtattr attribute;
    uint32_t mask;
  } request = {};
  request.attribute.rta_len = RTA_LENGTH(sizeof(request.mask));
  request.attribute.rta_type = IFLA_EXT_MASK;
  request.mask = RTEXT_FILTER_SKIP_STATS;  // a third of each answer
  // By index, for what is read while the list changes comes more than once.
  std::map<uint32_t, Interface> found;
  dump(RTM_GETLINK, &request, sizeof(request), [&](const nlmsghdr* answer) {
    if (answer->nlmsg_type != RTM_NEWLINK) return;
    Interface one = interfaceOf(answer);
    found[one.index] = std::move(one);
  });
  std::vector<Interface> interfaces;
  interfaces.reserve(found.size());
  for (auto& [index, one] : found) interfaces.push_back(std::move(one));
  return interfaces;
}

}  // namespace netsonde
