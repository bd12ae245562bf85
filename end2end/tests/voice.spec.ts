import type { Locator } from '@playwright/test';
import { LOST_CONNECTION } from '../support/console';
import type { Desk } from '../support/desk';
import { recording } from '../support/files';
import { expect, test } from '../support/test';

test.use({ permissions: ['microphone'] });

/** Sends recordings of so many seconds as files, one message each, and waits until the server has them. */
async function talk(desk: Desk, ...lengths: number[]): Promise<void> {
  const players = desk.messages.getByRole('button', { name: 'Play voice message' });
  for (const [n, seconds] of lengths.entries()) {
    await desk.page.getByLabel('Files to attach').setInputFiles([recording(`${seconds} seconds.wav`, seconds)]);
    await expect(desk.page.getByRole('list', { name: 'Attached files' })).toBeVisible();
    await desk.send.click();
    await expect(players).toHaveCount(n + 1);
  }
}

/** The time that a player shows. */
function time(player: Locator): Locator {
  return player.locator('.voice-time');
}

test('a voice message is recorded, listened to, sent, and played by the other', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const [hers, his] = [await signedIn(ana, `/threads/${thread}`), await signedIn(ben, `/threads/${thread}`)];

  await hers.page.getByRole('button', { name: 'Record a voice message' }).press('Enter');
  const recorder = hers.page.getByRole('group', { name: /^Voice message/ });
  await expect(recorder.getByRole('timer')).toHaveText('0:01', { timeout: 15_000 });
  await recorder.getByRole('button', { name: 'Pause recording' }).click();
  await recorder.getByRole('button', { name: 'Go on recording' }).click();
  await expect(recorder.getByRole('timer')).toHaveText('0:02', { timeout: 15_000 });
  await recorder.getByRole('button', { name: 'Finish recording' }).click();
  await expect(recorder.getByRole('button', { name: 'Play voice message' })).toBeVisible();
  await recorder.getByRole('button', { name: 'Send voice message' }).click();
  await expect(recorder).toBeHidden();
  await expect(hers.field).toBeVisible();

  const message = his.messages.getByRole('article');
  await expect(message).toBeVisible({ timeout: 15_000 });
  await message.getByRole('button', { name: 'Play voice message' }).click();
  await expect(message.getByRole('button', { name: 'Pause' })).toBeVisible();
  await message.getByRole('button', { name: 'Playback speed' }).click();
  await expect(message.getByRole('button', { name: 'Playback speed' })).toHaveText('1.5×');
  await expect(message.getByRole('slider', { name: 'Position' })).not.toHaveValue('0');
});

test('what was recorded is kept when the microphone goes by itself', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const hers = await signedIn(ana, `/threads/${thread}`);
  await hers.page.evaluate(() => {
    const Recorder = window.MediaRecorder;
    window.MediaRecorder = class extends Recorder {
      constructor(stream: MediaStream, options?: MediaRecorderOptions) {
        super(stream, options);
        // The headset is unplugged: a track that a page stops does not tell of it.
        window.addEventListener('unplugged', () => {
          for (const track of stream.getTracks()) {
            track.stop();
            track.dispatchEvent(new Event('ended'));
          }
        });
      }
    };
  });
  await hers.page.getByRole('button', { name: 'Record a voice message' }).press('Enter');
  const recorder = hers.page.getByRole('group', { name: /^Voice message/ });
  await expect(recorder.getByRole('timer')).toHaveText('0:01', { timeout: 15_000 });
  await hers.page.evaluate(() => window.dispatchEvent(new Event('unplugged')));
  await expect(recorder.getByRole('button', { name: 'Play voice message' })).toBeVisible({ timeout: 15_000 });
  await recorder.getByRole('button', { name: 'Send voice message' }).click();
  await expect(recorder).toBeHidden();
  await expect(hers.messages.getByRole('article').getByRole('button', { name: 'Play voice message' })).toBeVisible();
});

