import { readFile } from 'node:fs/promises';
import type { Route } from '@playwright/test';
import { LOST_CONNECTION } from '../support/console';
import { file, png, type Chosen } from '../support/files';
import { expect, test } from '../support/test';
import type { Desk } from '../support/desk';

const PLAN = '%PDF-1.7\n% the plan\n';

const UPLOADS = '**/api/v1/uploads/**';

/** Why an upload is refused, for good. */
const REFUSED = { status: 403, json: { error: { code: 'forbidden', message: 'Nothing is taken before noon.' } } };

async function choose(desk: Desk, files: Chosen[]): Promise<void> {
  await desk.page.getByLabel('Files to attach').setInputFiles(files);
}

/** Drops or pastes files, as a person does with a mouse or a key. */
async function hand(desk: Desk, how: 'drop' | 'paste', files: Chosen[]): Promise<void> {
  const plain = files.map(({ name, mimeType, buffer }) => ({ name, mimeType, base64: buffer.toString('base64') }));
  await desk.field.evaluate(
    (field, { how, plain }) => {
      const transfer = new DataTransfer();
      for (const { name, mimeType, base64 } of plain) {
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type: mimeType }));
      }
      field.dispatchEvent(
        how === 'drop'
          ? new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })
          : new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }),
      );
    },
    { how, plain },
  );
}

/** A file that takes its time on a slow line. */
function film(name: string): Chosen {
  return { name, mimeType: 'video/mp4', buffer: Buffer.alloc(8 * 1024 * 1024, 1) };
}

/** Slows down what the page sends. Gives what ends that. */
async function slowDown(desk: Desk): Promise<() => Promise<void>> {
  const network = await desk.page.context().newCDPSession(desk.page);
  const send = async (uploadThroughput: number) => {
    await network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
  };
  await send(200 * 1024);
  return () => send(-1);
}

function tray(desk: Desk) {
  return desk.page.getByRole('list', { name: 'Attached files' }).getByRole('listitem');
}

