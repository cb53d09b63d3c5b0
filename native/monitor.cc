#include "monitor.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "error.h"

namespace netsonde {
namespace {

// Kernel memory that is taken only while events wait: some thousand of them.
constexpr int kQueueBytes = 4 << 20;
constexpr size_t kEventBytes = 1 << 16;
// Interfaces that went between two looks; more are lost, not kept.
constexpr size_t kMaxRemoved = 1 << 16;

// A bridge's events about its ports come to the same group, and its RTM_DELLINK means that a port has left it.
bool isOfInterface(const nlmsghdr* event) {
  if (event->nlmsg_type != RTM_NEWLINK && event->nlmsg_type != RTM_DELLINK) return false;
  if (event->nlmsg_len < NLMSG_LENGTH(sizeof(ifinfomsg))) return false;
  return static_cast<const ifinfomsg*>(NLMSG_DATA(event))->ifi_family == AF_UNSPEC;
}

}  // namespace

Monitor::Monitor(std::function<void()> changed)
    : changed_(std::move(changed)), socket_(RTMGRP_LINK), stop_(eventfd(0, EFD_CLOEXEC)) {
  if (stop_ < 0) throw Failure(errno, "creating an eventfd");
  if (setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUFFORCE, &kQueueBytes, sizeof(kQueueBytes)))
    setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUF, &kQueueBytes, sizeof(kQueueBytes));  // no CAP_NET_ADMIN
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    close(stop_);
    throw Failure(error.code().value(), "starting the monitor's thread");
  }
}

Monitor::~Monitor() {
  const uint64_t one = 1;
  while (write(stop_, &one, sizeof(one)) < 0 && errno == EINTR) {
  }
  thread_.join();
  close(stop_);
}

Changes Monitor::take() {
  const std::lock_guard lock(mutex_);
  Changes changes{{removed_.begin(), removed_.end()}, lost_};
  removed_.clear();
  told_ = lost_ = false;
  return changes;
}

void Monitor::run() {
  pollfd ready[] = {{socket_.fd(), POLLIN, 0}, {stop_, POLLIN, 0}};
  for (;;) {
    if (poll(ready, 2, -1) < 0) continue;  // EINTR
    if (ready[1].revents) return;
    if (readEvents()) changed_();
  }
}

bool Monitor::readEvents() {
  alignas(nlmsghdr) char buffer[kEventBytes];
  for (;;) {
    const ssize_t got = recv(socket_.fd(), buffer, sizeof(buffer), MSG_DONTWAIT);
    const int error = got < 0 ? errno : 0;
    if (error == EINTR) continue;
    const std::lock_guard lock(mutex_);
    if (got > 0) {
      noteEvents(buffer, static_cast<unsigned>(got));
      continue;
    }
    if (error == ENOBUFS) {
      news_ = lost_ = true;
      continue;
    }
    const bool tell = news_ && !told_;
    told_ |= tell;
    news_ = false;
    return tell;
  }
}

void Monitor::noteEvents(const char* bytes, unsigned length) {
  for (auto* event = reinterpret_cast<const nlmsghdr*>(bytes); NLMSG_OK(event, length);
       event = NLMSG_NEXT(event, length)) {
    if (!isOfInterface(event)) continue;
    news_ = true;
    if (event->nlmsg_type != RTM_DELLINK) continue;
    if (removed_.size() < kMaxRemoved)
      removed_.insert(static_cast<uint32_t>(static_cast<const ifinfomsg*>(NLMSG_DATA(event))->ifi_index));
    else
      lost_ = true;
  }
}

}  // namespace netsonde
