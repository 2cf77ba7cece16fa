// Runs a command and writes to FILE what it took: user plus system time in seconds, and the peak of its resident
// memory in kilobytes. Finer than time(1), whose hundredths are coarse for a loop that takes three of them.
// Build: cc -O2 -o measure measure.c
// SPDX-License-Identifier: Apache-2.0

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

int main(int argc, char **argv) {
  if (argc < 3) {
    fputs("usage: measure FILE COMMAND [ARGUMENT...]\n", stderr);
    return 2;
  }
  pid_t child = fork();
  if (child == 0) {
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  int how = 0;
  struct rusage usage;
  if (child < 0 || wait4(child, &how, 0, &usage) < 0) {
    perror("measure");
    return 1;
  }
  FILE *file = fopen(argv[1], "w");
  if (!file) {
    perror(argv[1]);
    return 1;
  }
  fprintf(file, "%.6f %ld\n", seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss);
  return fclose(file) != 0 ? 1 : WIFEXITED(how) ? WEXITSTATUS(how) : 1;
}
