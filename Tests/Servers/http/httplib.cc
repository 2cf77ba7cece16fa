// cpp-httplib with one page and the directory of files: httplib PORT DIR
#include <httplib.h>

int main(int, char **arguments) {
  httplib::Server server;
  server.Post("/.*", [](const httplib::Request &request, httplib::Response &response) {
    response.set_content(request.body, "application/octet-stream");
  });
  server.set_mount_point("/", arguments[2]);
  return server.listen("127.0.0.1", std::stoi(arguments[1])) ? 0 : 1;
}
