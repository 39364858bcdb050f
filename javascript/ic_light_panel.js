// Connects the light editor and what else the panel has with gradio's controls.
//
// gradio draws its page whenever it likes, and calls these functions from its events (lib_iclight/ui). Until the first
// of them nothing here does anything: a closed panel costs a page nothing.

(function () {
    "use strict";

    // In frames, and in milliseconds.
    const PATIENCE = 120;
    const EVERY = 500;
    const UNNOTICED = 400;

    const CUTTING = "The subject is being cut out.";

    const panels = new Map();
    const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
    const waitForFrame = () => new Promise((done) => requestAnimationFrame(done));

    /** What a query finds, once gradio has drawn it; null where it does not. */
    async function waitFor(find) {
        for (let frames = 0; frames < PATIENCE; frames++) {
            const found = find();
            if (found) return found;
            await waitForFrame();
        }
        return null;
    }

    /** As though a person had chosen them. */
    function giveFiles(input, files) {
        const given = new DataTransfer();
        for (const file of files) given.items.add(file);
        input.files = given.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
    }

    class Panel {
        constructor(tab) {
            this.tab = tab;
            this.values = null;
            this.key = "";
            this.message = "";
            // How often the server was asked for the subject, and which of these it has answered.
            this.asked = this.answered = 0;
            this.place = this.given = this.editor = this.newValues = this.log = null;
            this.outputs = new window.ICLight.Outputs(this);
            this.matte = new window.ICLight.PanelMatte(this);
            this.placing = new window.ICLight.PanelPlace(this);
            this.stage = new window.ICLight.PanelStage(this);
            this.advice = new window.ICLight.Advice(this);
        }

        getPart(name) {
            return document.getElementById(`script_${this.tab}_ic_light_${name}`);
        }

        findIn(name, query) {
            const part = this.getPart(name);
            return part && part.querySelector(query);
        }

        /** The panel's controls have these values. */
        show(light, lamps, ambient, shading, roughness, specular, backdrop, shadow, softness, color) {
            const cast = { shadow, shadow_softness: softness, shadow_color: window.ICLight.requests.toHex(color) };
            const surface = { shading, roughness, specular, backdrop_light: backdrop, ...cast };
            this.values = { light, lamps, ambient, surface };
            if (light === "lamps") this.showEditor();
            this.watchLog();
            return [];
        }

        /** Let the editor show what the controls have, in the page as it is now. */
        async showEditor() {
            const place = await waitFor(() => this.findIn("editor", ".ic-light-place"));
            if (!place) return;
            if (place !== this.place) {
                if (this.editor) this.editor.dispose();
                this.place = place;
                this.given = JSON.parse(place.dataset.given);
                this.editor = new window.ICLight.Editor(place, {
                    ...this.given,
                    onChange: (values) => {
                        this.newValues = values;
                        this.getPart("picked").click();
                    },
                    onMessage: (sentence) => this.showMessage(sentence),
                    onMatte: (picture) => this.matte.give(picture),
                    placer: this.given.places ? this.placing : null,
                    outputs: this.outputs,
                });
                this.outputs.listen(this.editor.picture);
                this.placing.show();
                this.openSubject();
            }
            this.editor.setSurface(this.values.surface);
            this.editor.follow(this.values.lamps, this.values.ambient);
        }

        /** Let the server say in a person's words why a generation was stopped, once the tab's log tells of an error. */
        watchLog() {
            const log = document.getElementById(`html_log_${this.tab}`);
            if (!log || this.log) return;
            this.log = new MutationObserver(() => {
                if (log.querySelector(".error")) this.getPart("stopped").click();
            });
            this.log.observe(log, { childList: true, subtree: true });
        }

        /** Show the subject, or why there is none. */
        openSubject() {
            this.showMessage(this.message);
            if (this.key) this.editor.open("ic-light/", this.key, this.whole);
            else this.editor.close();
        }

        /** The options that the editor has, and the controls not yet. */
        get newest() {
            if (!this.editor) return {};
            const { lamps, ambient } = this.editor.values;
            return { lamps, ambient_color: ambient };
        }

        showMessage(sentence) {
            const line = this.findIn("editor", ".ic-light-message");
            if (line) line.textContent = sentence;
        }

        /** What the server is asked with: pictures only where the editor needs them. */
        selectInputs(number, light, ...values) {
            // A slider takes nothing but a number.
            const spared = values.map((value) => (typeof value === "number" ? value : null));
            const asked = ++this.asked;
            if (light === "lamps" && values[0]) setTimeout(() => this.sayWhileAsked(asked), UNNOTICED);
            return [String(asked), light, ...(light === "lamps" ? values : spared)];
        }

        /** A network that cuts out takes its time. */
        sayWhileAsked(asked) {
            if (this.answered < asked && asked === this.asked) this.showMessage(CUTTING);
        }

        /** The server has prepared the subject, or says why not. */
        open(text) {
            const { number, ...scene } = JSON.parse(text);
            // What was asked for later is newer, whichever comes first.
            if (Number(number) < this.answered) return [];
            Object.assign(this, scene, { answered: Number(number) });
            if (this.editor) this.openSubject();
            return [];
        }

        /** What was set by hand: lamps and the ambient colour, for the controls. */
        getNewValues() {
            return [this.newValues.lamps, this.newValues.ambient];
        }

        /** Show how far a download is, until it ends. */
        async followDownload(beside) {
            for (let running = true; running; ) {
                const state = await (await fetch("ic-light/download")).json();
                const line = this.findIn(`missing_${beside}`, ".ic-light-progress");
                if (line) {
                    line.hidden = false;
                    line.querySelector("progress").value = state.share;
                    // Whole words stand in the page for hosts to translate; a sentence says what they do not.
                    const words = [...line.querySelectorAll("[data-phase]")];
                    for (const word of words) word.hidden = word.dataset.phase !== state.phase;
                    const isNamed = words.some((word) => !word.hidden);
                    const megabytes = (bytes) => Math.round(bytes / 1e6).toLocaleString("en");
                    const numbers = state.total ? `${megabytes(state.done)} / ${megabytes(state.total)} MB` : "";
                    line.querySelector("span:last-child").textContent = isNamed ? numbers : state.sentence;
                }
                ({ running } = state);
                await wait(running ? EVERY : 4 * EVERY);
            }
            this.getPart(`again_${beside}`).click();
        }

        /** Put some words into the tab's prompt, or take them out. */
        togglePromptWords(button) {
            const { add, remove } = window.ICLight.prompts;
            const { words } = button.dataset;
            this.changePrompt((text) => (text.includes(words) ? remove(text, words) : add(text, words)));
        }

        /** Whether the tab has a prompt, whose text then is another. */
        changePrompt(change) {
            const prompt = document.querySelector(`#${this.tab}_prompt textarea`);
            if (!prompt) return false;
            prompt.value = change(prompt.value);
            prompt.dispatchEvent(new Event("input", { bubbles: true }));
            return true;
        }

        /** Save a PNG in base64 as a file of the person's. */
        async save(text) {
            const picture = await (await fetch(`data:image/png;base64,${text}`)).blob();
            window.ICLight.elements.save("ic-light.png", picture);
            return [];
        }

        /** Take the picture that a gallery shows, or its first one, as the subject, and switch the panel on. */
        async sendToSubject(gallery) {
            const preview = ".preview > img, .preview button > img";
            const queries = ["[data-testid='detailed-image']", preview, ".grid-wrap img", "img"];
            const found = queries.map((query) => document.querySelector(`#${gallery}_gallery ${query}`)).find(Boolean);
            if (!found) return [];
            await this.giveSubject(await (await fetch(found.src)).blob());
            const enabled = document.querySelector(`#script_${this.tab}_ic_light_enabled-checkbox input, ` +
                `#script_${this.tab}_ic_light_enabled input[type=checkbox]`);
            if (enabled && !enabled.checked) enabled.click();
            return [];
        }

        /** Take a picture as the subject, in place of another. */
        async giveSubject(picture) {
            const remove = this.findIn("foreground", "button[aria-label='Clear'], button[aria-label='Remove Image']");
            const find = () => this.findIn("foreground", "input[type=file]");
            // What takes files beside a picture goes with it, and so does what it is given.
            const gone = remove && find();
            if (remove) remove.click();
            if (gone) await waitFor(() => !gone.isConnected);
            const input = await waitFor(find);
            if (input) giveFiles(input, [new File([picture], "subject.png", { type: picture.type })]);
        }
    }

    /** The panel of a tab. */
    function getPanel(tab) {
        if (!panels.has(tab)) panels.set(tab, new Panel(tab));
        return panels.get(tab);
    }

    window.ICLight = Object.assign(window.ICLight || {}, { getPanel, giveFiles });
})();