test('files that are chosen, dropped and pasted go with one message, and the other saves and enlarges them', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  await choose(hers, [png('red.png', 1200, 800, [200, 30, 30]), file('plan.pdf', PLAN)]);
  await hand(hers, 'drop', [png('green.png', 40, 30, [30, 160, 30])]);
  await hand(hers, 'paste', [png('blue.png', 30, 40, [30, 30, 200])]);
  await expect(tray(hers)).toHaveCount(4);
  await expect(tray(hers).locator('img')).toHaveCount(3);
  await hers.say('All of it.');
  await expect(tray(hers)).toHaveCount(0);

  const theirs = his.messages.getByRole('article').filter({ hasText: 'All of it.' });
  await expect(theirs.getByRole('img', { name: /^Photo: / })).toHaveCount(3);
  await expect.poll(() => theirs.locator('.picture img').evaluateAll((images) => images.every((image) => (image as HTMLImageElement).naturalWidth > 0))).toBe(true);
  const [download] = await Promise.all([
    his.page.waitForEvent('download'),
    theirs.getByRole('link', { name: /plan\.pdf/ }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('plan.pdf');
  expect(await readFile(await download.path(), 'utf8')).toBe(PLAN);
  await expect(his.row(ana.name)).toContainText('4 files: All of it.');

  await theirs.getByRole('link', { name: 'Photo: red.png' }).click();
  const box = his.page.getByRole('dialog', { name: 'Photo' });
  await expect(box.getByRole('img', { name: 'Photo: red.png' })).toBeVisible();
  await his.page.keyboard.press('ArrowRight');
  await expect(box.getByRole('img', { name: 'Photo: green.png' })).toBeVisible();
  for (let press = 0; press < 6; press += 1) {
    await his.page.keyboard.press('Tab');
    expect(await box.evaluate((dialog) => document.activeElement === document.body || dialog.contains(document.activeElement))).toBe(true);
  }
  await his.page.keyboard.press('Escape');
  await expect(box).toBeHidden();
  await expect(theirs.getByRole('link', { name: 'Photo: red.png' })).toBeFocused();
});

test('what can not be sent is said before it is uploaded, and a file can be taken out again', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const hers = await signedIn(ana, `/threads/${await ana.threadWith(ben)}`);
  const uploads: string[] = [];
  hers.page.on('request', (request) => {
    if (request.method() === 'PUT') uploads.push(request.url());
  });
  await choose(hers, [file('nothing.txt', '')]);
  await expect(hers.page.getByRole('alert')).toContainText('“nothing.txt” is empty');
  expect(uploads).toEqual([]);
  // Sixty million pixels, by what the file says; nobody draws them here.
  const large = png('large.png', 40, 30, [30, 160, 30]);
  large.buffer.writeUInt32BE(10_000, 16);
  large.buffer.writeUInt32BE(6_000, 20);
  await choose(hers, [large]);
  await expect(hers.page.getByRole('alert')).toContainText('“large.png” has more than 50 million pixels');
  await expect(tray(hers)).toHaveCount(0);
  expect(uploads).toEqual([]);
  await choose(hers, Array.from({ length: 11 }, (_, n) => file(`part-${n}.pdf`, `${PLAN}${n}`)));
  await expect(hers.page.getByRole('alert')).toContainText('at most 10 files');
  await expect(tray(hers)).toHaveCount(10);
  await hers.page.getByRole('button', { name: 'Remove part-3.pdf' }).click();
  await expect(tray(hers)).toHaveCount(9);
  await expect(hers.page.getByRole('alert')).toHaveCount(0);
});

test('a damaged picture is refused in the tray and holds up no text', async ({ complaints, people, signedIn }) => {
  complaints.expect(/422/);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const hers = await signedIn(ana, `/threads/${await ana.threadWith(ben)}`);
  const whole = png('broken.png', 200, 200, [1, 2, 3]);
  await choose(hers, [{ ...whole, buffer: whole.buffer.subarray(0, 60) }]);
  await expect(tray(hers)).toContainText('The picture is damaged.');
  await hers.page.getByRole('button', { name: 'Remove broken.png' }).click();
  await hers.say('Words still go.');
  await expect(hers.progress('Words still go.')).toHaveAccessibleName(/Sent|Delivered|Read/);
});

test('files written without a connection survive a reload, are sent once, and texts pass them', async ({ complaints, people, server, signedIn }) => {
  complaints.expect(LOST_CONNECTION);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  server.wire.cutEverything();
  await choose(hers, [png('later.png', 700, 500, [90, 30, 90])]);
  await expect(tray(hers)).toHaveCount(1);
  await hers.say('Here it is.');
  const ours = hers.messages.getByRole('article').filter({ hasText: 'Here it is.' });
  await expect(ours).toContainText('later.png');
  await expect(hers.progress('Here it is.').last()).toHaveAccessibleName('Sending…');
  server.wire.mend();
  await hers.page.reload();
  await hers.live();

  const theirs = his.messages.getByRole('article').filter({ hasText: 'Here it is.' });
  await expect(theirs.getByRole('img', { name: 'Photo: later.png' })).toBeVisible();
  await expect(theirs).toHaveCount(1);
  await expect(ours).toHaveCount(1);
});

test('a draft keeps its files over a reload, uploaded or not, and is forgotten once it is sent', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  await choose(hers, [png('there.png', 300, 200, [30, 90, 90])]);
  await expect(tray(hers).locator('img')).toHaveCount(1);
  // An upload that gets nowhere.
  await hers.page.route('**/api/v1/uploads/**', () => undefined);
  await choose(hers, [file('here.pdf', PLAN)]);
  await expect(tray(hers)).toHaveCount(2);
  await hers.field.fill('Both of them.');
  await expect(hers.row(ben.name)).toContainText('Both of them. (2 files)');
  await hers.page.unroute('**/api/v1/uploads/**');
  await hers.page.reload();
  await hers.live();
  await expect(hers.field).toHaveValue('Both of them.');
  await expect(tray(hers)).toHaveText([/there\.png/, /here\.pdf/]);
  await hers.send.click();

  const theirs = his.messages.getByRole('article').filter({ hasText: 'Both of them.' });
  await expect(theirs.getByRole('img', { name: 'Photo: there.png' })).toBeVisible();
  await expect(theirs.getByRole('link', { name: /here\.pdf/ })).toBeVisible();
  await expect(theirs).toHaveCount(1);
  await hers.page.reload();
  await hers.live();
  await expect(tray(hers)).toHaveCount(0);
  await expect(hers.row(ben.name)).not.toContainText('Draft:');
});

