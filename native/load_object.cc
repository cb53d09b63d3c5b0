#include "load_object.h"

#include <csignal>

namespace netsonde {

int loadObject(bpf_object* object) {
  sigset_t all, before;
  sigfillset(&all);
  const int blocked = pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = bpf_object__load(object);
  if (blocked == 0) pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error;
}

}  // namespace netsonde
