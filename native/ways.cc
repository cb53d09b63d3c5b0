#include "ways.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstring>

#include "interfaces.h"
#include "netlink.h"

namespace netsonde {
namespace {

// The interface that packets to the address leave by; 0: there is none. Throws Failure.
uint32_t wayTo(const Address& address) {
  const bool ipv4 = isIpv4(address.data());
  struct {
    nlmsghdr header;
    rtmsg message;
    rtattr attribute;
    uint8_t address[16];
  } request = {};
  const size_t bytes = ipv4 ? 4 : 16;
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof(rtmsg)) + RTA_LENGTH(bytes);
  request.header.nlmsg_type = RTM_GETROUTE;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.message.rtm_family = ipv4 ? AF_INET : AF_INET6;
  request.message.rtm_dst_len = static_cast<uint8_t>(bytes * 8);
  request.attribute.rta_len = RTA_LENGTH(bytes);
  request.attribute.rta_type = RTA_DST;
  memcpy(request.address, address.data() + 16 - bytes, bytes);

  const NetlinkSocket socket;
  if (send(socket.fd(), &request, request.header.nlmsg_len, 0) < 0) return 0;
  alignas(nlmsghdr) char answer[4096];
  const ssize_t got = recv(socket.fd(), answer, sizeof(answer), 0);
  const auto* header = reinterpret_cast<const nlmsghdr*>(answer);
  if (got < 0 || !NLMSG_OK(header, static_cast<unsigned>(got)) || header->nlmsg_type != RTM_NEWROUTE) return 0;
  uint32_t index = 0;
  const auto* message = static_cast<const rtmsg*>(NLMSG_DATA(header));
  forAttributes(RTM_RTA(message), RTM_PAYLOAD(header), [&](unsigned short type, const rtattr* attribute) {
    if (type == RTA_OIF && RTA_PAYLOAD(attribute) >= sizeof(index)) memcpy(&index, RTA_DATA(attribute), sizeof(index));
  });
  return index;
}

}  // namespace

void Ways::forget() {
  virtual_.clear();
  known_.clear();
}

bool Ways::leadInside(const Address& address) {
  const auto [at, made] = known_.try_emplace(address, false);
  if (!made) return at->second;
  if (virtual_.empty())
    for (const Interface& each : readInterfaces())
      if (each.kind != "physical") virtual_.insert(each.index);
  at->second = virtual_.contains(wayTo(address));
  return at->second;
}

}  // namespace netsonde