test('a recording can be thrown away, and what was written stays', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const hers = await signedIn(ana, `/threads/${thread}`);
  await hers.field.fill('Half a sentence');
  await hers.page.getByRole('button', { name: 'Record a voice message' }).press('Enter');
  const recorder = hers.page.getByRole('group', { name: /^Voice message/ });
  await expect(recorder.getByRole('timer')).toBeVisible({ timeout: 15_000 });
  await recorder.getByRole('button', { name: 'Discard recording' }).click();
  await expect(recorder).toBeHidden();
  await expect(hers.field).toHaveValue('Half a sentence');
});

test('what is recorded when one goes to another thread is ended, kept and sent where it was said', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const [thread, other] = [await ana.threadWith(ben), await ana.threadWith(chidi)];
  const [hers, his] = [await signedIn(ana, `/threads/${thread}`), await signedIn(ben, `/threads/${thread}`)];
  await hers.page.getByRole('button', { name: 'Record a voice message' }).press('Enter');
  const recorder = hers.page.getByRole('group', { name: /^Voice message/ });
  await expect(recorder.getByRole('timer')).toHaveText(/0:0[1-9]/, { timeout: 15_000 });

  await hers.row(chidi.name).click();
  await expect(hers.page).toHaveURL(new RegExp(`/threads/${other}$`));
  await expect(hers.field).toBeVisible();
  await expect(recorder).toHaveCount(0);
  await hers.row(ben.name).click();
  await expect(recorder.getByRole('button', { name: 'Play voice message' })).toBeVisible({ timeout: 15_000 });
  await recorder.getByRole('button', { name: 'Send voice message' }).click();
  await expect(his.messages.getByRole('button', { name: 'Play voice message' })).toBeVisible({ timeout: 15_000 });
  await hers.row(chidi.name).click();
  await hers.row(ben.name).click();
  await expect(hers.field).toBeVisible();
});

test('holding the button records until it is let go, and a tap records on without it', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const hers = await signedIn(ana, `/threads/${await ana.threadWith(ben)}`);
  const { mouse } = hers.page;
  const button = hers.page.getByRole('button', { name: 'Record a voice message' });
  const recorder = hers.page.getByRole('group', { name: /^Voice message/ });
  const timer = recorder.getByRole('timer');
  const play = recorder.getByRole('button', { name: 'Play voice message' });

  await button.hover();
  await mouse.down();
  await expect(timer).toHaveText('0:01', { timeout: 15_000 });
  await hers.messages.hover();
  await expect(timer).toHaveText('0:02', { timeout: 15_000 });
  await mouse.up();
  await expect(play).toBeVisible({ timeout: 15_000 });
  await recorder.getByRole('button', { name: 'Discard recording' }).click();

  await button.click();
  await expect(timer).toHaveText('0:01', { timeout: 15_000 });
  await hers.messages.click();
  await expect(timer).toHaveText('0:02', { timeout: 15_000 });
  await expect(play).toHaveCount(0);
  await recorder.getByRole('button', { name: 'Finish recording' }).click();
  await recorder.getByRole('button', { name: 'Send voice message' }).click();
  await expect(hers.messages.getByRole('button', { name: 'Play voice message' })).toHaveCount(1);
});

test('on a phone a finger that stays on the button records until it is lifted', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const hers = await signedIn(ana, path, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const recorder = hers.page.getByRole('group', { name: /^Voice message/ });
  const box = (await hers.page.getByRole('button', { name: 'Record a voice message' }).boundingBox())!;
  const touches = await hers.page.context().newCDPSession(hers.page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: { x: number; y: number }[]) =>
    touches.send('Input.dispatchTouchEvent', { type, touchPoints });
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];

  await touch('touchStart', { x, y });
  await expect(recorder.getByRole('timer')).toHaveText('0:01', { timeout: 15_000 });
  // A finger is never quite still.
  for (const step of [4, 12, 30]) await touch('touchMove', { x: x - step, y: y - step });
  await expect(recorder.getByRole('timer')).toHaveText('0:02', { timeout: 15_000 });
  await touch('touchEnd');
  await expect(recorder.getByRole('button', { name: 'Play voice message' })).toBeVisible({ timeout: 15_000 });
});

