import type { IncomingMessage, ServerResponse } from 'node:http';

/** One HTTP request as the handlers see it: method, parsed address, headers, the whole body as text and as bytes. */
export type Exchange = {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly bytes: Buffer<ArrayBuffer>;
  readonly response: ServerResponse;
};

const MEGABYTE = 1024 * 1024;

/** Reads the body (at most `mostMegabytes`; longer ones are cut off with an error). */
export async function readExchange(
  request: IncomingMessage,
  response: ServerResponse,
  mostMegabytes: number,
): Promise<Exchange> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostMegabytes * MEGABYTE) throw new Error(`request body is over ${mostMegabytes} MB`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  return {
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', 'http://local'),
    headers: request.headers,
    body: bytes.toString('utf8'),
    bytes,
    response,
  };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
}

export function sendText(response: ServerResponse, status: number, body: string, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` });
  response.end(body);
}