test('a list says how many files wait in a draft, and one that is taken out does not come back', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const hers = await signedIn(ana, `/threads/${await ana.threadWith(ben)}`);
  await choose(hers, [file('one.pdf', PLAN), file('two.pdf', `${PLAN}2`)]);
  await expect(hers.row(ben.name)).toContainText(/Draft:\s*2 files/);
  await hers.page.getByRole('button', { name: 'Remove one.pdf' }).click();
  await expect(hers.row(ben.name)).toContainText(/Draft:\s*1 file/);
  await hers.page.reload();
  await hers.live();
  await expect(tray(hers)).toHaveText([/two\.pdf/]);
});

test('two tabs have one tray, and what is sent in one is sent once', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const first = await signedIn(ana, path);
  const second = await first.newTab(path);
  await choose(first, [file('plan.pdf', PLAN)]);
  await expect(tray(second)).toHaveText([/plan\.pdf/]);
  await second.field.fill('From the second tab.');
  await second.send.click();
  for (const desk of [first, second]) {
    await expect(tray(desk)).toHaveCount(0);
    const sent = desk.messages.getByRole('article').filter({ hasText: 'From the second tab.' });
    await expect(sent.getByRole('link', { name: /plan\.pdf/ })).toHaveCount(1);
  }
});

test('a file that is too large to be kept says so, and is named after a reload', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const hers = await signedIn(ana, `/threads/${await ana.threadWith(ben)}`);
  await hers.page.route('**/api/v1/uploads/**', () => undefined);
  await choose(hers, [{ name: 'film.mp4', mimeType: 'video/mp4', buffer: Buffer.alloc(26 * 1024 * 1024, 1) }]);
  await expect(hers.page.getByRole('status').filter({ hasText: '“film.mp4” is larger than 25 MB' })).toBeVisible();
  await hers.page.reload();
  await hers.live();
  await expect(hers.page.getByRole('alert')).toContainText('“film.mp4” was not uploaded yet');
  await expect(tray(hers)).toHaveCount(0);
});

test('a photo has its place before it is loaded', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const hers = await signedIn(ana, path);
  await choose(hers, [png('wide.png', 1600, 800, [10, 90, 90])]);
  await hers.say('Wide.');
  await expect(hers.messages.getByRole('img', { name: 'Photo: wide.png' })).toBeVisible();

  const his = await signedIn(ben, '/');
  await his.page.route('**/thumbnail', () => undefined);
  await his.page.goto(path);
  const box = await his.messages.locator('.picture img').boundingBox();
  expect(box?.width).toBeCloseTo((box?.height ?? 0) * 2, 0);
});

test('a file shows how far it has got, and a text that is written meanwhile passes it', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  const speedUp = await slowDown(hers);
  const position = (name: string) =>
    hers.page.getByRole('progressbar', { name, exact: true }).evaluate((bar: HTMLProgressElement) => bar.position);
  await choose(hers, [film('film.mp4')]);
  await expect.poll(() => position('Uploading film.mp4')).toBeGreaterThan(0);
  await hers.say('The film.');
  await expect(tray(hers)).toHaveCount(0);
  const before = await position('Uploading');
  expect(before).toBeLessThan(1);
  await expect.poll(() => position('Uploading')).toBeGreaterThan(before);

  await hers.say('It is a long one.');
  await expect(his.message('It is a long one.')).toBeVisible();
  await expect(hers.progress('The film.')).toHaveAccessibleName('Sending…');
  const theirs = his.messages.getByRole('article').filter({ hasText: 'The film.' });
  await expect(theirs).toHaveCount(0);
  await speedUp();
  await expect(theirs.getByRole('link', { name: /film\.mp4/ })).toBeVisible();
  await expect(theirs).toHaveCount(1);
  await expect(hers.progress('The film.')).toHaveAccessibleName(/Delivered|Read/);
  await expect(hers.page.getByRole('progressbar')).toHaveCount(0);
});

