// What Debian's libelf.a and libbpf.a lack to be linked into a shared object: they are compiled for executables.
#include <dlfcn.h>

#include <cstdio>
#include <string>

namespace {
thread_local int last = 0;
thread_local std::string text;
}  // namespace

extern "C" {

// libbpf.a reaches for glibc's variable by its distance (R_X86_64_PC32), which only a variable of this file can have.
// libstdc++ then has it too, and writes there what ended the process.
__attribute__((visibility("hidden"))) FILE* stderr = nullptr;

__attribute__((constructor(101))) void findStderr() {
  if (void* glibcs = dlsym(RTLD_DEFAULT, "stderr")) stderr = *static_cast<FILE**>(glibcs);
}

// In place of libelf.a's elf_error.o, whose thread-local variable has a fixed offset in executables (R_X86_64_TPOFF32).
void __libelf_seterrno(int value) { last = value; }

int elf_errno() {
  const int value = last;
  last = 0;
  return value;
}

const char* elf_errmsg(int error) {
  const int number = error > 0 ? error : last;
  if (number == 0 && error == 0) return nullptr;
  text = "libelf error " + std::to_string(number);
  return text.c_str();
}
}
