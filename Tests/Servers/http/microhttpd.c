/* GNU libmicrohttpd with one page: microhttpd PORT */
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <unistd.h>

static enum MHD_Result answer(void *unused, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **state) {
  static int begun;
  (void)unused, (void)url, (void)version, (void)data;
  if (*state == NULL) {
    *state = &begun;
    return MHD_YES;
  }
  if (*size > 0) {
    *size = 0;
    return MHD_YES;
  }
  int known = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 || strcmp(method, "POST") == 0;
  struct MHD_Response *response = MHD_create_response_from_buffer(5, "page\n", MHD_RESPMEM_PERSISTENT);
  MHD_add_response_header(response, "Content-Type", "text/plain");
  enum MHD_Result result = MHD_queue_response(connection, known ? 200 : 501, response);
  MHD_destroy_response(response);
  return result;
}

int main(int count, char **arguments) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[count - 1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer, NULL,
                       MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END) == NULL)
    return 1;
  for (;;) pause();
}
