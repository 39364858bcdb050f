// Connects the light editor and what else the panel has with gradio's controls.
//
// gradio draws its page whenever it likes, and calls these functions from its events (lib_iclight/ui). Until the first
// of them nothing here does anything: a closed panel costs a page nothing.

(function () {
    "use strict";

    const PATIENCE = 120;
    const panels = new Map();
    const EVERY = 500;
    const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
    const frame = () => new Promise((done) => requestAnimationFrame(done));

    /** What a query finds, once gradio has drawn it; null where it does not. */
    async function drawn(find) {
        for (let frames = 0; frames < PATIENCE; frames++) {
            const found = find();
            if (found) return found;
            await frame();
        }
        return null;
    }

    class Panel {
        constructor(tab) {
            this.tab = tab;
            this.values = null;
            this.key = "";
            this.said = "";
            this.place = this.editor = this.set = null;
        }

        part(name) {
            return document.getElementById(`script_${this.tab}_ic_light_${name}`);
        }

        find(name, query) {
            const part = this.part(name);
            return part && part.querySelector(query);
        }

        /** The panel's controls have these values. */
        show(light, lamps, ambient) {
            this.values = { light, lamps, ambient };
            if (light === "lamps") this.edit();
            return [];
        }

        /** Let the editor show what the controls have, in the page as it is now. */
        async edit() {
            const place = await drawn(() => this.find("editor", ".ic-light-place"));
            if (!place) return;
            if (place !== this.place) {
                if (this.editor) this.editor.dispose();
                this.place = place;
                this.editor = new window.ICLight.Editor(place, {
                    presets: JSON.parse(place.dataset.presets),
                    changed: (set) => {
                        this.set = set;
                        this.part("picked").click();
                    },
                    said: (sentence) => this.tell(sentence),
                });
                this.enlighten();
            }
            this.editor.set(this.values.lamps, this.values.ambient);
        }

        /** Show the subject, or why there is none. */
        enlighten() {
            this.tell(this.said);
            if (this.key) this.editor.open("ic-light/", this.key);
            else this.editor.close();
        }

        tell(sentence) {
            const said = this.find("editor", ".ic-light-said");
            if (said) said.textContent = sentence;
        }

        /** What the server is asked with: pictures only where the editor needs them. */
        asked(light, ...pictures) {
            return light === "lamps" ? [light, ...pictures] : [light, ...pictures.map(() => null)];
        }

        /** The server has prepared the subject, or says why not. */
        open(text) {
            Object.assign(this, JSON.parse(text));
            if (this.editor) this.enlighten();
            return [];
        }

        /** What was set by hand: lamps and the ambient colour, for the controls. */
        picked() {
            return [this.set.lamps, this.set.ambient];
        }

        /** Show how far a download is, until it ends. */
        async follow(beside) {
            for (let running = true; running; ) {
                const state = await (await fetch("ic-light/download")).json();
                const line = this.find(`missing_${beside}`, ".ic-light-progress");
                if (line) {
                    line.hidden = false;
                    line.querySelector("progress").value = state.share;
                    // Whole words stand in the page for hosts to translate; a sentence says what they do not.
                    const words = [...line.querySelectorAll("[data-phase]")];
                    for (const word of words) word.hidden = word.dataset.phase !== state.phase;
                    const told = words.some((word) => !word.hidden);
                    const megabytes = (bytes) => Math.round(bytes / 1e6).toLocaleString("en");
                    const numbers = state.total ? `${megabytes(state.done)} / ${megabytes(state.total)} MB` : "";
                    line.querySelector("span:last-child").textContent = told ? numbers : state.sentence;
                }
                ({ running } = state);
                await wait(running ? EVERY : 4 * EVERY);
            }
            this.part(`again_${beside}`).click();
        }

        /** Put some words into the tab's prompt, or take them out. */
        chip(button) {
            const prompt = document.querySelector(`#${this.tab}_prompt textarea`);
            const words = button.dataset.words;
            const parts = prompt.value.split(", ");
            const kept = prompt.value.replace(words, "").replace(/^(, )+|(, )+$/g, "").replace(/(, ){2,}/g, ", ");
            prompt.value = prompt.value.includes(words) ? kept : [...parts.filter(Boolean), words].join(", ");
            prompt.dispatchEvent(new Event("input", { bubbles: true }));
        }

        /** Take the picture that a gallery shows, or its first one, as the subject, and switch the panel on. */
        async take(gallery) {
            const shown = ["[data-testid='detailed-image']", ".preview > img, .preview button > img", ".grid-wrap img", "img"];
            const found = shown.map((query) => document.querySelector(`#${gallery}_gallery ${query}`)).find(Boolean);
            if (!found) return [];
            const picture = await (await fetch(found.src)).blob();
            const remove = this.find("foreground", "button[aria-label='Clear'], button[aria-label='Remove Image']");
            if (remove) remove.click();
            const input = await drawn(() => this.find("foreground", "input[type=file]"));
            if (!input) return [];
            const files = new DataTransfer();
            files.items.add(new File([picture], "subject.png", { type: picture.type }));
            input.files = files.files;
            input.dispatchEvent(new Event("change", { bubbles: true }));
            const enabled = document.querySelector(`#script_${this.tab}_ic_light_enabled-checkbox input, ` +
                `#script_${this.tab}_ic_light_enabled input[type=checkbox]`);
            if (enabled && !enabled.checked) enabled.click();
            return [];
        }
    }

    const panel = {
        /** The panel of a tab. */
        of(tab) {
            if (!panels.has(tab)) panels.set(tab, new Panel(tab));
            return panels.get(tab);
        },
    };

    window.ICLight = Object.assign(window.ICLight || {}, { panel });
})();
