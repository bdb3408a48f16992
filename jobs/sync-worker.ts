/** Bree's entry of the background thread. */
import { runWorkerThread } from '../src/bootstrap/worker-runtime.ts';

await runWorkerThread();