test('one moves in a voice message by keys and by a click, and it is played from there', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  await talk(hers, 40);
  const message = his.messages.getByRole('article');
  const slider = message.getByRole('slider', { name: 'Position' });
  const position = async () => Number(await slider.inputValue());
  await expect(time(message)).toHaveText('0:40');

  await slider.focus();
  for (let press = 0; press < 12; press += 1) await slider.press('ArrowRight');
  await expect(slider).toHaveValue('1200');
  await expect(time(message)).toHaveText('0:01');
  await expect(slider).toHaveAttribute('aria-valuetext', '1 second of 40 seconds');
  await slider.press('ArrowLeft');
  await slider.press('ArrowLeft');
  await slider.press('ArrowLeft');
  await expect(time(message)).toHaveText('0:00');
  await slider.press('PageUp');
  await expect(time(message)).toHaveText('0:04');
  await slider.press('Home');
  await expect(time(message)).toHaveText('0:00');

  const box = (await slider.boundingBox())!;
  await slider.click({ position: { x: box.width / 2, y: box.height / 2 } });
  await expect(time(message)).toHaveText(/0:(19|20)/);
  const middle = await position();
  await message.getByRole('button', { name: 'Play voice message' }).click();
  await expect.poll(position).toBeGreaterThan(middle + 1_000);
  expect(await position()).toBeLessThan(middle + 15_000);
  await slider.press('Home');
  await expect.poll(position).toBeLessThan(middle - 5_000);
  await expect(message.getByRole('button', { name: 'Pause' })).toBeVisible();
});

test('a voice message plays on in another thread, where it is paused, leads back and is ended', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const [withBen, withChidi] = [await ana.threadWith(ben), await chidi.threadWith(ben)];
  const hers = await signedIn(ana, `/threads/${withBen}`);
  await talk(hers, 300);
  const his = await signedIn(ben, `/threads/${withBen}`);
  const message = his.messages.getByRole('article');
  const mini = his.page.getByRole('region', { name: 'Voice message' });
  await message.getByRole('button', { name: 'Play voice message' }).click();
  await expect(time(message)).toHaveText('0:01');
  await expect(mini).toHaveCount(0);

  await his.row(chidi.name).getByRole('link').click();
  await expect(his.page).toHaveURL(new RegExp(withChidi));
  await expect(mini).toContainText(ana.name);
  const shown = (await time(mini).textContent())!;
  await expect(time(mini)).not.toHaveText(shown);
  await mini.getByRole('button', { name: 'Pause' }).click();
  await expect(mini.getByRole('button', { name: 'Play' })).toBeVisible();
  const stopped = (await time(mini).textContent())!;
  await mini.getByRole('button', { name: 'Play' }).click();
  await expect(time(mini)).not.toHaveText(stopped);

  await mini.getByRole('link', { name: ana.name }).click();
  await expect(his.page).toHaveURL(new RegExp(withBen));
  await expect(mini).toHaveCount(0);
  await expect(message.getByRole('button', { name: 'Pause' })).toBeVisible();
  await expect(time(message)).not.toHaveText(/^(0:00|5:00)$/);

  await his.page.getByRole('link', { name: 'People' }).first().click();
  await mini.getByRole('button', { name: 'Close' }).click();
  await expect(mini).toHaveCount(0);
  await his.row(ana.name).getByRole('link').click();
  await expect(message.getByRole('button', { name: 'Play voice message' })).toBeVisible();
  await expect(time(message)).toHaveText('5:00');
});

