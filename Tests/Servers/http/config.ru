# The gatespec probe as a Rack application, as far as a server over HTTP needs it, for Puma, Thin, Unicorn and WEBrick.
# Contract: version 1 (docs/probe.md), its interface called wsgi, whose kin it is; the rest it answers with 501.

ENCODED = ->(text) { text.b.gsub(/[^A-Za-z0-9\-._~]/n) { |byte| format('%%%02X', byte.ord) } }
DECODED = ->(text) { text.gsub(/%(\h\h)/) { $1.hex.chr } }
PLAIN = 'text/plain'

# A body whose parts are made while they are sent.
Parts = Struct.new(:count, :pause) do
  def each
    1.upto(count) do |part|
      yield "part #{part}\n"
      sleep(pause / 1000.0)
    end
  end
end

def pieces(input)
  while (piece = input.read(65_536))
    break if piece.empty?
    yield piece
  end
end

def report(environment)
  lines = environment.select { |name, value| value.is_a?(String) && !name.include?('.') }
  params = lines.map { |name, value| "param #{ENCODED.(name)} #{ENCODED.(value)}\n" }.sort
  count = 0
  pieces(environment['rack.input']) { |piece| count += piece.bytesize }
  "gatespec-probe 1\ninterface wsgi\n#{params.join}body #{count}\n"
end

def respond(environment, options)
  number = ->(name) { (options[name] || '0').to_i }
  case options['probe'] || 'echo'
  when 'echo' then [200, PLAIN, report(environment)]
  when 'reflect'
    content = String.new
    pieces(environment['rack.input']) { |piece| content << piece }
    [200, environment['CONTENT_TYPE'] || 'application/octet-stream', content]
  when 'pattern'
    [200, 'application/octet-stream', Array.new(number.('bytes')) { |index| index % 251 }.pack('C*')]
  when 'status'
    code = number.('code')
    code < 200 ? [501, PLAIN, "unsupported\n"] : [code, PLAIN, [204, 304].include?(code) ? '' : "status #{code}\n"]
  when 'fields' then [200, PLAIN, "fields\n", { 'X-Probe' => "one\ntwo", 'Set-Cookie' => "a=1\nb=2" }]
  when 'document-redirect' then [302, PLAIN, "moved\n", { 'Location' => (options['to'] || '/').delete("\r\n") }]
  when 'unread' then [200, PLAIN, "unread\n"]
  when 'stream' then [200, PLAIN, Parts.new(number.('parts'), number.('delay'))]
  when 'sleep'
    sleep(number.('ms') / 1000.0)
    [200, PLAIN, "slept #{number.('ms')}\n"]
  when 'slow-reader'
    count = 0
    pieces(environment['rack.input']) { |piece| count += piece.bytesize; sleep(number.('ms') / 1000.0) }
    [200, PLAIN, "read #{count}\n"]
  when 'local-redirect', 'client-redirect', 'stderr', 'exit', 'finish', 'error', 'crash'
    [501, PLAIN, "unsupported\n"]
  else [400, PLAIN, "unknown probe\n"]
  end
end

run(lambda do |environment|
  options = {}
  (environment['QUERY_STRING'] || '').split('&').each do |part|
    name, value = part.split('=', 2)
    options[DECODED.(name)] ||= DECODED.(value || '')
  end
  status, type, content, fields = respond(environment, options)
  fields = { 'Content-Type' => type }.merge(fields || {})
  fields.delete('Content-Type') if [204, 304].include?(status)
  content = [] if environment['REQUEST_METHOD'] == 'HEAD'
  [status, fields, content.respond_to?(:each) ? content : [content]]
end)
