const {Memory} = require('loopback-datasource-juggler/lib/connectors/memory');

/** A server whose connections a spec makes, fails and counts. Its data is juggler's memory connector's, one store for each connector. */
export class FakeServer {
  /** Connections open now. */
  open = 0;
  connects = 0;
  disconnects = 0;
  /** What an attempt to connect comes to; 'wait': see `waiting`. */
  mode: 'up' | 'down' | 'wait' = 'up';
  /** Attempts that have no answer yet. */
  readonly waiting: ((error?: Error) => void)[] = [];

  readonly connector = {
    name: 'fake',
    initialize: (dataSource: any, callback: () => void) => {
      const connector = new Memory(null, dataSource.settings);
      dataSource.connector = connector;
      connector.name = 'fake';
      let isOpen = false;
      connector.connect = (answer: (error?: Error) => void) => {
        this.connects++;
        const settle = (error?: Error) => {
          if (!error) this.open++;
          isOpen = !error;
          answer(error);
        };
        if (this.mode === 'wait') this.waiting.push(settle);
        else process.nextTick(settle, this.mode === 'down' ? new Error('connection refused') : undefined);
      };
      connector.disconnect = (answer: () => void) => {
        this.disconnects++;
        if (isOpen) this.open--;
        isOpen = false;
        setImmediate(answer);
      };
      if (dataSource.settings.lazyConnect) process.nextTick(callback);
      else connector.connect(callback);
    },
  };
}
