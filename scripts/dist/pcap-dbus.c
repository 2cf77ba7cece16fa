// Stands in libpcap.a for its member of the same name, the capture of D-Bus messages: the only part of libpcap that
// needs other libraries, and one that Gatespec has no use for. There are no such devices, and none is opened.

struct pcap;

int dbus_findalldevs(void *devices, char *error) {
  (void)devices, (void)error;
  return 0;
}

struct pcap *dbus_create(const char *device, char *error, int *is_ours) {
  (void)device, (void)error;
  *is_ours = 0;
  return 0;
}
