/* libevent's evhttp with one page: evhttp PORT */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdlib.h>

static void answer(struct evhttp_request *request, void *unused) {
  struct evbuffer *page = evbuffer_new();
  (void)unused;
  evbuffer_add(page, "page\n", 5);
  evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "text/plain");
  evhttp_send_reply(request, 200, "OK", page);
  evbuffer_free(page);
}

int main(int count, char **arguments) {
  struct event_base *base = event_base_new();
  struct evhttp *server = evhttp_new(base);
  evhttp_set_gencb(server, answer, NULL);
  if (evhttp_bind_socket(server, "127.0.0.1", atoi(arguments[count - 1])) != 0) return 1;
  return event_base_dispatch(base);
}