test('an upload that is cancelled ends, in the tray or as a message, and nothing of it is sent', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  const uploads: string[] = [];
  hers.page.on('request', (request) => {
    if (request.method() === 'PUT') uploads.push(new URL(request.url()).pathname.split('/').at(-1)!);
  });
  const ended = (name: string) => hers.page.waitForEvent('requestfailed', (request) => request.url().includes(name));
  const speedUp = await slowDown(hers);
  await choose(hers, [film('first.mp4'), film('second.mp4')]);
  await expect(hers.page.getByRole('progressbar')).toHaveCount(2);
  await Promise.all([ended('first.mp4'), hers.page.getByRole('button', { name: 'Remove first.mp4' }).click()]);
  await expect(tray(hers)).toHaveText([/second\.mp4/]);
  await hers.say('The second one.');
  const ours = hers.messages.getByRole('article').filter({ hasText: 'The second one.' });
  await expect(ours).toContainText('second.mp4');
  await Promise.all([ended('second.mp4'), ours.getByRole('button', { name: 'Cancel upload' }).click()]);
  await expect(ours).toHaveCount(0);
  await speedUp();

  await hers.say('Only this.');
  await expect(his.message('Only this.')).toBeVisible();
  await hers.page.reload();
  await hers.live();
  await expect(tray(hers)).toHaveCount(0);
  for (const desk of [hers, his]) await expect(desk.messages.getByRole('article')).toHaveText([/Only this\./]);
  expect(uploads).toHaveLength(2);
  for (const id of uploads) expect((await ana.api.get(`/api/v1/files/${id}`)).status()).toBe(404);
});

test('an upload that fails is tried again by itself, and arrives once', async ({ complaints, people, signedIn }) => {
  complaints.expect(LOST_CONNECTION);
  complaints.expect(/status of 50[07]/);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  const full = { error: { code: 'storage_full', message: 'The disk is full.' } };
  const answers = [
    (route: Route) => route.abort(),
    (route: Route) => route.fulfill({ status: 500, body: 'No.' }),
    (route: Route) => route.fulfill({ status: 507, json: full }),
  ];
  let tries = 0;
  await hers.page.route(UPLOADS, (route) => {
    tries += 1;
    return answers[tries - 1]?.(route) ?? route.continue();
  });
  await choose(hers, [file('plan.pdf', PLAN)]);
  await hers.say('The plan.');
  await expect(hers.progress('The plan.')).toHaveAccessibleName('Sending…');

  const theirs = his.messages.getByRole('article').filter({ hasText: 'The plan.' });
  await expect(theirs.getByRole('link', { name: /plan\.pdf/ })).toBeVisible({ timeout: 60_000 });
  await expect(theirs).toHaveCount(1);
  await expect(hers.progress('The plan.')).toHaveAccessibleName(/Delivered|Read/);
  expect(tries).toBe(4);
});

