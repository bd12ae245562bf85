import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Wire } from './wire';

const root = resolve(__dirname, '../..');

/** The program under test: the last development build, unless TIDINGS_SERVER names another. */
const program =
  process.env.TIDINGS_SERVER ?? join(resolve(root, process.env.CARGO_TARGET_DIR ?? 'target'), 'debug/tidings-server');

/** A server with a data folder of its own, at the other end of a wire of its own. */
export class Server {
  /** The path of the one-use link that makes the first account. */
  setUpPath = '';

  private process: ChildProcess | undefined;
  private listen = '127.0.0.1:0';
  private readonly output: string[] = [];

  private constructor(
    readonly wire: Wire,
    private readonly folder: string,
    private readonly settings: Record<string, string>,
  ) {}

  static async start(settings: Record<string, string> = {}): Promise<Server> {
    if (!existsSync(program)) {
      throw new Error(`There is no server at ${program}: run 'cargo leptos build' first.`);
    }
    const folder = await mkdtemp(join(tmpdir(), 'tidings-test-'));
    const server = new Server(await Wire.lay(), folder, settings);
    await server.launch();
    return server;
  }

  /** Where browsers reach it; the same after a restart. */
  get url(): string {
    return this.wire.url;
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Starts it again, with the same data and at the same address. */
  async restart(): Promise<void> {
    await this.launch();
  }

  /** Ends it politely and removes its data. Gives its exit code. */
  async stop(): Promise<number | null> {
    const code = await this.end('SIGTERM');
    await this.wire.close();
    await rm(this.folder, { recursive: true, force: true });
    return code;
  }

  private get isDemo(): boolean {
    return this.settings.TIDINGS_DEMO !== undefined;
  }

  /** Everything it has printed. */
  log(): string {
    return this.output.join('\n');
  }

  private async launch(): Promise<void> {
    const child = spawn(program, ['--listen', this.listen, '--data-dir', this.folder], {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        TIDINGS_ALLOWED_ORIGINS: this.url,
        // Some tests write faster than a person can.
        TIDINGS_COMMANDS_PER_MINUTE: '60000',
        LEPTOS_OUTPUT_NAME: 'tidings',
        LEPTOS_SITE_ROOT: resolve(root, process.env.LEPTOS_SITE_ROOT ?? 'target/site'),
        LEPTOS_SITE_PKG_DIR: 'pkg',
        LEPTOS_HASH_FILES: 'true',
        LEPTOS_ENV: 'PROD',
        ...this.settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process = child;
    const ready = new Promise<void>((found) => {
      let listens = false;
      const read = (line: string) => {
        this.output.push(line);
        this.setUpPath = /https?:\/\/[^/\s]+(\/set-up\/\S+)/.exec(line)?.[1] ?? this.setUpPath;
        const port = /Tidings is ready at https?:\/\/\S*:(\d+)/.exec(line)?.[1];
        if (port !== undefined) {
          this.wire.target = Number(port);
          this.listen = `127.0.0.1:${port}`;
          listens = true;
        }
        // An empty server prints the link after it has begun to listen.
        if (listens && (this.setUpPath !== '' || this.isDemo)) found();
      };
      createInterface({ input: child.stdout }).on('line', read);
      createInterface({ input: child.stderr }).on('line', read);
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`The server ended with ${code} before it was ready:\n${this.log()}`);
    });
    // Once it is ready, its end is awaited elsewhere.
    ended.catch(() => {});
    await Promise.race([ready, ended]);
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.process;
    this.process = undefined;
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
    }
    return child.exitCode;
  }
}
