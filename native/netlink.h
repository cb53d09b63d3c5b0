// A rtnetlink dump: one request, its answers one by one.
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstddef>
#include <functional>
#include <string_view>

namespace netsonde {

// Sends a dump request of the given type with `body` and calls `each` with every answer, whose body has at least
// `size` bytes. Throws Failure; EINTR (the list changed meanwhile) is asked again.
void dump(unsigned short type, const void* body, size_t size, const std::function<void(const nlmsghdr*)>& each);

// Calls `each` with the attributes in [first, first + bytes).
void forAttributes(const rtattr* first, size_t bytes, const std::function<void(unsigned short, const rtattr*)>& each);

// The text of a string attribute, which need not end with a zero.
std::string_view textOf(const rtattr* attribute);

}  // namespace netsonde
