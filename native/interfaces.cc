#include "interfaces.h"

#include <arpa/inet.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>

#include <cstring>
#include <map>
#include <utility>

#include "netlink.h"
#include "wireguard.h"

namespace netsonde {
namespace {

uint32_t numberOf(const rtattr* attribute) {
  uint32_t number = 0;
  if (RTA_PAYLOAD(attribute) >= sizeof(number)) memcpy(&number, RTA_DATA(attribute), sizeof(number));
  return number;
}

// Calls `each` with the attributes inside of one.
void forNested(const rtattr* outer, const std::function<void(unsigned short, const rtattr*)>& each) {
  forAttributes(static_cast<const rtattr*>(RTA_DATA(outer)), RTA_PAYLOAD(outer), each);
}

uint16_t tunnelPortOf(const std::string& kind, const rtattr* data) {
  const int where = kind == "vxlan"     ? static_cast<int>(IFLA_VXLAN_PORT)
                    : kind == "geneve"  ? static_cast<int>(IFLA_GENEVE_PORT)
                    : kind == "bareudp" ? static_cast<int>(IFLA_BAREUDP_PORT)
                                        : -1;
  uint16_t port = 0;
  forNested(data, [&](unsigned short type, const rtattr* attribute) {
    if (type == where && RTA_PAYLOAD(attribute) >= sizeof(port)) memcpy(&port, RTA_DATA(attribute), sizeof(port));
  });
  return ntohs(port);
}

void readLinkInfo(const rtattr* info, Interface& to) {
  const rtattr* data = nullptr;
  forNested(info, [&](unsigned short type, const rtattr* attribute) {
    if (type == IFLA_INFO_KIND) to.kind = textOf(attribute);
    if (type == IFLA_INFO_DATA) data = attribute;
  });
  if (data) to.tunnel_port = tunnelPortOf(to.kind, data);
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
    if (type == IFLA_LINKINFO) readLinkInfo(attribute, found);
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
  for (auto& [index, one] : found) {
    if (one.kind == "wireguard") one.tunnel_port = wireguardPort(index);
    interfaces.push_back(std::move(one));
  }
  return interfaces;
}

}  // namespace netsonde
