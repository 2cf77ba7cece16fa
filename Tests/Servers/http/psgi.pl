# The gatespec probe as a PSGI application, as far as a server over HTTP needs it, for Starman.
# Contract: version 1 (docs/probe.md), its interface called wsgi, whose kin it is; the rest it answers with 501.
use strict;
use warnings;
use Time::HiRes ();

my %unsupported = map { $_ => 1 } qw(local-redirect client-redirect stderr exit finish error crash);

sub encoded { my $text = shift; $text =~ s/([^A-Za-z0-9\-._~])/sprintf '%%%02X', ord $1/ge; return $text }

sub decoded { my $text = shift; $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge; return $text }

# Hands the body to a function, a piece at a time, and returns its length.
sub each_piece {
  my ($environment, $use) = @_;
  my $count = 0;
  my $left = $environment->{CONTENT_LENGTH} || 0;
  while ($left > 0 && $environment->{'psgi.input'}->read(my $piece, $left < 65536 ? $left : 65536)) {
    $count += length $piece;
    $left -= length $piece;
    $use->($piece);
  }
  return $count;
}

sub report {
  my $environment = shift;
  my @names = grep { !/\./ && !ref $environment->{$_} && defined $environment->{$_} } keys %$environment;
  my $params = join '', sort map { 'param ' . encoded($_) . ' ' . encoded($environment->{$_}) . "\n" } @names;
  my $count = each_piece($environment, sub { });
  return "gatespec-probe 1\ninterface wsgi\n${params}body $count\n";
}

sub stream {
  my ($parts, $pause) = @_;
  return sub {
    my $writer = shift->([200, ['Content-Type' => 'text/plain']]);
    for my $part (1 .. $parts) {
      $writer->write("part $part\n");
      Time::HiRes::sleep($pause / 1000);
    }
    $writer->close;
  };
}

# The status, the type, the content and further fields.
sub respond {
  my ($environment, $probe, $options) = @_;
  my $number = sub { my $value = $options->{ $_[0] } || 0; return $value =~ /^\d{1,9}$/ ? $value : 0 };
  return (200, 'text/plain', report($environment)) if $probe eq 'echo';
  if ($probe eq 'reflect') {
    my $content = '';
    each_piece($environment, sub { $content .= shift });
    return (200, $environment->{CONTENT_TYPE} || 'application/octet-stream', $content);
  }
  if ($probe eq 'pattern') {
    my $block = join '', map chr, 0 .. 250;
    my $count = $number->('bytes');
    return (200, 'application/octet-stream', substr $block x (1 + $count / 251), 0, $count);
  }
  if ($probe eq 'status') {
    my $code = $number->('code');
    return (501, 'text/plain', "unsupported\n") if $code < 200;
    return ($code, 'text/plain', $code == 204 || $code == 304 ? '' : "status $code\n");
  }
  if ($probe eq 'fields') {
    my @pairs = ('X-Probe', 'one', 'X-Probe', 'two', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2');
    return (200, 'text/plain', "fields\n", @pairs);
  }
  if ($probe eq 'document-redirect') {
    (my $target = $options->{to} || '/') =~ tr/\r\n//d;
    return (302, 'text/plain', "moved\n", Location => $target);
  }
  return (200, 'text/plain', "unread\n") if $probe eq 'unread';
  if ($probe eq 'sleep') {
    Time::HiRes::sleep($number->('ms') / 1000);
    return (200, 'text/plain', 'slept ' . $number->('ms') . "\n");
  }
  if ($probe eq 'slow-reader') {
    my $count = each_piece($environment, sub { Time::HiRes::sleep($number->('ms') / 1000) });
    return (200, 'text/plain', "read $count\n");
  }
  return $unsupported{$probe} ? (501, 'text/plain', "unsupported\n") : (400, 'text/plain', "unknown probe\n");
}

sub {
  my $environment = shift;
  my %options;
  for my $part (split /&/, $environment->{QUERY_STRING} || '') {
    my ($name, $value) = split /=/, $part, 2;
    $options{ decoded($name) } = decoded(defined $value ? $value : '');
  }
  my $probe = exists $options{probe} ? $options{probe} : 'echo';
  return stream($options{parts} || 0, $options{delay} || 0) if $probe eq 'stream';
  my ($status, $type, $content, @fields) = respond($environment, $probe, \%options);
  my @type = $status == 204 || $status == 304 ? () : ('Content-Type' => $type);
  return [$status, [@type, @fields], $environment->{REQUEST_METHOD} eq 'HEAD' ? [] : [$content]];
};
