import type { FileStore } from './file-store.ts';
import { type Exchange, sendText } from './http-exchange.ts';

/** Takes an upload: the bytes as the body, or as the first file of a form. */
export async function receiveUpload(files: FileStore, exchange: Exchange): Promise<void> {
  const bytes = exchange.method === 'POST' ? await bytesOf(exchange) : undefined;
  const isTaken = bytes !== undefined && files.receive(exchange.url.pathname, bytes);
  if (isTaken) sendText(exchange.response, 200, `OK - ${bytes.length}`);
  else sendText(exchange.response, 400, 'upload failed: unknown address, or not as many bytes as announced');
}

async function bytesOf(exchange: Exchange): Promise<Buffer | undefined> {
  const type = exchange.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return exchange.bytes;
  const form = await new Response(exchange.bytes, { headers: { 'content-type': type } })
    .formData()
    .catch(() => undefined);
  const file = [...(form?.values() ?? [])].find((value) => typeof value !== 'string');
  return file && Buffer.from(await file.arrayBuffer());
}

const FILE_ADDRESS = /^\/files-pri\/[A-Z\d]+-(F[A-Z\d]+)\//;

/** Hands a file out to the app (by its token) and to the window (by its session), to nobody else. */
export function sendFile(files: FileStore, exchange: Exchange, isAllowed: boolean): void {
  const { response } = exchange;
  const file = files.read(FILE_ADDRESS.exec(exchange.url.pathname)?.[1] ?? '');
  if (!isAllowed || !file || exchange.method !== 'GET') {
    sendText(response, isAllowed ? 404 : 403, isAllowed ? 'no such file' : 'sign in to see this file');
    return;
  }
  response.writeHead(200, {
    'content-type': file.type,
    'content-length': file.bytes.length,
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    'x-content-type-options': 'nosniff',
  });
  response.end(file.bytes);
}
