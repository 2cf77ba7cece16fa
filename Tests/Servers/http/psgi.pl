# A probe that is a CGI program, under a PSGI server: run for each request. GATESPEC_PROBE is its path.
use Plack::App::WrapCGI;

Plack::App::WrapCGI->new(script => $ENV{GATESPEC_PROBE}, execute => 1)->to_app;
