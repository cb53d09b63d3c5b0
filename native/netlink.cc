#include "netlink.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "error.h"

namespace netsonde {
namespace {

constexpr int kMaxTries = 5;
constexpr size_t kAnswerBytes = 1 << 16;  // a dump's message fits in 32 KiB (net/netlink/af_netlink.c)

// Returns false if the kernel says that the list changed while it was read.
bool readAnswers(const NetlinkSocket& socket, size_t size, const std::function<void(const nlmsghdr*)>& each) {
  std::vector<char> buffer(kAnswerBytes);
  bool whole = true;
  for (;;) {
    ssize_t got = recv(socket.fd(), buffer.data(), buffer.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      throw Failure(errno, "reading a netlink answer");
    }
    auto left = static_cast<unsigned>(got);
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_flags & NLM_F_DUMP_INTR) whole = false;
      if (header->nlmsg_type == NLMSG_DONE) {
        // A dump that fails half-way ends like this too, with what went wrong.
        int error = 0;
        if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(error))) memcpy(&error, NLMSG_DATA(header), sizeof(error));
        if (error < 0) throw Failure(-error, "asking netlink");
        return whole;
      }
      if (header->nlmsg_type == NLMSG_ERROR) {
        const auto* error = static_cast<const nlmsgerr*>(NLMSG_DATA(header));
        throw Failure(-error->error, "asking netlink");
      }
      if (header->nlmsg_len >= NLMSG_LENGTH(size)) each(header);
    }
  }
}

}  // namespace

NetlinkSocket::NetlinkSocket(uint32_t groups, int protocol)
    : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)) {
  if (fd_ < 0) throw Failure(errno, "opening a netlink socket");
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (groups && bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address))) {
    const int error = errno;
    close(fd_);
    throw Failure(error, "subscribing to netlink's events");
  }
}

NetlinkSocket::~NetlinkSocket() { close(fd_); }

void dump(unsigned short type, const void* body, size_t size, const std::function<void(const nlmsghdr*)>& each,
          int protocol, size_t least) {
  std::vector<char> request(NLMSG_SPACE(size));
  auto* header = reinterpret_cast<nlmsghdr*>(request.data());
  header->nlmsg_len = static_cast<unsigned>(NLMSG_LENGTH(size));
  header->nlmsg_type = type;
  header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  memcpy(NLMSG_DATA(header), body, size);
  for (int tries = 0; tries < kMaxTries; tries++) {
    const NetlinkSocket socket(0, protocol);
    if (send(socket.fd(), request.data(), header->nlmsg_len, 0) < 0) throw Failure(errno, "asking netlink");
    if (readAnswers(socket, least ? least : size, each)) return;
  }
}

void forAttributes(const rtattr* first, size_t bytes, const std::function<void(unsigned short, const rtattr*)>& each) {
  auto left = static_cast<int>(bytes);
  for (const rtattr* at = first; RTA_OK(at, left); at = RTA_NEXT(at, left)) each(at->rta_type & NLA_TYPE_MASK, at);
}

std::string_view textOf(const rtattr* attribute) {
  const auto* text = static_cast<const char*>(RTA_DATA(attribute));
  return {text, strnlen(text, RTA_PAYLOAD(attribute))};
}

}  // namespace netsonde
