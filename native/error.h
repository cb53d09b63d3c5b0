// What goes wrong below JavaScript, as one exception: the kernel's errno with the words for it.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace netsonde {

class Failure : public std::runtime_error {
 public:
  // number: an errno, positive. doing: what was tried, as "attaching to eth0 ingress".
  Failure(int number, const std::string& doing);
  // As above, with what the kernel or libbpf said about it.
  Failure(int number, const std::string& doing, const std::string& detail);

  int number() const { return number_; }
  // EPERM, ENODEV...
  std::string code() const;

 private:
  int number_;
};

// Collects what libbpf prints on this thread between construction and destruction: the verifier's log above all.
class LibbpfLog {
 public:
  LibbpfLog();
  ~LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;

  // The verifier's last word if there is one, else libbpf's last line; how many lines there were in all.
  std::string summary() const;

  void keep(const char* text);

 private:
  std::vector<std::string> lines_;
  LibbpfLog* outer_;
};

}  // namespace netsonde
