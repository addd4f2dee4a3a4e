/** Starts the LoopBack 4 application of this example. See README.md. */
import {ShopApplication} from './application';

const app = new ShopApplication(Number(process.env.PORT ?? 3000));

app
  .start()
  .then(() => console.log(`Listening on ${app.restServer.url}`))
  .catch(error => {
    console.error(error);
    process.exit(1);
  });

app.onStop(() => console.log('Stopped'));
