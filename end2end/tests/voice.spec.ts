import { expect, test } from '../support/test';

test.use({ permissions: ['microphone'] });

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
