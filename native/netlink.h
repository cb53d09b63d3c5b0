// Netlink: a dump is one request and its answers one by one; a group's events come without being asked for.
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace netsonde {

// A socket of this network namespace. Throws Failure.
class NetlinkSocket {
 public:
  // groups: RTMGRP_*, whose events it gets. protocol: NETLINK_*.
  explicit NetlinkSocket(uint32_t groups = 0, int protocol = NETLINK_ROUTE);
  ~NetlinkSocket();
  NetlinkSocket(const NetlinkSocket&) = delete;
  NetlinkSocket& operator=(const NetlinkSocket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Sends a dump request of the given type with `body` of `size` bytes and calls `each` with every answer, whose body has
// at least `least` bytes (0: as many as the request's). If the list changes meanwhile it is asked for again, a few
// times: then an answer comes once more, and one that came before may be out of date. Throws Failure.
void dump(unsigned short type, const void* body, size_t size, const std::function<void(const nlmsghdr*)>& each,
          int protocol = NETLINK_ROUTE, size_t least = 0);

// Calls `each` with the attributes in [first, first + bytes).
void forAttributes(const rtattr* first, size_t bytes, const std::function<void(unsigned short, const rtattr*)>& each);

// The text of a string attribute, which need not end with a zero.
std::string_view textOf(const rtattr* attribute);

}  // namespace netsonde
