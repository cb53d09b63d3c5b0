#include "wireguard.h"

#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "error.h"
#include "generic_netlink.h"
#include "netlink.h"

namespace netsonde {
namespace {

// The port is the first attribute of a device, and its private key comes later (drivers/net/wireguard/netlink.c,
// wg_get_device_dump). The answer is cut off behind the port, so that the key never comes into this process.
constexpr size_t kAnswerBytes = kGenericHeaderBytes + RTA_SPACE(sizeof(uint16_t));
constexpr size_t kFamilyBytes = 4096;

// Asks with one attribute, and returns how much of the answer's first message is in `answer`. Throws Failure.
template <size_t N>
size_t ask(const NetlinkSocket& socket, uint16_t family, uint16_t flags, uint8_t command, uint8_t version,
           uint16_t type, const void* value, size_t size, std::array<uint8_t, N>& answer) {
  alignas(nlmsghdr) char request[64] = {};
  auto* header = reinterpret_cast<nlmsghdr*>(request);
  auto* generic = static_cast<genlmsghdr*>(NLMSG_DATA(header));
  auto* attribute = reinterpret_cast<rtattr*>(request + kGenericHeaderBytes);
  header->nlmsg_len = static_cast<uint32_t>(kGenericHeaderBytes + RTA_SPACE(size));
  header->nlmsg_type = family;
  header->nlmsg_flags = NLM_F_REQUEST | flags;
  generic->cmd = command;
  generic->version = version;
  attribute->rta_type = type;
  attribute->rta_len = static_cast<uint16_t>(RTA_LENGTH(size));
  memcpy(RTA_DATA(attribute), value, size);
  if (send(socket.fd(), request, header->nlmsg_len, 0) < 0) throw Failure(errno, "asking generic netlink");
  const ssize_t got = recv(socket.fd(), answer.data(), answer.size(), MSG_DONTWAIT);  // is there when send() returns
  if (got < 0) throw Failure(errno, "reading generic netlink's answer");
  return static_cast<size_t>(got);
}

}  // namespace

uint16_t wireguardPort(uint32_t ifindex) {
  try {
    const NetlinkSocket socket(0, NETLINK_GENERIC);
    std::array<uint8_t, kFamilyBytes> told = {};
    const size_t length = ask(socket, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, 1, CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME,
                              sizeof(WG_GENL_NAME), told);
    const auto family = genericAttribute(told.data(), length, CTRL_ATTR_FAMILY_ID);
    if (!family) return 0;
    std::array<uint8_t, kAnswerBytes> answer = {};
    const size_t got = ask(socket, *family, NLM_F_DUMP, WG_CMD_GET_DEVICE, WG_GENL_VERSION, WGDEVICE_A_IFINDEX,
                           &ifindex, sizeof(ifindex), answer);
    return genericAttribute(answer.data(), got, WGDEVICE_A_LISTEN_PORT).value_or(0);
  } catch (const Failure&) {
    return 0;
  }
}

}  // namespace netsonde
