#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <vector>

#include "attach.h"
#include "error.h"
#include "netlink.h"

namespace netsonde {
namespace {

// Our filters' handles. The second kind says that the qdisc was created for them.
constexpr uint32_t kHandle = 0x6e650001;
constexpr uint32_t kHandleQdiscOurs = 0x6e650002;

// As early as may be, for an earlier filter that answers TC_ACT_OK hides the packet. A priority that already has
// filters of another kind or protocol refuses ours, so the next one is tried.
constexpr uint32_t kFirstPriority = 1;
constexpr uint32_t kLastPriority = 8;

constexpr Direction kBoth[] = {Direction::kIngress, Direction::kEgress};

bpf_tc_attach_point pointOf(Direction direction) {
  return direction == Direction::kIngress ? BPF_TC_INGRESS : BPF_TC_EGRESS;
}

bpf_tc_hook hookOf(uint32_t ifindex, Direction direction) {
  bpf_tc_hook hook = {};
  hook.sz = sizeof(hook);
  hook.ifindex = static_cast<int>(ifindex);
  hook.attach_point = pointOf(direction);
  return hook;
}

struct Filter {
  uint32_t handle;
  uint32_t priority;
  bool has_our_name;
};

// The program's name comes with the filter; to ask for the program by its id needs CAP_SYS_ADMIN.
std::vector<Filter> filtersOf(uint32_t ifindex, Direction direction) {
  tcmsg request = {};
  request.tcm_ifindex = static_cast<int>(ifindex);
  request.tcm_parent = TC_H_MAKE(TC_H_CLSACT, direction == Direction::kIngress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
  std::vector<Filter> found;
  dump(RTM_GETTFILTER, &request, sizeof(request), [&](const nlmsghdr* answer) {
    if (answer->nlmsg_type != RTM_NEWTFILTER) return;
    const auto* filter = static_cast<const tcmsg*>(NLMSG_DATA(answer));
    Filter one = {filter->tcm_handle, TC_H_MAJ(filter->tcm_info) >> 16, false};
    forAttributes(TCA_RTA(filter), TCA_PAYLOAD(answer), [&](unsigned short type, const rtattr* options) {
      if (type != TCA_OPTIONS) return;
      forAttributes(static_cast<const rtattr*>(RTA_DATA(options)), RTA_PAYLOAD(options),
                    [&](unsigned short option, const rtattr* name) {
                      if (option == TCA_BPF_NAME) one.has_our_name = textOf(name).starts_with("flow_");
                    });
    });
    found.push_back(one);
  });
  return found;
}

// Removes our filters of the direction that bear the handle, whatever their priority. Returns whether there was one.
bool removeFilters(uint32_t ifindex, Direction direction, uint32_t handle) {
  bool removed = false;
  for (const Filter& each : filtersOf(ifindex, direction)) {
    if (each.handle != handle || !each.has_our_name) continue;
    const bpf_tc_hook hook = hookOf(ifindex, direction);
    LIBBPF_OPTS(bpf_tc_opts, gone, .handle = handle, .priority = each.priority);
    removed |= bpf_tc_detach(&hook, &gone) == 0;
  }
  return removed;
}

void removeUnusedQdisc(uint32_t ifindex) {
  for (const Direction direction : kBoth)
    if (!filtersOf(ifindex, direction).empty()) return;
  bpf_tc_hook hook = hookOf(ifindex, Direction::kIngress);
  hook.attach_point = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS);  // both: the qdisc itself
  bpf_tc_hook_destroy(&hook);
}

// A name that only one process of this network namespace can have, and none has after its end. Returns -EADDRINUSE...
int takeName(uint32_t ifindex) {
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  const int length = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "netsonde/clsact/%u", ifindex);
  if (bind(fd, reinterpret_cast<sockaddr*>(&name),
           static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + static_cast<size_t>(length)))) {
    const int error = errno;
    close(fd);
    return -error;
  }
  return fd;
}

struct Stale {
  bool filters;
  bool qdisc_is_ours;
};

Stale removeMarked(uint32_t ifindex) {
  Stale stale = {};
  for (const Direction direction : kBoth) {
    stale.filters |= removeFilters(ifindex, direction, kHandle);
    stale.qdisc_is_ours |= removeFilters(ifindex, direction, kHandleQdiscOurs);
  }
  stale.filters |= stale.qdisc_is_ours;
  return stale;
}

}  // namespace

ClsactFilters::ClsactFilters(int ingress_program, int egress_program, uint32_t ifindex) : ifindex_(ifindex) {
  LibbpfLog log;
  lock_ = takeName(ifindex);
  if (lock_ == -EADDRINUSE) throw Failure(EADDRINUSE, "attaching by clsact (another netsonde has this interface)");
  if (lock_ < 0) throw Failure(-lock_, "attaching by clsact");
  try {
    const Stale stale = removeMarked(ifindex);
    removed_stale_ = stale.filters;
    bpf_tc_hook hook = hookOf(ifindex, Direction::kIngress);
    const int created = bpf_tc_hook_create(&hook);
    qdisc_is_ours_ = qdisc_is_bare_ = created == 0 || stale.qdisc_is_ours;
    if (created && created != -EEXIST) throw Failure(-created, "creating a clsact qdisc", log.summary());
    add(ingress_program, Direction::kIngress);
    qdisc_is_bare_ = false;  // from here on the filters' mark tells
    add(egress_program, Direction::kEgress);
  } catch (const Failure&) {
    remove();
    throw;
  }
}

ClsactFilters::~ClsactFilters() {
  LibbpfLog log;
  remove();
}

void ClsactFilters::add(int program, Direction direction) {
  LibbpfLog log;
  int error = 0;
  for (uint32_t priority = kFirstPriority; priority <= kLastPriority; priority++) {
    const bpf_tc_hook hook = hookOf(ifindex_, direction);
    LIBBPF_OPTS(bpf_tc_opts, filter, .prog_fd = program, .handle = qdisc_is_ours_ ? kHandleQdiscOurs : kHandle,
                .priority = priority);
    error = bpf_tc_attach(&hook, &filter);
    if (!error) return;
    if (error != -EINVAL && error != -EEXIST) break;
  }
  throw Failure(-error, "adding a clsact filter", log.summary());
}

void ClsactFilters::remove() {
  try {
    // The filters' mark, and not what was true when we came: the qdisc, or the interface of this index, may be another.
    if (removeMarked(ifindex_).qdisc_is_ours || qdisc_is_bare_) removeUnusedQdisc(ifindex_);
  } catch (const Failure&) {
    // The interface is gone, and its qdisc with it.
  }
  if (lock_ >= 0) close(lock_);
  lock_ = -1;
}

bool removeStaleFilters(uint32_t ifindex) {
  LibbpfLog log;
  const int lock = takeName(ifindex);
  if (lock < 0) return false;
  try {
    const Stale stale = removeMarked(ifindex);
    if (stale.qdisc_is_ours) removeUnusedQdisc(ifindex);
    close(lock);
    return stale.filters;
  } catch (const Failure&) {
    close(lock);
    throw;
  }
}

}  // namespace netsonde