test('the speed goes round three steps, is heard, and is the same for the next message', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  await talk(hers, 60, 90);
  // The page's one player is nowhere in the document.
  await his.page.evaluate(() => {
    const Player = window.Audio;
    window.Audio = class extends Player {
      constructor(src?: string) {
        super(src);
        Object.assign(window, { player: this });
      }
    };
  });
  const heard = () => his.page.evaluate(() => (window as unknown as { player: HTMLAudioElement }).player.playbackRate);
  const [first, second] = [his.messages.getByRole('article').first(), his.messages.getByRole('article').last()];
  await expect(time(second)).toHaveText('1:30');
  const speed = first.getByRole('button', { name: 'Playback speed' });
  await first.getByRole('button', { name: 'Play voice message' }).click();
  await expect(speed).toHaveText('1×');
  for (const rate of [1.5, 2, 1, 1.5]) {
    await speed.click();
    await expect(speed).toHaveText(`${rate}×`);
    expect(await heard()).toBe(rate);
  }
  await second.getByRole('button', { name: 'Play voice message' }).click();
  await expect(second.getByRole('button', { name: 'Playback speed' })).toHaveText('1.5×');
  await expect.poll(heard).toBe(1.5);
  await expect(second.getByRole('button', { name: 'Pause' })).toBeVisible();
  // One thing at a time.
  await expect(first.getByRole('button', { name: 'Play voice message' })).toBeVisible();
  await expect(time(first)).toHaveText('1:00');
});

for (const [what, reloads] of [['the page stays', false], ['the page is loaded again', true]] as const) {
  test(`what is recorded and sent without a connection arrives once when it is back and ${what}`, async ({ complaints, people, server, signedIn }) => {
    complaints.expect(LOST_CONNECTION);
    const [ana, ben] = [await people.get('ana'), await people.get('ben')];
    const path = `/threads/${await ana.threadWith(ben)}`;
    const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
    server.wire.cutEverything();
    await expect(hers.banner).toContainText('Reconnecting to server…');
    await hers.page.getByRole('button', { name: 'Record a voice message' }).press('Enter');
    const recorder = hers.page.getByRole('group', { name: /^Voice message/ });
    await expect(recorder.getByRole('timer')).toHaveText('0:01', { timeout: 15_000 });
    await recorder.getByRole('button', { name: 'Finish recording' }).click();
    await recorder.getByRole('button', { name: 'Send voice message' }).click();
    await expect(recorder).toBeHidden();
    const ours = hers.messages.getByRole('article');
    await expect(ours.getByRole('img', { name: 'Sending…' })).toBeVisible();
    await expect(ours.getByRole('progressbar', { name: 'Uploading' })).toBeVisible();
    server.wire.mend();
    if (reloads) await hers.page.reload();
    await hers.live();

    const theirs = his.messages.getByRole('article');
    await expect(theirs.getByRole('button', { name: 'Play voice message' })).toBeVisible({ timeout: 60_000 });
    await expect(time(theirs)).toHaveText(/^0:0[1-9]$/);
    await expect(ours.getByRole('img', { name: /Delivered|Read/ })).toBeVisible();
    await expect(ours.getByRole('button', { name: 'Play voice message' })).toBeVisible();
    for (const articles of [ours, theirs]) await expect(articles).toHaveCount(1);
  });
}

test.describe('without a microphone', () => {
  test.use({ permissions: [] });

  test('the page says what to do', async ({ people, signedIn }) => {
    const [ana, ben] = [await people.get('ana'), await people.get('ben')];
    const thread = await ana.threadWith(ben);
    const hers = await signedIn(ana, `/threads/${thread}`);
    await hers.page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    });
    await hers.page.getByRole('button', { name: 'Record a voice message' }).press('Enter');
    await expect(hers.page.getByRole('alert').filter({ hasText: 'The microphone may not be used.' })).toBeVisible();
    await hers.page.getByRole('button', { name: 'Discard recording' }).click();
    await expect(hers.field).toBeVisible();
  });
});
