import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server that knows what it will be asked: a call that was not expected fails, and one that never came, too. */

export type Call = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};

export type Expected = {
  /** GET when absent. */
  readonly method?: string;
  readonly path: string;
  /** Parameters that must be there with these values; others may be, too. */
  readonly query?: Readonly<Record<string, string>>;
};

export type Answer =
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Sent as JSON. */
      readonly json?: unknown;
      /** Sent as it is. */
      readonly text?: string;
      /** Held back until this is settled. */
      readonly after?: Promise<unknown>;
    }
  /** Takes the call and never answers. */
  | 'silence'
  /** Takes the call and resets the connection. */
  | 'reset';

type Expectation = Expected & { readonly answer: Answer };

export class HttpStandIn {
  readonly #server: Server;
  readonly #expectations: Expectation[] = [];
  readonly #unexpected: string[] = [];
  /** Calls in order of arrival, the unexpected ones included. */
  readonly calls: Call[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<HttpStandIn> {
    const server = createServer();
    const standIn = new HttpStandIn(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** One call; several that match are answered in the order they were expected. */
  expect(expected: Expected, answer: Answer): void {
    this.#expectations.push({ ...expected, answer });
  }

  /** @throws when a call was not expected, or an expected one did not come */
  verify(): void {
    const unused = this.#expectations.map(({ method, path }) => `never came: ${method ?? 'GET'} ${path}`);
    const problems = [...this.#unexpected.map((call) => `not expected: ${call}`), ...unused];
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve, reject) => {
      this.#server.close((error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const call: Call = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    this.calls.push(call);
    const index = this.#expectations.findIndex((expected) => matches(expected, call));
    const [expectation] = index === -1 ? [] : this.#expectations.splice(index, 1);
    if (expectation === undefined) {
      this.#unexpected.push(`${call.method} ${call.path}${url.search}`);
      response.writeHead(418, { 'content-type': 'text/plain' }).end('not expected');
      return;
    }
    await give(expectation.answer, request, response);
  }
}

function matches({ method = 'GET', path, query = {} }: Expected, call: Call): boolean {
  if (method !== call.method || path !== call.path) return false;
  return Object.entries(query).every(([name, value]) => call.query.get(name) === value);
}

async function give(answer: Answer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (answer === 'silence') return;
  if (answer === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  const { status = 200, headers = {}, json, text, after } = answer;
  await after;
  const type = json === undefined ? 'text/html' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(json === undefined ? (text ?? '') : JSON.stringify(json));
}
