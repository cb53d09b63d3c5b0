#include "datapath.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "connection_memory.h"
#include "error.h"
#include "link_table.h"
#include "local_ends.h"

namespace netsonde {

Datapath::Datapath(const std::string& object_path, const Options& options)
    : object_(std::make_unique<Object>(object_path, options)),
      generation_start_ms_(wallClockMs()),
      at_interfaces_(options.hooks == Hooks::kInterfaces),
      twins_(options.max_flows) {}

void Datapath::requireOpen() const {
  if (!object_) throw Failure(EBADF, "using a closed datapath");
}

int Datapath::program(Direction direction, LinkType link) const {
  if (direction == Direction::kIngress)
    return object_->program(link == LinkType::kEthernet ? "flow_ingress" : "flow_ingress_ip");
  return object_->program(link == LinkType::kEthernet ? "flow_egress" : "flow_egress_ip");
}

void Datapath::attachTcx(uint32_t ifindex, LinkType link) {
  const std::lock_guard lock(mutex_);
  requireOpen();
  Attachment attachment;
  attachment.links.emplace_back(program(Direction::kIngress, link), ifindex, Direction::kIngress);
  attachment.links.emplace_back(program(Direction::kEgress, link), ifindex, Direction::kEgress);
  attachments_[ifindex] = std::move(attachment);
}

bool Datapath::attachClsact(uint32_t ifindex, LinkType link) {
  const std::lock_guard lock(mutex_);
  requireOpen();
  attachments_.erase(ifindex);  // its name has to be free before it is taken again
  Attachment attachment;
  attachment.filters =
      std::make_unique<ClsactFilters>(program(Direction::kIngress, link), program(Direction::kEgress, link), ifindex);
  const bool removed_stale = attachment.filters->removedStale();
  attachments_[ifindex] = std::move(attachment);
  return removed_stale;
}

void Datapath::attachCgroup(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  requireOpen();
  std::vector<CgroupLink> links;
  links.emplace_back(object_->program("socket_ingress"), directory, Direction::kIngress);
  links.emplace_back(object_->program("socket_egress"), directory, Direction::kEgress);
  sockets_ = std::move(links);
}

void Datapath::detach(uint32_t ifindex) {
  const std::lock_guard lock(mutex_);
  attachments_.erase(ifindex);
}

std::vector<link_addresses> Datapath::linkAddresses(const std::vector<link_key>& keys) {
  const std::lock_guard lock(mutex_);
  requireOpen();
  return readLinkAddresses(object_->map("link_addresses"), keys, twins_.known());
}

void Datapath::setFilterInterface(uint32_t ifindex, uint64_t rules) {
  const std::lock_guard lock(mutex_);
  requireOpen();
  const int map = object_->map("filter_interfaces");
  if (rules == 0) {
    bpf_map_delete_elem(map, &ifindex);
    return;
  }
  if (bpf_map_update_elem(map, &ifindex, &rules, BPF_ANY))
    throw Failure(errno, "telling the programs the filters of an interface");
}

void Datapath::watchListeners(const std::string& object_path) {
  const std::lock_guard lock(mutex_);
  requireOpen();
  listeners_ = std::make_unique<Listeners>(object_path);
}

// At sockets loopback addresses may be any namespace's.
void Datapath::tellListeners(Generation& generation) {
  if (!listeners_) return;
  try {
    for (const size_t row : listeners_->tell(generation.flows, at_interfaces_))
      rememberClient(*object_, generation.flows, row);
  } catch (const Failure& failure) {
    listeners_.reset();
    generation.listeners_problem = failure.what();
  }
}

Generation Datapath::drain(bool last) {
  const std::lock_guard lock(mutex_);
  requireOpen();
  Generation generation = netsonde::drain(*object_, generation_start_ms_);
  generation_start_ms_ = generation.end_ms;
  if (at_interfaces_) twins_.resolve(generation, last);               // a socket's packets have its own addresses
  tellLocalEnds(generation.flows.addresses, generation.flows.local);  // after: of the real ends
  tellLocalEnds(generation.signals.addresses, generation.signals.local);
  tellListeners(generation);
  return generation;
}

void Datapath::close() {
  const std::lock_guard lock(mutex_);
  attachments_.clear();
  sockets_.clear();
  listeners_.reset();
  object_.reset();
}

}  // namespace netsonde
