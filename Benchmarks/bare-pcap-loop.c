// The floor that reading a capture can reach: libpcap hands over every packet, and almost nothing is done with it.
// Build: cc -O2 -o bare-pcap-loop bare-pcap-loop.c -lpcap
// SPDX-License-Identifier: Apache-2.0

#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv) {
  char reason[PCAP_ERRBUF_SIZE];
  if (argc != 2) {
    fputs("usage: bare-pcap-loop FILE\n", stderr);
    return 2;
  }
  pcap_t *capture = pcap_open_offline(argv[1], reason);
  if (!capture) {
    fprintf(stderr, "bare-pcap-loop: %s\n", reason);
    return 3;
  }

  unsigned long packets = 0, bytes = 0, sum = 0;
  struct pcap_pkthdr *header;
  const u_char *data;
  int result;
  while ((result = pcap_next_ex(capture, &header, &data)) == 1) {
    packets++;
    bytes += header->caplen;
    // One byte in the middle: the packet was really brought into memory.
    if (header->caplen > 0) sum += data[header->caplen / 2];
  }
  if (result == PCAP_ERROR) fprintf(stderr, "bare-pcap-loop: %s\n", pcap_geterr(capture));
  pcap_close(capture);
  printf("%lu packets, %lu bytes, sum %lu\n", packets, bytes, sum);
  return result == PCAP_ERROR ? 3 : 0;
}
