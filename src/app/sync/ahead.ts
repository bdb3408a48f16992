/**
 * Asks for the next page while the last one is being worked on, so that ConnectWise's time and ours overlap. One
 * page at most is waiting. Whoever leaves early ends the asking.
 */
export async function* ahead<T>(pages: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  const source = pages[Symbol.asyncIterator]();
  let next = source.next();
  try {
    for (;;) {
      const page = await next;
      if (page.done) return;
      next = source.next();
      // Its failure is met when its turn comes, and is nobody's unhandled rejection until then.
      next.catch(() => {});
      yield page.value;
    }
  } finally {
    await source.return?.();
  }
}
