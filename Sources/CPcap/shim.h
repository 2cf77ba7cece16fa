// Brings libpcap's C interface to Swift. Nothing of ours lives here.
#include <pcap/pcap.h>
