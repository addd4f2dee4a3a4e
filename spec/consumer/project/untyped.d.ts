/** What an application of LoopBack 3 in TypeScript declares itself. */
declare module 'loopback';
