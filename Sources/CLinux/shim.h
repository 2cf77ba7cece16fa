// What Linux has and Swift does not see: system calls that the C library does not name, or takes as lists of arguments,
// and headers that Swift's module of the C library leaves out.
//
// Privileges are those of the calling thread, and of the threads that it makes later.
#ifndef GATESPEC_LINUX_H
#define GATESPEC_LINUX_H

#include <linux/capability.h>
#include <linux/magic.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/vfs.h>
#include <unistd.h>

/// Keeps of the thread's capabilities those whose bits are set, and no others.
static inline int gatespec_keep_capabilities(unsigned long long kept) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  if (syscall(SYS_capget, &header, data) != 0) return -1;
  for (int word = 0; word < _LINUX_CAPABILITY_U32S_3; word++) {
    unsigned bits = (unsigned)(kept >> (32 * word));
    data[word].effective &= bits;
    data[word].permitted &= bits;
    data[word].inheritable = 0;
  }
  return (int)syscall(SYS_capset, &header, data);
}

/// Keeps the thread from gaining privileges by running a program.
static inline int gatespec_forbid_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

/// Lets the process give its threads precedence down to a niceness of -10 without a privilege.
static inline int gatespec_allow_precedence(void) {
  struct rlimit limit = {30, 30};
  return setrlimit(RLIMIT_NICE, &limit);
}

extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);

/// Lets a process that is spawned start in a folder.
static inline int gatespec_spawn_in_folder(posix_spawn_file_actions_t *actions, const char *folder) {
  return posix_spawn_file_actions_addchdir_np(actions, folder);
}

extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);

/// Lets a process that is spawned have none of the descriptors from one on.
static inline int gatespec_spawn_without(posix_spawn_file_actions_t *actions, int descriptor) {
  return posix_spawn_file_actions_addclosefrom_np(actions, descriptor);
}

/// Whether a folder is of the proc file system, whose links only the kernel can follow.
static inline int gatespec_is_proc(int folder) {
  struct statfs facts;
  return fstatfs(folder, &facts) == 0 && facts.f_type == PROC_SUPER_MAGIC;
}

/// The capabilities to change a folder that belongs to others: CAP_DAC_OVERRIDE and CAP_FOWNER.
static const unsigned long long gatespec_folder_capabilities = 1ull << CAP_DAC_OVERRIDE | 1ull << CAP_FOWNER;

#endif
