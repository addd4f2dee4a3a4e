import type {Framework} from './application';
import {expressApplication} from './express-application';
import {fastifyApplication} from './fastify-application';
import {httpApplication} from './http-application';
import {loopback3Application} from './loopback3-application';
import {loopback4Application} from './loopback4-application';

/** All frameworks that this library has a middleware for. Each spec in this folder runs for every one of them. */
export const FRAMEWORKS: Readonly<Record<string, Framework>> = {
  Express: expressApplication,
  Fastify: fastifyApplication,
  'node:http': httpApplication,
  'LoopBack 3': loopback3Application,
  'LoopBack 4': loopback4Application,
};
