// @ts-check
/** A stroke of a small bell, made here: no file is loaded for it. */

/** Two partials. */
const TONES_HZ = [880, 2376];
const RINGS_S = 1.2;

export class Bell {
  /** @type {AudioContext | null} */
  #audio = null;

  /** To be called when one pressed something: before that browsers let no page be heard. */
  async prime() {
    this.#audio ??= new AudioContext();
    await this.#audio.resume();
  }

  /** Silent where nothing was pressed yet; it does not ring later instead. */
  ring() {
    const audio = this.#audio;
    if (audio?.state !== "running") return;
    const now = audio.currentTime;
    for (const [at, hertz] of TONES_HZ.entries()) {
      const [tone, gain] = [new OscillatorNode(audio, { frequency: hertz }), new GainNode(audio)];
      gain.gain.setValueAtTime(0.12 / (at + 1), now);
      gain.gain.exponentialRampToValueAtTime(0.0001, now + RINGS_S);
      tone.connect(gain).connect(audio.destination);
      tone.start(now);
      tone.stop(now + RINGS_S);
    }
  }
}
