// Brings libpcap's C interface to Swift, and the way to feed it from functions. Nothing of ours lives here.
#include <pcap/pcap.h>
#include <stdio.h>
#include <sys/types.h>

// The functions of a stream: glibc's cookie_io_functions_t, which stdio.h shows only to programs that ask for GNU
// extensions before anything else is included. The seek position is 64 bits wide.
struct stream_functions {
  ssize_t (*read)(void *cookie, char *buffer, size_t count);
  ssize_t (*write)(void *cookie, const char *buffer, size_t count);
  int (*seek)(void *cookie, long long *offset, int whence);
  int (*close)(void *cookie);
};

// fopencookie(3), by another name so that it cannot clash with the system's own declaration.
extern FILE *open_stream_functions(void *cookie, const char *mode, struct stream_functions functions)
    __asm__("fopencookie");
