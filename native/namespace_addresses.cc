#include "namespace_addresses.h"

#include <arpa/inet.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>
#include <string>

namespace netsonde {
namespace {

bool isIn(const std::string& process, uint32_t netns) {
  struct stat own = {};
  return stat((process + "/ns/net").c_str(), &own) == 0 && static_cast<uint32_t>(own.st_ino) == netns;
}

void add(std::vector<Address>& found, const Address& address) {
  if (!isLoopback(address.data())) found.push_back(address);
}

// net/ipv4/fib_trie.c, fib_trie_seq_show: a line `|-- 10.0.0.7`, and below it its routes; `/32 host LOCAL` is of one's
// own.
void readIpv4(const std::string& path, std::vector<Address>& found) {
  std::ifstream lines(path);
  Address address = {};
  memcpy(address.data(), kMappedPrefix, sizeof(kMappedPrefix));
  bool is_leaf = false;
  for (std::string line; std::getline(lines, line);) {
    if (const auto at = line.find("|-- "); at != std::string::npos)
      is_leaf = inet_pton(AF_INET, line.c_str() + at + 4, address.data() + sizeof(kMappedPrefix)) == 1;
    else if (is_leaf && line.find("/32 host LOCAL") != std::string::npos)
      add(found, address);
  }
}

// net/ipv6/addrconf.c, if6_seq_show: 32 digits begin a line.
void readIpv6(const std::string& path, std::vector<Address>& found) {
  std::ifstream lines(path);
  for (std::string line; std::getline(lines, line);) {
    if (line.size() < 32 || line.find_first_not_of("0123456789abcdef") < 32) continue;
    Address address = {};
    for (size_t i = 0; i < address.size(); i++)
      address[i] = static_cast<uint8_t>(std::stoul(line.substr(i * 2, 2), nullptr, 16));
    add(found, address);
  }
}

}  // namespace

std::vector<Address> addressesOf(uint32_t netns, uint32_t pid) {
  const std::string process = "/proc/" + std::to_string(pid);
  std::vector<Address> found;
  if (!isIn(process, netns)) return found;
  readIpv4(process + "/net/fib_trie", found);
  readIpv6(process + "/net/if_inet6", found);
  if (!isIn(process, netns)) found.clear();  // it went meanwhile
  return found;
}

}  // namespace netsonde
