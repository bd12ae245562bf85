import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A page of somebody else. */
export class Elsewhere {
  /** The paths that were asked for. */
  readonly asked: string[] = [];

  private readonly server = createServer((request, answer) => {
    this.asked.push(request.url ?? '');
    answer.setHeader('content-type', 'text/html');
    if (request.url === '/nowhere') answer.setHeader('content-security-policy', 'sandbox allow-scripts allow-forms');
    answer.end(this.page);
  });

  private constructor(private readonly page: string) {}

  static async open(page = '<!doctype html><title>Elsewhere</title><iframe name="hidden"></iframe>'): Promise<Elsewhere> {
    const elsewhere = new Elsewhere(page);
    elsewhere.server.listen(0, '127.0.0.1');
    await once(elsewhere.server, 'listening');
    return elsewhere;
  }

  /**
   * Its address under a name; with `nowhere` at the end it has the origin `null`. Another port of the same host is another origin, and the same site: browsers send
   * cookies along. Another host is another site.
   */
  at(host: string): string {
    return `http://${host}:${(this.server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