test('an upload that is refused says why, holds back its message, and is tried again', async ({ complaints, people, signedIn }) => {
  complaints.expect(/403/);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  await hers.page.route(UPLOADS, (route) => route.fulfill(REFUSED));
  await choose(hers, [file('plan.pdf', PLAN)]);
  await expect(tray(hers)).toContainText('Nothing is taken before noon.');
  await hers.say('The plan.');
  await expect(hers.page.getByRole('alert')).toContainText('Remove what could not be uploaded, then send the rest.');
  await expect(hers.field).toHaveValue('The plan.');
  const again = hers.page.getByRole('button', { name: 'Try plan.pdf again' });
  await Promise.all([hers.page.waitForResponse(UPLOADS), again.click()]);
  await expect(tray(hers)).toContainText('Nothing is taken before noon.');

  await hers.page.unroute(UPLOADS);
  await Promise.all([hers.page.waitForResponse(UPLOADS), again.click()]);
  await expect(again).toHaveCount(0);
  await hers.send.click();
  await expect(tray(hers)).toHaveCount(0);
  const theirs = his.messages.getByRole('article').filter({ hasText: 'The plan.' });
  await expect(theirs.getByRole('link', { name: /plan\.pdf/ })).toBeVisible();
  await expect(theirs).toHaveCount(1);
});

test('a message whose file is refused says why, holds up no other, and goes when it is tried again', async ({ complaints, people, signedIn }) => {
  complaints.expect(/403/);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  const uploads: Route[] = [];
  await hers.page.route(UPLOADS, (route) => {
    uploads.push(route);
  });
  await choose(hers, [file('plan.pdf', PLAN)]);
  await hers.say('The plan.');
  const ours = hers.messages.getByRole('article').filter({ hasText: 'The plan.' });
  await expect(ours.getByRole('progressbar', { name: 'Uploading' })).toBeVisible();
  await uploads[0]!.fulfill(REFUSED);
  await expect(hers.progress('The plan.')).toHaveAccessibleName('Not sent: Nothing is taken before noon.');
  await hers.say('It will come later.');
  await expect(his.message('It will come later.')).toBeVisible();

  await hers.page.unroute(UPLOADS);
  await hers.page.reload();
  await hers.live();
  await expect(hers.progress('The plan.')).toHaveAccessibleName('Not sent: Nothing is taken before noon.');
  await ours.getByRole('button', { name: 'Retry' }).click();
  await expect(hers.progress('The plan.')).toHaveAccessibleName(/Delivered|Read/);
  const theirs = his.messages.getByRole('article').filter({ hasText: 'The plan.' });
  await expect(theirs.getByRole('link', { name: /plan\.pdf/ })).toBeVisible();
  for (const articles of [ours, theirs]) await expect(articles).toHaveCount(1);
});

test('why an upload does not get on is said, in the tray and at its message, and it goes on by itself', async ({ complaints, people, signedIn }) => {
  complaints.expect(/507/);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  const message = "The server's disk is full, so nothing can be saved. Tell whoever runs it.";
  await hers.page.route(UPLOADS, (route) => route.fulfill({ status: 507, json: { error: { code: 'storage_full', message } } }));
  await choose(hers, [file('plan.pdf', PLAN)]);
  await expect(tray(hers)).toContainText('disk is full');
  await hers.say('The plan.');
  await expect(hers.messages.getByRole('article').filter({ hasText: 'The plan.' })).toContainText('disk is full');
  await hers.page.unroute(UPLOADS);
  await expect(his.messages.getByRole('link', { name: /plan\.pdf/ })).toBeVisible({ timeout: 60_000 });
  await expect(hers.messages.getByText('disk is full')).toHaveCount(0);
});

test('what something on the way refuses is said, and a file too large to be kept can be tried again', async ({ complaints, people, signedIn }) => {
  complaints.expect(/413/);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  await hers.page.route(UPLOADS, (route) => route.fulfill({ status: 413, body: '<h1>Request Entity Too Large</h1>' }));
  await choose(hers, [{ name: 'film.mp4', mimeType: 'video/mp4', buffer: Buffer.alloc(26 * 1024 * 1024, 1) }]);
  await expect(tray(hers)).toContainText('takes no files this large');
  await hers.page.unroute(UPLOADS);
  await hers.page.getByRole('button', { name: 'Try film.mp4 again' }).click();
  await expect(tray(hers)).toContainText('26 MB', { timeout: 60_000 });
  await hers.send.click();
  await expect(his.messages.getByRole('link', { name: /film\.mp4/ })).toBeVisible({ timeout: 60_000 });
});
