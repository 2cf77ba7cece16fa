# The probe in Perl under a PSGI server: a CGI program of its own for each request. GATESPEC_PROBE is its path.
use Plack::App::WrapCGI;

Plack::App::WrapCGI->new(script => $ENV{GATESPEC_PROBE}, execute => 1)->to_app;
