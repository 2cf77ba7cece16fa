# Perl's HTTP::Daemon with one page, a process for each connection: daemon.pl PORT
use strict;
use warnings;
use HTTP::Daemon;
use HTTP::Response;

$SIG{CHLD} = 'IGNORE';
my $daemon = HTTP::Daemon->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], ReuseAddr => 1) or die "$@\n";
while (my $client = $daemon->accept) {
  if (fork) {
    close $client;
    next;
  }
  while (my $request = $client->get_request) {
    my $known = $request->method =~ /^(GET|HEAD|POST)$/;
    my $response = HTTP::Response->new($known ? 200 : 501, undef, ['Content-Type' => 'text/plain'], "page\n");
    $client->send_response($response);
  }
  exit 0;
}
