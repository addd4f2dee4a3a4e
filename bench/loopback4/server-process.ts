/** The child process of one application, so that no two share a heap, compiled code or an event loop. */
import {heapAfterCollection} from '../heap';
import {startApplication, type Way} from './application';

process.once('disconnect', () => process.exit());
process.on('SIGINT', () => {});

const answer = (value: number) => process.send!(value);

async function main(): Promise<void> {
  const app = await startApplication(process.argv[2] as Way);
  process.on('message', () => void heapAfterCollection().then(answer));
  answer((app.restServer.httpServer!.address as {port: number}).port);
}

void main();
