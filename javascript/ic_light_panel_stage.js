// The mixer of a light stage in the panel: it opens the basis that a result's parameters name, and hands its light on.
//
// new ICLight.PanelStage(panel); lib_iclight/ui/stage.py has its place.

(function () {
    "use strict";

    const NAMED = /stage basis: ([0-9a-f]{32})/g;
    const EVERY = 800;

    /** The server's bytes (`stage.pack`): their head, and the pictures one after the other. */
    function unpack(buffer) {
        const { head, end } = window.ICLight.webgl.readHead(buffer);
        return { head, pixels: new Uint8Array(buffer, end) };
    }

    class PanelStage {
        constructor(panel) {
            this.panel = panel;
            // The basis that is open, and the one that a result has named last.
            this.key = this.named = "";
            this.mixer = this.timer = null;
        }

        /** Look for a basis in what the page shows of a result, from now on. */
        watch() {
            this.timer ??= setInterval(() => this.look(), EVERY);
            return [];
        }

        look() {
            const { tab } = this.panel;
            this.offer();
            const shown = document.getElementById(`html_info_${tab}`) || document.querySelector("#ic_light_parameters textarea");
            const text = shown ? (shown.value ?? shown.textContent) : "";
            const key = [...text.matchAll(NAMED)].at(-1)?.[1];
            if (!key || key === this.named) return;
            this.named = key;
            this.open(key);
        }

        /** Before there is a mixer, a file can be opened too. */
        offer() {
            const place = this.panel.findIn("stage_mixer", ".ic-light-stage");
            if (!place || place.querySelector("button")) return;
            const { createButton, createRow, createWord } = window.ICLight.elements;
            const [label, title, act] = this.opens;
            const row = createRow(createButton(title, act, createWord(label)));
            row.classList.add("ic-light-editor");
            place.append(row);
        }

        async open(key) {
            const place = this.panel.findIn("stage_mixer", ".ic-light-stage");
            if (!place) return;
            this.key = key;
            try {
                const answer = await window.ICLight.fetchAnswer(`ic-light/stage/${key}`);
                const { head, pixels } = unpack(await answer.arrayBuffer());
                // A later result has been named meanwhile.
                if (this.key !== key) return;
                if (this.mixer?.element.parentNode !== place) {
                    this.given = JSON.parse(place.dataset.given);
                    this.mixer = new window.ICLight.StageMixer(place, head, this.acts, (sentence) => this.say(sentence));
                }
                this.mixer.open(head, pixels);
                this.say("");
            } catch (error) {
                if (this.key === key) this.say(error.message);
            }
        }

        say(sentence) {
            const line = this.panel.findIn("stage_mixer", ".ic-light-message");
            if (line) line.textContent = sentence;
        }

        get opens() {
            return ["Open", "Open a basis that was saved", () => this.chooseFile(".zip,.exr", (file) => this.openFile(file))];
        }

        get acts() {
            const { exr } = this.given;
            return [
                ["Save", "Save the mixed picture", () => this.give({ give: "mix" })],
                ["To subject", "Take the mixed picture as the subject", () => this.giveSubject()],
                ["To img2img", "Take the mixed picture as img2img's", () => this.giveImg2img()],
                ["To lamps", "Light the subject with lamps as they are mixed", () => this.setLamps()],
                ["To light map", "Light the subject from its normals, by the panorama or else the lamps, as the light map", () => this.giveLightMap()],
                ["To normal map", "Take the subject's normals as the normal map of light by form", () => this.giveNormals()],
                ["Layers", "Save shading, light and shadow as layers (OpenRaster)", () => this.give({ give: "layers" })],
                ["Normals", "Save the subject's normals", () => this.give({ give: "normals" })],
                ["Sweep", "Save a lamp's way around the subject, or a panorama's turn, as an animation", () => this.giveSweep()],
                ["Basis", "Save everything, to be mixed again", () => this.give({ give: "basis" })],
                ...(exr ? [["Basis as EXR", "Save everything without a loss, to be mixed again or edited elsewhere", () => this.give({ give: "basis", basis: "exr" })]] : []),
                this.opens,
                ["Panorama", "Light the subject with a panorama", () => this.chooseFile("image/*,.hdr,.exr", (file) => this.lightBy(file))],
            ];
        }

        async ask(asked) {
            this.say("");
            try {
                const body = JSON.stringify({ mix: this.mixer.mix, ...asked });
                const request = { method: "POST", headers: { "Content-Type": "application/json" }, body };
                return await (await window.ICLight.fetchAnswer(`ic-light/stage/${this.key}`, request)).json();
            } catch (error) {
                this.say(error.message);
                return null;
            }
        }

        /** Save what the server makes of the mix. */
        async give(asked) {
            const answer = await this.ask(asked);
            if (!answer) return;
            const data = await fetch(`data:application/octet-stream;base64,${answer.image || answer.file}`);
            window.ICLight.elements.save(answer.name, await data.blob());
        }

        /** Give the panel's control what the server makes of the mix. */
        async giveTo(control, asked, said) {
            const answer = await this.ask(asked);
            if (!answer) return;
            const picture = await (await fetch(`data:image/png;base64,${answer.image}`)).blob();
            window.ICLight.giveFiles(this.panel.findIn(control, "input[type=file]"), [new File([picture], answer.name, { type: "image/png" })]);
            this.say(window.ICLight.elements.translate(said));
        }

        giveLightMap() {
            const { roughness, specular } = this.panel.values?.surface || {};
            const asked = { give: "relit", roughness, specular, ...this.mixer.panorama.asked };
            return this.giveTo("take_light_map", asked, "It is the light map now, and the light is one's own.");
        }

        giveNormals() {
            return this.giveTo("take_normal_map", { give: "normals" }, "They are the normal map now, below More.");
        }

        giveSweep() {
            const { asked } = this.mixer.panorama;
            return this.give({ give: "sweep", ...(asked && { sweep: "panorama", ...asked }) });
        }

        async giveSubject() {
            const { page = this.panel } = window.ICLight;
            await page.giveSubject(await this.mixer.toBlob());
        }

        /** Where the page has that tab. */
        async giveImg2img() {
            const input = document.querySelector("#img2img_image input[type=file]");
            if (!input) {
                this.say(window.ICLight.elements.translate("This page has no img2img, or it has a picture: take that away first."));
                return;
            }
            const picture = await this.mixer.toBlob();
            window.ICLight.giveFiles(input, [new File([picture], "mix.png", { type: picture.type })]);
        }

        /** As a set-up, which the panel takes with its light. */
        setLamps() {
            const { head, mix } = this.mixer;
            const lights = head.lamps.map(({ light }) => light);
            const { lamps, ambient, lost } = window.ICLight.toLamps(mix, lights, head);
            this.say(lost.join(" "));
            const setup = { name: "Light", lamps: window.ICLight.lamps.write(lamps), ambient_color: ambient };
            const file = new File([window.ICLight.setups.write([setup], this.given.setups)], "mix.json", { type: "application/json" });
            this.panel.outputs.openDropped(file);
        }

        chooseFile(accept, act) {
            const input = window.ICLight.elements.create("input", { type: "file", accept });
            input.addEventListener("change", () => input.files.length && act(input.files[0]));
            input.click();
        }

        /** By gradio, whose password the page has. */
        openFile(file) {
            this.say("");
            window.ICLight.giveFiles(this.panel.findIn("open_basis", "input[type=file]"), [file]);
        }

        /** The server has opened it, or says why not. */
        receive(text) {
            const { key, message } = JSON.parse(text);
            if (key) this.open(key);
            else this.say(message);
            return [];
        }

        async lightBy(file) {
            const bytes = new Uint8Array(await file.arrayBuffer());
            let text = "";
            for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
            const panorama = btoa(text);
            const answer = await this.ask({ give: "panorama", panorama });
            if (answer) await this.mixer.panorama.open(panorama, answer);
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { PanelStage });
})();
