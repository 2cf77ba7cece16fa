// The gatespec probe on Node's own HTTP server, as far as a server over HTTP needs it: node node.js PORT
// Contract: version 1 (docs/probe.md); what it does not know it answers with 501.
'use strict';
const http = require('node:http');

const encoded = (text) => [...Buffer.from(text, 'latin1')]
  .map((byte) => /[A-Za-z0-9._~-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte)
    : '%' + byte.toString(16).toUpperCase().padStart(2, '0')).join('');
const rest = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function readArguments(url) {
  const found = {};
  for (const part of (url.split('?', 2)[1] ?? '').split('&')) {
    const [name, value] = part.split('=', 2);
    found[name] ??= unescape(value ?? '');
  }
  return found;
}

async function body(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}

function answer(response, status, text, fields = []) {
  response.writeHead(status, [...fields, 'Content-Type', 'text/plain']);
  response.end(text);
}

const probes = {
  async echo(request, response) {
    const raw = request.rawHeaders;
    const count = (await body(request)).length;
    let report = 'gatespec-probe 1\ninterface http\n';
    for (let index = 0; index < raw.length; index += 2) {
      report += `field ${encoded(raw[index].toLowerCase())} ${encoded(raw[index + 1])}\n`;
    }
    answer(response, 200, report + `body ${count}\n`);
  },
  async reflect(request, response) {
    const content = await body(request);
    response.writeHead(200, { 'Content-Type': request.headers['content-type'] ?? 'application/octet-stream' });
    response.end(content);
  },
  pattern(request, response, options) {
    const content = Buffer.alloc(Number(options.bytes ?? 0));
    for (let index = 0; index < content.length; index++) content[index] = index % 251;
    response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
    response.end(content);
  },
  status(request, response, options) {
    const code = Number(options.code ?? 0);
    if (code < 200 || code > 999) return answer(response, 501, 'unsupported\n');
    answer(response, code, code === 204 || code === 304 ? '' : `status ${code}\n`);
  },
  fields(request, response) {
    answer(response, 200, 'fields\n', ['X-Probe', 'one', 'X-Probe', 'two', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']);
  },
  'document-redirect'(request, response, options) {
    answer(response, 302, 'moved\n', ['Location', (options.to ?? '/').replace(/[\r\n]/g, '')]);
  },
  unread(request, response) { answer(response, 200, 'unread\n'); },
  async stream(request, response, options) {
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    for (let part = 1; part <= Number(options.parts ?? 0); part++) {
      response.write(`part ${part}\n`);
      await rest(Number(options.delay ?? 0));
    }
    response.end();
  },
  async sleep(request, response, options) {
    await rest(Number(options.ms ?? 0));
    answer(response, 200, `slept ${Number(options.ms ?? 0)}\n`);
  },
  async 'slow-reader'(request, response, options) {
    let count = 0;
    for await (const piece of request) {
      count += piece.length;
      await rest(Number(options.ms ?? 0));
    }
    answer(response, 200, `read ${count}\n`);
  },
};
const unsupported = ['local-redirect', 'client-redirect', 'stderr', 'exit', 'finish', 'error', 'crash'];

http.createServer(async (request, response) => {
  try {
    const options = readArguments(request.url);
    const probe = options.probe ?? 'echo';
    if (unsupported.includes(probe)) answer(response, 501, 'unsupported\n');
    else if (Object.hasOwn(probes, probe)) await probes[probe](request, response, options);
    else answer(response, 400, 'unknown probe\n');
  } catch {
    // The client has gone while its body was read, or a field to be sent back is none.
    response.destroy();
  }
}).listen(Number(process.argv[2]), '127.0.0.1');
