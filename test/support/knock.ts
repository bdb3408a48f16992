/** One request as it goes over the wire, with headers and methods that `fetch` would not send. */
import { Agent, request } from 'node:http';
import { connect } from 'node:net';

export type Knock = {
  readonly door: string;
  /** What is wrong with it. */
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string | Buffer;
  /** What it is to be answered with. */
  readonly documented: readonly number[];
};

export type Answered = {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly text: string;
};

const agent = new Agent({ keepAlive: true, maxSockets: 32 });

export type Request = Omit<Knock, 'door' | 'what' | 'documented'>;

/** Rejects where no answer comes. */
export async function knock(port: number, asked: Request): Promise<Answered> {
  for (;;) {
    const answered = await once(port, asked);
    if (answered !== 'gone') return answered;
  }
}

/** `gone`: the connection was kept from before, and the other side had closed it. */
function once(port: number, { method, path, headers, body }: Request): Promise<Answered | 'gone'> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      agent,
      headers: { ...length, ...headers },
    });
    let answered = false;
    sent.once('response', (response) => {
      answered = true;
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.once('end', () => {
        const { statusCode: status = 0, headers: said } = response;
        resolve({ status, headers: said, text });
      });
      response.once('error', reject);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // What is sent on after the answer ends so, too, where the rest was not wanted.
      if (answered) return;
      if (sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) resolve('gone');
      else reject(error);
    });
    sent.end(body);
  });
}

/** Bytes as they are; everything that comes back until the other side ends, or `ms` are over. */
export function rawKnock(port: number, bytes: string | Buffer, ms = 20_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let said = '';
    socket.setTimeout(ms, () => socket.destroy());
    socket.on('data', (piece) => {
      said += piece.toString('latin1');
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve(said));
    socket.write(bytes);
  });
}
